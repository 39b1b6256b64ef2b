"""Reading the tables in ``data/``: one place that knows where they lie and that they are UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a table by column name. Raises ValueError where a row has more or fewer cells than the header."""
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if None in row or None in row.values():
                raise ValueError(f"{path.name}, line {number}: not as many cells as columns")
            yield row
