import importlib
from importlib import import_module

DISEASES = ["flu", "rsv"]
LOADED = []

for name in DISEASES:
    LOADED.append(importlib.import_module(f"diseases.{name}"))

LOADED += [import_module("." + name, "diseases") for name in ("measles", "mumps")]
