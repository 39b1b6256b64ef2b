/** Parameters: names, bounds and verdicts of every row of docs/model-forms.md §3. */
import assert from "node:assert/strict";
import { codesOf, factsOf, modelWith, project, RUNS, whysOf } from "./read_project.ts";

const of = (params: string, above = "", others: Record<string, string> = {}) =>
  factsOf(project(modelWith(`PARAMS = ${params}`, above), others));

Deno.test("parameters are read with their bounds, kind and doc, in the order of the source", () => {
  const facts = of(`cb.ParameterSpace((
    cb.ParameterSpec("beta", 0.02, 2 / 5, doc="per contact"),
    cb.ParameterSpec(name="n", lower=10, upper=10_000, kind="int"),
    cb.ParameterSpec("alpha", -1, 1e6, "float", "of something"),
))`);
  assert.deepEqual(facts.parameters, ["beta", "n", "alpha"]);
  assert.deepEqual(facts.parameterSpecs, [
    { name: "beta", lower: 0.02, upper: 0.4, kind: "float", doc: "per contact" },
    { name: "n", lower: 10, upper: 10000, kind: "int" },
    { name: "alpha", lower: -1, upper: 1000000, kind: "float", doc: "of something" },
  ]);
  assert.deepEqual(codesOf(facts), []);
  assert.deepEqual(facts.unresolved, []);
});

Deno.test("a bound that is larger than a number here can hold exactly is unresolved, and never rounded", () => {
  const facts = of(`cb.ParameterSpace([cb.ParameterSpec("n", 1, 99_999_999_999_999_999_999, kind="int"), cb.ParameterSpec("x", 0, 1e30)])`);
  assert.deepEqual(facts.parameterSpecs, [{ name: "n", lower: 1, kind: "int" }, { name: "x", lower: 0, upper: 1e30, kind: "float" }]);
  assert.match(
    whysOf(facts).join("\n"),
    /^models\/sir\.py:\d+ upper bound of parameter n of SIR: the number is too large to be kept exactly$/,
  );
});

const SPACES: readonly (readonly [name: string, params: string, above?: string, others?: Record<string, string>])[] = [
  ["a list", `cb.ParameterSpace([cb.ParameterSpec("a", 0, 1), cb.ParameterSpec("b", 0, 1)])`],
  ["specs=", `cb.ParameterSpace(specs=(cb.ParameterSpec("a", 0, 1), cb.ParameterSpec("b", 0, 1)))`],
  ["a list comprehension", `cb.ParameterSpace([cb.ParameterSpec(n, 0, 1) for n in ("a", "b")])`],
  ["a tuple of a generator", `cb.ParameterSpace(tuple(cb.ParameterSpec(n, 0, 1) for n in NAMES))`, `NAMES = ["a", "b"]`],
  ["rows", `cb.ParameterSpace([cb.ParameterSpec(n, low, high) for n, low, high in ROWS])`, `ROWS = [("a", 0, 1), ("b", 2, 3)]`],
  ["a dict of bounds", `cb.ParameterSpace([cb.ParameterSpec(n, *b) for n, b in BOUNDS.items()])`, `BOUNDS = {"a": (0, 1), "b": (0, 2)}`],
  ["an f-string", `cb.ParameterSpace([cb.ParameterSpec(f"{a}", lower=0, upper=1) for a in "ab"])`],
  ["a constant", "SPACE", `SPACE = cb.ParameterSpace((cb.ParameterSpec("a", 0, 1), cb.ParameterSpec("b", 0, 1)))`],
  ["an imported constant", "SPACE", "from .spaces import SPACE", {
    "models/spaces.py": `from modelops_calabaria import ParameterSpace as P, ParameterSpec as S\nSPACE = P((S("a", 0, 1), S("b", 0, 1)))\n`,
  }],
  ["a constant of a module", "spaces.SPACE", "from . import spaces", {
    "models/spaces.py": `from modelops_calabaria import ParameterSpace as P, ParameterSpec as S\nSPACE = P((S("a", 0, 1), S("b", 0, 1)))\n`,
  }],
  ["a spread of constants", "cb.ParameterSpace((*COMMON, cb.ParameterSpec('b', 0, 1)))", `COMMON = [cb.ParameterSpec("a", 0, 1)]`],
  ["a sum of lists", "cb.ParameterSpace(COMMON + [cb.ParameterSpec('b', 0, 1)])", `COMMON = [cb.ParameterSpec("a", 0, 1)]`],
  [
    "a spread of another class's space",
    "cb.ParameterSpace((*Base.PARAMS.specs, cb.ParameterSpec('b', 0, 1)))",
    `class Base(cb.BaseModel):\n    PARAMS = cb.ParameterSpace((cb.ParameterSpec("a", 0, 1),))\n`,
  ],
  [
    "a function",
    "make()",
    `def make():\n    names = ["a", "b"]\n    return cb.ParameterSpace([cb.ParameterSpec(n, 0, 1) for n in names])\n`,
  ],
  [
    "a function with arguments",
    `cb.ParameterSpace((fraction("a"), fraction("b")))`,
    `def fraction(name):\n    return cb.ParameterSpec(name, 0.0, 1.0)\n`,
  ],
];

