"""What every model of the district has in common: its settings, and how the course of an epidemic becomes tables."""

from __future__ import annotations

from dataclasses import dataclass

import modelops_calabaria as cb
import polars as pl

from district.weeks import by_week


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
        weeks = by_week([sum(day) for day in counts.new_infections])
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
