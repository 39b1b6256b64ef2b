import sys

if sys.platform == "win32":
    from .windows import SEPARATOR
else:
    from .elsewhere import SEPARATOR

if sys.version_info >= (3, 9):
    from . import new_random as generator
elif sys.version_info >= (3,):
    from . import old_random as generator

match sys.byteorder:
    case "little":
        from . import little as order
    case _:
        from . import big as order
