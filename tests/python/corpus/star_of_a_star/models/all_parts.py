from .infection import *
from .recovery import *
