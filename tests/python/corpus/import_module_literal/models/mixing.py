from .rates import people
