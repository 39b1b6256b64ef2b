import models
from models import registry_of_models


def run():
    return models.run
