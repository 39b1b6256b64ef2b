"""Stand-in for targets."""

from dataclasses import dataclass


@dataclass
class LossTarget:
    name: str
    model_output: str
    data: object
    alignment: object
    evaluator: object


@dataclass
class LikelihoodTarget(LossTarget):
    pass
