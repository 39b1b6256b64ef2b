/** Outputs: the forms of docs/model-forms.md §4, and the framework's own rule of inheritance. */
import assert from "node:assert/strict";
import { codesOf, factsOf, modelWith, project, RUNS, whysOf } from "./read_project.ts";

const of = (body: string, above = "", others: Record<string, string> = {}) => factsOf(project(modelWith(body, above), others));
const METHOD = "def x(self, raw, seed): ...";

const FORMS: readonly (readonly [name: string, body: string, above?: string])[] = [
  ["a name by position", `@cb.model_output("cases")\n${METHOD}`],
  ["a name by keyword", `@cb.model_output(name="cases", metadata={"unit": "people"})\n${METHOD}`],
  ["an imported decorator", `@model_output("cases")\n${METHOD}`, "from modelops_calabaria import model_output"],
  ["an alias", `@out("cases")\n${METHOD}`, "from modelops_calabaria.decorators import model_output as out"],
  ["a constant", `@cb.model_output(CASES)\n${METHOD}`, `CASES = "cases"`],
  ["an f-string of constants", `@cb.model_output(f"{KIND}s")\n${METHOD}`, `KIND = "case"`],
  ["a constant of the class", `NAME = "cases"\n@cb.model_output(NAME)\n${METHOD}`],
  ["a method whose name is private", `@cb.model_output("cases")\ndef __x(self, raw, seed): ...`],
  ["two stacked decorators, the outermost", `@cb.model_output("cases")\n@cb.model_output("lost")\n${METHOD}`],
  ["a call on a lambda", `x = cb.model_output("cases")(lambda self, raw, seed: raw)`],
  ["a call on another function", `x = cb.model_output("cases")(table)`, "def table(self, raw, seed): ..."],
  ["a marked function of the module", `x = table`, `@cb.model_output("cases")\ndef table(self, raw, seed): ...`],
  ["a decorator of the project", `@cases\n${METHOD}`, `cases = cb.model_output("cases")`],
  ["arguments by star", `@cb.model_output("cases")\ndef x(self, *a, **k): ...`],
  ["a caching decorator above", `@functools.lru_cache\n@cb.model_output("cases")\n${METHOD}`, "import functools"],
  ["a decorator of a package below the mark", `@cb.model_output("cases")\n@trace\n${METHOD}`, "from elsewhere import trace"],
];

for (const [name, body, above] of FORMS) {
  Deno.test(`an output is read from ${name}`, () => {
    const facts = of(body, above);
    assert.deepEqual(facts.outputs, ["cases"]);
    assert.deepEqual(facts.unresolved, []);
    assert.deepEqual(codesOf(facts), []);
  });
}

Deno.test("outputs written into locals() by a loop over literals are read in order", () => {
  const facts = of(
    `for age in AGES:\n    locals()[f"of_{age}"] = cb.model_output(f"cases_{age}")(lambda self, raw, seed: raw)`,
    `AGES = ("child", "adult")`,
  );
  assert.deepEqual(facts.outputs, ["cases_child", "cases_adult"]);
});

Deno.test("outputs are inherited across files, keep their names when overridden, and are both there when marked anew", () => {
  const sources = project(
    `import modelops_calabaria as cb
from .base import Base
class Child(Base):
    def cases(self, raw, seed): ...
    @cb.model_output(name="deaths")
    def _d(self, raw, seed): ...
    @cb.model_output("infections")
    def inf(self, raw, seed): ...
class Renamed(Base):
    @cb.model_output("notified")
    def cases(self, raw, seed): ...
class Twice(Base):
    @cb.model_output("cases")
    def other(self, raw, seed): ...
`,
    { "models/base.py": modelWith(`@cb.model_output("cases")\ndef cases(self, raw, seed): ...`).replace("class SIR", "class Base") },
  );
  assert.deepEqual(factsOf(sources, "Child").outputs, ["cases", "deaths", "infections"]);
  assert.deepEqual(factsOf(sources, "Renamed").outputs, ["cases", "notified"]);
  assert.deepEqual(factsOf(sources, "Twice").outputs, ["cases"]);
  for (const name of ["Child", "Renamed", "Twice"]) assert.deepEqual(codesOf(factsOf(sources, name)), []);
});

Deno.test("a second model base hands no outputs on, and that is said", () => {
  const sources = project(`import modelops_calabaria as cb
class A(cb.BaseModel):
    PARAMS = cb.ParameterSpace((cb.ParameterSpec("a", 0, 1),))
    @cb.model_output("one")
    def one(self, raw, seed): ...
class B(cb.BaseModel):
    PARAMS = cb.ParameterSpace()
    @cb.model_output("two")
    def two(self, raw, seed): ...
class SIR(A, B):${RUNS}`);
  const facts = factsOf(sources);
  assert.deepEqual(facts.outputs, ["one"]);
  assert.deepEqual(facts.parameters, ["a"]);
  assert.deepEqual(codesOf(facts), ["second-model-base"]);
  assert.match(facts.issues[0]!.message, /two of B/);
});

