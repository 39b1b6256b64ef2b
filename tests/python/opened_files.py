"""Imports a module of a project, calls functions of it, and prints which files of the project Python opened, as one JSON list.

    python3 -B opened_files.py '{"project": DIR, "roots": [FOLDER, ...], "stubs": DIR, "module": NAME, "calls": [FUNCTION, ...]}'

What counts is what CPython itself says through its audit hook. The current folder is the project's, as it is for a worker.
"""

import json
import os
import sys


def main():
    asked = json.loads(sys.argv[1])
    project = os.path.realpath(asked["project"])
    opened = set()

    def note(event, arguments):
        # Opening a folder, and asking whether there is one, is no reading.
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            path = os.path.realpath(os.path.join(os.getcwd(), os.fsdecode(arguments[0])))
            if path.startswith(project + os.sep):
                opened.add(path)

    os.chdir(project)
    # This script's own folder is not on a worker's path.
    sys.path[:1] = [os.path.join(project, folder).rstrip(os.sep) for folder in asked["roots"]]
    sys.path.append(asked["stubs"])
    sys.addaudithook(note)
    __import__(asked["module"])
    module = sys.modules[asked["module"]]
    for name in asked["calls"]:
        getattr(module, name)()
    files = [path for path in list(opened) if os.path.isfile(path)]
    print(json.dumps(sorted(os.path.relpath(path, project).replace(os.sep, "/") for path in files)))


main()
