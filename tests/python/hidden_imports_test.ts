/** What imports by other means than a statement, and what moves the place where modules are looked for: followed, or said exactly once. */
import assert from "node:assert/strict";
import { followImports } from "../../src/python/follow_imports.ts";
import { asPath, sourcesOf } from "../support/python_project.ts";

/** Line and text of everything that is said of `models/sir.py`, and of nothing that is broken. */
function said(source: string, more: Readonly<Record<string, string>> = {}): string[] {
  const texts = { "models/__init__.py": "", "models/sir.py": source, "hidden.py": "", ...more };
  const { unresolved, broken } = followImports(sourcesOf(texts), asPath("models/sir.py"), { codeMode: "files" });
  assert.deepEqual(broken, []);
  return unresolved.map(({ what, file, at, why }) => `${file} ${at.line}: ${what}: ${why}`);
}

const HANDED_ON = "it is handed on, and may import anything";

Deno.test("import_module that is handed on is said once, whatever it is handed to", () => {
  const forms = [
    "load = importlib.import_module",
    "load = functools.partial(importlib.import_module, package='models')",
    "pool.map(importlib.import_module, NAMES)",
    "modules = list(map(importlib.import_module, NAMES))",
    "load = getattr(importlib, 'import_module')",
    "module = getattr(importlib, 'import_module')('hidden')",
    "LOADERS = {'python': importlib.import_module}",
    "def load(name, by=importlib.import_module): ...",
    "class Loader:\n    load = staticmethod(importlib.import_module)",
    "def loader():\n    return importlib.import_module",
    "load = lambda: importlib.import_module",
  ];
  for (const form of forms) {
    const line = 3 + form.split("\n").findIndex((text) => text.includes("import_module")) - 1;
    assert.deepEqual(said(`import functools, importlib\n${form}\n`), [`models/sir.py ${line}: import_module: ${HANDED_ON}`], form);
  }
});

Deno.test("import_module by another name is known, and so is __import__", () => {
  assert.deepEqual(said("from importlib import import_module as load\nx = [load]\n"), [`models/sir.py 2: import_module: ${HANDED_ON}`]);
  assert.deepEqual(said("x = list(map(__import__, names()))\n"), [`models/sir.py 1: __import__: ${HANDED_ON}`]);
});

Deno.test("import_module that is called, bound or only named in a text is not handed on", () => {
  for (const form of ["m = import_module('hidden')", "TEXT = 'import_module'", "f(import_module=1)", "x = [import_module('hidden')]"]) {
    assert.deepEqual(said(`from importlib import import_module\n${form}\n`), [], form);
  }
});

Deno.test("an object by a name that is not written out is said once", () => {
  assert.deepEqual(said("import pydoc, os\nx = pydoc.locate(os.environ['X'])\n"), [
    "models/sir.py 2: pydoc.locate(…): the name is not written out",
  ]);
  assert.deepEqual(said("import logging.config\nlogging.config.dictConfig(read())\n"), [
    "models/sir.py 2: logging.config.dictConfig(…): it imports the classes that the configuration names",
  ]);
  assert.deepEqual(said("import logging.config\nlogging.config.dictConfig({'handlers': {'h': {'class': 'logging.StreamHandler'}}})\n"), []);
});

Deno.test("looking for an installed package by its spec needs no word", () => {
  assert.deepEqual(said("import importlib.util\nHAS = [importlib.util.find_spec(n) is not None for n in read()]\n"), []);
  assert.deepEqual(said("from importlib.util import find_spec\nif find_spec('numba'): pass\n"), []);
});

Deno.test("a folder that an assignment puts on sys.path and that is not written out is said once; taking away is nothing", () => {
  const open = "models/sir.py 2: sys.path: the folder that is put on it is not written out";
  for (
    const form of ["sys.path += read()", "sys.path[:0] = [read()]", "sys.path = [read(), *sys.path]", "def f():\n    sys.path += read()"]
  ) {
    const line = form.includes("\n") ? open.replace(" 2:", " 3:") : open;
    assert.deepEqual(said(`import sys\n${form}\n`), [line], form);
  }
  for (
    const form of [
      "sys.path = sys.path[1:]",
      "sys.path = [p for p in sys.path if p]",
      "sys.path = list(sys.path)",
      "sys.path[:] = sys.path",
    ]
  ) {
    assert.deepEqual(said(`import sys\n${form}\n`), [], form);
  }
});

