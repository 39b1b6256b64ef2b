/** Registering as a plan: what it records is what an analysis finds, and planning again finds nothing to do. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { Failure } from "../../src/base/failure.ts";
import { analyseModel, analyseTarget } from "../../src/models/analyse_entry.ts";
import { EMPTY_MODEL_REGISTRY, type Entry } from "../../src/models/model_registry.ts";
import { parseModelRegistry } from "../../src/models/model_registry_read.ts";
import { editModelRegistry } from "../../src/models/model_registry_yaml.ts";
import { defaultId, type ModelsRequest, planModels, recordedDiffers } from "../../src/plan/register_models.ts";
import { planTargets, type TargetsRequest } from "../../src/plan/register_targets.ts";
import { asPath, projectOf, type TextProject } from "../support/python_project.ts";

const MODELS: ModelsRequest = {
  files: [],
  classes: [],
  exclude: [],
  given: { data: [], code: [] },
  id: null,
  autoCode: null,
  codeMode: null,
  labels: {},
  autoData: false,
  regenAll: false,
};
const TARGETS: TargetsRequest = {
  files: [],
  targets: [],
  exclude: [],
  given: { data: [], code: [] },
  labels: {},
  autoData: false,
  regenAll: false,
};

const facts = (text: string, project: TextProject) => ({ registry: parseModelRegistry(text), ...project, tracked: new Set<BundlePath>() });

/** Both kinds, one after the other, and what was planned. */
function register(text: string, project: TextProject, models: Partial<ModelsRequest>, targets: Partial<TargetsRequest>) {
  const first = planModels(facts(text, project), { ...MODELS, ...models });
  const between = editModelRegistry(text, first.edits);
  const second = planTargets(facts(between, project), { ...TARGETS, ...targets });
  return {
    text: editModelRegistry(between, second.edits),
    changes: [...first.changes, ...second.changes],
    edits: [...first.edits, ...second.edits],
  };
}

function differences(entry: Entry, { sources, declarations }: TextProject): string[] {
  const request = { path: entry.path as BundlePath, dataGiven: entry.dataGiven, codeGiven: entry.codeGiven };
  const symbol = entry.entrypoint.split(":")[1]!;
  const analysis = entry.kind === "model"
    ? analyseModel(sources, declarations, { ...request, symbol: entry.className, autoCode: entry.autoCode, codeMode: entry.codeMode })
    : analyseTarget(sources, declarations, { ...request, symbol, autoCode: true, codeMode: "files" });
  return recordedDiffers(entry, analysis);
}

const entriesIn = (text: string): Entry[] => {
  const { models, targets } = parseModelRegistry(text);
  return [...models.values(), ...targets.values()];
};

/** Each choice is one edit that a person might make; together they are a project. */
const anyProject = fc.record({
  helper: fc.constantFrom("", "from . import extra\n", "import models.deep.more\n"),
  output: fc.constantFrom("incidence", "no", "2020"),
  second: fc.boolean(),
  bounds: fc.constantFrom("0.1, 2.0", "0, 1e-7", "LOW, 3"),
  computed: fc.boolean(),
  blank: fc.nat(3),
  targetName: fc.constantFrom(null, "inc", "on"),
  weight: fc.constantFrom("", ", weight=2", ", weight=1e-7"),
  labels: fc.constantFrom("", ", labels={'site': 'north', 'n': 'no'}"),
  more: fc.boolean(),
  lock: fc.boolean(),
}).map((chosen) => {
  const head = "from modelops_calabaria import BaseModel, ParameterSpace, ParameterSpec, model_output, calibration_target\n";
  const method = (name: string, output: string) => `    @model_output(${output})\n    def ${name}(self, raw, seed): return raw\n`;
  return projectOf({
    "pyproject.toml": "[project]\nname = 'x'\n",
    ...(chosen.lock ? { "uv.lock": "version = 1\n" } : {}),
    "data/a.csv": "",
    ...(chosen.more ? { "data/b.csv": "" } : {}),
    "models/__init__.py": "",
    "models/extra.py": "",
    "models/deep/__init__.py": "",
    "models/deep/more.py": "from .. import extra\n",
    "models/sir.py": `${head}${"\n".repeat(chosen.blank)}${chosen.helper}
class SIR(BaseModel):
    PARAMS = ParameterSpace([ParameterSpec("beta", ${chosen.bounds}, "float")])
    def build_sim(self, params, config): return 1
    def run_sim(self, state, seed): return 1
${method("a", `"${chosen.output}"`)}${chosen.second ? method("b", '"deaths"') : ""}${chosen.computed ? method("c", "NAME.lower()") : ""}`,
    "targets/__init__.py": "",
    "targets/inc.py": `${head}
@calibration_target(model_output="${chosen.output}", data={"x": "data/a.csv"}${
      chosen.targetName === null ? "" : `, name="${chosen.targetName}"`
    }${chosen.weight}${chosen.labels})
def incidence(paths): return 1
`,
  });
});

