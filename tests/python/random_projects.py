"""Imports the entry of each project in a JSON file, and prints the files of the project that Python ran, one JSON list each."""
import importlib
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
projects = json.load(open(sys.argv[1]))
before, path = set(sys.modules), list(sys.path)
answers = []
for project in projects:
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        for name, text in project["texts"].items():
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        os.chdir(folder)
        sys.path[:] = [folder] + path
        importlib.invalidate_caches()
        sys.path_importer_cache.clear()
        try:
            importlib.import_module(project["module"])
        except Exception as error:
            raise SystemExit(f"{project}: {error!r}")
        files = [getattr(module, "__file__", None) for name, module in sys.modules.items() if name not in before]
        answers.append(sorted({os.path.relpath(file, folder) for file in files if file and file.startswith(folder + os.sep)}))
        for name in set(sys.modules) - before:
            del sys.modules[name]
        os.chdir("/")
json.dump(answers, sys.stdout)
