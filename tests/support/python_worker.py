"""Reads a bundle's folder as a worker does, and fails with a list of what a worker would stumble over.

    python3 python_worker.py BUNDLE STUBS [ROOT...]

The rules are those of the Python readers, found by running them: which keys there are, which types they bear, what is imported. Nothing here
comes from the program that wrote the bundle. ROOT: folders of the bundle that its wheel installs from (`src`); the bundle itself always counts.
Prints one line of JSON with what was checked.
"""

import hashlib
import importlib
import json
import os
import re
import sys

import yaml

REGISTRY = ".modelops-bundle/registry.yaml"  # the wire function opens exactly this, from its current folder
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SCENARIO = re.compile(r"[a-z0-9]([a-z0-9-_.]{0,62}[a-z0-9])?")  # what a job may name

faults = []


def check(holds, sentence):
    if not holds:
        faults.append(sentence)
    return holds


def digest_of(path):
    with open(path, "rb") as file:
        return "sha256:" + hashlib.sha256(file.read()).hexdigest()


def is_texts(value):
    return isinstance(value, list) and all(type(item) is str for item in value)


def check_file(whose, path, digest):
    """The file is in the bundle, below it, and has the digest that is recorded."""
    lawful = type(path) is str and not os.path.isabs(path) and ".." not in path.split("/") and "\\" not in path
    if not check(lawful, f"{whose}: {path!r} is no path of a bundle"):
        return
    if not check(os.path.isfile(path), f"{whose}: {path} is not in the bundle"):
        return
    if not check(type(digest) is str and DIGEST.fullmatch(digest), f"{whose}: {path} has the digest {digest!r}"):
        return
    check(digest_of(path) == digest, f"{whose}: {path} does not have the digest that is recorded")


def check_files(whose, entry, kind):
    paths = entry.get(kind, [])
    if not check(is_texts(paths), f"{whose}: {kind} is no list of texts"):
        return
    digests = entry.get(f"{kind}_digests", {})
    check(isinstance(digests, dict), f"{whose}: {kind}_digests is no mapping")
    check(sorted(digests) == sorted(paths), f"{whose}: {kind} and {kind}_digests name different files")
    for path in paths:
        check_file(whose, path, digests.get(path))


def symbol_of(whose, entrypoint, path):
    """What the entry point names, imported; None if it is none."""
    if not check(type(entrypoint) is str and entrypoint.count(":") == 1, f"{whose}: {entrypoint!r} is no entry point"):
        return None
    module_name, symbol = entrypoint.split(":")
    check("." in module_name, f"{whose}: {module_name} has no dot, so that no study can name it")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # whatever a project's code raises, it is a fault of the bundle
        check(False, f"{whose}: {module_name} cannot be imported: {type(error).__name__}: {error}")
        return None
    check(os.path.realpath(module.__file__) == os.path.realpath(path), f"{whose}: {module_name} is {module.__file__}, not {path}")
    found = module
    for name in symbol.split("."):
        found = getattr(found, name, None)
    check(found is not None, f"{whose}: {module_name} has no {symbol}")
    return found


def check_model(id, entry):
    whose = f"model {id}"
    for key in ("entrypoint", "path", "class_name"):
        check(type(entry.get(key)) is str, f"{whose}: {key} is no text")
    for key in ("scenarios", "parameters", "outputs"):
        check(is_texts(entry.get(key, [])), f"{whose}: {key} is no list of texts")
    check_file(whose, entry["path"], entry.get("model_digest"))
    check_files(whose, entry, "data")
    check_files(whose, entry, "code")
    found = symbol_of(whose, entry["entrypoint"], entry["path"])
    if found is None:
        return
    check(found.__qualname__ == entry["class_name"], f"{whose}: class_name is {entry['class_name']}, the class {found.__qualname__}")
    try:
        model = found()
    except Exception as error:
        check(False, f"{whose}: {found.__name__}() fails: {type(error).__name__}: {error}")
        return
    for key, names in (
        ("parameters", [spec.name for spec in model.PARAMS.specs]),
        ("outputs", sorted(model._outputs)),
        ("scenarios", sorted(model._scenarios)),
    ):
        recorded = entry.get(key, [])
        recorded = recorded if key == "parameters" else sorted(recorded)
        check(recorded == names, f"{whose}: {key} are {names}, and {recorded} are recorded")
    for name in entry.get("scenarios", []):
        check(SCENARIO.fullmatch(name), f"{whose}: no job can name the scenario {name!r}")


def check_target(id, entry, outputs):
    whose = f"target {id}"
    for key in ("entrypoint", "path", "model_output"):
        check(type(entry.get(key)) is str, f"{whose}: {key} is no text")
    check(entry["model_output"] in outputs, f"{whose}: no model has the output {entry['model_output']}")
    check_file(whose, entry["path"], entry.get("target_digest"))
    check_files(whose, entry, "data")
    check_files(whose, entry, "code")
    found = symbol_of(whose, entry["entrypoint"], entry["path"])
    if found is None:
        return
    try:
        target = found()  # reads its data, from the bundle's folder
    except Exception as error:
        check(False, f"{whose}: it fails: {type(error).__name__}: {error}")
        return
    check(target.model_output == entry["model_output"], f"{whose}: it compares {target.model_output}, not {entry['model_output']}")


def check_set(name, entry, targets):
    whose = f"target set {name}"
    members = entry.get("targets", [])
    weights = entry.get("weights", {})
    if not check(is_texts(members), f"{whose}: targets is no list of texts"):
        return
    for member in members:
        check(member in targets, f"{whose}: there is no target {member}")
    for member, weight in weights.items():
        check(member in members, f"{whose}: a weight for {member}, which is no member")
        check(type(weight) in (int, float), f"{whose}: the weight of {member} is no number")


def check_manifest():
    """Every other file of the bundle is listed with its digest, and nothing that is not there is."""
    with open(".modelops-bundle/manifest.yaml", encoding="utf-8") as file:
        listed = {entry["path"]: entry for entry in yaml.safe_load(file)["files"]}
    for path, entry in listed.items():
        check_file("manifest.yaml", path, entry["digest"])
        size = os.path.getsize(path) if os.path.isfile(path) else None
        check(size == entry["size"], f"manifest.yaml: {path} does not have {entry['size']} bytes")
    return listed


def main():
    bundle, stubs, *roots = sys.argv[1:]
    os.chdir(bundle)
    sys.path[:1] = [os.path.abspath(root) for root in [*roots, "."]]
    sys.path.append(stubs)
    with open(REGISTRY, encoding="utf-8") as file:
        registry = yaml.safe_load(file)
    check(type(registry["version"]) is str, "version is no text")
    for key in ("models", "targets", "target_sets"):
        if not check(isinstance(registry.get(key), dict), f"{key} is no mapping"):
            registry[key] = {}
    for id, entry in registry["models"].items():
        check(type(id) is str, f"the model id {id!r} is no text")
        check_model(id, entry)
    outputs = {output for entry in registry["models"].values() for output in entry.get("outputs", [])}
    for id, entry in registry["targets"].items():
        check(type(id) is str, f"the target id {id!r} is no text")
        check_target(id, entry, outputs)
    for name, entry in registry["target_sets"].items():
        check_set(name, entry, registry["targets"])
    check(os.path.isfile("pyproject.toml"), "pyproject.toml is not in the bundle")
    listed = check_manifest()
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps({**{key: len(registry[key]) for key in ("models", "targets", "target_sets")}, "files": len(listed)}))
    sys.exit(1 if faults else 0)


main()
