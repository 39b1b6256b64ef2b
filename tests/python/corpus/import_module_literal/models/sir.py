import importlib
from importlib import import_module as load

seasonal = importlib.import_module("models.seasonal")
waning = load(".waning", package="models")
mixing = load(".mixing", __package__)
ages = __import__("models.ages", fromlist=["GROUPS"])
deep = importlib.import_module("..rates.people", package="models.parts")
