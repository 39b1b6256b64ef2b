import importlib

VARIANTS = {"plain": "variants.plain", "aged": "variants.aged"}
LOADED = {name: importlib.import_module(module) for name, module in VARIANTS.items()}
ONE = importlib.import_module(VARIANTS["plain"])
for module, weight in [("third", 1), ("fourth", 2)]:
    importlib.import_module(name=f".{module}", package="variants")
