"""Stand-in for polars: tables as columns of cells."""

import csv


class DataFrame:
    def __init__(self, columns=None):
        self.columns = {name: list(cells) for name, cells in (columns or {}).items()}


def read_csv(source, **keywords):
    if hasattr(source, "read"):
        return _table(source)
    with open(source, newline="", encoding="utf-8") as file:
        return _table(file)


def _table(file):
    rows = [[cell.decode() if isinstance(cell, bytes) else cell for cell in row] for row in csv.reader(file)]
    head, body = (rows[0], rows[1:]) if rows else ([], [])
    return DataFrame({name: [row[number] for row in body] for number, name in enumerate(head)})
