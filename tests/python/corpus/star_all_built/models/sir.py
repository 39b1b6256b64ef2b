from parts import *

X = decay.RATE
