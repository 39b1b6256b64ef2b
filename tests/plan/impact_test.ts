/** Whose results a push makes stale: a function of closures, and of nothing else. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Entry, ModelRegistry } from "../../src/models/model_registry.ts";
import { type Effect, type Impact, impactOf } from "../../src/plan/impact.ts";
import { digest, type Folder, modelEntry, nowOf, path, registryOf, snapshotOf, targetEntry } from "./entry_values.ts";

const FOLDER: Folder = {
  "models/sir.py": "sir",
  "models/util.py": "util",
  "models/other.py": "other",
  "targets/inc.py": "inc",
  "data/pop.csv": "pop",
  "pyproject.toml": "p",
  "README.md": "r",
};
const CLOSURE = { rule: 1, project: ["pyproject.toml"], projectDigests: {}, digest: null };
const registryFor = (folder: Folder, more: { old?: boolean } = {}): ModelRegistry => {
  const closure = more.old === true ? null : CLOSURE;
  return registryOf(
    [
      modelEntry("sir", folder, { code: ["models/util.py"], data: ["data/pop.csv"], closure }),
      modelEntry("other", folder, { path: "models/other.py", entrypoint: "models.other:Other", closure }),
    ],
    [targetEntry("weekly", folder, { closure })],
    [{ name: "main", targets: ["weekly"], weights: {} }],
  );
};

function impact(
  now: Folder,
  before: Folder | null,
  options: { here?: ModelRegistry; old?: boolean; unlisted?: Readonly<Record<string, readonly string[]>> } = {},
): Impact {
  return impactOf({
    here: options.here ?? registryFor(FOLDER),
    now: nowOf(now),
    unlisted: ({ id }) => (options.unlisted?.[id] ?? []).map(path),
    there: before === null ? null : { registry: registryFor(before, options), files: snapshotOf(before) },
  });
}

const effects = ({ entries }: Impact) => Object.fromEntries(entries.map(({ id, effect }): [string, Effect] => [id, effect]));
const without = (...names: string[]): Folder => Object.fromEntries(Object.entries(FOLDER).filter(([name]) => !names.includes(name)));

Deno.test("nothing changed: everything is valid, and no component is told", () => {
  const result = impact(FOLDER, FOLDER);
  assert.deepEqual(effects(result), { sir: "valid", other: "valid", weekly: "valid" });
  assert.deepEqual(result.entries.flatMap(({ components }) => components), []);
  assert.deepEqual(result.sets, [{ name: "main", effect: "valid", members: [] }]);
});

Deno.test("a changed file makes stale whose closure holds it, and nobody else; README.md nobody", () => {
  const result = impact({ ...FOLDER, "data/pop.csv": "new", "README.md": "new" }, FOLDER);
  assert.deepEqual(effects(result), { sir: "stale", other: "valid", weekly: "valid" });
  assert.deepEqual(result.entries[0]!.components, [
    { path: "data/pop.csv", change: "changed", there: digest("pop"), here: digest("new"), details: [] },
  ]);
  const [sir] = result.entries;
  assert.notEqual(sir!.closure.here, sir!.closure.there);
});

Deno.test("data that code names and no list holds: what changed of it is never called valid, and what did not is told beside", () => {
  const unlisted = { other: ["data/pop.csv"], weekly: ["data/pop.csv"] };
  const same = impact(FOLDER, FOLDER, { unlisted });
  assert.deepEqual(effects(same), { sir: "valid", other: "valid", weekly: "valid" });
  assert.deepEqual(same.entries.map((one) => one.unlisted), [[], [{ path: "data/pop.csv", change: "same" }], [{
    path: "data/pop.csv",
    change: "same",
  }]]);
  const changed = impact({ ...FOLDER, "data/pop.csv": "new" }, FOLDER, { unlisted });
  assert.deepEqual(effects(changed), { sir: "stale", other: "unknown", weekly: "unknown" });
  assert.deepEqual(changed.entries[1]!.unlisted, [{ path: "data/pop.csv", change: "changed" }]);
  assert.deepEqual(changed.sets, [{ name: "main", effect: "unknown", members: ["weekly"] }]);
  assert.deepEqual(impact(FOLDER, without("data/pop.csv"), { unlisted }).entries[1]!.effect, "unknown", "the bundle did not hold it");
});

Deno.test("what is installed makes everything stale, and sets whose members are", () => {
  const result = impact({ ...FOLDER, "pyproject.toml": "q" }, FOLDER);
  assert.deepEqual(effects(result), { sir: "stale", other: "stale", weekly: "stale" });
  assert.deepEqual(result.sets, [{ name: "main", effect: "stale", members: ["weekly"] }]);
});

Deno.test("a file more or less in the closure is a component", () => {
  const here = registryOf([
    modelEntry("sir", FOLDER, { code: ["models/other.py"], data: ["data/pop.csv"], closure: CLOSURE }),
    ...[...registryFor(FOLDER).models.values()].filter(({ id }) => id === "other"),
  ], [...registryFor(FOLDER).targets.values()]);
  const [sir] = impact(FOLDER, FOLDER, { here }).entries;
  assert.deepEqual(sir!.components.map(({ path, change }) => [path, change]), [["models/other.py", "added"], [
    "models/util.py",
    "removed",
  ]]);
});

Deno.test("new here is new, gone from here is gone, a missing file is broken; before the first push everything is new", () => {
  const only = (models: Entry[]) => registryOf(models as never[]);
  const { models } = registryFor(FOLDER);
  assert.deepEqual(effects(impact(FOLDER, FOLDER, { here: only([models.get("sir")!]) })), { sir: "valid", other: "gone", weekly: "gone" });
  assert.deepEqual(effects(impact(without("data/pop.csv"), FOLDER)), { sir: "broken", other: "valid", weekly: "valid" });
  assert.deepEqual(effects(impact(FOLDER, null)), { sir: "new", other: "new", weekly: "new" });
  assert.deepEqual(impact(FOLDER, FOLDER, { here: only([models.get("sir")!]) }).sets, [{ name: "main", effect: "gone", members: [] }]);
});

Deno.test("a bundle without closures is compared by its files, and what is installed is not held against it", () => {
  const changed = { ...FOLDER, "models/util.py": "new", "pyproject.toml": "q" };
  const result = impact(changed, FOLDER, { old: true });
  assert.deepEqual(effects(result), { sir: "stale", other: "valid", weekly: "valid" });
  assert.deepEqual(result.entries[0]!.components.map(({ path }) => path), ["models/util.py"]);
  assert.equal(result.entries[0]!.closure.there, null);
});

Deno.test("with and without closures, the same entries are stale for any edit of code and data", () => {
  const names = Object.keys(FOLDER).filter((name) => name !== "pyproject.toml");
  fc.assert(fc.property(fc.subarray(names), (edited) => {
    const now = { ...FOLDER, ...Object.fromEntries(edited.map((name) => [name, "edited"])) };
    assert.deepEqual(effects(impact(now, FOLDER)), effects(impact(now, FOLDER, { old: true })));
  }));
});

Deno.test("another weight touches a set, and no target", () => {
  const { models, targets } = registryFor(FOLDER);
  const here = registryOf([...models.values()], [...targets.values()], [{ name: "main", targets: ["weekly"], weights: { weekly: 2 } }]);
  const result = impact(FOLDER, FOLDER, { here });
  assert.deepEqual(effects(result), { sir: "valid", other: "valid", weekly: "valid" });
  assert.deepEqual(result.sets, [{ name: "main", effect: "stale", members: [] }]);
});
