from .steps import step


def run():
    return step()
