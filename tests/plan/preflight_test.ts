/** Every rule of preflight, with its severity; a project that is in order has no finding. */
import assert from "node:assert/strict";
import type { Issue } from "../../src/models/issue.ts";
import type { EntryAnalysis } from "../../src/models/entry_analysis.ts";
import type { Entry, TargetSet } from "../../src/models/model_registry.ts";
import { type EntryKey, keyOf } from "../../src/plan/cloud_state.ts";
import { preflight } from "../../src/plan/preflight.ts";
import type { PreflightFacts, ProjectFacts } from "../../src/plan/preflight_facts.ts";
import { readinessOf } from "../../src/plan/readiness.ts";
import {
  closure,
  type Folder,
  given,
  imports,
  modelAnalysis,
  modelEntry,
  nowOf,
  path,
  registryOf,
  targetAnalysis,
  targetEntry,
} from "./entry_values.ts";

const FOLDER: Folder = {
  "models/__init__.py": "",
  "models/sir.py": "class SIR: ...",
  "targets/__init__.py": "",
  "targets/inc.py": "def weekly(): ...",
  "pyproject.toml": "[project]",
};
const INIT = (folder: string) => ({
  [`${folder}/__init__.py`]: { from: path(`${folder}/x.py`), at: null, how: "package" as const, what: folder },
});
const MODEL = modelEntry("sir_sir", FOLDER, { code: ["models/__init__.py"] });
const TARGET = targetEntry("weekly", FOLDER, { code: ["targets/__init__.py"] });
const MODEL_TODAY = modelAnalysis(closure("models/sir.py", { code: INIT("models") }));
const TARGET_TODAY = targetAnalysis(closure("targets/inc.py", { code: INIT("targets") }));
const PROJECT: ProjectFacts = { pyproject: { problem: null, dependencies: ["modelops-calabaria"], wireEntryPoints: [] }, wires: [] };

interface Said {
  readonly models?: readonly Entry[];
  readonly targets?: readonly Entry[];
  readonly sets?: readonly TargetSet[];
  readonly analyses?: readonly (readonly [EntryKey, EntryAnalysis])[];
  readonly differences?: readonly string[];
  readonly folder?: Folder;
  readonly folders?: readonly string[];
  readonly facts?: Partial<PreflightFacts>;
}

function found(said: Said = {}): Issue[] {
  const folder = said.folder ?? FOLDER;
  const registry = registryOf((said.models ?? [MODEL]) as (typeof MODEL)[], (said.targets ?? [TARGET]) as (typeof TARGET)[], said.sets);
  const readings = new Map<EntryKey, EntryAnalysis>(said.analyses ?? [[keyOf(MODEL), MODEL_TODAY], [keyOf(TARGET), TARGET_TODAY]]);
  const entries = [...registry.models.values(), ...registry.targets.values()];
  const files = new Set(Object.keys(folder).map(path));
  return preflight({
    registry,
    readiness: entries.map((entry) =>
      readinessOf({
        entry,
        analysis: entry.closure === null ? null : readings.get(keyOf(entry)) ?? null,
        source: entry.closure === null ? readings.get(keyOf(entry)) ?? null : null,
        differences: said.differences ?? [],
        now: nowOf(folder),
      })
    ),
    readings,
    files,
    folders: new Set([...files].flatMap((one) => one.includes("/") ? [one.slice(0, one.lastIndexOf("/"))] : []).concat(said.folders ?? [])),
    layout: { roots: [{ folder: "", prefix: "" }], from: "test" },
    tracked: files,
    ignored: [],
    missing: [],
    project: PROJECT,
    ...said.facts,
  });
}

const codes = (issues: readonly Issue[]) => issues.map(({ code, severity }) => `${severity} ${code}`);
const without = (...names: string[]): Folder => Object.fromEntries(Object.entries(FOLDER).filter(([name]) => !names.includes(name)));

Deno.test("scenario 46: a registry in order, packages tracked, calabaria among the dependencies: no finding at all", () => {
  assert.deepEqual(found(), []);
});

Deno.test("scenario 45: an output that no model has is an error that lists those there are", () => {
  const [issue, unused, ...rest] = found({ targets: [{ ...TARGET, modelOutput: "deaths" }] });
  assert.deepEqual(rest, []);
  assert.equal(`${issue!.severity} ${issue!.code}`, "error output-pairing");
  assert.match(issue!.message, /the output "deaths", which no registered model has; there are cases/);
  assert.deepEqual(issue!.entry, { kind: "target", id: "weekly" });
  assert.equal(`${unused!.severity} ${unused!.code}`, "info unused-output");
});

