from ...people import AGES


def euler(): ...
