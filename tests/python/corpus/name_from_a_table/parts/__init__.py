import importlib

_LAZY = dict(zip(('heavy',), ('.heavy_part',)))


def __getattr__(name):
    return importlib.import_module(_LAZY[name], __name__)