Deno.test("an output that a model's class declares and its entry lacks is taken over by registering", () => {
  const old = { ...MODEL, closure: null, outputs: ["prevalence"] };
  const [issue] = found({ models: [old] });
  assert.equal(issue!.code, "output-pairing");
  assert.match(
    issue!.message,
    /"cases", which no registered model has; models\/sir\.py declares it, and model sir_sir is registered without it$/,
  );
  assert.equal(issue!.hint, "mops bundle register-model --regen-all");
});

Deno.test("a class_name that is not what the entry point names is an error, since workers go by the entry point", () => {
  const old = { ...MODEL, closure: null, entrypoint: "models.sir:Foo" };
  const issues = found({ models: [old] });
  assert.deepEqual(codes(issues), ["error entrypoint-disagrees"]);
  assert.match(issues[0]!.message, /^the entry point models\.sir:Foo of model sir_sir names Foo, and its class_name SIR: workers run Foo$/);
  assert.match(issues[0]!.hint!, /^mops bundle register-model --regen-all /);
});

Deno.test("an output that no model certainly has is a warning where some outputs could not be read", () => {
  const unsure = { ...MODEL, unresolved: [{ what: "output", file: "models/sir.py", line: 3, why: "not literal" }] };
  assert.deepEqual(codes(found({ models: [unsure], targets: [{ ...TARGET, modelOutput: "deaths" }] })), [
    "warning output-pairing",
    "info unused-output",
  ]);
});

Deno.test("scenario 45: a missing file is an error with who needs it, once for each", () => {
  const issues = found({ folder: without("models/sir.py") });
  assert.deepEqual(codes(issues), ["error missing-file"]);
  assert.match(issues[0]!.message, /^model sir_sir: models\/sir\.py is missing/);
  assert.equal(issues[0]!.path, "models/sir.py");
});

Deno.test("a directory where a file is needed is an error of its own", () => {
  const entry = modelEntry("sir_sir", FOLDER, { code: ["models/__init__.py"], data: ["data"] });
  const issues = found({ models: [entry], analyses: [[keyOf(TARGET), TARGET_TODAY]], folders: ["data"] });
  assert.deepEqual(codes(issues), ["error not-a-file"]);
  assert.equal(issues[0]!.hint, "mops bundle register-model models/sir.py --data data/   (takes every file in it)");
});

for (const bad of ["..\\outside.csv", "../outside.csv", "/etc/passwd", "data\\pop.csv"]) {
  Deno.test(`an entry that names ${bad} is refused by name`, () => {
    const entry = modelEntry("sir_sir", FOLDER, { code: ["models/__init__.py"], data: [bad] });
    const issues = found({ models: [entry], analyses: [[keyOf(TARGET), TARGET_TODAY]] });
    assert.deepEqual(codes(issues), ["error unlawful-path"]);
    assert.equal(issues[0]!.path, null);
    assert.ok(issues[0]!.message.includes(JSON.stringify(bad)), issues[0]!.message);
  });
}

const ENTRYPOINTS: [name: string, entrypoint: string, code: string][] = [
  ["without a colon", "models.sir", "error invalid-entrypoint"],
  ["with an empty symbol", "models.sir:", "error invalid-entrypoint"],
  ["of a root-level module", "sir:SIR", "error invalid-module-path"],
  ["of a module that is not there", "models.other:SIR", "error missing-entrypoint-file"],
  ["of another file than its path", "targets.inc:SIR", "error missing-entrypoint-file"],
];
for (const [name, entrypoint, code] of ENTRYPOINTS) {
  Deno.test(`scenario 45: an entry point ${name} is an error`, () => {
    const issues = found({ models: [{ ...MODEL, entrypoint }] });
    assert.deepEqual(codes(issues), [code]);
    assert.equal(issues[0]!.path, "models/sir.py");
  });
}

Deno.test("a package may be an entry point", () => {
  const folder: Folder = { ...FOLDER, "models/sir/__init__.py": "class SIR: ..." };
  const entry = modelEntry("sir_sir", folder, { path: "models/sir/__init__.py", code: ["models/__init__.py"] });
  assert.deepEqual(found({ folder, models: [entry], analyses: [[keyOf(TARGET), TARGET_TODAY]] }), []);
});

