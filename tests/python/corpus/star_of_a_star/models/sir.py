from .all_parts import *

X = BETA + GAMMA
