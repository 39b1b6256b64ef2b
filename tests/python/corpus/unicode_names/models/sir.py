from .größe import β
import models.ﬁt
from . import ｒates
