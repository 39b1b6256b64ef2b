import importlib

from . import solvers


def load(name):
    return importlib.import_module(f'toolbox.{name}')
