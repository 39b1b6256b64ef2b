from .places import DATA, TABLES
import models.places as places


def load():
    return (DATA / 'ages.csv').read_text(), open(f'{TABLES}/contacts.csv').read(), (places.DATA / 'births.csv').read_text()
