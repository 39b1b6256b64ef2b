"""Stand-in for the parameter types."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ParameterSpec:
    name: str
    lower: float
    upper: float
    kind: str = "float"
    doc: str = ""

    def __post_init__(self):
        if self.lower > self.upper:
            raise ValueError(f"{self.name}: lower is above upper")
        if self.kind not in ("float", "int"):
            raise ValueError(f"{self.name}: kind {self.kind}")
        if self.kind == "int" and not (isinstance(self.lower, int) and isinstance(self.upper, int)):
            raise ValueError(f"{self.name}: bounds of an int are whole numbers")


@dataclass(frozen=True)
class ConfigSpec:
    name: str
    default: object
    doc: str = ""


class _Space:
    def __init__(self, specs=()):
        names = [spec.name for spec in specs]
        if len(set(names)) != len(names):
            raise ValueError(f"a name stands there twice: {names}")
        self.specs = tuple(specs)


class ParameterSpace(_Space):
    pass


class ConfigurationSpace(_Space):
    pass
