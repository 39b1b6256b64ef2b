"""Stand-in: the public names, and the checks that the framework makes when a module is imported."""

from .base_model import BaseModel
from .decorators import calibration_target, get_registered_targets, model_output, model_scenario
from .parameters import ConfigSpec, ConfigurationSpace, ParameterSpace, ParameterSpec
from .scenarios import ScenarioSpec

__all__ = [
    "BaseModel",
    "ConfigSpec",
    "ConfigurationSpace",
    "ParameterSpace",
    "ParameterSpec",
    "ScenarioSpec",
    "calibration_target",
    "get_registered_targets",
    "model_output",
    "model_scenario",
]