Deno.test("an entry point below a source root, or recorded with src. by the Python tool, is in order", () => {
  const folder: Folder = { ...FOLDER, "src/sim/__init__.py": "", "src/sim/sir.py": "class SIR: ..." };
  const facts = { layout: { roots: [{ folder: "src", prefix: "" }, { folder: "", prefix: "" }], from: "src/" } };
  for (const entrypoint of ["sim.sir:SIR", "src.sim.sir:SIR"]) {
    const entry = modelEntry("sir_sir", folder, { path: "src/sim/sir.py", entrypoint, code: ["src/sim/__init__.py"] });
    const issues = found({ folder, models: [entry], analyses: [[keyOf(TARGET), TARGET_TODAY]], facts });
    assert.deepEqual(codes(issues).filter((one) => one.startsWith("error")), []);
  }
});

Deno.test("scenario 45: a class that is not in its file is an error, and so is a file that does not parse, with its line", () => {
  const issue: Issue = {
    code: "missing-entrypoint-symbol",
    severity: "error",
    message: "models/sir.py has no class SIR",
    path: path("models/sir.py"),
    line: null,
    entry: null,
    hint: null,
  };
  const gone = found({ analyses: [[keyOf(MODEL), { ...MODEL_TODAY, facts: null, issues: [issue] }], [keyOf(TARGET), TARGET_TODAY]] });
  assert.deepEqual(codes(gone), ["error missing-entrypoint-symbol"]);
  const syntax: Issue = {
    code: "syntax",
    severity: "error",
    message: "models/sir.py does not parse",
    path: path("models/sir.py"),
    line: 7,
    entry: null,
    hint: null,
  };
  const broken = closure("models/sir.py", { code: INIT("models") }, { unreadable: [path("models/sir.py")] });
  const issues = found({
    analyses: [[keyOf(MODEL), modelAnalysis(broken, { facts: null, issues: [syntax] })], [keyOf(TARGET), TARGET_TODAY]],
  });
  assert.deepEqual(issues.map(({ code, line, entry }) => [code, line, entry?.id]), [["syntax", 7, "sir_sir"]]);
});

Deno.test("what a registration would take over is an error with the command", () => {
  const more = closure("models/sir.py", { code: { ...INIT("models"), "targets/inc.py": imports("models/sir.py", 2, "targets.inc") } });
  const issues = found({ analyses: [[keyOf(MODEL), modelAnalysis(more)], [keyOf(TARGET), TARGET_TODAY]] });
  assert.deepEqual(codes(issues), ["error stale-analysis"]);
  assert.match(
    issues[0]!.message,
    /^model sir_sir \(models\/sir\.py\) is not what is registered: new import targets\/inc\.py \(models\/sir\.py line 2\)$/,
  );
  assert.match(issues[0]!.hint!, /^mops bundle register-model --regen-all /);
});

Deno.test("changed content alone is no finding: a push seals it", () => {
  assert.deepEqual(found({ folder: { ...FOLDER, "models/sir.py": "class SIR:  ..." } }), []);
});

Deno.test("a needed file that is not tracked is a warning, one that is ignored an error", () => {
  const tracked = new Set([...Object.keys(FOLDER)].filter((one) => one !== "models/__init__.py").map(path));
  assert.deepEqual(codes(found({ facts: { tracked } })), ["warning untracked-file"]);
  const ignored = [{ path: "models/__init__.py", pattern: "__init__.py", source: ".modelopsignore line 1" }];
  const issues = found({ facts: { tracked, ignored } });
  assert.deepEqual(codes(issues), ["error ignored-file"]);
  assert.match(issues[0]!.message, /needed by model sir_sir, and ignored by __init__\.py \(\.modelopsignore line 1\)/);
});

