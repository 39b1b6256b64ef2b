/** Point 10 of reading imports: files that code names by a path that is written out. */
import assert from "node:assert/strict";
import { followImports } from "../../src/python/follow_imports.ts";
import { asPath, sourcesOf } from "../support/python_project.ts";

const HEADER = `
import glob, io, json, os, pickle, pkgutil, sqlite3, sys
import importlib.resources as resources
from importlib import resources as ir
from importlib.resources import files, open_text
from os.path import dirname, join
from pathlib import Path
import pathlib
import h5py, numpy as np, pandas as pd, polars as pl, sciris as sc, xarray as xr, yaml
`;
const FILES = {
  "data/x.csv": "",
  "data/y.json": "",
  "data/deep/z.csv": "",
  "models/x.csv": "",
  "models/tables/t.txt": "",
  "models/__init__.py": "",
  "models/tables/__init__.py": "",
  "readme.txt": "",
};

function mentions(code: string, more: Record<string, string> = {}): string[] {
  const sources = sourcesOf({ ...FILES, ...more, "models/a.py": HEADER + code });
  return followImports(sources, asPath("models/a.py"), { codeMode: "files" }).mentions.map(({ path, exists }) =>
    exists ? path : `${path} (absent)`
  );
}

function unresolved(code: string): string[] {
  const sources = sourcesOf({ ...FILES, "models/a.py": code });
  return followImports(sources, asPath("models/a.py"), { codeMode: "files" }).unresolved.map(({ what, at, why }) =>
    `${at.line}: ${what}: ${why}`
  );
}

Deno.test("point 10: every usual way to read a file by a literal path is seen", () => {
  for (
    const line of [
      `open("data/x.csv")`,
      `open("./data/x.csv", "r")`,
      `open(file="data/x.csv", mode="rb")`,
      `with open("data/x.csv", newline="") as f: pass`,
      `io.open("data/x.csv", "r+")`,
      `json.load(open("data/x.csv"))`,
      `yaml.safe_load(open("data/x.csv"))`,
      `pd.read_csv("data/x.csv", sep=";")`,
      `pd.read_csv(filepath_or_buffer="data/x.csv")`,
      `pl.scan_csv("data/x.csv").collect()`,
      `pl.read_parquet(source="data/x.csv")`,
      `np.loadtxt("data/x.csv")`,
      `np.load(file="data/x.csv")`,
      `np.genfromtxt("data/x.csv", delimiter=",")`,
      `sc.loadjson("data/x.csv")`,
      `h5py.File("data/x.csv", "r")`,
      `xr.open_dataset("data/x.csv")`,
      `xr.open_mfdataset(["data/x.csv"])`,
      `sqlite3.connect("data/x.csv")`,
      `Path("data/x.csv").read_text()`,
      `Path("data/x.csv").open()`,
      `Path("data", "x.csv").open("r")`,
      `pathlib.Path("data") / "x.csv"`,
      `open(Path("data").joinpath("x.csv"))`,
      `open(os.path.join("data", "x.csv"))`,
      `open(join("data", "x.csv"))`,
      `pd.read_csv("data/" + "x.csv")`,
      `pd.read_csv(f"data/x.csv")`,
      `NAME = "x"\npd.read_csv(f"data/{NAME}.csv")`,
      `NAME = "x"\npd.read_csv("data/{n}.csv".format(n=NAME))`,
      `def load(path="data/x.csv"):\n    return pd.read_csv(path)`,
      `def load(path=Path("data/x.csv")):\n    return pd.read_csv(path)`,
      `TABLE = {"x": "data/x.csv"}\npd.read_csv(TABLE["x"])`,
      `TABLE = ["data/x.csv"]\nfor t in TABLE:\n    pd.read_csv(t)`,
      `frames = [pd.read_csv(p) for p in ("data/x.csv",)]`,
      `open(os.environ.get("DATA", "data/x.csv"))`,
      `open("data/x.csv" if sys.argv else "data/x.csv")`,
      `anything("data/x.csv")`,
      `anything(1, key=["data/x.csv"])`,
      `CONFIG = {"table": "data/x.csv"}`,
      `class Model:\n    DATA = Path("data")\n    def run(self):\n        return pd.read_csv(self.DATA / "x.csv")`,
      `class Model:\n    def run(self):\n        path = "data/x.csv"\n        return open(path)`,
      `def f():\n    base = Path("data")\n    def g():\n        return open(base / "x.csv")`,
    ]
  ) {
    assert.deepEqual([...new Set(mentions(line))], ["data/x.csv"], line);
  }
});

