"""Stand-in: parameters and settings, with the checks that fail at import."""

from .types import ConfigSpec, ConfigurationSpace, ParameterSpace, ParameterSpec

__all__ = ["ConfigSpec", "ConfigurationSpace", "ParameterSpace", "ParameterSpec"]
