import importlib

load = importlib.import_module
RATES = load("models.rates")
