"""What every model of the district has in common: its people, its calendar, and how results become tables."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import modelops_calabaria as cb
import polars as pl

DATA = Path(__file__).resolve().parent.parent / "data"
DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class AgeGroup:
    """One row of ``data/demographics.csv``."""

    name: str
    population: int
    immune_fraction: float


def read_demographics(path: Path = DATA / "demographics.csv") -> list[AgeGroup]:
    with path.open(newline="", encoding="utf-8") as file:
        return [
            AgeGroup(row["age_group"], int(row["population"]), float(row["immune_fraction"]))
            for row in csv.DictReader(file)
        ]


def read_contacts(groups: list[AgeGroup], path: Path = DATA / "contact_patterns.csv") -> list[list[float]]:
    """Mean daily contacts: one list for each age group, in the order of ``groups``."""
    place = {group.name: number for number, group in enumerate(groups)}
    matrix = [[0.0] * len(groups) for _ in groups]
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            matrix[place[row["age_group"]]][place[row["contact_age_group"]]] = float(row["contacts_per_day"])
    return matrix


@dataclass(frozen=True)
class DailyCounts:
    """What one run leaves behind: new infections by day and age group, and who is infectious at the end of each day."""

    age_groups: tuple[str, ...]
    new_infections: tuple[tuple[int, ...], ...]
    infectious: tuple[int, ...]


class DistrictModel(cb.BaseModel):
    """Outputs and settings that all models share. Subclasses say how an epidemic runs."""

    PARAMS = cb.ParameterSpace(
        (
            cb.ParameterSpec("beta", 0.005, 0.15, doc="chance of transmission per contact"),
            cb.ParameterSpec("reporting_rate", 0.05, 0.9, doc="fraction of infections that are reported"),
        )
    )
    CONFIG = cb.ConfigurationSpace(
        [
            cb.ConfigSpec("days", 140, doc="length of a run"),
            cb.ConfigSpec("initial_infections", 12, doc="infectious people on day 0, spread over the age groups"),
        ]
    )

    @cb.model_output("weekly_incidence")
    def weekly_incidence(self, raw, seed):
        """Reported cases by week, all ages."""
        counts, reporting_rate = raw
        days = [sum(day) for day in counts.new_infections]
        weeks = [sum(days[start : start + DAYS_PER_WEEK]) for start in range(0, len(days), DAYS_PER_WEEK)]
        return pl.DataFrame(
            {
                "week": list(range(1, len(weeks) + 1)),
                "reported_cases": [round(cases * reporting_rate) for cases in weeks],
            }
        )

    @cb.model_output("infections_by_age")
    def infections_by_age(self, raw, seed):
        """Infections over the whole run, reported or not."""
        counts, _ = raw
        totals = [sum(day[number] for day in counts.new_infections) for number in range(len(counts.age_groups))]
        return pl.DataFrame({"age_group": list(counts.age_groups), "infections": totals})
