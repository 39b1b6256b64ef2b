import os
from pathlib import Path

HERE = Path(__file__).parent
ROOT = Path(__file__).resolve().parents[1]
FOLDER = os.path.dirname(os.path.abspath(__file__))


def load():
    return [
        open(Path(__file__).parent / "ages.csv").read(),
        (HERE / "tables" / "contacts.csv").read_text(),
        (ROOT / "data/demographics.csv").read_text(),
        Path(__file__).with_name("seasons.csv").read_text(),
        open(os.path.join(FOLDER, "tables", "births.csv")).read(),
        open(os.path.join(os.path.dirname(__file__), "..", "data", "deaths.csv")).read(),
        HERE.joinpath("tables", "waning.csv").open().read(),
        open(HERE.parent / "data" / "imports.csv").read(),
    ]