Deno.test("point 10: paths from __file__ are followed in all idioms", () => {
  for (
    const line of [
      `Path(__file__).parent / "x.csv"`,
      `Path(__file__).resolve().parent / "x.csv"`,
      `Path(__file__).parent.joinpath("x.csv").read_text()`,
      `Path(__file__).parents[0] / "x.csv"`,
      `Path(__file__).with_name("x.csv").open()`,
      `open(os.path.join(os.path.dirname(__file__), "x.csv"))`,
      `open(join(dirname(os.path.abspath(__file__)), "x.csv"))`,
      `open(os.path.dirname(__file__) + "/x.csv")`,
      `open(f"{os.path.dirname(__file__)}/x.csv")`,
      `open(f"{Path(__file__).parent}/x.csv")`,
      `HERE = Path(__file__).absolute().parent\npd.read_csv(HERE / "x.csv")`,
      `HERE = os.path.dirname(os.path.realpath(__file__))\nopen(os.path.join(HERE, "x.csv"))`,
      `open(os.path.split(__file__)[0] + "/x.csv")`,
      `Path(__file__).parent / ".." / "models" / "x.csv"`,
      `str(Path(__file__).parent / "x.csv")`,
      `(Path(__file__).parent / "x").with_suffix(".csv").read_bytes()`,
    ]
  ) {
    assert.deepEqual([...new Set(mentions(line))], ["models/x.csv"], line);
  }
  for (
    const line of [
      `DATA = Path(__file__).parent.parent / "data"\npd.read_csv(DATA / "x.csv")`,
      `ROOT = Path(__file__).resolve().parents[1]\nDATA = ROOT / "data"\nopen(DATA / "x.csv")`,
      `HERE = Path(__file__).parent\nopen(HERE.parent / "data" / "x.csv")`,
      `open(os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "x.csv"))`,
      `open(Path.cwd() / "data" / "x.csv")`,
      `open(os.path.join(os.getcwd(), "data/x.csv"))`,
    ]
  ) {
    assert.deepEqual([...new Set(mentions(line))], ["data/x.csv"], line);
  }
});

Deno.test("point 10: folders that other modules of the project name are followed", () => {
  const paths = {
    "models/paths.py": `from pathlib import Path\nROOT = Path(__file__).parent.parent\nDATA = ROOT / "data"\n`,
    "models/again.py": "from .paths import DATA as FOLDER",
  };
  for (
    const line of [
      `from .paths import DATA\nopen(DATA / "x.csv")`,
      `from models import paths\nopen(paths.DATA / "x.csv")`,
      `import models.paths\nopen(models.paths.DATA / "x.csv")`,
      `import models.paths as p\nopen(p.ROOT / "data" / "x.csv")`,
      `from .again import FOLDER\nopen(FOLDER / "x.csv")`,
      `from . import paths as p\nopen(Path(p.__file__).parent.parent / "data/x.csv")`,
    ]
  ) {
    assert.deepEqual(mentions(line, paths), ["data/x.csv"], line);
  }
});

Deno.test("point 10: resources of packages are found, and reading one imports its package", () => {
  for (
    const line of [
      `files("models.tables") / "t.txt"`,
      `files("models").joinpath("tables", "t.txt").read_text()`,
      `(resources.files("models.tables") / "t.txt").open()`,
      `with ir.as_file(ir.files("models.tables") / "t.txt") as p: pass`,
      `open_text("models.tables", "t.txt")`,
      `resources.read_text("models.tables", "t.txt")`,
      `with resources.path("models.tables", "t.txt") as p: pass`,
      `pkgutil.get_data("models.tables", "t.txt")`,
      `pkgutil.get_data(__package__, "tables/t.txt")`,
      `pkgutil.get_data(__name__, "tables/t.txt")`,
      `files(__package__) / "tables" / "t.txt"`,
      `import models.tables\nfiles(models.tables) / "t.txt"`,
      `from models import tables\nfiles(tables) / "t.txt"`,
    ]
  ) {
    assert.deepEqual([...new Set(mentions(line))], ["models/tables/t.txt"], line);
  }
  const followed = followImports(
    sourcesOf({ ...FILES, "models/a.py": `${HEADER}\nfiles("models.tables") / "t.txt"` }),
    asPath("models/a.py"),
    { codeMode: "files" },
  );
  assert.ok(followed.code.some(({ path }) => path === "models/tables/__init__.py"));
});

Deno.test("point 10: patterns and folders stand for the files that are there", () => {
  for (
    const line of [
      `glob.glob("data/*.csv")`,
      `glob.iglob(os.path.join("data", "*.csv"))`,
      `Path("data").glob("*.csv")`,
      `DATA = Path("data")\nfor f in DATA.glob("*.csv"): pass`,
      `pl.scan_csv("data/*.csv")`,
    ]
  ) {
    assert.deepEqual(mentions(line), ["data/x.csv"], line);
  }
  assert.deepEqual(mentions(`Path("data").rglob("*.csv")`), ["data/deep/z.csv", "data/x.csv"]);
  assert.deepEqual(mentions(`glob.glob("data/**/*.csv", recursive=True)`), ["data/deep/z.csv", "data/x.csv"]);
  assert.deepEqual(mentions(`glob.glob("data/**/*.csv")`), ["data/deep/z.csv"]);
  assert.deepEqual(mentions(`glob.glob("*.csv", root_dir="data")`), ["data/x.csv"]);
  assert.deepEqual(mentions(`os.listdir("data")`), ["data/x.csv", "data/y.json"]);
  assert.deepEqual(mentions(`for f in (Path(__file__).parent.parent / "data").iterdir(): pass`), ["data/x.csv", "data/y.json"]);
  assert.deepEqual(mentions(`for a in os.walk("data"): pass`), ["data/deep/z.csv", "data/x.csv", "data/y.json"]);
  assert.deepEqual(mentions(`xr.open_zarr("data/deep")`), ["data/deep/z.csv"]);
});

