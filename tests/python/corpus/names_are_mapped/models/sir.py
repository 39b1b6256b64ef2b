import importlib

PARTS = ["models.births", "models.deaths"]
MODULES = list(map(importlib.import_module, PARTS))
