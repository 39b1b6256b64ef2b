"""The calendar of the health office: reports are by week."""

from __future__ import annotations

from collections.abc import Sequence

DAYS_PER_WEEK = 7


def by_week(daily: Sequence[int]) -> list[int]:
    """Sums of seven days; the last week may be short."""
    return [sum(daily[start : start + DAYS_PER_WEEK]) for start in range(0, len(daily), DAYS_PER_WEEK)]
