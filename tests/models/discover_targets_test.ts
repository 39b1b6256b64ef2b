/** Targets: the decorator in all its forms, its values, and what a worker would stumble over (docs/model-forms.md §6). */
import assert from "node:assert/strict";
import { targetFacts } from "../../src/models/discover_targets.ts";
import { sourcesOf } from "../support/python_project.ts";
import { codesOf, TARGET, targetOf, targetsOf, whysOf } from "./read_project.ts";

const HEAD = "import modelops_calabaria as cb\nfrom modelops_calabaria.core.target import LossTarget\n";
const DEF = "def fit(data_paths): ...";

const FORMS: readonly (readonly [name: string, imports: string, decorator: string])[] = [
  ["a module alias", "import modelops_calabaria as cb", "cb.calibration_target"],
  ["a name", "from modelops_calabaria import calibration_target", "calibration_target"],
  ["an alias", "from modelops_calabaria import calibration_target as target", "target"],
  ["a dotted module", "import modelops_calabaria.decorators", "modelops_calabaria.decorators.calibration_target"],
  ["a re-export of the project", "from lib import target", "target"],
];

for (const [name, imports, decorator] of FORMS) {
  Deno.test(`a target is decorated by ${name}`, () => {
    const target = targetOf(`${imports}\n@${decorator}(model_output="cases", data={"obs": "data/obs.csv"})\n${DEF}`, {
      "lib/__init__.py": "from modelops_calabaria import calibration_target as target\n",
    });
    assert.equal(target.id, "fit");
    assert.equal(target.functionName, "fit");
    assert.equal(target.modelOutput, "cases");
    assert.deepEqual(target.data, ["data/obs.csv"]);
    assert.deepEqual(codesOf(target), []);
  });
}

Deno.test("name, labels and weight are read; constants of the module and of others are resolved", () => {
  const target = targetOf(
    `${HEAD}from lib.paths import OBS
OUT = "cases"
LABELS = {"kind": "weekly", "level": 2}
@cb.calibration_target(model_output=OUT, data={"obs": OBS, "more": f"{OBS}.gz"}, name="weekly", weight=1 / 2, labels=LABELS)
def cases_target(data_paths):
    return LossTarget("weekly", OUT, None, None, None)
`,
    { "lib/__init__.py": "", "lib/paths.py": 'FOLDER = "data"\nOBS = FOLDER + "/obs.csv"\n' },
  );
  assert.equal(target.id, "weekly");
  assert.equal(target.functionName, "cases_target");
  assert.equal(target.modelOutput, "cases");
  assert.deepEqual(target.data, ["data/obs.csv", "data/obs.csv.gz"]);
  assert.deepEqual(target.labels, { kind: "weekly", level: "2" });
  assert.equal(target.weight, 0.5);
  assert.deepEqual(codesOf(target), []);
  assert.deepEqual(target.unresolved, []);
});

Deno.test("data may be a dict, a list, one path, or paths that are put together", () => {
  const data = (text: string, above = "") =>
    targetOf(`${HEAD}${above}\n@cb.calibration_target(model_output="c", data=${text})\n${DEF}`).data;
  assert.deepEqual(data(`["data/a.csv", "./data//b.csv"]`), ["data/a.csv", "data/b.csv"]);
  assert.deepEqual(data(`"data/a.csv"`), ["data/a.csv"]);
  assert.deepEqual(data(`{"a": ["data/a.csv", "data/b.csv"]}`), ["data/a.csv", "data/b.csv"]);
  assert.deepEqual(data(`dict(a=Path("data") / "a.csv", b=str(Path("data", "b.csv")))`, "from pathlib import Path"), [
    "data/a.csv",
    "data/b.csv",
  ]);
  assert.deepEqual(data(`{"a": os.path.join(D, "a.csv")}`, `import os\nD = "data"`), ["data/a.csv"]);
  assert.deepEqual(data(`None`), []);
});

Deno.test("a path out of the project and a value that is no path are said", () => {
  const target = targetOf(
    `${HEAD}@cb.calibration_target(model_output="c", data={"a": "/tmp/x.csv", "b": "../x.csv", "c": 3, "d": "data/x.csv"})\n${DEF}`,
  );
  assert.deepEqual(target.data, ["data/x.csv"]);
  assert.deepEqual(codesOf(target), ["target-data-not-a-path", "target-data-not-a-path", "target-data-not-a-path"]);
});

Deno.test("what is decided when it runs is unresolved, with its place", () => {
  const target = targetOf(
    `${HEAD}from elsewhere import find, OUT\n@cb.calibration_target(model_output=OUT, data={"a": find("x"), "b": "data/b.csv"})\n${DEF}`,
  );
  assert.equal(target.modelOutput, null);
  assert.deepEqual(target.data, ["data/b.csv"]);
  assert.equal(target.unresolved.length, 2);
  assert.match(whysOf(target)[0]!, /^targets\/inc\.py:4 model_output of target fit/);
});

Deno.test("a decorator that is not called, or takes a position, fails at import", () => {
  for (const decorator of ["@cb.calibration_target", `@cb.calibration_target("cases")`]) {
    assert.ok(codesOf(targetOf(`${HEAD}${decorator}\n${DEF}`)).includes("target-called-wrong"));
  }
  const empty = targetOf(`${HEAD}@cb.calibration_target()\ndef fit(data_paths):\n    return LossTarget("fit", "cases", None, None, None)`);
  assert.equal(empty.modelOutput, "cases");
  assert.deepEqual(codesOf(empty), []);
});

