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
  assert.deepEqual(entryDifferences(ours, theirs, BASE), [
    {
      kind: "model",
      id: "sir",
      change: "modified",
      facts: ["new output c", "output a is gone", "label area city → town", "label site none → x"],
    },
    { kind: "model", id: "gone", change: "deleted", facts: [] },
    { kind: "set", id: "fit", change: "remote-modified", facts: ["weight t 1 → 2", "weight u none → 1"] },
    { kind: "key", id: "notes", change: "remote-modified", facts: [] },
  ]);
});

Deno.test("derived digests are no difference, and a side without a registry has none of the entries", () => {
  const sealed = BASE.replace("    outputs:", `    model_digest: sha256:${"0".repeat(64)}\n    outputs:`);
  assert.deepEqual(entryDifferences(sealed, BASE, BASE), []);
  assert.deepEqual(entryDifferences(BASE, null, null).map(({ kind, id, change }) => `${change} ${kind} ${id}`), [
    "added model sir",
    "added model gone",
    "added set fit",
  ]);
});
