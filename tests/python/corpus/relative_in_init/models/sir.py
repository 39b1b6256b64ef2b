from .stages import STAGES
from . import rates

BETA = rates.BETA
