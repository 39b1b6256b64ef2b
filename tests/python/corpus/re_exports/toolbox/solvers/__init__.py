from .explicit import euler
