import importlib.resources
import importlib.resources as res
from importlib.resources import as_file, files

TABLES = files("district") / "tables"


def load():
    ages = (files("district") / "tables" / "ages.csv").read_text()
    contacts = files("district.tables").joinpath("contacts.csv").read_bytes()
    own = importlib.resources.files(__package__).joinpath("defaults.json").read_text()
    seasons = (TABLES / "seasons.csv").open().read()
    with as_file(res.files("district").joinpath("tables", "births.csv")) as path:
        births = path.read_text()
    return ages, contacts, own, seasons, births, importlib.resources.read_text("district", "notes.txt")
