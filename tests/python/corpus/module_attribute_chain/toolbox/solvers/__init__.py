from . import euler as euler
