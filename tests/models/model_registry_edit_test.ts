/** registry.yaml read as values, and edited by commands: what nobody asked to change stays to the byte. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import { Failure } from "../../src/base/failure.ts";
import { EMPTY_MODEL_REGISTRY } from "../../src/models/model_registry.ts";
import { parseModelRegistry } from "../../src/models/model_registry_read.ts";
import { writtenEntries } from "../../src/models/model_registry_written.ts";
import { type ClosureFiles, digestOfWhatPeopleWrote, editModelRegistry, sealModelRegistry } from "../../src/models/model_registry_yaml.ts";

import { registryValues } from "../../src/models/model_registry_text.ts";

const ZERO = `sha256:${"0".repeat(64)}`;

/** As PyYAML dumps what the Python tool holds. */
const BY_PYTHON = `version: '1.0'
models:
  sir_sir:
    entrypoint: models.sir:SIR
    path: ./models/sir.py
    class_name: SIR
    scenarios: []
    parameters: []
    outputs:
    - incidence
    data:
    - data\\pop.csv
    - ./data//x.csv
    data_digests:
      data\\pop.csv: ${ZERO}
    code: []
    code_digests: {}
    model_digest: ${ZERO}
targets:
  inc:
    path: targets/inc.py
    entrypoint: targets.inc:inc
    model_output: incidence
    data: null
    target_digest: null
target_sets:
  main:
    targets:
    - inc
    weights:
      inc: 0.5
`;

Deno.test("a registry of the Python tool is read: paths as typed, backslashes, null lists", () => {
  const { models, targets, sets } = parseModelRegistry(BY_PYTHON);
  const sir = models.get("sir_sir")!;
  assert.deepEqual([sir.path, sir.data, sir.dataDigests], ["models/sir.py", ["data/pop.csv", "data/x.csv"], { "data/pop.csv": ZERO }]);
  assert.deepEqual([sir.closure, sir.codeMode, sir.autoCode, sir.labels, sir.className], [null, "files", true, {}, "SIR"]);
  assert.deepEqual([targets.get("inc")!.data, targets.get("inc")!.ownDigest, targets.get("inc")!.weight], [[], null, null]);
  assert.deepEqual(sets.get("main"), { name: "main", targets: ["inc"], weights: { inc: 0.5 } });
});

Deno.test("older versions are read, sections may be null, a newer one is refused with what to do", () => {
  for (const version of ["", "version: '0.9'\n", "version: 1.0\n", "version: 1\n", "version: null\n"]) {
    assert.equal(parseModelRegistry(`${version}models: {m: {path: a/b.py}}\n`).models.size, 1, version);
  }
  assert.equal(parseModelRegistry("version: '1.0'\nmodels:\ntargets: null\n").models.size, 0);
  for (const text of ["version: '2.0'\n", "version: 12\n"]) {
    assert.throws(
      () => parseModelRegistry(text),
      (error) => error instanceof Failure && error.code === "unsupported" && /^mops version/.test(error.hint ?? ""),
    );
  }
});

Deno.test("values of another shape are refused with their place", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["models: {m: {path: a.b, outputs: [{name: x}]}}", /models\.m\.outputs\[0\] should be a text, but is a mapping/],
    ["models: {m: {path: a.b, outputs: [2020]}}", /models\.m\.outputs\[0\] should be a text, but is 2020/],
    ["models: {m: {outputs: []}}", /models\.m\.path should be a text, but is missing/],
    ["models: {m: {path: a.b, data: {a: b}}}", /models\.m\.data should be a list/],
    ["targets: {t: {path: a.b, weight: heavy}}", /targets\.t\.weight should be a number/],
    ["target_sets: {s: {targets: [t], weights: {t: '0.5'}}}", /target_sets\.s\.weights\.t should be a number/],
    ["models: {m: {path: a.b, closure: {rule: one}}}", /models\.m\.closure\.rule should be a whole number/],
    ["models: {m: {path: a.b, labels: {a: 1}}}", /models\.m\.labels\.a should be a text/],
    ["version: new\n", /version should be a version like/],
    ["models: [a]", /models should be a mapping/],
    ["# nothing\n", /the document should be a mapping, but is null/],
    ["models: {a: &a {path: x.y}, b: *a}", /models\.b is an alias/],
    ["models:\n  2020: {path: x.y}\n", /id 2020 is no text; quote it/],
  ];
  for (const [text, says] of cases) {
    assert.throws(
      () => parseModelRegistry(text),
      (error) => error instanceof Failure && error.code === "invalid" && says.test(error.message),
      text,
    );
  }
});

