import os
from importlib import import_module

chosen = import_module(os.environ.get('MODEL_VARIANT', 'models.standard'))
