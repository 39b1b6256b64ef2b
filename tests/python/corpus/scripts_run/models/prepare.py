from models.rates import BETA
