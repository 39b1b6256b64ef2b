"""Makes the digests of a bundle's closures anew, by docs/formats.md ("Closure digest", "What of pyproject.toml counts") and by nothing else.

    python3 closure_digest.py FORMATS BUNDLE      one line of JSON: {entry: [what is recorded, what comes out]}
    python3 closure_digest.py FORMATS --pyproject FILE...   the canonical form of each file, one a line
"""

import datetime
import hashlib
import json
import math
import os
import re
import sys

try:
    import tomllib
except ImportError:  # Python 3.10
    tomllib = None

FENCE = re.compile(r"<!-- example: deciding keys -->\n\n```text\n(.*?)```", re.S)


def deciding_keys(page):
    """Tables of keys that count, by the path of the table; None for a table that counts as a whole."""
    text = re.sub(r"\n +", " ", FENCE.search(page)[1])
    tables = {}
    for line in text.splitlines():
        where, _, keys = line.partition(": ")
        if keys:
            tables.setdefault(tuple(where.split(".")), set()).update(keys.split(", "))
        else:
            tables.setdefault((), set()).add(where)
    return tables


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chosen(table, keys, where=()):
    kept = {}
    for key, value in table.items():
        path = where + (key,)
        if key in keys.get(where, ()):
            kept[key] = formed(value, path)
        elif isinstance(value, dict) and any(other[: len(path)] == path for other in keys):
            below = chosen(value, keys, path)
            if below:
                kept[key] = below
    return kept


def formed(value, path):
    if isinstance(value, dict):
        return {key: formed(item, path + (key,)) for key, item in value.items()}
    if isinstance(value, list):
        if not holds_requirements(path):
            return [formed(item, path + ("",)) for item in value]
        items = [requirement(item) if isinstance(item, str) else formed(item, path + ("",)) for item in value]
        return sorted(items, key=lambda item: canonical(item).encode())
    if isinstance(value, bool) or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= 2**53 - 1 else str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return int(value) if value == int(value) and abs(value) < 1e21 else value
    return moment(value)


def moment(value):
    if isinstance(value, datetime.datetime):
        offset = value.utcoffset()
        text = value.replace(tzinfo=None).isoformat(timespec="milliseconds")
        if offset is None:
            return text
        minutes = int(offset.total_seconds() // 60)
        if minutes == 0:
            return text + "Z"
        return text + ("+" if minutes > 0 else "-") + f"{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="milliseconds")
    return value.isoformat()


def holds_requirements(path):
    return path == ("project", "dependencies") or (
        len(path) == 3 and path[:2] == ("project", "optional-dependencies") or len(path) == 2 and path[0] == "dependency-groups"
    )


def name_of(text):
    return re.sub(r"[-_.]+", "-", text).lower()


def requirement(text):
    match = re.match(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(.*)\Z", text, re.S)
    if match is None:
        return text.strip()
    name, extras, rest = match.groups()
    extras = sorted(name_of(extra.strip()) for extra in (extras or "").split(",") if extra.strip())
    whole = name_of(name) + (f"[{','.join(extras)}]" if extras else "")
    if rest.startswith("@"):
        url, marker = cut(rest[1:], r"\s;")
        return f"{whole} @ {url}" + (f" ; {marker}" if marker else "") if url else text.strip()
    specifier, marker = cut(rest, ";")
    specifier = re.sub(r"\A\((.*)\)\Z", r"\1", specifier, flags=re.S)
    clauses = sorted(filter(None, (re.sub(r"\s+", "", clause) for clause in specifier.split(","))))
    if not all(re.fullmatch(r"(===|==|~=|!=|<=|>=|<|>)[^<>=!~]+", clause) for clause in clauses):
        return text.strip()
    return whole + ",".join(clauses) + (f"; {marker}" if marker else "")


def cut(text, at):
    before, *after = re.split(at, text, maxsplit=1)
    return before.strip(), re.sub(r"\s+", " ", after[0].strip()) if after else ""


def canonical_pyproject(data, keys):
    try:
        table = tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return data
    return canonical(chosen(table, keys)).encode()


def content(path, keys=None):
    with open(path, "rb") as file:
        data = file.read()
    if keys is not None and os.path.basename(path) == "pyproject.toml":
        data = canonical_pyproject(data, keys)
    return ["sha256:" + hashlib.sha256(data).hexdigest(), len(data)]


def closures(bundle, keys):
    import yaml

    os.chdir(bundle)
    with open(".modelops-bundle/registry.yaml", encoding="utf-8") as file:
        registry = yaml.safe_load(file)
    found = {}
    for section in ("models", "targets"):
        for key, entry in registry[section].items():
            closure = {
                "schema": "mops.closure",
                "version": 1,
                "code": {path: content(path) for path in [entry["path"], *entry.get("code", [])]},
                "data": {path: content(path) for path in entry.get("data", [])},
                "project": {path: content(path, keys) for path in entry["closure"].get("project", [])},
            }
            digest = "sha256:" + hashlib.sha256(canonical(closure).encode()).hexdigest()
            found[f"{section}:{key}"] = [entry["closure"]["digest"], digest]
            for path, recorded in entry["closure"].get("project_digests", {}).items():
                found[f"{section}:{key}:{path}"] = [recorded, closure["project"][path][0]]
    return found


if __name__ == "__main__":
    page, what, *files = sys.argv[1:]
    with open(page, encoding="utf-8") as file:
        KEYS = deciding_keys(file.read())
    if what == "--pyproject":
        for name in files:
            with open(name, "rb") as file:
                print(canonical_pyproject(file.read(), KEYS).decode())
    else:
        print(json.dumps(closures(what, KEYS)))
