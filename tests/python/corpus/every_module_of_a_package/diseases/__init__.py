import importlib
import pkgutil

ALL = [importlib.import_module(f'{__name__}.{found.name}') for found in pkgutil.iter_modules(__path__)]
