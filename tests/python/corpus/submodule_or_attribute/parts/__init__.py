from .decay import RATE as decay

SCALE = 2
