import models.recovery


def infect():
    return models.recovery.recover
