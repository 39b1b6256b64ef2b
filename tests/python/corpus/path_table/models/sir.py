from pathlib import Path

TABLES = {"ages": "data/ages.csv", "births": Path("data") / "births.csv"}


class Settings:
    FOLDER = Path("data")
    contacts = "data/contacts.csv"

    def read(self):
        return open(self.contacts).read(), (self.FOLDER / "deaths.csv").read_text()


def load():
    return open(TABLES["ages"]).read(), TABLES["births"].read_text(), Settings().read()