const COMMENTED = `# the lab's models
version: "1.0"

models:
  # the first
  seir:   # ours
    entrypoint: models.seir:SEIR
    path: models/seir.py
    class_name: SEIR
    owner: ann     # she knows
    outputs:
      - incidence   # weekly
      - deaths
    data: []
  # the second
  sir: {path: models/sir.py, class_name: SIR}
targets: {}
notes: |
  # free text
   of ours
`;

Deno.test("an entry is changed where it stands: comments, unknown keys and all other entries stay", () => {
  const plain = COMMENTED.replace("{path: models/sir.py, class_name: SIR}", "\n    path: models/sir.py\n    class_name: SIR");
  const changed = editModelRegistry(plain, [
    {
      kind: "set",
      section: "models",
      id: "seir",
      values: { outputs: ["deaths", "incidence", "no"], data: ["data/x.csv"], labels: { area: "city" } },
    },
  ]);
  const lines = changed.split("\n");
  const gone = plain.split("\n").filter((line) => !lines.includes(line));
  assert.deepEqual(gone, ["    data: []"]);
  assert.ok(changed.includes('      - deaths\n      - incidence   # weekly\n      - "no"\n'), changed);
  assert.ok(changed.includes("    data:\n      - data/x.csv\n    labels:\n      area: city\n  # the second\n"), changed);
});

Deno.test("a flow mapping is written as a block when it has to change, and nothing is lost", () => {
  const changed = editModelRegistry(COMMENTED, [{ kind: "set", section: "models", id: "sir", values: { outputs: ["x"] } }]);
  assert.deepEqual(parseModelRegistry(changed).models.get("sir")!.outputs, ["x"]);
  for (
    const piece of [
      "# the lab's models",
      "# the first",
      "# ours",
      "# she knows",
      "# weekly",
      "# the second",
      "notes: |\n  # free text\n   of ours\n",
    ]
  ) {
    assert.ok(changed.includes(piece), `${piece}\n${changed}`);
  }
});

Deno.test("entries are added to an empty registry in the order of their keys, renamed in place, and taken away", () => {
  const added = editModelRegistry(EMPTY_MODEL_REGISTRY, [
    { kind: "set", section: "models", id: "on", values: { class_name: "A", entrypoint: "m.a:A", path: "m/a.py", outputs: ["2020"] } },
    { kind: "set", section: "models", id: "b", values: { path: "m/b.py" } },
    { kind: "set", section: "target_sets", id: "all", values: { targets: ["x"], weights: { x: 1e-7 } } },
  ]);
  assert.equal(
    added,
    `version: "1.0"
models:
  "on":
    entrypoint: m.a:A
    path: m/a.py
    class_name: A
    outputs:
      - "2020"
  b:
    path: m/b.py
targets: {}
target_sets:
  all:
    targets:
      - x
    weights:
      x: 1.0e-7
`,
  );
  const renamed = editModelRegistry(added, [{ kind: "rename", section: "models", id: "on", to: "first" }]);
  assert.equal(renamed, added.replace('"on":', "first:"));
  const emptied = editModelRegistry(renamed, [
    { kind: "remove", section: "models", id: "first" },
    { kind: "remove", section: "models", id: "b" },
    { kind: "remove", section: "target_sets", id: "all" },
  ]);
  assert.equal(emptied, EMPTY_MODEL_REGISTRY);
});

