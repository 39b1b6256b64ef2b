from .stages.names import NAMES

BETA = 0.3
