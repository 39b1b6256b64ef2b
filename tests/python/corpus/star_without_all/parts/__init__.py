from . import growth
from .decay import RATE
