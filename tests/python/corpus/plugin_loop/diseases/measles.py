from . import vaccine
