from .names import NAMES
from ..mixing import MATRIX

STAGES = list(NAMES)