Deno.test("an edit gives a version that the Python readers take, and the sections that they want", () => {
  for (const before of ["version: 1\n", "# mine\nversion: 0.9\nmodels:\n", "models: {}\r\n"]) {
    const text = editModelRegistry(before, [{ kind: "set", section: "targets", id: "t", values: { path: "a/b.py" } }]);
    assert.match(text, /version: "1\.0"/);
    assert.ok(/models:/.test(text) && /target_sets:/.test(text), text);
    assert.equal(parseModelRegistry(text).targets.get("t")!.path, "a/b.py");
  }
  const later = editModelRegistry("version: '1.3'\nmodels: {}\n", [{
    kind: "set",
    section: "models",
    id: "m",
    values: { path: "a/b.py" },
  }]);
  assert.ok(later.startsWith("version: '1.3'\n"));
});

const anyId = fc.constantFrom("a", "b", "no", "2020", "x y", "é", "__proto__", "constructor");
const anyEdit = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    section: fc.constantFrom("models" as const, "targets" as const),
    id: anyId,
    values: fc.record({
      path: fc.constantFrom("m/a.py", "m/b.py"),
      data: fc.option(fc.subarray(["a b", "no", "data/x.csv"]), { nil: undefined }),
      labels: fc.option(fc.dictionary(anyId.filter((id) => id !== "__proto__"), fc.string()), { nil: undefined }),
    }),
  }),
  fc.record({ kind: fc.constant("remove" as const), section: fc.constantFrom("models" as const, "targets" as const), id: anyId }),
);

Deno.test("for any edits: the values are those that were asked for, and a seal in between changes nothing that people wrote", () => {
  const digest = digestOf(new Uint8Array());
  const files: ClosureFiles = { file: () => ({ digest, size: 0 }), projectFile: () => ({ digest, size: 0 }) };
  fc.assert(
    fc.property(fc.array(anyEdit, { maxLength: 8 }), fc.constantFrom(EMPTY_MODEL_REGISTRY, COMMENTED, BY_PYTHON), (edits, start) => {
      let text = start;
      const expected = new Map<string, string | null>();
      for (const edit of edits) {
        text = editModelRegistry(text, [edit]);
        const sealed = sealModelRegistry(text, files);
        assert.equal(digestOfWhatPeopleWrote(sealed), digestOfWhatPeopleWrote(text));
        assert.deepEqual(writtenEntries(sealed), writtenEntries(text));
        text = sealed;
        expected.set(
          `${edit.section} ${edit.id}`,
          edit.kind === "set" ? JSON.stringify([edit.values.path, edit.values.data ?? null]) : null,
        );
      }
      const read = parseModelRegistry(text);
      for (const [key, value] of expected) {
        const [section, ...id] = key.split(" ");
        const found = (section === "models" ? read.models : read.targets).get(id.join(" "));
        if (value === null) assert.equal(found, undefined);
        else {
          const [path, data] = JSON.parse(value);
          assert.equal(found!.path, path);
          if (data !== null) assert.deepEqual(found!.data, data);
        }
      }
      if (start === COMMENTED) {
        for (const piece of ["# the lab's models", "notes: |\n  # free text\n   of ours\n"]) assert.ok(text.includes(piece));
      }
    }),
  );
});

const CLOSED = `version: "1.0"
models:
  m:
    path: models/m.py
    data:
      - data/x.csv
    code:
      - models/__init__.py
    closure:
      rule: 1
      project:
        - pyproject.toml
targets:
  t:
    path: targets/t.py
    data:
      - data/x.csv
    closure:
      rule: 1
      project: []
`;

