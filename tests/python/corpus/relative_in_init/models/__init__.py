from . import rates
from .stages import STAGES
