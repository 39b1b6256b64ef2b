from tools.rates import BETA
