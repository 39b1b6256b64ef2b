/** What diff says of registry.yaml: entries, and in what they differ. */
import assert from "node:assert/strict";
import { entryDifferences } from "../../src/plan/entry_differences.ts";

const BASE = `version: "1.0"
models:
  sir:
    path: models/sir.py
    outputs: [a, b]
    labels: {area: city}
  gone: {path: models/gone.py}
target_sets:
  fit: {targets: [t], weights: {t: 1}}
notes: x
`;

Deno.test("each entry is told once, with what differs from the side that stayed", () => {
  const ours = BASE.replace("[a, b]", "[b, c]").replace("area: city", "area: town, site: x").replace(
    "  gone: {path: models/gone.py}\n",
    "",
  );
  const theirs = BASE.replace("weights: {t: 1}", "weights: {t: 2, u: 1}").replace("notes: x", "notes: y");
  assert.deepEqual(entryDifferences(ours, theirs, BASE, []), [
    {
      kind: "model",
      id: "sir",
      change: "modified",
      facts: ["new output c", "output a is gone", "label area city → town", "label site none → x"],
      files: [],
    },
    { kind: "model", id: "gone", change: "deleted", facts: [], files: [] },
    { kind: "set", id: "fit", change: "remote-modified", facts: ["weight t 1 → 2", "weight u none → 1"], files: [] },
    { kind: "key", id: "notes", change: "remote-modified", facts: [], files: [] },
  ]);
});

Deno.test("derived digests are no difference, and a side without a registry has none of the entries", () => {
  const sealed = BASE.replace("    outputs:", `    model_digest: sha256:${"0".repeat(64)}\n    outputs:`);
  assert.deepEqual(entryDifferences(sealed, BASE, BASE, []), []);
  assert.deepEqual(entryDifferences(BASE, null, null, []).map(({ kind, id, change }) => `${change} ${kind} ${id}`), [
    "added model sir",
    "added model gone",
    "added set fit",
  ]);
});

Deno.test("of a parameter it is said what is declared otherwise; of what is unresolved, more than that lines moved", () => {
  const base = `version: "1.0"
models:
  sir:
    path: models/sir.py
    parameters: [dur, gone]
    parameter_specs: [{name: dur, lower: 1, upper: 14, kind: float}, {name: gone, lower: 0}]
    unresolved: [{what: outputs, file: models/sir.py, line: 3, why: computed}]
`;
  const facts = (from: string | RegExp, to: string) => entryDifferences(base.replace(from, to), base, base, [])[0]!.facts;
  assert.deepEqual(facts("upper: 14, kind: float", "upper: 15, doc: days"), [
    "parameter dur upper 14 → 15",
    "parameter dur kind float → none",
    "parameter dur doc none → days",
  ]);
  assert.deepEqual(facts("line: 3", "line: 4"), ["lines of what is unresolved moved"]);
  assert.deepEqual(facts("why: computed", "why: read"), [
    "unresolved outputs in models/sir.py: read",
    "no longer unresolved: outputs in models/sir.py: computed",
  ]);
  const without = base.replace("[dur, gone]", "[dur]").replace(", {name: gone, lower: 0}", "");
  assert.deepEqual(entryDifferences(without, base, base, [])[0]!.facts, ["parameter gone is gone"]);
});

Deno.test("an entry whose files differ is told with them, whether its text differs or not", () => {
  const text = `version: "1.0"
models:
  a: {path: models/a.py, code: [models/util.py], data: [data/x.csv]}
  b: {path: models/b.py, labels: {who: ann}}
  c: {path: models/c.py}
targets:
  t: {path: targets/t.py, code: [models/util.py]}
`;
  const theirs = text.replace("who: ann", "who: ben").replace("path: models/c.py", "path: models/c.py, code: [new.py]");
  const found = entryDifferences(text, theirs, text, ["models/util.py", "data/x.csv", "models/b.py", "new.py", "README.md"]);
  assert.deepEqual(found.map(({ kind, id, change, files }) => [`${kind} ${id}`, change, files]), [
    ["model b", "remote-modified", ["models/b.py"]],
    ["model c", "remote-modified", ["new.py"]],
    ["model a", "files", ["models/util.py", "data/x.csv"]],
    ["target t", "files", ["models/util.py"]],
  ]);
});
