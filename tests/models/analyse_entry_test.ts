/** A model or target as a whole: found by file and symbol, with its closure, and with what is wrong. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { analyseModel, analyseTarget } from "../../src/models/analyse_entry.ts";
import type { EntryAnalysis, EntryRequest, ModelAnalysis, TargetAnalysis } from "../../src/models/entry_analysis.ts";
import { asPath, projectOf } from "../support/python_project.ts";
import { modelWith, RUNS } from "./read_project.ts";

const SIR = modelWith(`@cb.model_output("cases")\ndef cases(self, raw, seed): ...`);

type Asked = Partial<Omit<EntryRequest, "path">> & { readonly path?: string };

function request(asked: Asked, path: string, symbol: string): EntryRequest {
  return { symbol, dataGiven: [], codeGiven: [], autoCode: true, codeMode: "files", ...asked, path: asPath(asked.path ?? path) };
}

function model(texts: Record<string, string | Uint8Array>, asked: Asked = {}): ModelAnalysis {
  const { sources, declarations } = projectOf({ "models/__init__.py": "", ...texts });
  return analyseModel(sources, declarations, request(asked, "models/sir.py", "SIR"));
}

function target(texts: Record<string, string | Uint8Array>, asked: Asked = {}): TargetAnalysis {
  const { sources, declarations } = projectOf({ "targets/__init__.py": "", ...texts });
  return analyseTarget(sources, declarations, request(asked, "targets/inc.py", "fit"));
}

const told = ({ issues }: EntryAnalysis) => issues.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);

Deno.test("a model has its entry point, its facts, and its closure", () => {
  const found = model({ "models/sir.py": `from .util import f\n${SIR}`, "models/util.py": "def f(): ...\n", "data/a.csv": "a" }, {
    dataGiven: ["data/"],
  });
  assert.equal(found.entrypoint, "models.sir:SIR");
  assert.deepEqual(found.facts?.outputs, ["cases"]);
  assert.deepEqual(found.closure.code.map(({ path }) => path), ["models/__init__.py", "models/sir.py", "models/util.py"]);
  assert.deepEqual(found.closure.data.map(({ path }) => path), ["data/a.csv"]);
  assert.deepEqual(told(found), []);
});

Deno.test("src/ is no part of an entry point, and a nested class has its qualified name", () => {
  const { sources, declarations } = projectOf({
    "src/lab/__init__.py": "",
    "src/lab/sir.py": `import modelops_calabaria as cb\nclass Outer:\n    class SIR(cb.BaseModel):\n        PARAMS = cb.ParameterSpace()${
      RUNS.replaceAll("\n    ", "\n        ")
    }`,
  });
  const found = analyseModel(sources, declarations, request({}, "src/lab/sir.py", "Outer.SIR"));
  assert.equal(found.entrypoint, "lab.sir:Outer.SIR");
});

Deno.test("data that a target's decorator names is in its closure, and missing data is said with the line", () => {
  const text =
    `import modelops_calabaria as cb\n@cb.calibration_target(model_output="cases", data={"obs": "data/obs.csv"})\ndef fit(d): ...\n`;
  const there = target({ "targets/inc.py": text, "data/obs.csv": "x" });
  assert.deepEqual(there.closure.data.map(({ path }) => path), ["data/obs.csv"]);
  assert.equal(there.entrypoint, "targets.inc:fit");
  assert.deepEqual(told(there), []);
  assert.deepEqual(told(target({ "targets/inc.py": text })), [
    "error missing-target-data: targets/inc.py line 3: target fit reads data/obs.csv, which does not exist",
  ]);
});

Deno.test("a file that is gone, and one outside any package, are errors", () => {
  assert.match(told(model({}))[0]!, /^error missing-file: models\/sir\.py does not exist$/);
  assert.equal(model({}).facts, null);
  const root = model({ "sir.py": SIR }, { path: "sir.py" });
  assert.match(told(root)[0]!, /^error invalid-module-path: sir\.py is the module "sir" without a package/);
  assert.equal(root.issues[0]!.hint, "mops bundle mv sir.py models/sir.py   (then mops bundle register-model models/sir.py)");
});

Deno.test("a symbol that is gone is an error that says what is there instead", () => {
  const found = model({ "models/sir.py": SIR.replace("class SIR", "class SEIR") });
  assert.equal(found.facts, null);
  assert.equal(found.entrypoint, null);
  assert.match(told(found)[0]!, /^error missing-entrypoint-symbol: models\/sir\.py has no class SIR; it declares SEIR$/);
  assert.match(told(target({ "targets/inc.py": "x = 1\n" }))[0]!, /has no function fit; it declares no target/);
});

Deno.test("a file that does not parse is an error with line and column, the entry's own and one that it imports", () => {
  const own = model({ "models/sir.py": "class SIR(:\n" });
  assert.equal(own.facts, null);
  assert.match(told(own)[0]!, /^error unreadable-source: models\/sir\.py line 1, column \d+: /);
  const helper = model({ "models/sir.py": `from . import util\n${SIR}`, "models/util.py": "\n\ndef f(:\n" });
  assert.deepEqual(helper.facts?.outputs, ["cases"]);
  assert.match(told(helper)[0]!, /^error unreadable-source: models\/util\.py line 3, column \d+: /);
  assert.equal(helper.issues[0]!.line, 3);
});

Deno.test("a helper that is gone is an error with the file and the line that import it, and a warning in a try", () => {
  const found = model({ "models/sir.py": `\n\n\nfrom .util import f\n${SIR}` });
  assert.equal(told(found)[0]!, "error missing-import: models/sir.py line 4 imports .util, and models/util.py does not exist");
  assert.equal(found.issues[0]!.path, "models/sir.py");
  assert.equal(found.issues[0]!.line, 4);
  const tried = model({ "models/sir.py": `try:\n    from .util import f\nexcept ImportError:\n    f = None\n${SIR}` });
  assert.match(told(tried)[0]!, /^warning missing-import/);
});

Deno.test("a base class whose file is gone leaves the class, unresolved", () => {
  const found = model({ "models/sir.py": `from .base import Base\nclass SIR(Base): ...\n` });
  assert.notEqual(found.facts, null);
  assert.ok(told(found).some((text) => text.startsWith("error missing-import")));
  assert.match(found.facts!.unresolved[0]!.what, /outputs, scenarios and parameters of base Base/);
});

Deno.test("given data and code that lead to nothing are errors", () => {
  const found = model({ "models/sir.py": SIR }, { dataGiven: ["data/gone.csv", "data/*.csv", "more/"], codeGiven: ["lib/gone.py"] });
  assert.deepEqual(told(found), [
    "error missing-given: lib/gone.py does not exist",
    "error missing-given: data/gone.csv does not exist",
    "error missing-given: data/*.csv leads to no file",
    "error missing-given: more/ leads to no file",
  ]);
});

Deno.test("what fails at import anywhere in the closure fails the entry; what stands in files it does not import does not", () => {
  const bad = `import modelops_calabaria as cb\nclass Bad(cb.BaseModel): ...\n`;
  assert.match(told(model({ "models/sir.py": `${SIR}\nclass Bad(cb.BaseModel): ...\n` }))[0]!, /^error params-missing: Bad has no PARAMS/);
  assert.match(told(model({ "models/sir.py": `from . import bad\n${SIR}`, "models/bad.py": bad }))[0]!, /^error params-missing/);
  assert.deepEqual(told(model({ "models/sir.py": SIR, "models/bad.py": bad })), []);
  const fit = `import modelops_calabaria as cb\nfrom models import bad\n@cb.calibration_target(model_output="x")\ndef fit(d): ...\n`;
  assert.match(told(target({ "models/__init__.py": "", "models/bad.py": bad, "targets/inc.py": fit }))[0]!, /^error params-missing/);
});

Deno.test("two classes or two targets of one name are not taken", () => {
  const found = model({ "models/sir.py": `${SIR}\nclass SIR: ...\n` });
  assert.equal(found.facts, null);
  assert.match(told(found)[0]!, /^error duplicate-class/);
  const decorated = `@cb.calibration_target(model_output="x")\ndef fit(d): ...\n`;
  const twice = target({ "targets/inc.py": `import modelops_calabaria as cb\n${decorated}${decorated}` });
  assert.equal(twice.facts, null);
  assert.match(told(twice)[0]!, /^error duplicate-target/);
});

Deno.test("a file of the project that takes the place of the standard library's is a warning", () => {
  const found = model({ "models/sir.py": `import random\n${SIR}`, "random.py": "" });
  assert.ok(told(found).some((text) => text.startsWith("warning shadows-standard-library: random.py")), told(found).join("\n"));
});

const PYPROJECT = (dependencies: string, more = "") => `[project]\nname = "lab"\nversion = "1"\ndependencies = [${dependencies}]\n${more}`;

Deno.test("what is imported and not declared is a warning, and where it may be optional only known", () => {
  const text = `import numpy as np\nimport yaml\ntry:\n    import scipy\nexcept ImportError:\n    scipy = None\n${SIR}`;
  const found = (dependencies: string, more = "") =>
    told(model({ "models/sir.py": text, "pyproject.toml": PYPROJECT(`"modelops-calabaria"${dependencies}`, more) }));
  assert.deepEqual(found(`, "numpy>=2", "PyYAML", "scipy"`), []);
  assert.deepEqual(found(``), [
    "warning imported-not-declared: models/sir.py line 1 imports numpy, and pyproject.toml does not declare it",
    "warning imported-not-declared: models/sir.py line 2 imports yaml (pyyaml), and pyproject.toml does not declare it",
    "info imported-not-declared: models/sir.py line 4 imports scipy, and pyproject.toml does not declare it",
  ]);
  assert.match(
    found(`, "numpy", "scipy"`, `[project.optional-dependencies]\nio = ["pyyaml"]\n`)[0]!,
    /declares it for io only, which workers do not install/,
  );
});

Deno.test("a package of the project that no source root holds is said to be there, and is not to be declared", () => {
  const found = model({
    "pyproject.toml": '[project]\nname = "m"\ndependencies = ["modelops-calabaria"]\n',
    "models/sir.py": `import pk\nimport lp.tools\n${SIR}`,
    "vendor/pk/__init__.py": "",
    "lib/lp/tools.py": "",
  });
  assert.deepEqual(told(found), [
    "warning not-on-the-path: models/sir.py line 2 imports lp, and lib/lp/ is in a folder that no import starts from: imports start from the project's folder",
    "warning not-on-the-path: models/sir.py line 1 imports pk, and vendor/pk/ is in a folder that no import starts from: imports start from the project's folder",
  ]);
  assert.match(found.issues[0]!.hint!, /have pyproject\.toml install lib\/lp\/ .* or add lib to auto_code\.code_roots/);
});

Deno.test("names that the framework gives from another module are a warning", () => {
  const fit = (imports: string) =>
    told(
      target({
        "targets/inc.py": `import modelops_calabaria as cb\n${imports}\n@cb.calibration_target(model_output="x")\ndef fit(d): ...\n`,
      }),
    );
  assert.match(
    fit("from modelops_calabaria import LossTarget")[0]!,
    /^warning not-at-the-root: targets\/inc\.py line 2 imports LossTarget/,
  );
  assert.deepEqual(fit("from modelops_calabaria.core.target import LossTarget"), []);
});

Deno.test("errors stand before warnings, and warnings before the rest", () => {
  const text = modelWith(`@cb.model_output\ndef cases(self, raw, seed): ...`);
  const found = model({ "models/sir.py": `from .gone import x\n${text}` });
  assert.deepEqual(found.issues.map(({ severity }) => severity), ["error", "warning"]);
});

Deno.test("law: files that an entry does not need change nothing that is said of it", () => {
  const texts = { "models/sir.py": `from .util import f\n${SIR}`, "models/util.py": "def f(): ...\n" };
  const before = model(texts);
  const name = fc.stringMatching(/^[a-z]{3,8}$/).filter((text) => text !== "util" && text !== "sir");
  fc.assert(
    fc.property(name, fc.constantFrom(SIR, "x = 1\n", "class A(:\n", "import nowhere\n"), (stem, content) => {
      const after = model({ ...texts, [`models/other_${stem}.py`]: content });
      assert.deepEqual(after, before);
    }),
    { numRuns: 40 },
  );
});