Deno.test("data that code names and its own entry does not list is a warning, whoever else lists it and whether or not it travels", () => {
  const mention = { path: path("data/pop.csv"), exists: true, file: path("models/sir.py"), at: { line: 9, column: 1 }, scope: "" };
  const today = {
    ...MODEL_TODAY,
    closure: { ...MODEL_TODAY.closure, proposed: [mention, { ...mention, path: path("out.csv"), exists: false }] },
  };
  const folder = { ...FOLDER, "data/pop.csv": "1" };
  const other = modelEntry("other", folder, { code: ["models/__init__.py"], data: ["data/pop.csv"], className: "Other" });
  const others = modelAnalysis(closure("models/sir.py", { code: INIT("models"), data: { "data/pop.csv": given("data/pop.csv") } }));
  const analyses = [[keyOf(MODEL), today], [keyOf(other), others], [keyOf(TARGET), TARGET_TODAY]] as const;
  const hint = "mops bundle register-model models/sir.py --class SIR --auto-data   (lists what the code names)";
  const message = "models/sir.py line 9 names data/pop.csv, which model sir_sir does not list";
  const told = (issues: readonly Issue[]) => issues.map((one) => [one.severity, one.code, one.line, one.message, one.hint]);
  assert.deepEqual(told(found({ analyses })), [["warning", "unlisted-data", 9, `${message}, and the bundle does not hold it`, hint]]);
  assert.deepEqual(told(found({ analyses, models: [MODEL, other], folder })), [
    ["warning", "unlisted-data", 9, `${message}: editing it makes nothing stale`, hint],
  ]);
  const recorded = { ...modelEntry("sir_sir", folder, { data: ["data/pop.csv"] }), closure: null }; // as another tool lists it
  assert.deepEqual(found({ models: [recorded], folder, analyses }).filter(({ code }) => code === "unlisted-data"), []);
});

Deno.test("a tracked file that is not on disk is a warning", () => {
  assert.deepEqual(codes(found({ facts: { missing: [path("old.csv")] } })), ["warning tracked-missing"]);
});

Deno.test("scenario 45: an absent __init__.py is a warning", () => {
  const entry = modelEntry("sir_sir", FOLDER);
  const issues = found({
    folder: without("models/__init__.py"),
    models: [entry],
    analyses: [[keyOf(entry), modelAnalysis(closure("models/sir.py"))], [keyOf(TARGET), TARGET_TODAY]],
  });
  assert.deepEqual(codes(issues), ["warning missing-init-file"]);
});

Deno.test("scenario 45: a model without outputs is a warning, an output without a target a note", () => {
  assert.deepEqual(codes(found({ models: [{ ...MODEL, outputs: [] }], targets: [] })), ["warning empty-outputs"]);
  assert.deepEqual(codes(found({ models: [{ ...MODEL, outputs: ["cases", "deaths"] }] })), ["info unused-output"]);
});

Deno.test("a target set may name registered targets only, and weigh members only", () => {
  const sets = [{ name: "main", targets: ["weekly", "gone"], weights: { weekly: 1, other: 2 } }];
  const issues = found({ sets });
  assert.deepEqual(codes(issues), ["error unknown-member", "error weight-of-non-member"]);
  assert.deepEqual(issues.map(({ entry }) => entry), [{ kind: "set", id: "main" }, { kind: "set", id: "main" }]);
  const whole = "mops bundle target-set set main -t weekly -w weekly=1   (the set with the members that are registered)";
  assert.deepEqual(issues.map(({ hint }) => hint), [whole, whole]);
  const [gone] = found({ sets: [{ name: "my set", targets: ["gone"], weights: {} }] });
  assert.equal(gone!.hint, "mops bundle target-set delete 'my set'   (none of its members is registered)");
});

