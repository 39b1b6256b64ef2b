import models.infection
import models.sir


def recover():
    return models.infection.infect
