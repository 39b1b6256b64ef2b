/** The model view of `status`: the seed's sample, at any width, without colour, in a pipe. */
import assert from "node:assert/strict";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import type { EntryDependency } from "../../src/plan/entry_readiness.ts";
import type { EntryStatus, StatusReport } from "../../src/plan/reports.ts";
import type { Console } from "../../src/ui/console.ts";
import { fakeConsole } from "./fake_console.ts";
import { renderReasons } from "../../src/ui/render_models.ts";
import { renderStatus } from "../../src/ui/render_status.ts";
import { displayWidth } from "../../src/ui/width.ts";
import { digest, modelEntry, targetEntry } from "../plan/entry_values.ts";

const VIEW = { files: false, untracked: false, untrackedOnly: false, includeIgnored: false };

/** null: a pipe. */
function terminal(width: number | null, colour = false): Console {
  return fakeConsole(width === null ? { colour } : { terminal: width, colour });
}

function dependency(path: string, state: EntryDependency["state"]): EntryDependency {
  return { path, kind: "code", state, via: null, sealed: digest("a"), now: digest("b"), formOnly: false };
}

function entry(name: string, said: Partial<EntryStatus> = {}, kind: "model" | "target" = "model"): EntryStatus {
  const own = kind === "model" ? modelEntry(`seir_${name.toLowerCase()}`, {}, { className: name }) : targetEntry(name, {});
  return {
    entry: own,
    name,
    status: "ready",
    cloud: "not-pushed",
    dependencies: ["a", "b", "c", "d"].map((path) => dependency(path, "current")),
    closure: { digest: digest("x"), sealed: digest("x"), rule: 1 },
    reasons: [],
    needsRegistration: false,
    issues: [],
    ...said,
  };
}

const STALE = entry("NetworkSEIR", {
  status: "stale",
  dependencies: [dependency("a", "modified"), dependency("b", "modified"), dependency("c", "current")],
  reasons: [{ kind: "modified", text: "a changed (sha256:12ab… → 9f3c…), used by models/network.py", path: "a" }],
});

function report(said: Partial<StatusReport> = {}): StatusReport {
  return {
    remote: "modelopsdevacrvsp.azurecr.io/seir-model",
    source: "the environment dev",
    tag: "latest",
    relation: "ahead",
    reason: null,
    pinned: null,
    base: null,
    holds: null,
    changes: ["a", "b", "c"].map((path) => ({ path: path as BundlePath, kind: "modified" as const })),
    tracked: [],
    untracked: [],
    ignored: [],
    overtaken: null,
    entryConflicts: [],
    hashed: 0,
    models: [entry("StarsimSIR"), STALE],
    targets: [],
    targetSets: [],
    preflight: [],
    ...said,
  };
}

Deno.test("promise 15: the sample of the seed, in the shape of the seed", () => {
  assert.equal(
    renderStatus(report(), VIEW, terminal(80)),
    `Bundle: modelopsdevacrvsp.azurecr.io/seir-model:latest
Local changes: 3 files modified
  M  modified  a
  M  modified  b
  M  modified  c

Registered Models (2)
──────────────────────────────────────────────
Model        Status   Dependencies  Cloud
StarsimSIR   ✓ Ready  4 files       Not pushed
NetworkSEIR  ⚠ Stale  2 modified    Not pushed

Run 'mops bundle push' to sync with cloud`,
  );
});