for (const [name, params, above, others] of SPACES) {
  Deno.test(`a space is read from ${name}`, () => {
    const facts = of(params, above, others);
    assert.deepEqual(facts.parameters, ["a", "b"]);
    assert.deepEqual(facts.unresolved, []);
    assert.deepEqual(codesOf(facts), []);
  });
}

Deno.test("a subclass's space replaces its parent's, and without one the parent's or a plain mixin's counts", () => {
  const sources = project(`import modelops_calabaria as cb
class Space:
    PARAMS = cb.ParameterSpace((cb.ParameterSpec("mixed", 0, 1),))
class Base(Space, cb.BaseModel):${RUNS}
class Same(Base): ...
class Other(Base):
    PARAMS: cb.ParameterSpace = cb.ParameterSpace((cb.ParameterSpec("own", 0, 1),))
class Bare(Base):
    PARAMS: cb.ParameterSpace
`);
  assert.deepEqual(factsOf(sources, "Same").parameters, ["mixed"]);
  assert.deepEqual(factsOf(sources, "Other").parameters, ["own"]);
  assert.deepEqual(factsOf(sources, "Bare").parameters, ["mixed"]);
  for (const name of ["Base", "Same", "Other", "Bare"]) assert.deepEqual(codesOf(factsOf(sources, name)), []);
});

const UNRESOLVED: readonly (readonly [name: string, params: string, above: string, names: string[], why: RegExp])[] = [
  ["a space of a package", "load_space()", "from elsewhere import load_space", [], /elsewhere\.load_space/],
  ["a constant assigned twice", "SPACE", "SPACE = cb.ParameterSpace()\nSPACE = cb.ParameterSpace()", [], /more than once/],
  ["a constant under a condition", "SPACE", "if x:\n    SPACE = cb.ParameterSpace()", [], /condition/],
  ["a list that is filled", "cb.ParameterSpace(SPECS)", "SPECS = []\nfor n in range(3):\n    SPECS.append(n)", [], /filled/],
  ["a filtered comprehension", "cb.ParameterSpace([cb.ParameterSpec(n, 0, 1) for n in ('a', 'b') if keep(n)])", "", [], /condition/],
  ["a choice", "A if FAST else B", "", [], /condition/],
  [
    "a spread that is not known",
    "cb.ParameterSpace((cb.ParameterSpec('a', 0, 1), *extra()))",
    "from elsewhere import extra",
    ["a"],
    /spread|extra/,
  ],
  [
    "a name that is not known",
    "cb.ParameterSpace((cb.ParameterSpec('a', 0, 1), cb.ParameterSpec(NAME, 0, 1)))",
    "import os\nNAME = os.environ['N']",
    ["a"],
    /./,
  ],
];

for (const [name, params, above, names, why] of UNRESOLVED) {
  Deno.test(`${name} is unresolved, with its place, and never a name`, () => {
    const facts = of(params, above);
    assert.deepEqual(facts.parameters, names);
    assert.equal(facts.unresolved.length, 1, whysOf(facts).join("\n"));
    assert.match(whysOf(facts)[0]!, why);
    assert.match(whysOf(facts)[0]!, /^models\/sir\.py:\d+ /);
    assert.deepEqual(codesOf(facts), []);
  });
}

