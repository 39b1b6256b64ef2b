"""Stand-in for ScenarioSpec."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ScenarioSpec:
    name: str
    doc: str = ""
    param_patches: dict = field(default_factory=dict)
    config_patches: dict = field(default_factory=dict)
    conflict_policy: str = "lww"
    allow_overlap: object = None
