import runpy

PREPARED = runpy.run_module('models.prepare')
PLAIN = runpy.run_path('scripts/plain.py')