Deno.test("laws: what was registered differs in nothing, registering again edits nothing, and changes are told exactly when there are some", () => {
  const files = {
    models: { files: [asPath("models/sir.py")], given: { data: ["data/"], code: [] } },
    targets: { files: [asPath("targets/inc.py")] },
  };
  fc.assert(
    fc.property(anyProject, anyProject, (before, after) => {
      const first = register(EMPTY_MODEL_REGISTRY, before, files.models, files.targets);
      for (const entry of entriesIn(first.text)) assert.deepEqual(differences(entry, before), []);
      assert.deepEqual(register(first.text, before, files.models, files.targets).edits, []);

      const told = new Map(entriesIn(first.text).map((entry) => [entry.kind, differences(entry, after)]));
      const again = register(first.text, after, { regenAll: true }, { regenAll: true });
      for (const { kind, change, facts } of again.changes) {
        assert.deepEqual(facts.filter((fact) => fact !== "lines of what is unresolved moved"), told.get(kind), `${kind} ${change}`);
        assert.equal(change === "unchanged", facts.length === 0);
      }
      for (const entry of entriesIn(again.text)) assert.deepEqual(differences(entry, after), []);
      assert.deepEqual(register(again.text, after, { regenAll: true }, { regenAll: true }).edits, []);
    }),
    { numRuns: 60 },
  );
});

Deno.test("two targets may swap their names, and the sets follow both", () => {
  const source = (a: string, b: string) =>
    projectOf({
      "targets/__init__.py": "",
      "targets/t.py": `from modelops_calabaria import calibration_target
@calibration_target(model_output="x", name="${a}")
def one(paths): return 1
@calibration_target(model_output="x", name="${b}")
def two(paths): return 1
`,
    });
  const first = register(EMPTY_MODEL_REGISTRY, source("a", "b"), {}, { files: [asPath("targets/t.py")] });
  const set = { kind: "set" as const, section: "target_sets" as const, id: "s", values: { targets: ["a"], weights: { a: 2 } } };
  const second = register(editModelRegistry(first.text, [set]), source("b", "a"), {}, { regenAll: true });
  const { targets, sets } = parseModelRegistry(second.text);
  assert.deepEqual([...targets.values()].map(({ id, entrypoint }) => [id, entrypoint]), [["b", "targets.t:one"], ["a", "targets.t:two"]]);
  assert.deepEqual(sets.get("s"), { name: "s", targets: ["b"], weights: { b: 2 } });
  assert.throws(
    () => register(first.text, source("c", "c"), {}, { files: [asPath("targets/t.py")] }),
    (error) => error instanceof Failure && ["would-overwrite", "invalid"].includes(error.code),
  );
});

Deno.test("default ids are the file's name and the class's, lower-cased, without dots", () => {
  assert.equal(defaultId(asPath("models/StarsimSEIR.py"), "Outer.SIR"), "starsimseir_outer_sir");
  assert.equal(defaultId(asPath("src/models/age/__init__.py"), "SIR"), "age_sir");
});

Deno.test("an entry that points outside the project, or has Windows paths, is kept and said when everything is analysed again", () => {
  const project = projectOf({ "models/__init__.py": "", "models/a.py": "class A:\n    pass\n" });
  const text = `version: '1.0'
models:
  out: {entrypoint: "models.x:X", path: ../x.py, class_name: X}
  abs: {entrypoint: "models.x:X", path: /etc/x.py, class_name: X}
  win: {entrypoint: "models.a:A", path: 'models\\a.py', class_name: A, data: ['data\\gone.csv']}
targets: {}
`;
  const { changes, edits } = planModels(facts(text, project), { ...MODELS, regenAll: true });
  assert.deepEqual(changes.map(({ id, change }) => [id, change]), [["out", "kept"], ["abs", "kept"], ["win", "updated"]]);
  const win = parseModelRegistry(editModelRegistry(text, edits)).models.get("win")!;
  assert.deepEqual([win.path, win.dataGiven, win.code, win.closure?.rule], ["models/a.py", ["data/gone.csv"], ["models/__init__.py"], 1]);
});
