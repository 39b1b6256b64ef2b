"""Whom people of one age meet in a day, on average."""

from __future__ import annotations

from pathlib import Path

from .population import AgeGroup
from .tables import DATA, rows


def read_contacts(groups: list[AgeGroup], path: Path = DATA / "contact_patterns.csv") -> list[list[float]]:
    """Mean daily contacts: one list for each age group, in the order of ``groups``."""
    place = {group.name: number for number, group in enumerate(groups)}
    matrix = [[0.0] * len(groups) for _ in groups]
    for row in rows(path):
        matrix[place[row["age_group"]]][place[row["contact_age_group"]]] = float(row["contacts_per_day"])
    return matrix