Deno.test("a closure is sealed: its digest is one of bytes, pyproject.toml counts by its canonical form, a missing file leaves none", () => {
  const content = (text: string) => ({ digest: digestOf(new TextEncoder().encode(text)), size: text.length });
  const files: ClosureFiles = { file: (path) => content(path), projectFile: (path) => content(`canonical ${path}`) };
  const sealed = sealModelRegistry(CLOSED, files);
  const { models, targets } = parseModelRegistry(sealed);
  const m = models.get("m")!;
  assert.deepEqual(m.closure!.projectDigests, { "pyproject.toml": content("canonical pyproject.toml").digest });
  const pair = (text: string, from = text) => `"${text}":["${content(from).digest}",${content(from).size}]`;
  const canonical = `{"code":{${pair("models/__init__.py")},${pair("models/m.py")}},"data":{${pair("data/x.csv")}},"project":{${
    pair("pyproject.toml", "canonical pyproject.toml")
  }},"schema":"mops.closure","version":1}`;
  assert.equal(m.closure!.digest, content(canonical).digest);
  assert.deepEqual(targets.get("t")!.dataDigests, { "data/x.csv": content("data/x.csv").digest });
  assert.equal(sealModelRegistry(sealed, files), sealed);
  const without = sealModelRegistry(sealed, { ...files, file: (path) => path === "data/x.csv" ? undefined : content(path) });
  assert.equal(parseModelRegistry(without).models.get("m")!.closure!.digest, null);
  assert.equal(digestOfWhatPeopleWrote(without), digestOfWhatPeopleWrote(CLOSED));
  const onlyT = sealModelRegistry(CLOSED, files, new Set(["target:t"]));
  assert.equal(parseModelRegistry(onlyT).models.get("m")!.ownDigest, null);
  assert.notEqual(parseModelRegistry(onlyT).targets.get("t")!.closure!.digest, null);
});

Deno.test("an entry that the Python tool wrote keeps its shape when it is sealed", () => {
  const content = { digest: ZERO as Digest, size: 1 };
  const sealed = sealModelRegistry(BY_PYTHON, { file: () => content, projectFile: () => content });
  assert.equal(sealed.includes("closure"), false);
  assert.deepEqual(Object.keys(parseModelRegistry(sealed).targets.get("inc")!.dataDigests), []);
  assert.ok(sealed.includes(`    data_digests:\n      "data\\\\pop.csv": ${ZERO}\n      "./data//x.csv": ${ZERO}\n`), sealed);
  assert.ok(sealed.includes("    outputs:\n    - incidence\n"), "its lists stay as they are");
});

/** What stands for one key of an entry, in forms that people and tools write. */
const KEYS: readonly (readonly string[])[] = [
  ["path: m/a.py", "path: m/a.py  # here", "'path': m/a.py", "path:\n  m/a.py", "path: &p m/a.py"],
  ["data: [a,\n  b]", "data:\n- a\n- b", "data:\n  # first\n  - a\n\n  - b  # two\n  # end", "data: null", "data: *d", "data: &d [a]"],
  [
    "doc: |\n  # text\n\n  more",
    "doc: >-\n  folded: text",
    'doc: "two\n  # lines"',
    "doc: |+\n  kept\n\n",
    "doc: {a: 1, b: [2]}",
    "? doc\n: odd",
  ],
  [
    "closure: {rule: 1, project: []}",
    "closure:\n  rule: 1\n  # none\n  digest: null",
    "closure:\n    rule: 1\n    project:\n    - p",
    "closure: null",
  ],
  ["model_digest: null # why", "model_digest: !!str x", "model_digest: >\n  x"],
  ["data_digests: {}", "data_digests: {a: x,\n  b: y}", "data_digests:\n  a: x\n  # note\n  b: y"],
  ["outputs: [no, 'on', 1e3x]", "outputs:   []   # none"],
];
const anyKeys = fc.tuple(...KEYS.map((forms) => fc.option(fc.constantFrom(...forms), { nil: null, freq: 3 })), fc.nat()).map((chosen) => {
  const keys = chosen.slice(0, -1).filter((one): one is string => typeof one === "string");
  const turn = Number(chosen.at(-1)) % Math.max(1, keys.length);
  return [...keys.slice(turn), ...keys.slice(0, turn)];
});
const anyBlock = fc.tuple(
  fc.constantFrom("m", "'n o'", "é", "x.y-z", '"no"'),
  fc.constantFrom("", "   # one", " &m"),
  anyKeys,
  fc.constantFrom("", "\n", "  # between\n", "# left\n", "      # deep\n"),
  fc.constantFrom(2, 4, 1),
);
const anyFile = fc.tuple(
  fc.constantFrom("", "# top\n\n", "---\n", "version: '1.0'\n", "version: 1\n", "notes: |+\n  kept\n\n"),
  fc.uniqueArray(anyBlock, { maxLength: 3, selector: ([id]) => id }),
  fc.constantFrom(
    "",
    "targets: null\n",
    "targets:\ntarget_sets: {s: {targets: [t]}}\n",
    "targets: {t: {path: a.b}}  # flow\n",
    "...\n",
    "extra: *d\n",
  ),
).map(([head, blocks, rest]) => {
  const body = blocks.map(([id, after, keys, tail, deep]) => {
    const inner = keys.map((key) => key.split("\n").map((line) => line === "" ? "" : `${" ".repeat(2 + deep)}${line}`).join("\n"));
    return `  ${id}:${after}\n${inner.join("\n")}${inner.length === 0 ? "" : "\n"}${tail}`;
  });
  return `${head}models:${body.length === 0 ? " {}" : ""}\n${body.join("")}${rest}`;
});

