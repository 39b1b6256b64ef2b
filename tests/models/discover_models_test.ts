/** Which classes are models: by what their bases are bound to, through any file (docs/model-forms.md §1, §2). */
import assert from "node:assert/strict";
import { declaredClasses } from "../../src/models/discover_models.ts";
import { asPath, sourcesOf } from "../support/python_project.ts";
import { classOf, codesOf, factsOf, MODEL, modelWith, project, RUNS } from "./read_project.ts";

const FORMS: readonly (readonly [name: string, imports: string, base: string])[] = [
  ["a module alias", "import modelops_calabaria as cb", "cb.BaseModel"],
  ["the module's own name", "import modelops_calabaria", "modelops_calabaria.BaseModel"],
  ["a name", "from modelops_calabaria import BaseModel", "BaseModel"],
  ["an alias of the name", "from modelops_calabaria import BaseModel as BM", "BM"],
  ["the defining module", "from modelops_calabaria.base_model import BaseModel", "BaseModel"],
  ["the module api", "from modelops_calabaria.api import BaseModel", "BaseModel"],
  ["an alias of the defining module", "import modelops_calabaria.base_model as b", "b.BaseModel"],
  ["a module below the package", "import modelops_calabaria.base_model", "modelops_calabaria.base_model.BaseModel"],
  ["a module out of the package", "from modelops_calabaria import base_model", "base_model.BaseModel"],
  ["a star import", "from modelops_calabaria import *", "BaseModel"],
  ["a name given on", "import modelops_calabaria as cb\nBase = cb.BaseModel", "Base"],
  ["a subscript", "from modelops_calabaria import BaseModel", "BaseModel[int]"],
  [
    "a generic besides",
    "from typing import Generic, TypeVar\nimport modelops_calabaria as cb\nT = TypeVar('T')",
    "cb.BaseModel, Generic[T]",
  ],
  ["a try", "try:\n    from modelops_calabaria import BaseModel\nexcept ImportError:\n    BaseModel = object", "BaseModel"],
  [
    "a try that is prepared",
    "BaseModel = None\ntry:\n    from modelops_calabaria import BaseModel\nexcept ImportError:\n    pass",
    "BaseModel",
  ],
  ["TYPE_CHECKING", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from modelops_calabaria import BaseModel", "BaseModel"],
  ["the last of two imports", "from pydantic import BaseModel\nfrom modelops_calabaria import BaseModel", "BaseModel"],
];

for (const [name, imports, base] of FORMS) {
  Deno.test(`a class derives from the framework's base by ${name}`, () => {
    const sources = project(`${imports}\n\nclass SIR(${base}):\n    PARAMS = None${RUNS}`);
    assert.equal(classOf(sources, "SIR").what, "model");
  });
}

const THROUGH: readonly (readonly [name: string, imports: string, base: string, others: Record<string, string>])[] = [
  ["a relative import", "from .base import Base", "Base", {}],
  ["an absolute import", "from models.base import Base", "Base", {}],
  ["an import of its module", "from . import base", "base.Base", {}],
  ["a dotted module", "import models.base", "models.base.Base", {}],
  ["a re-export of its package", "from models import Base", "Base", { "models/__init__.py": "from .base import Base\n" }],
  ["a re-export by star", "from models import Base", "Base", { "models/__init__.py": "from .base import *\n" }],
  ["a re-export by another name", "from lib import Model", "Model", {
    "lib/__init__.py": "from .inner import Model\n",
    "lib/inner.py": "from models.base import Base as Model\n",
  }],
  ["a module that its package imports", "import models", "models.base.Base", { "models/__init__.py": "from . import base\n" }],
];

for (const [name, imports, base, others] of THROUGH) {
  Deno.test(`a class derives from a model of another file by ${name}`, () => {
    const sources = project(`${imports}\n\nclass SIR(${base}):\n    pass\n`, {
      "models/base.py": `import modelops_calabaria as cb\nclass Base(cb.BaseModel):\n    PARAMS = cb.ParameterSpace()${RUNS}`,
      ...others,
    });
    assert.equal(classOf(sources, "SIR").what, "model");
  });
}

Deno.test("methods of a mixin that stands behind BaseModel do not count: the abstract ones of BaseModel are found first", () => {
  const source = (bases: string) =>
    `import modelops_calabaria as cb\n\n\nclass Run:${RUNS}\n\nclass G(${bases}):\n    PARAMS = cb.ParameterSpace()\n`;
  const behind = project(source("cb.BaseModel, Run"));
  assert.equal(classOf(behind, "G").what, "abstract");
  assert.match(classOf(behind, "G").why, /name Run before BaseModel$/);
  assert.deepEqual(codesOf(factsOf(behind, "G")), ["abstract-model"]);
  assert.equal(classOf(project(source("Run, cb.BaseModel")), "G").what, "model");
});

Deno.test("a star import gives what __all__ names, and no name with an underscore without it", () => {
  const base = `import modelops_calabaria as cb\nclass _Hidden(cb.BaseModel):\n    PARAMS = cb.ParameterSpace()${RUNS}`;
  const model = "from .base import *\nclass SIR(_Hidden): pass\n";
  assert.equal(classOf(project(model, { "models/base.py": base }), "SIR").what, "other");
  assert.equal(classOf(project(model, { "models/base.py": `${base}\n__all__ = ["_Hidden"]\n` }), "SIR").what, "model");
});

Deno.test("BaseModel of pydantic and its kin is none, and the reason names them", () => {
  for (const package_ of ["pydantic", "pydantic.v1", "sqlmodel", "ninja", "odmantic", "beanie", "pydantic_settings"]) {
    const found = classOf(project(`from ${package_} import BaseModel\nclass SIR(BaseModel):${RUNS}`), "SIR");
    assert.equal(found.what, "other");
    assert.match(found.why, new RegExp(package_.split(".")[0]!));
  }
});

Deno.test("the last binding above a class counts, not one below it", () => {
  const sources = project(
    `from modelops_calabaria import BaseModel\nclass SIR(BaseModel):\n    PARAMS = None${RUNS}\nfrom pydantic import BaseModel\nclass Row(BaseModel): ...\n`,
  );
  assert.equal(classOf(sources, "SIR").what, "model");
  assert.equal(classOf(sources, "Row").what, "other");
});

Deno.test("a base called BaseModel of an unknown package counts, with a warning", () => {
  const sources = project(`from epi_tools import BaseModel\nclass SIR(BaseModel):\n    PARAMS = 1${RUNS}`);
  assert.equal(classOf(sources, "SIR").what, "model");
  assert.ok(codesOf(factsOf(sources)).includes("assumed-base"));
});

Deno.test("calabaria is taken for the framework, with a warning", () => {
  const sources = project(`from calabaria import BaseModel\nclass SIR(BaseModel):\n    PARAMS = 1${RUNS}`);
  assert.equal(classOf(sources, "SIR").what, "model");
  assert.ok(codesOf(factsOf(sources)).includes("calabaria-alias"));
});

Deno.test("a class of the project called BaseModel is no framework", () => {
  const sources = project("from .own import BaseModel\nclass SIR(BaseModel): ...\n", { "models/own.py": "class BaseModel: ...\n" });
  const found = classOf(sources, "SIR");
  assert.equal(found.what, "other");
  assert.match(found.why, /models\/own\.py/);
});

Deno.test("a framework that the project brings with it is the framework", () => {
  const sources = sourcesOf({
    "modelops_calabaria/__init__.py": "from .base_model import BaseModel\n",
    "modelops_calabaria/base_model.py": "from abc import ABC\nclass BaseModel(ABC): ...\n",
    "models/__init__.py": "",
    "models/sir.py": `from modelops_calabaria import BaseModel\nclass SIR(BaseModel):\n    PARAMS = 1${RUNS}`,
  });
  assert.equal(classOf(sources, "SIR").what, "model");
});

Deno.test("a class without build_sim or run_sim is a helper, until a class below it has both", () => {
  const text = `import modelops_calabaria as cb
from abc import abstractmethod
class Half(cb.BaseModel):
    PARAMS = cb.ParameterSpace()
    def build_sim(self, params, config): ...
class Marked(Half):
    @abstractmethod
    def run_sim(self, state, seed): ...
class Whole(Marked):
    def run_sim(self, state, seed): ...
`;
  const sources = project(text);
  assert.deepEqual(declaredClasses(sources, MODEL).map(({ className, what }) => [className, what]), [
    ["Half", "abstract"],
    ["Marked", "abstract"],
    ["Whole", "model"],
  ]);
  assert.match(classOf(sources, "Half").why, /run_sim/);
  assert.deepEqual(codesOf(factsOf(sources, "Half")), ["abstract-model"]);
  assert.deepEqual(codesOf(factsOf(sources, "Whole")), []);
});

Deno.test("methods may come from a plain mixin, and are not missed where a base is not known", () => {
  const sources = project(`import modelops_calabaria as cb
from elsewhere import Runner
class Runs:${RUNS}
class A(Runs, cb.BaseModel):
    PARAMS = cb.ParameterSpace()
class B(Runner, cb.BaseModel):
    PARAMS = cb.ParameterSpace()
`);
  assert.equal(classOf(sources, "A").what, "model");
  assert.equal(classOf(sources, "B").what, "model");
});

Deno.test("a nested class has its qualified name, and one in a function cannot be addressed", () => {
  const sources = project(`import modelops_calabaria as cb
class Outer:
    class Inner(cb.BaseModel):
        PARAMS = cb.ParameterSpace()
        def build_sim(self, params, config): ...
        def run_sim(self, state, seed): ...
def make():
    class Made(cb.BaseModel): ...
    return Made
`);
  assert.equal(classOf(sources, "Outer.Inner").what, "model");
  const made = declaredClasses(sources, MODEL).find(({ className }) => className.endsWith("Made"))!;
  assert.equal(made.what, "other");
  assert.match(made.why, /function/);
});

Deno.test("a class that is there only while types are checked is no model", () => {
  const sources = project(
    `from typing import TYPE_CHECKING\nimport modelops_calabaria as cb\nif TYPE_CHECKING:\n    class SIR(cb.BaseModel): ...\n`,
  );
  assert.match(classOf(sources, "SIR").why, /while types are checked/);
});

Deno.test("two classes of one name in one file are an error that names both lines", () => {
  const sources = project(`${modelWith("pass")}\nclass SIR: ...\n`);
  const issue = factsOf(sources).issues.find(({ code }) => code === "duplicate-class")!;
  assert.equal(issue.severity, "error");
  assert.match(issue.message, /lines 3 and 10/);
  assert.equal(declaredClasses(sources, MODEL).length, 1);
});

Deno.test("a base that cannot be resolved is said with its reason, and makes no model", () => {
  const missing = classOf(project("from .gone import Base\nclass SIR(Base): ...\n"), "SIR");
  assert.equal(missing.what, "other");
  assert.match(missing.why, /models\/gone\.py does not exist/);
  assert.match(classOf(project("class SIR(make()): ...\n"), "SIR").why, /make\(…\)/);
  assert.match(classOf(project("Made = type('Made', (), {})\nclass SIR(Made): ...\n"), "SIR").why, /Made/);
});

Deno.test("circles of imports and of bases end", () => {
  const sources = project("from .other import A\nclass SIR(A): ...\nclass B(B): ...\n", { "models/other.py": "from .sir import A\n" });
  assert.equal(classOf(sources, "SIR").what, "other");
  const loop = project("from .other import A\nclass SIR(A): ...\n", { "models/other.py": "from .sir import SIR\nclass A(SIR): ...\n" });
  assert.equal(classOf(loop, "SIR").what, "other");
});

Deno.test("a class called BaseModel that derives from the framework's is skipped by it, and that is said", () => {
  const sources = project(
    `import modelops_calabaria as cb\nclass BaseModel(cb.BaseModel):\n    @cb.model_output("x")\n    def x(self, raw, seed): ...\nclass SIR(BaseModel):\n    PARAMS = cb.ParameterSpace()${RUNS}`,
  );
  assert.equal(classOf(sources, "BaseModel").what, "abstract");
  assert.deepEqual(codesOf(factsOf(sources, "BaseModel")), ["class-named-base-model"]);
  assert.deepEqual(factsOf(sources).outputs, []);
});

Deno.test("a class with type parameters, and decorators with lambdas, are read", () => {
  const sources = project(
    `import modelops_calabaria as cb\n@(lambda cls: cls)\nclass SIR[T: int](cb.BaseModel):\n    PARAMS = cb.ParameterSpace()${RUNS}`,
  );
  assert.equal(classOf(sources, "SIR").what, "model");
});

Deno.test("classes that descend in many ways from each other are put in order in time", () => {
  const lines = [`import modelops_calabaria as cb\nclass A0(cb.BaseModel):\n    PARAMS = cb.ParameterSpace()${RUNS}`];
  for (let i = 1; i < 60; i++) lines.push(`class L${i}(A${i - 1}): ...\nclass R${i}(A${i - 1}): ...\nclass A${i}(L${i}, R${i}): ...`);
  const sources = project(`${lines.join("\n")}\n`);
  assert.equal(classOf(sources, "A59").what, "model");
  assert.deepEqual(codesOf(factsOf(sources, "A59")), []);
});

Deno.test("classes that take each other's methods in a circle come to an end", () => {
  const sources = project(
    `import modelops_calabaria as cb\nclass A:\n    x = SIR.x\nclass SIR(cb.BaseModel):\n    PARAMS = cb.ParameterSpace()\n    x = A.x${RUNS}`,
  );
  assert.deepEqual(factsOf(sources).outputs, []);
});

Deno.test("bases in an order that Python refuses are an error", () => {
  const sources = project(
    `import modelops_calabaria as cb\nclass A(cb.BaseModel):\n    PARAMS = cb.ParameterSpace()\nclass B(A): ...\nclass SIR(A, B):${RUNS}`,
  );
  assert.ok(codesOf(factsOf(sources)).includes("impossible-bases"));
});

Deno.test("a class that is no model has facts that say so", () => {
  const facts = factsOf(project("class SIR: ...\n"));
  assert.deepEqual(codesOf(facts), ["not-a-model"]);
  assert.deepEqual(facts.parameters, []);
});

Deno.test("a file that was not read declares nothing", () => {
  assert.deepEqual(declaredClasses(project("class SIR: ..."), asPath("models/other.py")), []);
});

Deno.test("arguments that __init__ requires, and a missing super().__init__(), are said", () => {
  const required = factsOf(project(modelWith("def __init__(self, size, *, scale, base_config=None):\n    super().__init__()")));
  assert.deepEqual(codesOf(required), ["required-init-argument"]);
  assert.match(required.issues[0]!.message, /size, scale/);
  assert.deepEqual(codesOf(factsOf(project(modelWith("def __init__(self, *, base_config=None):\n    self.x = 1")))), ["no-super-init"]);
  assert.deepEqual(codesOf(factsOf(project(modelWith("def __init__(self, size=3):\n    super().__init__()")))), []);
});
