from .sir import run

run()
