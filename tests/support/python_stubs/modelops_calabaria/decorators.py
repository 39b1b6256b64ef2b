"""Stand-in: marks on methods, and targets by name."""

import inspect

_TARGETS = {}


def model_output(name, metadata=None):
    def mark(method):
        parameters = list(inspect.signature(method).parameters)
        if len(parameters) != 3 or parameters[0] != "self":
            raise TypeError(f"an output takes (self, raw, seed), not {parameters}")
        method._output_name = name
        return method

    return mark


def model_scenario(name):
    def mark(method):
        if list(inspect.signature(method).parameters) != ["self"]:
            raise TypeError("a scenario takes (self)")
        method._scenario_name = name
        return method

    return mark


def calibration_target(**metadata):
    def mark(function):
        def target():
            return function(metadata.get("data", {}))

        target.metadata = metadata
        _TARGETS[metadata.get("name", function.__name__)] = target
        return target

    return mark


def get_registered_targets():
    return dict(_TARGETS)
