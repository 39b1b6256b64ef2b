/** Merging registry.yaml entry by entry: laws, and what stays of the local text. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure } from "../../src/base/failure.ts";
import { EMPTY_MODEL_REGISTRY } from "../../src/models/model_registry.ts";
import { writtenEntries } from "../../src/models/model_registry_written.ts";
import { editModelRegistry, type RegistryEdit, sealModelRegistry } from "../../src/models/model_registry_yaml.ts";
import { digestOf } from "../../src/base/digest.ts";
import { mergeModelRegistry } from "../../src/plan/merge_model_registry.ts";

const UNDECIDED = { take: [], keep: [] };
const BASE = `# ours
version: "1.0"
models:
  seir:   # the first
    path: models/seir.py
    outputs: [incidence]
    owner: ann
targets: {}
target_sets:
  fit: {targets: [inc], weights: {inc: 1}}
notes: by ann
`;
const model = (id: string, outputs: readonly string[]): RegistryEdit => ({
  kind: "set",
  section: "models",
  id,
  values: { path: `models/${id}.py`, outputs },
});
const ids = (text: string) => writtenEntries(text).map(({ kind, id }) => `${kind}:${id}`);

Deno.test("two people who each registered another model merge without a conflict; comments and unknown keys of the local file survive", () => {
  const ann = editModelRegistry(BASE, [model("a", ["x"])]);
  const ben = editModelRegistry(BASE.replace("# ours", "# theirs"), [model("b", ["y"])]);
  const { text, conflicts } = mergeModelRegistry(ann, ben, BASE, UNDECIDED);
  assert.deepEqual(conflicts, []);
  assert.deepEqual(ids(text), ["model:seir", "model:a", "model:b", "set:fit", "key:version", "key:notes"]);
  for (const piece of ["# ours", "# the first", "owner: ann"]) assert.ok(text.includes(piece), text);
});

Deno.test("the same model changed on both sides is a conflict that names it, and one decision settles it", () => {
  const ann = editModelRegistry(BASE, [model("seir", ["incidence", "deaths"]), model("a", [])]);
  const ben = editModelRegistry(BASE, [model("seir", ["incidence", "recovered"]), model("b", [])]);
  const undecided = mergeModelRegistry(ann, ben, BASE, UNDECIDED);
  assert.deepEqual(undecided.conflicts, [{
    entry: "model:seir",
    reason: "model seir: changed here and there; theirs beside ours: new output recovered, output deaths is gone",
  }]);
  const taken = mergeModelRegistry(ann, ben, BASE, { take: ["model:seir"], keep: [] });
  assert.ok(taken.conflicts.length === 0 && taken.text.includes("recovered") && !taken.text.includes("deaths"), taken.text);
  const kept = mergeModelRegistry(ann, ben, BASE, { take: [], keep: ["model:seir"] });
  assert.ok(kept.conflicts.length === 0 && kept.text.includes("deaths") && !kept.text.includes("recovered"), kept.text);
  assert.ok(ids(kept.text).includes("model:b") && ids(taken.text).includes("model:a"));
});

Deno.test("sets, other keys and removals are merged too, and every reason is told", () => {
  const set = (targets: string[]): RegistryEdit => ({ kind: "set", section: "target_sets", id: "fit", values: { targets } });
  const without: RegistryEdit = { kind: "remove", section: "models", id: "seir" };
  const changed = editModelRegistry(BASE, [model("seir", ["deaths"])]);
  const reasons = (a: string, b: string, base: string | null = BASE) =>
    mergeModelRegistry(a, b, base, UNDECIDED).conflicts.map(({ reason }) => reason);
  assert.deepEqual(reasons(editModelRegistry(BASE, [set(["a"])]), editModelRegistry(BASE, [set(["b"])])), [
    "set fit: changed here and there; theirs beside ours: new target b, target a is gone",
  ]);
  assert.deepEqual(reasons(editModelRegistry(BASE, [without]), changed), ["model seir: deleted here, changed there"]);
  assert.deepEqual(reasons(changed, editModelRegistry(BASE, [without])), ["model seir: changed here, deleted there"]);
  assert.deepEqual(reasons(changed, BASE, null), [
    "model seir: added here and there, with different content; theirs beside ours: new output incidence, output deaths is gone",
  ]);
  assert.deepEqual(reasons(BASE.replace("by ann", "by me"), BASE.replace("by ann", "by you")), ["key notes: changed here and there"]);
  const gone = mergeModelRegistry(editModelRegistry(BASE, [set(["a"])]), editModelRegistry(BASE, [without]), BASE, UNDECIDED);
  assert.deepEqual(ids(gone.text), ["set:fit", "key:version", "key:notes"]);
});

Deno.test("digests that only the other side sealed anew come along; ours stay where only we sealed", () => {
  const files = (salt: string) => {
    const find = (path: string) => ({ digest: digestOf(new TextEncoder().encode(salt + path)), size: 1 });
    return { file: find, projectFile: find };
  };
  const base = sealModelRegistry(editModelRegistry(BASE, [model("other", [])]), files("1"));
  const ann = editModelRegistry(base, [model("a", [])]);
  const ben = sealModelRegistry(base, files("2"));
  const digest = (salt: string) => digestOf(new TextEncoder().encode(`${salt}models/other.py`));
  assert.ok(mergeModelRegistry(ann, ben, base, UNDECIDED).text.includes(digest("2")));
  const ours = sealModelRegistry(ann, files("3"), new Set(["model:other"]));
  assert.ok(mergeModelRegistry(ours, editModelRegistry(base, [model("b", [])]), base, UNDECIDED).text.includes(digest("3")));
});

Deno.test("comments that were written here stay when the other side changes or deletes the entry; theirs come where nobody wrote here", () => {
  const base = `version: "1.0"
models:
  a:
    path: models/a.py
    outputs:
      - x
      - y
    labels: {who: ann}
    notes: {deep: 1}
  # of b
  b:
    path: models/b.py
targets: {}
target_sets: {}
`;
  const ann = base
    .replace("  a:\n", "  # ours: above\n  a:   # ours: at its side\n    # ours: do not rename\n")
    .replace("      - x\n", "      - x  # ours: of x\n")
    .replace("deep: 1}", "deep: 1}  # ours: deep")
    .replace("    path: models/b.py\n", "    path: models/b.py\n    # ours: within b\n");
  const ben = base
    .replace("    labels: {who: ann}\n", "    labels: {who: ben}  # theirs\n")
    .replace("      - y\n", "      - z\n")
    .replace("deep: 1}", "deep: 2}")
    .replace("  # of b\n  b:\n    path: models/b.py\n", "");
  for (const end of ["\n", "\r\n"]) {
    const { text, conflicts } = mergeModelRegistry(ann.replaceAll("\n", end), ben, base, UNDECIDED);
    assert.deepEqual(conflicts, []);
    assert.equal(
      text.replaceAll(end, "\n"),
      `version: "1.0"
models:
  # ours: above
  a:   # ours: at its side
    # ours: do not rename
    path: models/a.py
    outputs:
      - x  # ours: of x
      - z
    labels: {who: ben}  # theirs
    # ours: deep
    notes: {deep: 2}
  # ours: within b
targets: {}
target_sets: {}
`,
    );
  }
  const alone = base.replace(/ {2}a:[\s\S]*?(?= {2}# of b)/, "");
  const none = mergeModelRegistry(
    alone.replace("b:\n", "b:\n    # ours\n"),
    alone.replace(/ {2}# of b[\s\S]*?(?=targets)/, ""),
    alone,
    UNDECIDED,
  );
  assert.match(none.text, /^models: \{\}\n {2}# ours\ntargets/m);
  const again = editModelRegistry(none.text, [model("c", [])]);
  assert.match(again, /^models:\n {2}c:\n[\s\S]*# ours\ntargets/m, "and such a text can be changed on");
});

Deno.test("a key of the file may be called like what every object has", () => {
  const change = (value: string) => `${BASE}constructor: ${value}\n`;
  const { text } = mergeModelRegistry(change("1").replace("constructor", "# ours\nconstructor"), change("2"), change("1"), UNDECIDED);
  assert.match(text, /^# ours\nconstructor: 2$/m);
});

Deno.test("what comes from the other side gets the line ends and the depth of the local file", () => {
  const deep = BASE.replace(/^( +)/gm, "$1$1");
  const ours = editModelRegistry(BASE, [model("a", [])]).replaceAll("\n", "\r\n");
  const theirs = editModelRegistry(deep, [model("b", ["x"])]).replace("by ann", "by ben");
  const { text } = mergeModelRegistry(ours, theirs, BASE, UNDECIDED);
  assert.doesNotMatch(text, /[^\r]\n/);
  assert.match(text, /^ {2}b:\r\n[\s\S]*^notes: by ben\r\n/m);
});

Deno.test("a decision about an entry that nobody has is refused, and lists those that there are", () => {
  for (const decisions of [{ take: ["model:nope" as const], keep: [] }, { take: ["model:seir" as const], keep: ["model:seir" as const] }]) {
    assert.throws(() => mergeModelRegistry(BASE, BASE, BASE, decisions), (error) => error instanceof Failure && error.code === "usage");
  }
});

const anyEdits = fc.array(
  fc.oneof(
    fc.record({
      id: fc.constantFrom("seir", "a", "b", "no"),
      outputs: fc.subarray(["x", "y", "z"]),
    }).map(({ id, outputs }) => model(id, outputs)),
    fc.constantFrom("seir", "a").map((id): RegistryEdit => ({ kind: "remove", section: "models", id })),
    fc.subarray(["t", "u"]).map((targets): RegistryEdit => ({ kind: "set", section: "target_sets", id: "fit", values: { targets } })),
  ),
  { maxLength: 4 },
);
const values = (text: string) => writtenEntries(text).map(({ kind, id, digest }) => `${kind}:${id} ${digest}`).sort();

Deno.test("laws: one side unchanged gives the other; swapping the sides gives the same values or the same conflicts", () => {
  fc.assert(fc.property(fc.constantFrom(BASE, EMPTY_MODEL_REGISTRY), anyEdits, anyEdits, (start, ours, theirs) => {
    const base = editModelRegistry(start, [model("seir", ["incidence"])]);
    const a = editModelRegistry(base, ours);
    const b = editModelRegistry(base, theirs);
    assert.deepEqual(values(mergeModelRegistry(base, b, base, UNDECIDED).text), values(b));
    assert.equal(mergeModelRegistry(a, base, base, UNDECIDED).text, a);
    assert.equal(mergeModelRegistry(a, a, base, UNDECIDED).text, a);
    const there = mergeModelRegistry(a, b, base, UNDECIDED);
    const back = mergeModelRegistry(b, a, base, UNDECIDED);
    assert.deepEqual(there.conflicts.map(({ entry }) => entry).sort(), back.conflicts.map(({ entry }) => entry).sort());
    if (there.conflicts.length === 0) assert.deepEqual(values(there.text), values(back.text));
    const keep = there.conflicts.map(({ entry }) => entry);
    assert.deepEqual(mergeModelRegistry(a, b, base, { take: [], keep }).conflicts, []);
  }));
});
