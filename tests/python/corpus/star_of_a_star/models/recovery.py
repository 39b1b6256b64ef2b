from .infection import BETA

GAMMA = BETA / 2
