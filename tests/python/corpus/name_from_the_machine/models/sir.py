import sys
from importlib import import_module

chosen = import_module('models.' + sys.implementation.name)