Deno.test("of a diamond, the first branch counts", () => {
  const base = modelWith(`@cb.model_output("root")\ndef root(self, raw, seed): ...`).replace("class SIR", "class Root");
  const sources = project(`${base}
class L(Root):
    @cb.model_output("left")
    def left(self, raw, seed): ...
class R(Root):
    @cb.model_output("right")
    def right(self, raw, seed): ...
class SIR(L, R): ...
`);
  assert.deepEqual(factsOf(sources).outputs, ["root", "left"]);
  assert.deepEqual(codesOf(factsOf(sources)), ["second-model-base"]);
});

Deno.test("marks of a plain mixin are not seen, and that is said", () => {
  const sources = project(`import modelops_calabaria as cb
class Tables:
    @cb.model_output("cases")
    def cases(self, raw, seed): ...
class SIR(Tables, cb.BaseModel):
    PARAMS = cb.ParameterSpace()${RUNS}
class Taken(cb.BaseModel):
    PARAMS = cb.ParameterSpace()
    cases = Tables.cases${RUNS}`);
  assert.deepEqual(factsOf(sources).outputs, []);
  assert.deepEqual(codesOf(factsOf(sources)), ["mixin-marks"]);
  assert.deepEqual(factsOf(sources, "Taken").outputs, ["cases"]);
});

Deno.test("a bare decorator registers nothing, in either form", () => {
  for (const [decorator, above] of [["@cb.model_output", ""], ["@model_output", "from modelops_calabaria import model_output"]] as const) {
    const facts = of(`${decorator}\n${METHOD}`, above);
    assert.deepEqual(facts.outputs, []);
    assert.deepEqual(codesOf(facts), ["bare-decorator"]);
  }
});

Deno.test("a decorator above the mark drops it, unless it copies what the method carries", () => {
  for (const above of ["@staticmethod", "@classmethod", "@property"]) {
    const facts = of(`${above}\n@cb.model_output("cases")\n${METHOD}`);
    assert.deepEqual(facts.outputs, []);
    assert.deepEqual(codesOf(facts), ["decorator-above-mark"]);
  }
  const wrapping = (wraps: string) => `import functools\ndef timed(f):\n${wraps}    def inner(*a, **k): ...\n    return inner\n`;
  assert.deepEqual(codesOf(of(`@timed\n@cb.model_output("cases")\n${METHOD}`, wrapping(""))), ["decorator-above-mark"]);
  assert.deepEqual(of(`@timed\n@cb.model_output("cases")\n${METHOD}`, wrapping("    @functools.wraps(f)\n")).outputs, ["cases"]);
  const unknown = of(`@trace\n@cb.model_output("cases")\n${METHOD}`, "from elsewhere import trace");
  assert.deepEqual(unknown.outputs, []);
  assert.match(whysOf(unknown)[0]!, /@elsewhere\.trace/);
});

Deno.test("a signature other than (self, raw, seed), a missing name and a strange argument fail at import", () => {
  for (const takes of ["self, raw", "this, raw, seed", "self, raw, seed, more", "self, *raw"]) {
    assert.deepEqual(codesOf(of(`@cb.model_output("cases")\ndef x(${takes}): ...`)), ["output-signature"]);
  }
  assert.deepEqual(codesOf(of(`@cb.model_output()\n${METHOD}`)), ["decorator-argument"]);
  assert.deepEqual(codesOf(of(`@cb.model_output(output="x")\n${METHOD}`)), ["decorator-argument"]);
  assert.deepEqual(codesOf(of(`@cb.model_output(3)\n${METHOD}`)), ["name-not-text"]);
});

Deno.test("a name that is decided when it runs is unresolved, with its place", () => {
  const facts = of(`@cb.model_output(NAMES[0].title())\n${METHOD}`, "from elsewhere import NAMES");
  assert.deepEqual(facts.outputs, []);
  assert.match(whysOf(facts)[0]!, /^models\/sir\.py:\d+ output of x: /);
  const conditional = of(`if cb.FAST:\n    @cb.model_output("cases")\n    def x(self, raw, seed): ...`);
  assert.deepEqual(conditional.outputs, []);
  assert.match(whysOf(conditional)[0]!, /output cases: a condition/);
});

Deno.test("a name bound again in the class body loses its mark", () => {
  assert.deepEqual(of(`@cb.model_output("cases")\n${METHOD}\n${METHOD}`).outputs, []);
});

Deno.test("an inherited output whose method is set to None keeps a model from being constructed", () => {
  const sources = project(`${modelWith(`@cb.model_output("cases")\n${METHOD}`)}\nclass Child(SIR):\n    x = None\n`);
  assert.deepEqual(codesOf(factsOf(sources, "Child")), ["mark-set-to-none"]);
});

Deno.test("an output called metadata is lost on the worker", () => {
  assert.deepEqual(codesOf(of(`@cb.model_output("metadata")\n${METHOD}`)), ["output-named-metadata"]);
});

Deno.test("outputs that a model adds to itself are read", () => {
  const facts = of(
    `def __init__(self, *, base_config=None):\n    super().__init__(base_config=base_config)\n    for age in ("child", "adult"):\n        self._outputs[f"n_{age}"] = self.count`,
  );
  assert.deepEqual(facts.outputs, ["n_child", "n_adult"]);
});