Deno.test("words stand beside every mark, so that nothing is said by colour alone; in a pipe there is none", () => {
  const coloured = renderStatus(report(), VIEW, terminal(80, true));
  // deno-lint-ignore no-control-regex
  assert.equal(coloured.replace(/\x1b\[\d+m/g, ""), renderStatus(report(), VIEW, terminal(80)));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(renderStatus(report(), VIEW, terminal(null)), /\x1b/);
});

Deno.test("in 60 and in 40 columns no line of the tables and findings is longer, and everything is still there", () => {
  const broken = entry("ALongNameOfAModelThatIsThere", {
    status: "broken",
    cloud: "diverged",
    dependencies: [dependency("models/util.py", "missing"), dependency("b", "modified")],
    reasons: [{ kind: "missing", text: "models/util.py is missing, and models/seir.py line 3 imports it", path: "models/util.py" }],
  });
  const full = report({ models: [entry("StarsimSIR"), STALE, broken], targets: [entry("incidence_per_replicate_target", {}, "target")] });
  for (const width of [80, 60, 40]) {
    const text = renderStatus(full, VIEW, terminal(width));
    const after = text.slice(text.indexOf("Registered Models")).split("\n").filter((line) => !line.startsWith("Run "));
    // What may be pasted is whole: a name that does not fit in a line of its own is not cut.
    for (const line of after.filter((line) => width > 40 || !/^(Model|Target) /.test(line))) {
      assert.ok(displayWidth(line) <= width, `${displayWidth(line)} > ${width}: ${line}`);
    }
    for (const word of ["✗ Broken", "1 missing", "Diverged", "Registered Targets (1)"]) assert.ok(text.includes(word), `${width}: ${word}`);
    assert.match(text.replace(/\s+/g, " "), /models\/util\.py is missing, and models\/seir\.py line 3 imports it/);
  }
});

Deno.test("conflicts and remote changes are shown before local ones, and a long list ends in a count", () => {
  const many = Array.from({ length: 20 }, (_, i) => ({ path: `f${i}` as BundlePath, kind: "modified" as const }));
  const text = renderStatus(
    report({
      relation: "diverged",
      changes: [...many, { path: "z" as BundlePath, kind: "conflict" }, { path: "y" as BundlePath, kind: "remote-added" }],
    }),
    VIEW,
    terminal(80),
  );
  assert.match(text, /Relation: diverged/);
  assert.match(
    text,
    /Conflicts: 1 file changed on both sides\n {2}! {2}changed on both sides +z\n {2}↓ {2}added there +y\n {2}M {2}modified +f0/,
  );
  assert.match(text, /and 14 more files \('mops bundle status --files' lists them\)/);
  assert.match(text, /Run 'mops bundle diff -p'/);
});

Deno.test("offline and unreachable remotes are said, and the cloud is Unknown", () => {
  for (const relation of ["offline", "unreachable"] as const) {
    const text = renderStatus(report({ relation, models: [entry("SIR", { cloud: "unknown" })] }), VIEW, terminal(80));
    assert.match(text, /Relation: unknown: /);
    assert.match(text, /SIR +✓ Ready +4 files +Unknown/);
  }
});

Deno.test("one next step: what is broken, then what has to be registered, then errors of preflight, then the push", () => {
  const next = (said: Partial<StatusReport>) => renderStatus(report(said), VIEW, terminal(80)).split("\n").at(-1);
  const again = (kind: "model" | "target") =>
    entry(kind, { status: "stale", needsRegistration: true, reasons: [{ kind: "added", text: "new import x.py", path: "x.py" }] }, kind);
  const broken = entry("B", { status: "broken", reasons: [{ kind: "missing", text: "x is missing", path: "x" }] });
  const error = {
    code: "missing-wire",
    severity: "error" as const,
    message: "no wire",
    path: null,
    line: null,
    entry: null,
    hint: "mops bundle init .   (writes one)",
  };
  assert.match(next({ models: [broken, again("model")] })!, /'mops bundle status --explain'/);
  assert.match(next({ models: [again("model")] })!, /'mops bundle register-model --regen-all'/);
  assert.match(next({ targets: [again("target")] })!, /'mops bundle register-target --regen-all'/);
  assert.match(next({ models: [again("model")], targets: [again("target")] })!, /'mops bundle push --refresh'/);
  assert.equal(next({ preflight: [error] }), "Run 'mops bundle init .': a push stops on errors");
  assert.equal(next({}), "Run 'mops bundle push' to sync with cloud");
  assert.match(next({ relation: "behind" })!, /'mops bundle pull'/);
});

Deno.test("with nothing registered, and with --files, the files are shown", () => {
  assert.match(renderStatus(report({ models: [] }), VIEW, terminal(80)), /^Bundle: .*\(the environment dev\)\nRelation: ahead/);
  assert.doesNotMatch(renderStatus(report(), { ...VIEW, files: true }, terminal(80)), /Registered Models/);
});

Deno.test("two classes of one name are told apart by their ids", () => {
  const twin = { ...entry("SIR"), entry: modelEntry("other_sir", {}, { className: "SIR" }) };
  const text = renderStatus(report({ models: [entry("SIR"), twin] }), VIEW, terminal(80));
  assert.match(text, /SIR \(seir_sir\) +✓ Ready/);
  assert.match(text, /SIR \(other_sir\) +✓ Ready/);
});

Deno.test("--explain wraps on a terminal, and keeps one line a reason in a pipe", () => {
  const [narrow, piped] = [terminal(40), terminal(null)].map((console) => renderReasons([STALE], console));
  assert.ok(narrow!.split("\n").every((line) => displayWidth(line) <= 60), narrow);
  assert.match(piped!, /\n {2}a changed \(sha256:12ab… → 9f3c…\), used by models\/network\.py\n/);
});

Deno.test("a target goes by its id, with its function's name beside it where there is room", () => {
  const named = { ...entry("prevalence-by-age", {}, "target"), name: "prev_target" };
  const shown = (width: number | null): string => renderStatus(report({ targets: [named] }), VIEW, terminal(width));
  for (const width of [null, 80]) assert.match(shown(width), /^prevalence-by-age \(prev_target\) {2}✓ Ready/m);
  assert.match(shown(55), /^prevalence-by-age {2}✓ Ready/m);
  assert.match(shown(40), /^Target {8}prevalence-by-age$/m);
  const broken: EntryStatus = { ...named, status: "broken", reasons: [{ kind: "missing", text: "a is missing", path: "a" }] };
  assert.match(renderStatus(report({ targets: [broken] }), VIEW, terminal(80)), /✗ prevalence-by-age: a is missing/);
});
