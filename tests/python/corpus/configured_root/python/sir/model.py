from sir_parts.rates import BETA
from sir import people
