"""Stand-in for BaseModel: PARAMS is checked when a subclass is defined; names come from marks in its own body and its first model base."""

from abc import ABC, abstractmethod

from .parameters import ParameterSpace
from .scenarios import ScenarioSpec


class BaseModel(ABC):
    OUTPUT_NAMES = {}
    SCENARIO_NAMES = {}

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        if not isinstance(getattr(cls, "PARAMS", None), ParameterSpace):
            raise TypeError(f"{cls.__name__}: PARAMS must be a ParameterSpace")
        parent = next(base for base in cls.__mro__[1:] if issubclass(base, BaseModel))
        cls.OUTPUT_NAMES = dict(parent.OUTPUT_NAMES)
        cls.SCENARIO_NAMES = dict(parent.SCENARIO_NAMES)
        for attribute, value in list(vars(cls).items()):
            if hasattr(value, "_output_name"):
                cls.OUTPUT_NAMES[value._output_name] = attribute
            if hasattr(value, "_scenario_name"):
                cls.SCENARIO_NAMES[value._scenario_name] = attribute

    def __init__(self, *, base_config=None):
        self._outputs = {name: getattr(self, attribute) for name, attribute in self.OUTPUT_NAMES.items()}
        self._scenarios = {"baseline": ScenarioSpec("baseline")}
        for name, attribute in self.SCENARIO_NAMES.items():
            scenario = getattr(self, attribute)()
            if scenario.name != name:
                raise ValueError(f"scenario {name} says that it is {scenario.name}")
            self._scenarios[name] = scenario
        self.setup_scenarios()

    def setup_scenarios(self):
        pass

    @abstractmethod
    def build_sim(self, params, config): ...

    @abstractmethod
    def run_sim(self, state, seed): ...
