"""People of the district by age."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .tables import DATA, rows


@dataclass(frozen=True)
class AgeGroup:
    """One row of ``data/demographics.csv``."""

    name: str
    population: int
    immune_fraction: float


def read_demographics(path: Path = DATA / "demographics.csv") -> list[AgeGroup]:
    return [AgeGroup(row["age_group"], int(row["population"]), float(row["immune_fraction"])) for row in rows(path)]