Deno.test("a bound that is not literal is unresolved, and the name is certain", () => {
  const facts = of(
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, LIMIT), cb.ParameterSpec("b", DAY * 2, 1 / 14 * DAY)))`,
    "import elsewhere\nLIMIT = elsewhere.f()\nDAY = 24",
  );
  assert.deepEqual(facts.parameterSpecs, [{ name: "a", lower: 0, kind: "float" }, {
    name: "b",
    lower: 48,
    upper: 1 / 14 * 24,
    kind: "float",
  }]);
  assert.match(whysOf(facts)[0]!, /upper bound of parameter a/);
  assert.equal(facts.issues.filter(({ code }) => code === "bounds-reversed").length, 1);
});

const VERDICTS: readonly (readonly [code: string, wrong: string, right: string])[] = [
  ["bounds-reversed", `cb.ParameterSpace((cb.ParameterSpec("a", 2, 1),))`, `cb.ParameterSpace((cb.ParameterSpec("a", 1, 1),))`],
  [
    "bad-kind",
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, 1, kind="integer"),))`,
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, 1, "float"),))`,
  ],
  [
    "int-with-float-bound",
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, 1e3, kind="int"),))`,
    `cb.ParameterSpace((cb.ParameterSpec("a", False, 1000, kind="int"),))`,
  ],
  [
    "duplicate-parameter",
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, 1), cb.ParameterSpec("a", 0, 1)))`,
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, 1), cb.ParameterSpec("A", 0, 1)))`,
  ],
  [
    "generator-space",
    `cb.ParameterSpace(cb.ParameterSpec(n, 0, 1) for n in "ab")`,
    `cb.ParameterSpace([cb.ParameterSpec(n, 0, 1) for n in "ab"])`,
  ],
  [
    "unknown-parameter-keyword",
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, 1, default=0.5),))`,
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, 1, doc="x"),))`,
  ],
  ["missing-parameter-argument", `cb.ParameterSpace((cb.ParameterSpec("a"),))`, `cb.ParameterSpace((cb.ParameterSpec("a", *(0, 1)),))`],
  [
    "bounds-not-finite",
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, float("inf")),))`,
    `cb.ParameterSpace((cb.ParameterSpec("a", 0, float("1")),))`,
  ],
  ["bounds-not-numbers", `cb.ParameterSpace((cb.ParameterSpec("a", "0", 1),))`, `cb.ParameterSpace((cb.ParameterSpec("a", 0, True),))`],
  ["parameter-name", `cb.ParameterSpace((cb.ParameterSpec("a b", 0, 1),))`, `cb.ParameterSpace((cb.ParameterSpec("äb_1", 0, 1),))`],
  ["not-a-parameter-spec", `cb.ParameterSpace((("a", 0, 1),))`, `cb.ParameterSpace(())`],
  ["params-not-a-space", `[cb.ParameterSpec("a", 0, 1)]`, `cb.ParameterSpace()`],
  ["params-not-a-space", `cb.ParameterSpace({"a": (0, 1)})`, `cb.ParameterSpace(specs=[])`],
  ["params-not-a-space", `cb.ParameterSpace(()) + cb.ParameterSpace(())`, `cb.ParameterSpace([] + [])`],
  ["params-not-a-space", `"beta"`, `cb.ParameterSpace(list())`],
];

for (const [code, wrong, right] of VERDICTS) {
  Deno.test(`verdict ${code}: ${wrong}`, () => {
    assert.deepEqual(codesOf(of(wrong)), [code]);
    assert.deepEqual(codesOf(of(right)), []);
  });
}

Deno.test("a generator leaves a space without parameters; NaN is not finite; min= and max= are read and refused", () => {
  assert.deepEqual(of(`cb.ParameterSpace(cb.ParameterSpec(n, 0, 1) for n in "ab")`).parameters, []);
  assert.deepEqual(codesOf(of(`cb.ParameterSpace((cb.ParameterSpec("a", math.nan, 1),))`, "import math")), ["bounds-not-finite"]);
  const old = of(`cb.ParameterSpace((cb.ParameterSpec("a", min=0, max=1),))`);
  assert.deepEqual(old.parameterSpecs, [{ name: "a", lower: 0, upper: 1, kind: "float" }]);
  assert.deepEqual(codesOf(old), ["unknown-parameter-keyword"]);
  assert.match(old.issues[0]!.hint!, /lower=/);
});

Deno.test("a model, or a model it derives from, without PARAMS fails at import; an annotation is no value; a property is no space", () => {
  const model = (body: string) => factsOf(project(`import modelops_calabaria as cb\nclass SIR(cb.BaseModel):\n    ${body}${RUNS}`));
  assert.deepEqual(codesOf(model("pass")), ["params-missing"]);
  assert.match(model("PARAMS: cb.ParameterSpace").issues[0]!.message, /only annotated/);
  assert.deepEqual(codesOf(model("@property\n    def PARAMS(self): ...")), ["params-not-a-space"]);
  const below = factsOf(
    project(`import modelops_calabaria as cb\nclass Base(cb.BaseModel): ...\nclass SIR(Base):\n    PARAMS = cb.ParameterSpace()${RUNS}`),
  );
  assert.deepEqual(codesOf(below), ["params-missing"]);
  assert.match(below.issues[0]!.message, /Base has no PARAMS/);
});

Deno.test("PARAMS of a base that is not known is unresolved and no error", () => {
  const facts = factsOf(project(`import modelops_calabaria as cb\nfrom elsewhere import Mixin\nclass SIR(Mixin, cb.BaseModel):${RUNS}`));
  assert.deepEqual(codesOf(facts), []);
  assert.match(whysOf(facts)[0]!, /elsewhere\.Mixin/);
});

Deno.test("parameter_space() of older frameworks is read, with a warning", () => {
  const facts = factsOf(project(`import modelops_calabaria as cb