Deno.test("a package that changes its __path__ has its modules anywhere: what is not found is said once, and is no error", () => {
  const imports = "import pkg.gone\n";
  const why = "pkg/__init__.py changes where its modules are looked for";
  for (
    const init of [
      "__path__.append('vendor')",
      "__path__.append(find())",
      "__path__ += find()",
      "__path__[:0] = find()",
      "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)",
      "def setup():\n    __path__.insert(0, find())",
    ]
  ) {
    const more = { "pkg/__init__.py": init, "vendor/hidden.py": "" };
    assert.deepEqual(said(imports, more), [`models/sir.py 1: pkg.gone: ${why}`], init);
    assert.deepEqual(said("from pkg import gone\n", more), [`models/sir.py 1: pkg.gone: ${why}`], init);
  }
  assert.deepEqual(said("import pkg\npkg.__path__.append(find())\nimport pkg.gone\n", { "pkg/__init__.py": "" }), [
    "models/sir.py 3: pkg.gone: models/sir.py changes where a package's modules are looked for",
  ]);
});

Deno.test("a module in a folder that a package adds is followed, relative imports too", () => {
  const texts = {
    "models/__init__.py": "__path__.append('vendor')",
    "models/sir.py": "from . import hidden\nfrom .deep import other\n",
    "vendor/hidden.py": "",
    "vendor/deep/__init__.py": "",
    "vendor/deep/other.py": "",
  };
  const { code, unresolved, broken } = followImports(sourcesOf(texts), asPath("models/sir.py"), { codeMode: "files" });
  assert.deepEqual([unresolved, broken], [[], []]);
  assert.deepEqual(code.map(({ path }) => path), Object.keys(texts).sort());
});

/** Files of `models/sir.py`'s closure; nothing may be broken, and nothing said but what is given. */
function needed(source: string, more: Readonly<Record<string, string>>, says: readonly string[] = []): string[] {
  const texts = { "models/sir.py": source, ...more };
  const { code, unresolved, broken } = followImports(sourcesOf(texts), asPath("models/sir.py"), { codeMode: "files" });
  assert.deepEqual(broken, []);
  assert.deepEqual(unresolved.map(({ what }) => what), says);
  return code.map(({ path }) => path).filter((path) => path !== "models/sir.py");
}

Deno.test("a star takes what __all__ has from other modules of the project", () => {
  const package_ = (init: string) => ({ "pkg/__init__.py": init, "pkg/a.py": "", "pkg/b.py": "", "pkg/c.py": "" });
  const base = { "pkg/base.py": "__all__ = ['b']\n__all__ += ['c']\n" };
  const whole = ["pkg/__init__.py", "pkg/a.py", "pkg/b.py", "pkg/base.py", "pkg/c.py"];
  for (
    const init of [
      "from . import base\n__all__ = ['a'] + base.__all__\n",
      "from . import base\n__all__ = ['a', *base.__all__]\n",
      "from . import base\n__all__ = []\n__all__ += base.__all__\n__all__.extend(['a'])\n",
      "from .base import __all__ as names\n__all__ = ['a'] + names\n",
      "from .base import __all__\n__all__.append('a')\n",
      "from .base import __all__ as names\nglobals()['__all__'] = ['a'] + names\n",
      "from pkg import base\n__all__ = sorted(['a']) + list(base.__all__)\n",
    ]
  ) assert.deepEqual(needed("from pkg import *\n", { ...package_(init), ...base }), whole, init);
  const open = "__all__ = ['a'] + find()\n";
  assert.deepEqual(needed("from pkg import *\n", package_(open), ["from pkg import *"]), ["pkg/__init__.py", "pkg/a.py"]);
});

Deno.test("an import that is suppressed where it fails is no error", () => {
  for (const head of ["with contextlib.suppress(ImportError):", "with suppress(ImportError, OSError):"]) {
    const texts = {
      "models/sir.py": `import contextlib\nfrom contextlib import suppress\n${head}\n    from . import gen\n`,
      "models/__init__.py": "",
    };
    const { broken } = followImports(sourcesOf(texts), asPath("models/sir.py"), { codeMode: "files" });
    assert.deepEqual(broken.map(({ isConditional }) => isConditional), [true]);
  }
});

