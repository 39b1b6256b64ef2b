/** Ready, Stale, Broken, and why; the words of decision 0007. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { EntryAnalysis } from "../../src/models/entry_analysis.ts";
import type { Entry } from "../../src/models/model_registry.ts";
import { chainText, chainTo, viasOf } from "../../src/plan/chains.ts";
import { cloudStateOf, type EntrySide } from "../../src/plan/cloud_state.ts";
import type { EntryReadiness, FilesNow } from "../../src/plan/entry_readiness.ts";
import { readinessOf } from "../../src/plan/readiness.ts";
import {
  at,
  closure,
  digest,
  type Folder,
  given,
  imports,
  modelAnalysis,
  modelEntry,
  nowOf,
  path,
  registryOf,
  snapshotOf,
  targetEntry,
} from "./entry_values.ts";

const FOLDER: Folder = {
  "models/sir.py": "import models.util",
  "models/util.py": "def load(): ...",
  "models/__init__.py": "",
  "data/pop.csv": "a,b",
  "pyproject.toml": "[project]",
};
const RECORDED = {
  code: ["models/__init__.py", "models/util.py"],
  data: ["data/pop.csv"],
  dataGiven: ["data/pop.csv"],
  closure: { rule: 1, project: ["pyproject.toml"], projectDigests: {}, digest: null },
};
const READS = { path: path("data/pop.csv"), exists: true, file: path("models/util.py"), at: at(4), scope: "load" };
const TODAY = closure("models/sir.py", {
  code: {
    "models/__init__.py": { from: path("models/sir.py"), at: at(1), how: "package", what: "models" },
    "models/util.py": imports("models/sir.py", 1, "models.util"),
  },
  data: { "data/pop.csv": given("data/pop.csv") },
  project: ["pyproject.toml"],
}, { mentions: [READS] });

function ready(
  now: Folder,
  options: {
    entry?: Entry;
    analysis?: EntryAnalysis | null;
    source?: EntryAnalysis | null;
    differences?: string[];
    files?: Partial<FilesNow>;
  } = {},
): EntryReadiness {
  return readinessOf({
    entry: options.entry ?? modelEntry("sir_sir", FOLDER, RECORDED),
    analysis: options.analysis === undefined ? modelAnalysis(TODAY) : options.analysis,
    source: options.source ?? null,
    differences: options.differences ?? [],
    now: nowOf(now, options.files),
  });
}

const texts = (readiness: EntryReadiness) => readiness.reasons.map(({ text }) => text);
const without = (...names: string[]): Folder => Object.fromEntries(Object.entries(FOLDER).filter(([name]) => !names.includes(name)));

Deno.test("scenario 43: all files current is Ready, one modified is Stale, one missing is Broken", () => {
  assert.equal(ready(FOLDER).status, "ready");
  assert.equal(ready({ ...FOLDER, "data/pop.csv": "c" }).status, "stale");
  assert.equal(ready(without("data/pop.csv")).status, "broken");
  assert.equal(ready({ ...without("data/pop.csv"), "models/sir.py": "other" }).status, "broken", "broken comes before stale");
});

Deno.test("scenario 44: the closure digest does not depend on the order of the paths, and absent files take it away", () => {
  const names = [...RECORDED.code, "models/a.py", "models/b.py"];
  const folder: Folder = { ...FOLDER, "models/a.py": "1", "models/b.py": "2" };
  const digestOf = (code: readonly string[]) =>
    ready(folder, { entry: modelEntry("sir_sir", folder, { ...RECORDED, code }) }).closure.digest;
  const whole = digestOf(names);
  assert.notEqual(whole, null);
  fc.assert(fc.property(fc.shuffledSubarray(names, { minLength: names.length }), (order) => assert.equal(digestOf(order), whole)));
  assert.notEqual(digestOf(names.slice(1)), whole);
  assert.equal(ready(without("models/util.py")).closure.digest, null);
});

Deno.test("what is sealed is what a seal of the same files gives", () => {
  const readiness = ready(FOLDER);
  assert.equal(readiness.closure.digest, readiness.closure.sealed);
  assert.equal(readiness.closure.rule, 1);
});

Deno.test("a changed data file is told with both digests and the function that reads it", () => {
  const reason = texts(ready({ ...FOLDER, "data/pop.csv": "c" }));
  const hex = (text: string) => digest(text).slice("sha256:".length).slice(0, 4);
  assert.deepEqual(reason, [
    `data/pop.csv changed (sha256:${hex("a,b")}… → ${hex("c")}…), used by models/sir.py through models/util.py:load`,
  ]);
});

Deno.test("a change of pyproject.toml is told by what changed in it", () => {
  const files = { projectChanges: () => ["starsim 2.1 → 2.2"] };
  assert.deepEqual(texts(ready({ ...FOLDER, "pyproject.toml": "x" }, { files })), ["pyproject.toml: starsim 2.1 → 2.2"]);
  assert.match(texts(ready({ ...FOLDER, "pyproject.toml": "x" }))[0]!, /^pyproject\.toml changed \(sha256:/);
});

Deno.test("equal tokens are told as comments or formatting only, and are Stale all the same", () => {
  const readiness = ready({ ...FOLDER, "models/util.py": "def load():  ..." }, { files: { tokensOf: () => digest("tokens") } });
  assert.equal(readiness.status, "stale");
  assert.equal(readiness.dependencies.find((one) => one.path === "models/util.py")?.formOnly, true);
  assert.match(texts(readiness)[0]!, /; only comments or formatting changed \(identity changes all the same\)$/);
});

Deno.test("a new import is Stale, and asks for a registration", () => {
  const folder = { ...FOLDER, "models/extra.py": "" };
  const analysis = modelAnalysis({
    ...TODAY,
    code: [...TODAY.code, { path: path("models/extra.py"), via: imports("models/sir.py", 4, "models.extra") }],
  });
  const readiness = ready(folder, { analysis, differences: ["new import models/extra.py"] });
  assert.equal(readiness.status, "stale");
  assert.equal(readiness.needsRegistration, true);
  assert.deepEqual(texts(readiness), ["new import models/extra.py (models/sir.py line 4)"], "told once, with the line");
});

Deno.test("a file that is no longer imported is Stale, whether or not it is still there", () => {
  const analysis = modelAnalysis({
    ...TODAY,
    code: TODAY.code.filter((one) => one.path !== "models/util.py"),
    followed: { ...TODAY.followed, mentions: [] },
  });
  for (const folder of [FOLDER, without("models/util.py")]) {
    const readiness = ready(folder, { analysis });
    assert.equal(readiness.status, "stale", JSON.stringify(texts(readiness)));
    assert.deepEqual(texts(readiness), ["models/util.py is no longer imported"]);
  }
});

Deno.test("a helper that is gone and still imported is Broken, with the file and the line that imports it", () => {
  const rest = TODAY.code.filter((one) => one.path !== "models/util.py");
  const broken = { what: "models.util", expected: path("models/util.py"), file: path("models/sir.py"), at: at(3), isConditional: false };
  const readiness = ready(without("models/util.py"), {
    analysis: modelAnalysis({ ...TODAY, code: rest, followed: { ...TODAY.followed, broken: [broken] } }),
  });
  assert.equal(readiness.status, "broken");
  assert.deepEqual(texts(readiness), ["models/util.py is missing, and models/sir.py line 3 imports it"]);
});

Deno.test("what lies behind a helper that is gone is not told as a change of the source, and asks for no registration", () => {
  const folder = { "models/sir.py": "1", "models/tables.py": "3", "data/pop.csv": "4" };
  const before = { ...folder, "models/util.py": "2" };
  const entry = modelEntry("sir", before, { code: ["models/tables.py", "models/util.py"], data: ["data/pop.csv"] });
  const broken = [{ what: ".util", expected: path("models/util.py"), file: path("models/sir.py"), at: at(3), isConditional: false }];
  const analysis = modelAnalysis(closure("models/sir.py", {}, { broken }));
  const request = { entry, analysis, source: null, now: nowOf({ ...folder, "data/pop.csv": "edited" }) };
  const found = readinessOf({ ...request, differences: ["models/tables.py is no longer imported", "output cases is gone"] });
  assert.deepEqual([found.status, found.needsRegistration], ["broken", false]);
  assert.deepEqual(found.reasons.map(({ kind, path }) => [kind, path]), [["missing", "models/util.py"], ["modified", "data/pop.csv"]]);
  assert.deepEqual(found.dependencies.map(({ path, state }) => [path, state]), [
    ["models/sir.py", "current"],
    ["models/tables.py", "current"],
    ["models/util.py", "missing"],
    ["data/pop.csv", "modified"],
  ]);
});

Deno.test("a top-level helper that is gone is Broken although its import could mean a distribution", () => {
  const folder: Folder = { "models/sir.py": "import helper", "helper.py": "" };
  const entry = modelEntry("sir_sir", folder, { code: ["helper.py"] });
  const outside = [{ name: "helper", module: "helper", file: path("models/sir.py"), at: at(1), isConditional: false }];
  const analysis = modelAnalysis(closure("models/sir.py", {}, { outside }));
  const readiness = ready({ "models/sir.py": "import helper" }, { entry, analysis });
  assert.equal(readiness.status, "broken");
  assert.deepEqual(texts(readiness), ["helper.py is missing, and models/sir.py line 1 imports it"]);
});

Deno.test("an import that leads nowhere is Broken, one in a try is not", () => {
  const broken = { what: ".gone", expected: path("models/gone.py"), file: path("models/sir.py"), at: at(9), isConditional: false };
  const of = (isConditional: boolean) =>
    modelAnalysis({ ...TODAY, followed: { ...TODAY.followed, broken: [{ ...broken, isConditional }] } });
  assert.deepEqual(texts(ready(FOLDER, { analysis: of(false) })), ["models/sir.py line 9 imports .gone, and there is no models/gone.py"]);
  assert.equal(ready(FOLDER, { analysis: of(true) }).status, "ready");
});

Deno.test("a class that is gone is Broken, and nothing else is compared", () => {
  const readiness = ready(FOLDER, { analysis: modelAnalysis(TODAY, { facts: null }), differences: ["output cases is gone"] });
  assert.equal(readiness.status, "broken");
  assert.deepEqual(texts(readiness), ["class SIR is gone from models/sir.py"]);
  assert.equal(readiness.needsRegistration, false);
});

Deno.test("two classes of one name are Broken, and neither is called gone", () => {
  const message = "models/sir.py has 2 classes SIR, at lines 3 and 9";
  const issue = {
    code: "duplicate-class",
    severity: "error",
    message,
    path: path("models/sir.py"),
    line: 9,
    entry: null,
    hint: null,
  } as const;
  assert.deepEqual(texts(ready(FOLDER, { analysis: modelAnalysis(TODAY, { facts: null, issues: [issue] }) })), [message]);
});

Deno.test("an entry of another rule is read by its recorded lists: unsealed files are Ready, a vanished class is Broken", () => {
  const entry = modelEntry("sir_sir", FOLDER, { ...RECORDED, closure: null });
  const old = { ...entry, dataDigests: {} };
  const readiness = ready({ ...FOLDER, "data/pop.csv": "anything" }, { entry: old, analysis: null, source: modelAnalysis(TODAY) });
  assert.equal(readiness.status, "ready");
  assert.deepEqual(readiness.dependencies.map(({ path, state }) => [path, state]), [
    ["models/sir.py", "current"],
    ["models/util.py", "current"],
    ["models/__init__.py", "current"],
    ["data/pop.csv", "unsealed"],
  ]);
  assert.deepEqual(readiness.closure, { digest: readiness.closure.digest, sealed: null, rule: null });
  assert.equal(ready(FOLDER, { entry: old, analysis: null, source: modelAnalysis(TODAY, { facts: null }) }).status, "broken");
});

Deno.test("a recorded path that no project can hold is missing, never looked up", () => {
  const entry = modelEntry("sir_sir", FOLDER, { data: ["data\\pop.csv"] });
  const readiness = ready(FOLDER, { entry, analysis: null });
  assert.equal(readiness.status, "broken");
  assert.deepEqual(texts(readiness), ["data\\pop.csv is missing, used by models/sir.py"]);
});

Deno.test("a file that left a given folder is missing, since it was registered", () => {
  const entry = modelEntry("sir_sir", FOLDER, { ...RECORDED, dataGiven: ["data/"] });
  const analysis = modelAnalysis({ ...TODAY, data: [], followed: { ...TODAY.followed, mentions: [] } });
  assert.equal(ready(without("data/pop.csv"), { entry, analysis }).status, "broken");
  const pattern = modelEntry("sir_sir", FOLDER, { ...RECORDED, dataGiven: ["data/*.csv"] });
  assert.equal(ready(without("data/pop.csv"), { entry: pattern, analysis }).status, "broken");
});

Deno.test("a chain is told from the model's own file to the place that reads", () => {
  const far = closure("models/network.py", {
    code: { "models/base.py": imports("models/network.py", 9, ".base") },
    data: { "data/pop.csv": { from: path("models/base.py"), at: at(24), how: "reads", what: "read_pop" } },
  });
  assert.equal(
    chainText(chainTo(viasOf(modelAnalysis(far)), path("data/pop.csv"))!),
    "models/network.py → imports models/base.py (line 9) → reads data/pop.csv (line 24, read_pop)",
  );
  assert.equal(chainTo(viasOf(modelAnalysis(far)), path("README.md")), null);
});

function side(folder: Folder, entry: Entry | null, written = "as written"): EntrySide {
  const registry = entry === null ? null : entry.kind === "model" ? registryOf([entry]) : registryOf([], [entry]);
  return {
    files: snapshotOf(folder),
    registry,
    written: entry === null ? new Map() : new Map([[`${entry.kind}:${entry.id}`, digest(written)]]),
  };
}

for (const entry of [modelEntry("x", FOLDER, RECORDED), targetEntry("x", FOLDER, { ...RECORDED, path: "models/sir.py" })]) {
  const key = `${entry.kind}:x` as const;
  const changed = { ...FOLDER, "models/util.py": "changed" };
  const other = { ...FOLDER, "models/util.py": "another" };
  const ROWS: [name: string, here: EntrySide, there: EntrySide, base: EntrySide, state: string][] = [
    ["in neither remote nor base is Not pushed", side(FOLDER, entry), side({}, null), side({}, null), "not-pushed"],
    ["equal on both sides is Synced, whatever the base", side(FOLDER, entry), side(FOLDER, entry), side({}, null), "synced"],
    ["changed here is Ahead", side(changed, entry), side(FOLDER, entry), side(FOLDER, entry), "ahead"],
    ["changed there is Behind", side(FOLDER, entry), side(changed, entry), side(FOLDER, entry), "behind"],
    ["changed on both sides is Diverged", side(changed, entry), side(other, entry), side(FOLDER, entry), "diverged"],
    ["differing without a baseline is Diverged", side(changed, entry), side(FOLDER, entry), side({}, null), "diverged"],
    ["an edit of its own entry is Ahead", side(FOLDER, entry, "labelled"), side(FOLDER, entry), side(FOLDER, entry), "ahead"],
    ["another file changed is Synced", side({ ...FOLDER, "README.md": "new" }, entry), side(FOLDER, entry), side(FOLDER, entry), "synced"],
    [
      "one file changed here and another there is Diverged",
      side(changed, entry),
      side({ ...FOLDER, "data/pop.csv": "x" }, entry),
      side(FOLDER, entry),
      "diverged",
    ],
  ];
  for (const [name, here, there, base, state] of ROWS) {
    Deno.test(`scenario 43: a ${entry.kind} ${name}`, () => assert.equal(cloudStateOf(key, here, there, base), state));
  }
}

Deno.test("without pyproject.toml an entry is Broken; without a lock file it is Stale", () => {
  const folder: Folder = { ...FOLDER, "uv.lock": "lock" };
  const entry = modelEntry("sir_sir", folder, {
    ...RECORDED,
    closure: { rule: 1, project: ["pyproject.toml", "uv.lock"], projectDigests: {}, digest: null },
  });
  const analysis = (project: string[]) => modelAnalysis({ ...TODAY, project: TODAY.project.filter(({ path }) => project.includes(path)) });
  assert.equal(ready(without("pyproject.toml"), { entry, analysis: analysis([]) }).status, "broken");
  const lockless = ready(FOLDER, { entry, analysis: analysis(["pyproject.toml"]) });
  assert.deepEqual([lockless.status, ...texts(lockless)], ["stale", "uv.lock is no longer needed"]);
});
