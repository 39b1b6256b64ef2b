from parts import *

GROWTH = growth.RATE
