from . import steps


def run():
    return steps.step()
