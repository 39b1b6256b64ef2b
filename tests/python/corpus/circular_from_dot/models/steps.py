from . import sir
from . import clock


def step():
    return sir.run
