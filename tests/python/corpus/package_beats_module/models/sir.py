from . import rates

X = rates.BETA
