from ..source import SOURCE

BETA = 0.3
