from parts import *

X = growth
