/** The fourteen points of reading imports (facts on data systems, 5.2), each by at least one test of its name. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Followed } from "../../src/python/dependencies.ts";
import { followImports, projectFilesNamedBy, unreadFiles } from "../../src/python/follow_imports.ts";
import type { ProjectSources } from "../../src/python/project_sources.ts";
import { asPath, foldersOf, sourcesOf } from "../support/python_project.ts";

type Texts = Readonly<Record<string, string | Uint8Array>>;

function follow(texts: Texts, path = "models/a.py", codeRoots?: readonly string[]): Followed {
  return followImports(sourcesOf(texts, codeRoots === undefined ? {} : { codeRoots }), asPath(path), { codeMode: "files" });
}

function code(texts: Texts, path = "models/a.py", codeRoots?: readonly string[]): string[] {
  return follow(texts, path, codeRoots).code.map(({ path }) => path);
}

function broken(texts: Texts, path = "models/a.py"): string[] {
  return follow(texts, path).broken.map(({ what, expected, at }) => `${at.line}: ${what} → ${expected}`);
}

function unresolved(texts: Texts, path = "models/a.py"): string[] {
  return follow(texts, path).unresolved.map(({ what, at, why }) => `${at.line}: ${what}: ${why}`);
}

Deno.test("point 1: import a.b.c needs every __init__.py above c", () => {
  const files = { "a/__init__.py": "", "a/b/__init__.py": "", "a/b/c.py": "", "a/b/d.py": "", "models/a.py": "import a.b.c" };
  assert.deepEqual(code(files), ["a/__init__.py", "a/b/__init__.py", "a/b/c.py", "models/a.py"]);
});

Deno.test("point 1: the __init__.py above the entry itself runs, too, and what it imports", () => {
  const files = {
    "models/__init__.py": "from .setup import x",
    "models/setup.py": "x = 1",
    "models/deep/__init__.py": "",
    "models/deep/a.py": "",
  };
  assert.deepEqual(code(files, "models/deep/a.py"), [
    "models/__init__.py",
    "models/deep/__init__.py",
    "models/deep/a.py",
    "models/setup.py",
  ]);
});

Deno.test("point 2: from p import name takes the submodule where there is one, and p/__init__.py always", () => {
  const files = { "p/__init__.py": "value = 1", "p/name.py": "", "p/other.py": "", "models/a.py": "from p import name, value" };
  assert.deepEqual(code(files), ["models/a.py", "p/__init__.py", "p/name.py"]);
  assert.deepEqual(broken(files), []);
});

Deno.test("point 2: a name that __init__.py binds and a submodule of that name both count", () => {
  const files = {
    "p/__init__.py": "from .other import name",
    "p/name.py": "",
    "p/other.py": "name = 1",
    "models/a.py": "from p import name",
  };
  assert.deepEqual(code(files), ["models/a.py", "p/__init__.py", "p/name.py", "p/other.py"]);
});

Deno.test("point 3: relative imports count their dots from the package, in a module and in __init__.py", () => {
  const files = {
    "models/__init__.py": "from . import y\nfrom .sub import z\nfrom .sub.deep import q",
    "models/y.py": "",
    "models/a.py": "from .y import f",
    "models/sub/__init__.py": "from ..w import g\nfrom . import z",
    "models/sub/z.py": "",
    "models/sub/deep.py": "from ..sub import v",
    "models/w.py": "",
    "models/sub/v.py": "",
  };
  assert.deepEqual(code(files), [
    "models/__init__.py",
    "models/a.py",
    "models/sub/__init__.py",
    "models/sub/deep.py",
    "models/sub/v.py",
    "models/sub/z.py",
    "models/w.py",
    "models/y.py",
  ]);
  assert.deepEqual(broken(files), []);
});

Deno.test("point 4: from p import * adds the submodules that a literal __all__ names, however it is put together", () => {
  const files = {
    "p/__init__.py": `from . import extra\n__all__ = ["one", "value"] + extra.__all__\n__all__ += ["two"]\nvalue = 1`,
    "p/extra.py": "__all__ = []",
    "p/one.py": "",
    "p/two.py": "",
    "p/three.py": "",
    "models/a.py": "from p import *",
  };
  assert.deepEqual(code(files), ["models/a.py", "p/__init__.py", "p/extra.py", "p/one.py", "p/two.py"]);
  assert.deepEqual(unresolved(files), []);
});

Deno.test("point 4: an __all__ that is computed is said", () => {
  const files = {
    "p/__init__.py": "import os\n__all__ = [n for n in os.listdir('.')]",
    "p/one.py": "",
    "models/a.py": "\nfrom p import *",
  };
  assert.deepEqual(unresolved(files), ["2: from p import *: __all__ of p/__init__.py is no list of texts, and may name submodules"]);
});

Deno.test("point 5: re-exports are followed through every __init__.py", () => {
  const files = {
    "p/__init__.py": "from .q import helper",
    "p/q/__init__.py": "from ._impl import helper",
    "p/q/_impl.py": "from ..far import base\ndef helper(): pass",
    "p/far.py": "base = 1",
    "models/a.py": "from p import helper",
  };
  assert.deepEqual(code(files), ["models/a.py", "p/__init__.py", "p/far.py", "p/q/__init__.py", "p/q/_impl.py"]);
});

Deno.test("point 6: a package without __init__.py is split over roots, and relative imports reach all of it", () => {
  const files = {
    "src/ns/one.py": "from . import two",
    "lib/ns/two.py": "from .three import x",
    "lib/ns/three.py": "x = 1",
    "models/a.py": "import ns.one\nfrom ns import two",
  };
  assert.deepEqual(code(files, "models/a.py", ["src", "lib"]), ["lib/ns/three.py", "lib/ns/two.py", "models/a.py", "src/ns/one.py"]);
});

Deno.test("point 6: a regular package in a later root wins over a folder without __init__.py in an earlier one", () => {
  const files = { "src/p/one.py": "", "lib/p/__init__.py": "", "lib/p/one.py": "", "models/a.py": "import p.one" };
  assert.deepEqual(code(files, "models/a.py", ["src", "lib"]), ["lib/p/__init__.py", "lib/p/one.py", "models/a.py"]);
});

Deno.test("point 6: of two regular packages the first root's wins, and a package wins over a module beside it", () => {
  const two = { "src/p/__init__.py": "", "lib/p/__init__.py": "", "lib/p/one.py": "", "models/a.py": "import p" };
  assert.deepEqual(code(two, "models/a.py", ["src", "lib"]), ["models/a.py", "src/p/__init__.py"]);
  const beside = { "x/__init__.py": "", "x.py": "", "models/a.py": "import x" };
  assert.deepEqual(code(beside), ["models/a.py", "x/__init__.py"]);
  const folder = { "x/deep.py": "", "x.py": "", "models/a.py": "import x" };
  assert.deepEqual(code(folder), ["models/a.py", "x.py"]);
});

Deno.test("point 6: a folder that holds nothing to import is no package, and hides no installed one", () => {
  const followed = follow({ "yaml/x.yaml": "", "data/x.csv": "", "models/a.py": "import yaml\nimport data.more" });
  assert.deepEqual(followed.outside.map(({ module }) => module), ["yaml", "data.more"]);
  assert.deepEqual(followed.broken, []);
});

Deno.test("point 7: sys.path is followed in every usual form, also from a module that only sets it", () => {
  for (
    const line of [
      `sys.path.insert(0, "lib")`,
      `sys.path.append("./lib/")`,
      `sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))`,
      `sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "lib")))`,
      `sys.path.insert(0, str(Path(__file__).parent.parent / "lib"))`,
      `sys.path.insert(0, str(Path(__file__).resolve().parents[1].joinpath("lib")))`,
      `sys.path.extend(["lib"])`,
      `HERE = Path(__file__).parent\nLIB = HERE.parent / "lib"\nsys.path.append(str(LIB))`,
      `for d in ("lib", "nowhere"):\n    sys.path.append(d)`,
    ]
  ) {
    const files = {
      "models/paths.py": `import os, sys\nfrom pathlib import Path\n${line}\n`,
      "models/a.py": "import models.paths\nimport helper",
      "lib/helper.py": "import deeper",
      "lib/deeper.py": "",
    };
    assert.deepEqual(code(files), ["lib/deeper.py", "lib/helper.py", "models/a.py", "models/paths.py"], line);
  }
});

Deno.test("point 7: what is imported before a folder is put on the path, and what after, both count", () => {
  const files = {
    "models/a.py": "import util\nimport sys\nsys.path.insert(0, 'lib')\nsys.path.insert(0, 'more')\nimport util, other",
    "util.py": "",
    "lib/util.py": "import only_in_lib",
    "lib/only_in_lib.py": "",
    "lib/other.py": "",
    "more/util.py": "",
  };
  const followed = follow(files);
  assert.deepEqual(followed.code.map(({ path }) => path), [
    "lib/only_in_lib.py",
    "lib/other.py",
    "lib/util.py",
    "models/a.py",
    "more/util.py",
    "util.py",
  ]);
  assert.deepEqual([followed.outside, followed.broken], [[], []]);
});

Deno.test("point 7: a folder on sys.path that is not written out, or lies outside the project, is said", () => {
  const files = { "models/a.py": `import os, sys\nsys.path.insert(0, os.environ["LIB"])\nsys.path.append("../../elsewhere")` };
  assert.deepEqual(unresolved(files), [
    "2: sys.path: the folder that is put on it is not written out",
    "3: sys.path: ../../elsewhere: it lies outside the project",
  ]);
});

Deno.test("point 7: a script that is run finds what lies beside it, and only the script does", () => {
  const files = {
    "models/a.py": `import subprocess, sys\nimport side\nsubprocess.run([sys.executable, "scripts/go.py"], check=True)`,
    "scripts/go.py": "import side",
    "scripts/side.py": "",
  };
  const followed = follow(files);
  assert.deepEqual(followed.code.map(({ path }) => path), ["models/a.py", "scripts/go.py", "scripts/side.py"]);
  assert.deepEqual(followed.outside.map(({ name, file }) => `${name} of ${file}`), ["side of models/a.py"]);
});

Deno.test("point 7: a project file shadows the standard library, but nothing that Python has loaded by then", () => {
  const followed = follow({ "random.py": "", "time.py": "", "types/x.py": "", "models/a.py": "import random\nimport time\nimport types" });
  assert.deepEqual(followed.code.map(({ path }) => path), ["models/a.py", "random.py"]);
  assert.deepEqual(followed.shadows, [{ path: "random.py", name: "random" }]);
  assert.deepEqual(followed.outside, []);
});

Deno.test("point 7: what a project has itself is not looked for outside", () => {
  const followed = follow({ "numpy/__init__.py": "", "models/a.py": "import numpy" });
  assert.deepEqual(followed.outside, []);
  assert.deepEqual(followed.code.map(({ path }) => path), ["models/a.py", "numpy/__init__.py"]);
});

Deno.test("point 8: every branch counts, in functions and class bodies, too; TYPE_CHECKING does not", () => {
  const files = {
    "models/a.py": `
import sys
from typing import TYPE_CHECKING
import typing as t
try:
    import fast
except ImportError:
    import slow
if sys.version_info > (3, 12):
    import new
else:
    import old
if TYPE_CHECKING:
    import annotated
else:
    import runtime
if t.TYPE_CHECKING:
    import annotated
class C:
    import inner
    def f(self):
        from deep import x
match sys.platform:
    case "linux":
        import matched
with open("x") as f:
    import held
`,
    ...Object.fromEntries(
      ["fast", "slow", "new", "old", "annotated", "runtime", "inner", "deep", "matched", "held"].map((name) => [`${name}.py`, ""]),
    ),
  };
  assert.deepEqual(
    code(files),
    ["deep.py", "fast.py", "held.py", "inner.py", "matched.py", "models/a.py", "new.py", "old.py", "runtime.py", "slow.py"],
  );
});

Deno.test("point 8: an import that fails in a try is broken only conditionally, and one from outside may be optional", () => {
  const followed = follow({
    "models/__init__.py": "",
    "models/a.py":
      "try:\n    from .gone import x\n    import cupy\nexcept ImportError:\n    x = None\nimport numpy\ndef f():\n    import jax",
  });
  assert.deepEqual(followed.broken.map(({ what, isConditional }) => [what, isConditional]), [[".gone", true]]);
  assert.deepEqual(followed.outside.map(({ name, isConditional }) => [name, isConditional]), [["cupy", true], ["numpy", false], [
    "jax",
    true,
  ]]);
});

Deno.test("point 9: modules that are named by a text are followed: import_module, __import__, runpy, subprocess", () => {
  for (
    const line of [
      `importlib.import_module("models.extra")`,
      `import_module(".extra", package="models")`,
      `import_module(".extra", __package__)`,
      `import_module(name="models.extra")`,
      `load("models.extra")`,
      `__import__("models.extra")`,
      `__import__("models", fromlist=["extra"])`,
      `__import__("extra", globals(), locals(), [], 1)`,
      `runpy.run_module("models.extra", run_name="__main__")`,
      `runpy.run_path("models/extra.py")`,
      `subprocess.run([sys.executable, "-m", "models.extra"])`,
      `subprocess.check_call("python3 models/extra.py --fast", shell=True)`,
      `sp(["python", "models/extra.py", str(3)])`,
      `os.system("python models/extra.py")`,
      `os.system(f"python models/extra.py {seed}")`,
      `exec(open("models/extra.py").read())`,
      `exec(Path("models/extra.py").read_text())`,
      `spec = importlib.util.spec_from_file_location("extra", Path(__file__).parent / "extra.py")`,
      `for n in ["extra"]:\n    import_module(f"models.{n}")`,
      `NAMES = ("extra",)\nmods = {n: import_module("models." + n) for n in NAMES}`,
      `TABLE = {"k": "models.extra"}\nfor k, v in TABLE.items():\n    import_module(v)`,
    ]
  ) {
    const files = {
      "models/__init__.py": "",
      "models/a.py": `import importlib, importlib.util, os, runpy, subprocess, sys
from importlib import import_module, import_module as load
from pathlib import Path
from subprocess import run as sp
${line}`,
      "models/extra.py": "",
    };
    assert.deepEqual(code(files), ["models/__init__.py", "models/a.py", "models/extra.py"], line);
    assert.deepEqual(unresolved(files), [], line);
  }
});

Deno.test("point 9: names from constants of another module are followed", () => {
  const files = {
    "models/__init__.py": "",
    "models/names.py": `PLUGINS = ["one", "two"]`,
    "models/a.py":
      "from importlib import import_module\nfrom .names import PLUGINS\nfor name in PLUGINS:\n    import_module('.' + name, __package__)",
    "models/one.py": "",
    "models/two.py": "",
  };
  assert.deepEqual(code(files), ["models/__init__.py", "models/a.py", "models/names.py", "models/one.py", "models/two.py"]);
});

Deno.test("point 9: what is not written out is said with its line, never dropped", () => {
  const files = {
    "models/a.py": `import importlib, pkgutil, runpy, subprocess
from importlib import import_module as load
def f(name, command):
    importlib.import_module(name)
    load(f"models.{name}")
    __import__(name)
    runpy.run_path(name)
    exec(name)
    eval("import " + name)
    subprocess.run(command)
    subprocess.run(["python", name])
    subprocess.run(["git", "status"])
    subprocess.run([command, "--fast"])
    subprocess.run(["python", "-m", "pip", "list"])
    eval("1 + 1")
for m in pkgutil.iter_modules(): pass
`,
  };
  const lines = unresolved(files).map((text) => text.split(":").slice(0, 2).join(":"));
  assert.deepEqual(lines, [
    "4: import_module(…)",
    "5: import_module(…)",
    "6: __import__(…)",
    "7: runpy.run_path(…)",
    "8: exec(…)",
    "9: eval(…)",
    "10: subprocess.run(…)",
    "11: subprocess.run(…)",
    "13: subprocess.run(…)",
    "16: pkgutil.iter_modules(…)",
  ]);
  assert.deepEqual(follow(files).outside, [], "pip is run, not imported");
});

Deno.test("point 9: a module that import_module names and that is not there is broken", () => {
  const files = { "models/__init__.py": "", "models/a.py": `from importlib import import_module\nimport_module("models.gone")` };
  assert.deepEqual(broken(files), ["2: models.gone → models/gone.py"]);
});

Deno.test("point 11: extension modules, Cython sources and lone .pyc files are code; stubs and notebooks are not", () => {
  const files = {
    "models/__init__.py": "",
    "models/fast.cpython-312-x86_64-linux-gnu.so": new Uint8Array([1]),
    "models/fast.pyx": "",
    "models/fast.pyi": "",
    "models/other.pyd": "",
    "models/lone.pyc": "",
    "models/both.py": "",
    "models/both.pyc": "",
    "models/both.so": "",
    "models/__pycache__/a.cpython-312.pyc": "",
    "models/note.ipynb": "",
    "conftest.py": "",
    "models/a.py": "from . import fast, other, lone, both",
  };
  const followed = follow(files);
  assert.deepEqual(followed.code.map(({ path }) => path), [
    "models/__init__.py",
    "models/a.py",
    "models/both.py",
    "models/both.so",
    "models/fast.cpython-312-x86_64-linux-gnu.so",
    "models/fast.pyx",
    "models/lone.pyc",
    "models/other.pyd",
  ]);
  assert.deepEqual([followed.broken, followed.unreadable], [[], []]);
});

Deno.test("point 11: an R or Julia script that is started by its path is code", () => {
  const files = {
    "models/a.py":
      `import subprocess\nsubprocess.run(["Rscript", "R/fit.R", "data/x.csv", "1"])\nsubprocess.run("julia jl/sim.jl", shell=True)`,
    "R/fit.R": "",
    "jl/sim.jl": "",
    "data/x.csv": "",
  };
  assert.deepEqual(code(files), ["R/fit.R", "jl/sim.jl", "models/a.py"]);
  assert.deepEqual(follow(files).mentions.map(({ path }) => path), ["data/x.csv"], "what it is given, is data");
  const gone = { "models/a.py": files["models/a.py"] };
  assert.deepEqual(unresolved(gone), [
    "2: subprocess.run(… R/fit.R …): there is no such file in the project",
    "3: subprocess.run(… jl/sim.jl …): there is no such file in the project",
  ]);
});

Deno.test("point 12: case counts, identifiers are compared in NFKC", () => {
  const files = {
    "models/__init__.py": "",
    "models/Util.py": "",
    "models/fi.py": "",
    "models/a.py": "from . import util\nfrom . import ﬁ",
  };
  const followed = follow(files);
  assert.deepEqual(followed.code.map(({ path }) => path), ["models/__init__.py", "models/a.py", "models/fi.py"]);
  assert.deepEqual(followed.broken.map(({ expected }) => expected), ["models/util.py"]);
});

Deno.test("point 12: circles end, and a module may import itself", () => {
  const files = {
    "models/a.py": "import models.b\nimport models.a",
    "models/b.py": "from models import c",
    "models/c.py": "from . import a, b",
  };
  assert.deepEqual(code(files), ["models/a.py", "models/b.py", "models/c.py"]);
});

Deno.test("point 12: a file that does not parse is told, and is in the closure; it is not 'no imports'", () => {
  const followed = follow({ "models/a.py": "import b", "b.py": "def f(:\n", "models/bytes.py": new Uint8Array([0xff]) });
  assert.deepEqual(followed.code.map(({ path }) => path), ["b.py", "models/a.py"]);
  assert.deepEqual(followed.unreadable, ["b.py"]);
});

Deno.test("point 12: a directory that is called like a module is no module", () => {
  const followed = follow({ "b.py/x.txt": "", "models/a.py": "import b" });
  assert.deepEqual(followed.outside.map(({ name }) => name), ["b"]);
});

Deno.test("point 13: imports from outside are listed with their place, the standard library's are not", () => {
  const followed = follow({
    "models/a.py": "import os, numpy as np\nfrom scipy.stats import norm\nimport json.decoder\nfrom __future__ import annotations",
  });
  assert.deepEqual(followed.outside.map(({ name, module, at }) => [name, module, at.line]), [["numpy", "numpy", 1], [
    "scipy",
    "scipy.stats",
    2,
  ]]);
});

Deno.test("point 14: a pickle is said to import what cannot be seen", () => {
  const files = {
    "models/a.py": `import pickle, joblib\nx = pickle.load(open("data/m.pkl", "rb"))\ny = joblib.load("data/n.joblib")`,
    "data/m.pkl": "",
  };
  assert.deepEqual(unresolved(files), [
    "2: pickle.load(…): a pickle imports what it names when it is loaded",
    "3: joblib.load(…): a pickle imports what it names when it is loaded",
  ]);
  assert.deepEqual(follow(files).mentions.map(({ path, exists }) => [path, exists]), [["data/m.pkl", true], ["data/n.joblib", false]]);
});

Deno.test("an import that can only mean the project's own code, and leads nowhere, is broken with its line", () => {
  const files = {
    "models/__init__.py": "",
    "models/a.py": "from .util import x\nimport models.extra.deep\nfrom models import y\nfrom . import z\nimport models.b.c",
    "models/b.py": "",
  };
  assert.deepEqual(broken(files), [
    "1: .util → models/util.py",
    "2: models.extra.deep → models/extra/deep.py",
    "3: models.y → models/y.py",
    "4: .z → models/z.py",
    "5: models.b.c → models/b/c.py",
  ]);
});

Deno.test("below a package without __init__.py a missing module is broken, too", () => {
  assert.deepEqual(broken({ "models/a.py": "from models import gone\nfrom models.other import x" }), [
    "1: models.gone → models/gone.py",
    "2: models.other → models/other.py",
  ]);
});

Deno.test("a name that __init__.py may bind in any way is not broken", () => {
  for (
    const init of [
      "name = 1",
      "name: int = 2",
      "def name(): pass",
      "class name: pass",
      "import numpy as name",
      "from numpy import x as name",
      "from numpy import *",
      "def __getattr__(key): return 1",
      "for name in range(3): pass",
      "name, other = f()",
      "with open('x') as name: pass",
      "try:\n    pass\nexcept ValueError as name: pass",
      "if (name := 3): pass",
      "if x:\n    from y import name\nelse:\n    name = None",
      "globals()['name'] = 1",
      "globals().update(name=1)",
      "import lazy_loader as lazy\n__getattr__, __dir__, __all__ = lazy.attach(__name__, submodules=['x'])",
      "async def name(): pass",
      "def f():\n    global name\n    name = 1",
      "type name = int",
      "*name, last = 1, 2",
    ]
  ) {
    assert.deepEqual(broken({ "p/__init__.py": init, "models/a.py": "from p import name" }), [], init);
  }
});

Deno.test("a package that moves its path is said, not called broken", () => {
  const files = { "p/__init__.py": "__path__ = ['elsewhere']", "models/a.py": "import p.q" };
  assert.deepEqual(broken(files), []);
  assert.deepEqual(unresolved(files), ["1: p.q: p/__init__.py changes where its modules are looked for"]);
});

Deno.test("each file comes with the first of the shortest ways to it", () => {
  const followed = follow({
    "models/__init__.py": "",
    "models/a.py": "from . import long\nfrom .short import load",
    "models/long.py": "from .middle import x",
    "models/middle.py": "import helpers.util",
    "models/short.py": "import helpers.util",
    "helpers/__init__.py": "",
    "helpers/util.py": "",
  });
  const via = new Map(followed.code.map(({ path, via }) => [path as string, via]));
  assert.deepEqual(via.get("models/a.py"), { from: null, at: null, how: "own", what: "" });
  assert.equal(via.get("helpers/util.py")?.from, "models/short.py");
  assert.deepEqual(via.get("models/short.py"), { from: "models/a.py", at: { line: 2, column: 1 }, how: "imports", what: ".short" });
  assert.deepEqual([via.get("helpers/__init__.py")?.how, via.get("helpers/__init__.py")?.what], ["package", "helpers.util"]);
  assert.equal(via.get("models/long.py")?.what, ".long");
});

Deno.test("code mode package takes every Python file of the packages that are reached, and follows these, too", () => {
  const files = {
    "models/__init__.py": "",
    "models/a.py": "import helpers.one",
    "models/hidden.py": "import far",
    "models/deep/x.py": "",
    "helpers/__init__.py": "",
    "helpers/one.py": "",
    "helpers/two.py": "",
    "far.py": "",
    "other.py": "",
    "models/data.csv": "",
  };
  const followed = followImports(sourcesOf(files), asPath("models/a.py"), { codeMode: "package" });
  assert.deepEqual(followed.code.map(({ path, via }) => `${path} ${via.how}`), [
    "far.py imports",
    "helpers/__init__.py package",
    "helpers/one.py imports",
    "helpers/two.py member",
    "models/__init__.py package",
    "models/a.py own",
    "models/deep/x.py member",
    "models/hidden.py member",
  ]);
});

Deno.test("an entry whose file is gone gives itself alone, unreadable", () => {
  const followed = follow({ "models/__init__.py": "" }, "models/gone.py");
  assert.deepEqual(followed.unreadable, ["models/gone.py"]);
});

Deno.test("src/ is a root, and the root's own folder is one, too", () => {
  const files = { "src/models/a.py": "from models import b\nimport wire", "src/models/b.py": "", "wire.py": "" };
  assert.deepEqual(code(files, "src/models/a.py"), ["src/models/a.py", "src/models/b.py", "wire.py"]);
});

const NAMES = ["a", "b", "c", "p", "q"];
const module = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const line = fc.oneof(
  module.map((parts) => `import ${parts.join(".")}`),
  fc.tuple(fc.integer({ min: 0, max: 3 }), module, fc.constantFrom(...NAMES, "*")).map(([level, parts, name]) =>
    `from ${".".repeat(level)}${parts.join(".")} import ${name}`
  ),
  fc.constantFrom(...NAMES).map((name) => `from . import ${name}`),
);
const file = fc.tuple(module, fc.boolean()).map(([parts, isPackage]) => `${parts.join("/")}${isPackage ? "/__init__" : ""}.py`);
const project = fc.dictionary(file, fc.array(line, { maxLength: 4 }).map((lines) => lines.join("\n")), { minKeys: 1, maxKeys: 12 });

/** As `sourcesOf` makes them, in another order of files. */
function shuffled(texts: Texts): ProjectSources {
  const paths = Object.keys(texts).reverse().map(asPath);
  const { read, layout } = sourcesOf(texts);
  return { files: new Set(paths), folders: foldersOf(paths), layout, read: new Map([...read].reverse()) };
}

