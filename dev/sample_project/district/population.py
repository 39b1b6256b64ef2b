"""People of the district by age, and whom they meet."""

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


def read_contacts(groups: list[AgeGroup], path: Path = DATA / "contact_patterns.csv") -> list[list[float]]:
    """Mean daily contacts: one list for each age group, in the order of ``groups``."""
    place = {group.name: number for number, group in enumerate(groups)}
    matrix = [[0.0] * len(groups) for _ in groups]
    for row in rows(path):
        matrix[place[row["age_group"]]][place[row["contact_age_group"]]] = float(row["contacts_per_day"])
    return matrix