class SIR(cb.BaseModel):
    @classmethod
    def parameter_space(cls):
        return cb.ParameterSpace([cb.ParameterSpec("beta", 0, 1)])
${RUNS}`));
  assert.deepEqual(facts.parameters, ["beta"]);
  assert.deepEqual(codesOf(facts), ["old-parameter-space"]);
});

Deno.test("CONFIG is checked as PARAMS is", () => {
  const config = (text: string) => codesOf(factsOf(project(modelWith(`CONFIG = ${text}`))));
  assert.deepEqual(config(`cb.ConfigurationSpace([cb.ConfigSpec("days", 140, doc="x"), cb.ConfigSpec("n", default=None)])`), []);
  assert.deepEqual(config(`cb.ConfigurationSpace([cb.ConfigSpec("days")])`), ["config-argument"]);
  assert.deepEqual(config(`cb.ConfigurationSpace([cb.ConfigSpec("days", 1), cb.ConfigSpec("days", 2)])`), ["duplicate-config"]);
  assert.deepEqual(config(`cb.ConfigurationSpace(cb.ConfigSpec(n, 1) for n in "ab")`), ["generator-space"]);
  assert.deepEqual(config(`{"days": 140}`), ["config-not-a-space"]);
});

Deno.test("PARAMS that a class body stores under a key is unresolved, and no verdict that it is missing", () => {
  for (const store of ['locals()["PARAMS"] = make()', 'vars()["PARAMS"] = make()', "locals()[NAME] = make()"]) {
    const facts = factsOf(project(`import modelops_calabaria as cb\n\nclass SIR(cb.BaseModel):\n    ${store}\n${RUNS}`));
    assert.deepEqual(codesOf(facts), [], store);
    assert.deepEqual(whysOf(facts), ["models/sir.py:4 PARAMS of SIR: it is put into the class under a key"], store);
  }
});

Deno.test("a bound that a function changes through global is unresolved", () => {
  const facts = of(`cb.ParameterSpace([cb.ParameterSpec("b", 1, HI)])`, "HI = 0\ndef raise_it():\n    global HI\n    HI = 9\nraise_it()\n");
  assert.deepEqual(facts.parameterSpecs, [{ name: "b", lower: 1, kind: "float" }]);
  assert.deepEqual(codesOf(facts), []);
});