Deno.test("point 10: what is read and not there is told as absent; what only looks like a path is not", () => {
  assert.deepEqual(mentions(`pd.read_csv("data/gone.csv")`), ["data/gone.csv (absent)"]);
  assert.deepEqual(
    mentions(`for n in ("x", "gone"):\n    pd.read_csv(f"data/{n}.csv")`),
    ["data/x.csv", "data/gone.csv (absent)"],
  );
  assert.deepEqual(mentions(`anything("data/gone.csv")`), []);
  assert.deepEqual(mentions(`anything("readme.txt")`), [], "no slash");
  assert.deepEqual(mentions(`open("readme.txt")`), ["readme.txt"]);
});

Deno.test("point 10: what is only written, or asked about, is no dependency", () => {
  for (
    const line of [
      `open("data/x.csv", "w")`,
      `open("data/x.csv", mode="wb")`,
      `open("data/x.csv", "a")`,
      `Path("data/x.csv").open("w")`,
      `Path("data/x.csv").write_text("")`,
      `df.to_csv("data/x.csv")`,
      `np.savetxt("data/x.csv", a)`,
      `os.remove("data/x.csv")`,
      `"data/x.csv".split("/")`,
    ]
  ) {
    assert.deepEqual(mentions(line), [], line);
  }
  assert.deepEqual(mentions(`out.write(open("data/x.csv").read())`), ["data/x.csv"], "what is read on the way, is one");
  assert.deepEqual(mentions(`pd.read_csv("data/x.csv").to_csv("data/y.json")`), ["data/x.csv"]);
});

Deno.test("point 10: URLs and the system's own files are nobody's data", () => {
  const code = `import pandas as pd\npd.read_csv("https://example.org/x.csv")\npd.read_csv("s3://b/x.csv")\nopen("/dev/null")\n`;
  assert.deepEqual(mentions(code), []);
  assert.deepEqual(unresolved(code), []);
});

Deno.test("point 10: a read of a path that is computed is said, a variable is not", () => {
  const code = `import os
import pandas as pd
from pathlib import Path
def f(path, name, folder, paths):
    pd.read_csv(path)
    pd.read_csv(paths["k"])
    pd.read_csv(f"data/{name}.csv")
    open(os.path.join(folder, "x.csv"))
    open(Path("data") / name)
    (Path("data") / name).read_text()
    Path(folder).glob("*.csv")
    open("/home/me/x.csv")
    open("../x.csv")
`;
  const parts = "its path is put together from parts that are not written out";
  assert.deepEqual(unresolved(code), [
    `7: read_csv(…): ${parts}`,
    `8: open(…): ${parts}`,
    `9: open(…): ${parts}`,
    `10: a path(…): ${parts}`,
    "11: glob(…): the folder or the pattern is not written out",
    `12: open("/home/me/x.csv"): it lies outside the project`,
    `13: open("../x.csv"): it lies outside the project`,
  ]);
});

Deno.test("a mention says in which function and line it stands", () => {
  const code = `def load():\n    return open("data/x.csv")\nclass A:\n    def f(self):\n        return open("data/y.json")\n`;
  const found = followImports(sourcesOf({ ...FILES, "models/a.py": code }), asPath("models/a.py"), { codeMode: "files" }).mentions;
  assert.deepEqual(found.map(({ path, scope, at, file }) => [path, scope, at.line, file]), [
    ["data/x.csv", "load", 2, "models/a.py"],
    ["data/y.json", "A.f", 5, "models/a.py"],
  ]);
});

Deno.test("a path that % or replace puts together from what is not written out is said once", () => {
  const why = "its path is put together from parts that are not written out";
  assert.deepEqual(unresolved("x = open('data/y%d.csv' % year)\n"), [`1: open(…): ${why}`]);
  assert.deepEqual(unresolved("x = open(__file__.replace('a.py', 't.txt'))\n"), [`1: open(…): ${why}`]);
  assert.deepEqual(unresolved("x = open(text.replace('a', 'b'))\n"), [], "whoever gives the text names the file");
});

Deno.test("a default of a parameter is told as what its function reads, nested ones by their qualified names", () => {
  const sources = sourcesOf({
    ...FILES,
    "models/a.py": `from pathlib import Path
DATA = Path(__file__).parent.parent / "data"

def load(path: Path = DATA / "x.csv"):
    return open(path)

def outer():
    def inner(path=DATA / "y.json"):
        return open(path)
    return inner

open(DATA / "deep" / "z.csv")
`,
  });
  const { mentions } = followImports(sources, asPath("models/a.py"), { codeMode: "files" });
  assert.deepEqual(mentions.map(({ path, scope }) => [path, scope]).sort(), [
    ["data/deep/z.csv", ""],
    ["data/x.csv", "load"],
    ["data/y.json", "outer.inner"],
  ]);
});
