# -*- coding: latin-1 -*-
from .größe import NAME as X