Deno.test("async and nested functions cannot be addressed", () => {
  const decorator = `@cb.calibration_target(model_output="c")`;
  assert.deepEqual(codesOf(targetOf(`${HEAD}${decorator}\nasync def fit(data_paths): ...`)), ["target-not-addressable"]);
  assert.deepEqual(codesOf(targetOf(`${HEAD}def outer():\n    ${decorator}\n    def fit(data_paths): ...`)), ["target-not-addressable"]);
  assert.deepEqual(codesOf(targetOf(`${HEAD}class A:\n    ${decorator}\n    def fit(data_paths): ...`)), ["target-not-addressable"]);
});

Deno.test("a returned target of another output disagrees with the decorator", () => {
  const target = (returned: string) =>
    targetOf(
      `${HEAD}from modelops_calabaria.core.target import LikelihoodTarget as L\n@cb.calibration_target(model_output="cases")\ndef fit(paths):\n    ${returned}`,
    );
  assert.deepEqual(codesOf(target(`return LossTarget("fit", "cases", 1, 2, 3)`)), []);
  assert.deepEqual(codesOf(target(`return LossTarget(name="fit", model_output="deaths")`)), ["model-output-disagrees"]);
  assert.deepEqual(codesOf(target(`t = L("fit", "deaths", 1, 2, 3)\n    return t`)), ["model-output-disagrees"]);
  assert.equal(target(`return LossTarget("fit", "deaths", 1, 2, 3)`).modelOutput, "cases");
});

Deno.test("a target without an output is said; a signature that does not take its data is, too", () => {
  const target = targetOf(`${HEAD}@cb.calibration_target(data={})\n${DEF}`);
  assert.equal(target.modelOutput, null);
  assert.deepEqual(codesOf(target), ["model-output-missing"]);
  for (const takes of ["", "a, b", "a, *, b"]) {
    assert.deepEqual(codesOf(targetOf(`${HEAD}@cb.calibration_target(model_output="c")\ndef fit(${takes}): ...`)), ["target-signature"]);
  }
  for (const takes of ["a, b=1", "*a", "a, *, b=1"]) {
    assert.deepEqual(codesOf(targetOf(`${HEAD}@cb.calibration_target(model_output="c")\ndef fit(${takes}): ...`)), []);
  }
});

Deno.test("two targets of one name in a file are an error of both", () => {
  const all = targetsOf(
    `${HEAD}@cb.calibration_target(model_output="c", name="x")\ndef a(d): ...\n@cb.calibration_target(model_output="c", name="x")\ndef b(d): ...\n@cb.calibration_target(model_output="c")\ndef c(d): ...`,
  );
  assert.deepEqual(all.map((one) => [one.functionName, codesOf(one)]), [["a", ["duplicate-target"]], ["b", ["duplicate-target"]], [
    "c",
    [],
  ]]);
});

Deno.test("an undecorated function is a target when it is named, with the output of what it returns", () => {
  const sources = sourcesOf({
    "targets/__init__.py": "",
    "targets/inc.py":
      `${HEAD}def plain(data_paths):\n    return LossTarget("p", "cases", 1, 2, 3)\ndef score(sims, data):\n    return {"loss": 1}\n`,
  });
  const plain = targetFacts(sources, TARGET, "plain")!;
  assert.equal(plain.modelOutput, "cases");
  assert.equal(plain.id, "plain");
  const score = targetFacts(sources, TARGET, "score")!;
  assert.equal(score.modelOutput, null);
  assert.deepEqual(codesOf(score), []);
  assert.equal(score.unresolved.length, 1);
  assert.equal(targetFacts(sources, TARGET, "gone"), null);
  assert.deepEqual(targetsOf("def plain(data_paths): ..."), []);
});

Deno.test("a module-level evaluate is run in place of the target", () => {
  const text = `${HEAD}@cb.calibration_target(model_output="c")\n${DEF}\n`;
  assert.deepEqual(codesOf(targetOf(`${text}def evaluate(x): ...\n`)), ["evaluate-is-run"]);
  assert.deepEqual(codesOf(targetOf(`${text}from lib import evaluate\n`)), ["evaluate-is-run"]);
});

Deno.test("a label called __proto__ is a label", () => {
  const target = targetOf(`${HEAD}@cb.calibration_target(model_output="c", labels={"__proto__": "x"})\n${DEF}`);
  assert.deepEqual(Object.entries(target.labels), [["__proto__", "x"]]);
});

Deno.test("a Target of an older framework is an error", () => {
  const text =
    `${HEAD}from modelops_calabaria.core.target import Target\n@cb.calibration_target(model_output="c")\ndef fit(d):\n    return `;
  assert.deepEqual(codesOf(targetOf(`${text}Target("fit", "c", 1, evaluation=2)`)), ["old-target"]);
  assert.deepEqual(codesOf(targetOf(`${text}LossTarget("fit", "c", 1, 2, 3)`)), []);
});

Deno.test("a name that commands take in quotes only is a warning that offers another", () => {
  const named = (name: string) => targetOf(`${HEAD}@cb.calibration_target(model_output="c", name=${JSON.stringify(name)})\n${DEF}`);
  const odd = named("bad name!");
  assert.equal(odd.id, "bad name!");
  assert.deepEqual(codesOf(odd), ["target-name-needs-quotes"]);
  assert.equal(odd.issues[0]!.hint, 'write name="bad_name"');
  for (const name of ["by-age.north", "é1", "_x"]) assert.deepEqual(codesOf(named(name)), [], name);
});
