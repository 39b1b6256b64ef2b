from toolbox import BETA
from toolbox.solvers import euler as step
