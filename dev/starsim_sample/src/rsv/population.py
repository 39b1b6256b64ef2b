"""Ages and contacts of the catchment: tables that lie inside of the package, so that they are found wherever it is installed."""

import csv
from importlib.resources import files

import polars as pl


def age_structure():
    """People by age, in the columns that ``ss.People`` wants."""
    with (files("rsv") / "tables" / "age_structure.csv").open("rb") as file:
        return pl.read_csv(file)


def contact_factors(start_month):
    """How much more or less people meet, for twelve months from ``start_month`` on."""
    text = files("rsv.tables").joinpath("contacts_by_month.csv").read_text(encoding="utf-8")
    factor = {int(row["month"]): float(row["factor"]) for row in csv.DictReader(text.splitlines())}
    return [factor[(start_month - 1 + later) % 12 + 1] for later in range(12)]
