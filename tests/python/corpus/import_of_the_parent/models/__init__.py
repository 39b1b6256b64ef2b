from .sir import run