const NO_WIRE: ProjectFacts = { pyproject: { problem: null, dependencies: ["numpy"], wireEntryPoints: [] }, wires: [] };
const MANIFEST = path(".modelops/manifest.json");
const PROJECTS: [name: string, project: ProjectFacts, codes: string[], folder?: Folder][] = [
  ["no pyproject.toml", { pyproject: null, wires: [] }, ["error missing-dependency-file", "error missing-wire"]],
  ["a pyproject.toml that is no TOML", {
    pyproject: { problem: { message: "expected =", line: 3 }, dependencies: [], wireEntryPoints: [] },
    wires: [],
  }, ["error invalid-pyproject"]],
  ["nothing that names a wire function", NO_WIRE, ["error missing-wire"]],
  [
    "an own wire entry point",
    { pyproject: { problem: null, dependencies: [], wireEntryPoints: ["run = models.wire:run"] }, wires: [] },
    [],
  ],
  ["an own wire entry point beside calabaria", {
    pyproject: { problem: null, dependencies: ["modelops-calabaria"], wireEntryPoints: ["run = models.wire:run"] },
    wires: [],
  }, ["warning two-wires"]],
  ["wire.py", NO_WIRE, [], { ...FOLDER, "wire.py": "def wire(): ..." }],
  [
    "a manifest that names a function of the project",
    { ...NO_WIRE, wires: [{ path: MANIFEST, wire: "models.sir:run", problem: null }] },
    [],
    {
      ...FOLDER,
      [MANIFEST]: "{}",
    },
  ],
  [
    "a manifest that names a file that is not there",
    { ...NO_WIRE, wires: [{ path: MANIFEST, wire: "models/wire.py:run", problem: null }] },
    [
      "error invalid-wire",
    ],
  ],
  ["a manifest that names nothing", { ...NO_WIRE, wires: [{ path: MANIFEST, wire: null, problem: null }] }, ["error invalid-wire"]],
];
for (const [name, project, expected, folder] of PROJECTS) {
  Deno.test(`a project with ${name} has ${expected.length === 0 ? "no finding" : expected.join(" and ")}`, () => {
    assert.deepEqual(codes(found({ facts: { project }, ...folder === undefined ? {} : { folder } })), expected);
  });
}

Deno.test("with no model and no target registered, findings about the project are warnings", () => {
  const issues = found({ models: [], targets: [], analyses: [], facts: { project: { pyproject: null, wires: [] } } });
  assert.deepEqual(codes(issues), ["warning missing-dependency-file", "warning missing-wire"]);
});

Deno.test("an entry that an older tool recorded gets the same checks on its recorded lists", () => {
  const old = { ...MODEL, closure: null, data: ["data/pop.csv"] };
  assert.deepEqual(codes(found({ models: [old], analyses: [[keyOf(TARGET), TARGET_TODAY]] })), ["error missing-file"]);
});

Deno.test("an entry of another tool that does not list what its source imports: an error where the bundle lacks it, else a warning", () => {
  const old = { ...MODEL, closure: null, code: [] };
  const code = {
    ...INIT("models"),
    "models/base.py": imports("models/sir.py", 2, "models.base"),
    "lib/x.py": imports("models/base.py", 4, "lib.x"),
  };
  const analyses = [[keyOf(old), modelAnalysis(closure("models/sir.py", { code }))], [keyOf(TARGET), TARGET_TODAY]] as const;
  const folder = { ...FOLDER, "models/base.py": "", "lib/x.py": "" };
  const [lacking, ...rest] = found({ models: [old], analyses, folder, facts: { tracked: new Set(Object.keys(FOLDER).map(path)) } });
  assert.deepEqual(rest, []);
  assert.deepEqual({ ...lacking }, {
    code: "unlisted-code",
    severity: "error",
    message:
      "models/sir.py line 2 imports models/base.py, which model sir_sir does not list, and the bundle does not hold it; the same of lib/x.py",
    path: path("models/sir.py"),
    line: 2,
    entry: { kind: "model", id: "sir_sir" },
    hint: "mops bundle register-model --regen-all   (lists what the sources import)",
  });
  assert.deepEqual(codes(found({ models: [old], analyses, folder })), ["warning unlisted-code"]);
});

Deno.test("scenario 46: an entry of another tool that lists what its source imports has no finding", () => {
  const old = { ...MODEL, closure: null, code: ["models/base.py"] };
  const code = { ...INIT("models"), "models/base.py": imports("models/sir.py", 2, "models.base") };
  const analyses = [[keyOf(old), modelAnalysis(closure("models/sir.py", { code }))], [keyOf(TARGET), TARGET_TODAY]] as const;
  assert.deepEqual(found({ models: [old], analyses, folder: { ...FOLDER, "models/base.py": "" } }), []);
});

Deno.test("errors stand before warnings, and equal findings stand once", () => {
  const verdict: Issue = {
    code: "bare-decorator",
    severity: "warning",
    message: "m",
    path: path("models/sir.py"),
    line: 4,
    entry: null,
    hint: null,
  };
  const issues = found({
    analyses: [[keyOf(MODEL), { ...MODEL_TODAY, issues: [verdict, verdict] }], [keyOf(TARGET), TARGET_TODAY]],
    facts: { project: NO_WIRE },
  });
  assert.deepEqual(codes(issues), ["error missing-wire", "warning bare-decorator"]);
});
