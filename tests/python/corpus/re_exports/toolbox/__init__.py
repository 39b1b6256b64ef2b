from .rates import BETA
