import sys

sys.path += ["vendor"]
sys.path[:0] = ["lib"]
sys.path = ["more", *sys.path]

import growth
import rates
import waning