Deno.test("law: the order of files does not matter, and asking twice gives the same", () => {
  fc.assert(fc.property(project, (texts) => {
    const start = asPath(Object.keys(texts)[0]!);
    const [one, other] = [sourcesOf(texts), shuffled(texts)];
    const expected = followImports(one, start, { codeMode: "files" });
    assert.deepEqual(followImports(other, start, { codeMode: "files" }), expected);
    assert.deepEqual(followImports(one, start, { codeMode: "files" }), expected);
  }));
});

Deno.test("law: a file more takes none away, unless it stands before it on the path of imports", () => {
  fc.assert(fc.property(project, file, (texts, added) => {
    const start = Object.keys(texts)[0]!;
    if (added in texts) return;
    const before = code(texts, start);
    const after = code({ ...texts, [added]: "" }, start);
    const lost = before.filter((path) => !after.includes(path));
    // What can shadow is a package before a module, or a module before a folder: the added name is a prefix of what is lost.
    const name = added.replace(/(\/__init__)?\.py$/, "");
    const isHidden = (path: string) => path === `${name}.py` || path.startsWith(`${name}/`);
    if (lost.some(isHidden)) return; // and whatever that file alone led to
    assert.deepEqual(lost, []);
  }));
});

Deno.test("law: reading batch by batch by what each file names reads all that is followed", () => {
  fc.assert(fc.property(project, (texts) => {
    const whole = sourcesOf(texts);
    const start = asPath(Object.keys(texts)[0]!);
    const read = new Map([[start, whole.read.get(start)!]]);
    const sources: ProjectSources = { ...whole, read };
    for (const path of read.keys()) {
      const source = read.get(path)!;
      if (!("outline" in source)) continue;
      for (const named of projectFilesNamedBy(sources, path, source.outline)) read.set(named, whole.read.get(named)!);
    }
    assert.deepEqual(unreadFiles(sources, [{ path: start, codeMode: "files" }]), []);
    assert.deepEqual(followImports(sources, start, { codeMode: "files" }), followImports(whole, start, { codeMode: "files" }));
  }));
});

Deno.test("what only a constant of another module names is found by asking once more", () => {
  const texts = {
    "models/names.py": `PLUGINS = ["one"]`,
    "models/a.py":
      "from importlib import import_module\nfrom models.names import PLUGINS\nfor name in PLUGINS:\n    import_module('models.' + name)",
    "models/one.py": "",
  };
  const whole = sourcesOf(texts);
  const read = new Map([...whole.read].filter(([path]) => path !== "models/one.py"));
  assert.deepEqual(unreadFiles({ ...whole, read }, [{ path: asPath("models/a.py"), codeMode: "files" }]), ["models/one.py"]);
});
