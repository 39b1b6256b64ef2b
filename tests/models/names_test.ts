/** What names stand for, across files; and that looking ends, whatever the project is like. */
import assert from "node:assert/strict";
import { type Found, resolveName } from "../../src/models/names.ts";
import { asPath, sourcesOf } from "../support/python_project.ts";

const MAIN = asPath("models/sir.py");

/** `class models/base.py:Base`, `outside numpy.array`, …, with what is left of the name after it. */
function meaning(name: string, texts: Record<string, string>, scope = "", line: number | null = 1_000): string {
  const sources = sourcesOf({ "models/__init__.py": "", ...texts });
  const { found, rest } = resolveName(sources, { path: MAIN, scope, before: line === null ? null : { line, column: 1 } }, name);
  return [shown(found), ...rest].join(" .");
}

function shown(found: Found): string {
  switch (found.kind) {
    case "class":
    case "function":
      return `${found.kind} ${found.path}:${found.declared.qualifiedName}`;
    case "assignment":
      return `${found.isOnly ? "constant" : "variable"} ${found.path}:${found.assignment.at.line}`;
    case "module":
      return `module ${found.path ?? found.module.module}`;
    case "outside":
    case "builtin":
      return `${found.kind} ${found.name}`;
    case "unknown":
      return `unknown: ${found.why}`;
  }
}

const LIB = {
  "lib/__init__.py": "from .core import Thing\nfrom . import core\nVERSION = 1\n",
  "lib/core.py": "class Thing:\n    class Part: ...\n    SIZE = 3\ndef make(): ...\n",
  "space/deep/mod.py": "X = 1\n",
};

const MEANINGS: readonly (readonly [name: string, imports: string, meaning: string])[] = [
  ["Thing", "from lib.core import Thing", "class lib/core.py:Thing"],
  ["T.Part", "from lib import Thing as T", "class lib/core.py:Thing.Part"],
  ["Thing.SIZE.real", "from lib import Thing", "class lib/core.py:Thing .SIZE .real"],
  ["lib.core.make", "import lib.core", "function lib/core.py:make"],
  ["c.make", "import lib.core as c", "function lib/core.py:make"],
  ["lib.VERSION", "import lib", "constant lib/__init__.py:3"],
  ["core", "from lib import core", "module lib/core.py"],
  ["mod.X", "from space.deep import mod", "constant space/deep/mod.py:1"],
  ["space.deep.mod.X", "import space.deep.mod", "constant space/deep/mod.py:1"],
  ["np.random.rand", "import numpy as np", "outside numpy.random.rand"],
  ["rand", "from numpy.random import rand", "outside numpy.random.rand"],
  ["print", "", "builtin print"],
  ["gone", "from lib import gone", "unknown: lib/__init__.py has no gone"],
  ["gone", "from .gone import gone", "unknown: models/gone.py does not exist"],
  ["Thing", "from lib import *", "class lib/core.py:Thing"],
  ["X", "X = 1\nX = 2", "variable models/sir.py:2"],
  ["X", "if y:\n    X = 1", "variable models/sir.py:2"],
  ["X", "from lib import Thing\nX = Thing", "class lib/core.py:Thing"],
  ["X.make", "import lib\nX = lib.core", "function lib/core.py:make"],
  ["X", "try:\n    from lib import gone as X\nexcept ImportError:\n    from lib import Thing as X", "class lib/core.py:Thing"],
  ["X", "if new:\n    from lib import Thing as X\nelse:\n    X = None", "class lib/core.py:Thing"],
  ["x", "for x in y: ...", "variable models/sir.py:1"],
];

for (const [name, imports, expected] of MEANINGS) {
  Deno.test(`${JSON.stringify(imports)}: ${name} is ${expected}`, () => {
    assert.equal(meaning(name, { ...LIB, "models/sir.py": `${imports}\n` }), expected);
  });
}

Deno.test("code at module level sees what stands above it, and a function what stands there in the end", () => {
  const texts = { "models/sir.py": "from a import X\ndef f():\n    return X\nfrom b import X\n" };
  assert.equal(meaning("X", texts, "", 2), "outside a.X");
  assert.equal(meaning("X", texts, "f", null), "outside b.X");
});

Deno.test("a function sees its own names, arguments and imports, those of functions around it, and no class's", () => {
  const texts = {
    "models/sir.py": `X = 1
class A:
    X = 2
    Y = 3
    def f(self, arg):
        from lib.core import Thing
        local = 4
        def inner(): ...
`,
    ...LIB,
  };
  assert.equal(meaning("X", texts, "A.f", null), "constant models/sir.py:1");
  assert.equal(meaning("X", texts, "A"), "constant models/sir.py:3");
  assert.equal(meaning("Y", texts, "A.f", null), "builtin Y");
  assert.match(meaning("arg", texts, "A.f", null), /^unknown: arg is given/);
  assert.equal(meaning("Thing", texts, "A.f", null), "class lib/core.py:Thing");
  assert.equal(meaning("local", texts, "A.f.inner", null), "constant models/sir.py:7");
  assert.equal(meaning("local", texts, ""), "builtin local");
});

Deno.test("circles end", () => {
  assert.match(meaning("X", { "models/sir.py": "from .other import X\n", "models/other.py": "from .sir import X\n" }), /^unknown: /);
  assert.match(meaning("X", { "models/sir.py": "from .other import *\n", "models/other.py": "from .sir import *\n" }), /^builtin X/);
  assert.match(meaning("X", { "models/sir.py": "X = Y\nY = X\n" }, "", null), /^(unknown|constant)/);
});

Deno.test("ways that meet and part again end in time", () => {
  const texts: Record<string, string> = {
    "models/sir.py": "from .m0 import *\nfrom .n0 import *\ntry:\n    from .m0 import Z\nexcept E:\n    from .n0 import Z\n",
  };
  const [stars, tries] = [40, 40];
  for (let i = 0; i < stars; i++) {
    for (const letter of ["m", "n"]) {
      texts[`models/${letter}${i}.py`] = i + 1 < tries
        ? `from .m${i + 1} import *\nfrom .n${i + 1} import *\ntry:\n    from .m${i + 1} import Z\nexcept E:\n    from .n${
          i + 1
        } import Z\n`
        : "Y = 1\n";
    }
  }
  assert.equal(meaning("X", texts), "builtin X");
  assert.match(meaning("Z", texts), /^unknown/);
  assert.equal(meaning("Y", texts), "constant models/n39.py:1");
});