Deno.test("a name that a package gives itself when it runs is no missing module", () => {
  for (
    const init of [
      "vars()['thing'] = 1",
      "locals()['thing'] = 1",
      "import sys\nsys.modules[__name__] = make()",
      "import sys\nsys.modules[__name__].__class__ = Lazy",
    ]
  ) assert.deepEqual(needed("from pkg import thing\n", { "pkg/__init__.py": init }), ["pkg/__init__.py"], init);
});

Deno.test("what another file puts into a package or into sys.modules is said, and is no error", () => {
  const boot = { "pkg/__init__.py": "", "boot.py": "import pkg, sys, json\npkg.thing = 1\nsys.modules['pkg.alias'] = json\n" };
  const code = ["boot.py", "pkg/__init__.py"];
  assert.deepEqual(needed("import boot\nfrom pkg import thing\n", boot, ["pkg.thing"]), code);
  assert.deepEqual(needed("import boot\nimport pkg.alias\n", boot, ["pkg.alias"]), code);
  const texts = { ...boot, "models/sir.py": "import boot\nimport pkg.other\n" };
  assert.equal(followImports(sourcesOf(texts), asPath("models/sir.py"), { codeMode: "files" }).broken.length, 1);
});

Deno.test("what a function binds after global is a binding of the module", () => {
  const read = sourcesOf({ "a.py": "HI = 0\ndef f():\n    global HI, LO\n    HI = 9\n" }).read.get(asPath("a.py"))!;
  assert.ok("outline" in read);
  assert.deepEqual(read.outline.assignments.map(({ name, operator, at }) => `${name} ${operator} ${at.line}`), ["HI = 1", "HI other 4"]);
});

Deno.test("dots that lead out of a file's package are refused, as Python refuses them, whatever is there", () => {
  const beyond = (texts: Readonly<Record<string, string>>, path: string) =>
    followImports(sourcesOf(texts), asPath(path), { codeMode: "files" }).broken.map(({ what, isBeyond }) => [what, isBeyond]);
  const flat = { "models/__init__.py": "", "models/sir.py": "from .. import lib\nfrom ..lib import x\n", "lib.py": "x = 1" };
  assert.deepEqual(beyond(flat, "models/sir.py"), [["..", true], ["..lib", true]]);
  assert.deepEqual(beyond({ "sir.py": "from . import lib\n", "lib.py": "" }, "sir.py"), [[".", true]]);
  const layout = { "src/models/__init__.py": "", "src/models/sir.py": "from ..lib import x\n", "src/lib/__init__.py": "x = 1" };
  assert.deepEqual(beyond(layout, "src/models/sir.py"), [["..lib", true]]);
  // Whoever imports through the name of the folder makes it a package.
  const named = { ...layout, "src/models/__init__.py": "import src.lib\n" };
  assert.deepEqual(beyond(named, "src/models/sir.py"), []);
  assert.deepEqual(beyond({ ...layout, "src/__init__.py": "" }, "src/models/sir.py"), []);
});

Deno.test("a module that src/ and the project's folder both have is both, where nothing says what is meant", () => {
  const texts = {
    "models/__init__.py": "",
    "models/sir.py": "import helper\nfrom parts import births\n",
    "helper.py": "",
    "src/helper.py": "",
    "parts/__init__.py": "",
    "parts/births.py": "",
    "src/parts/__init__.py": "",
    "src/parts/births.py": "",
  };
  const follow = (codeRoots?: readonly string[]) =>
    followImports(sourcesOf(texts, codeRoots === undefined ? {} : { codeRoots }), asPath("models/sir.py"), { codeMode: "files" });
  const open = follow();
  assert.deepEqual(open.code.map(({ path }) => path), Object.keys(texts).sort());
  assert.deepEqual(open.unresolved.map(({ what, at, why }) => `${at.line} ${what}: ${why}`), [
    "1 helper: src/helper.py and helper.py are both there, and nothing says which one is meant",
    "2 parts: src/parts/__init__.py and parts/__init__.py are both there, and nothing says which one is meant",
  ]);
  const said = follow(["src"]);
  assert.deepEqual(said.code.map(({ path }) => path).filter((path) => /^(helper|parts)/.test(path)), []);
  assert.deepEqual(said.unresolved, []);
});
