import os
from os.path import dirname, join
from pathlib import Path, PurePath

ROOT = dirname(dirname(os.path.abspath(__file__)))
FOLDER = "data"


def load():
    return [
        open(file="data/keyword.csv").read(),
        open("/".join([FOLDER, "joined.csv"])).read(),
        Path("data", "several.csv").read_text(),
        (Path.cwd() / "data" / "standing.csv").read_text(),
        open(join(ROOT, "data", "root.csv")).read(),
        open(str(PurePath("data") / "pure.csv")).read(),
        open(Path("data").joinpath("suffix.txt").with_suffix(".csv")).read(),
        open(os.fspath(Path("data/fs.csv"))).read(),
        open(r"data/raw.csv", "rb").read(),
        open("data/" "adjacent.csv").read(),
    ]
