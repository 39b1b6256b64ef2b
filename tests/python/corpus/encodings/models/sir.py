from . import latin, windows, bare
