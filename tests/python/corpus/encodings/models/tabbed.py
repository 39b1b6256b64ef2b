if True:
	from . import deepest