Deno.test("any text is either refused with a Failure, or edited and sealed with exactly what was asked for and nothing else", () => {
  const digest = digestOf(new Uint8Array());
  const files: ClosureFiles = { file: () => ({ digest, size: 0 }), projectFile: () => ({ digest, size: 0 }) };
  let edited = 0;
  fc.assert(
    fc.property(anyFile, fc.constantFrom("\n", "\r\n"), (file, end) => {
      const text = file.replaceAll("\n", end);
      const entry = { path: "m/z.py", outputs: ["no"] };
      try {
        const before = writtenEntries(text).filter(({ kind, id }) => kind !== "key" && !(kind === "model" && id === "z"));
        const changed = editModelRegistry(text, [{ kind: "set", section: "models", id: "z", values: entry }]);
        assert.deepEqual(writtenEntries(changed).filter(({ kind, id }) => kind !== "key" && !(kind === "model" && id === "z")), before);
        const sealed = sealModelRegistry(changed, files);
        assert.deepEqual(writtenEntries(sealed), writtenEntries(changed));
        assert.equal(sealModelRegistry(sealed, files), sealed);
        assert.equal(digestOfWhatPeopleWrote(sealed), digestOfWhatPeopleWrote(changed));
        edited++;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        assert.ok(error.code === "invalid" || error.code === "unsupported", error.code);
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(edited > 500, `only ${edited} texts were lawful`);
});

Deno.test("an edit of what an alias names writes the alias out; the values of the other keys stay", () => {
  const text = `# ours
models:
  a:
    path: m/a.py
    parameters: &p
      - beta
    extra: *p   # the same
  b:
    path: &path m/b.py
    was: [*path, *p]
`;
  const changed = editModelRegistry(text, [{ kind: "set", section: "models", id: "a", values: { parameters: ["gamma"] } }]);
  const { root } = registryValues(changed);
  assert.deepEqual(root.models, {
    a: { path: "m/a.py", parameters: ["gamma"], extra: ["beta"] },
    b: { path: "m/b.py", was: ["m/b.py", ["beta"]] },
  });
  assert.match(changed, /# ours\n[\s\S]*# the same\n/);
  const label = editModelRegistry(text, [{ kind: "set", section: "models", id: "a", values: { owner: "ann" } }]);
  assert.ok(label.includes("extra: *p   # the same\n"));
});

Deno.test("a quoted << is a key like any other", () => {
  assert.equal(writtenEntries('models: {}\n"<<": {a: 1}\n').at(-1)!.id, "<<");
});
