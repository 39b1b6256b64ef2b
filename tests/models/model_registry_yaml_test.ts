/** registry.yaml as text: what people write survives to the byte, digests are derived, and the two are never confused. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type BundlePath, parseBundlePath } from "../../src/base/bundle_path.ts";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import { Failure } from "../../src/base/failure.ts";
import { parseYaml } from "../../src/base/yaml.ts";
import { EMPTY_MODEL_REGISTRY } from "../../src/models/model_registry.ts";
import { type ClosureFiles, digestOfWhatPeopleWrote, sealModelRegistry } from "../../src/models/model_registry_yaml.ts";

const FILES = new Map<BundlePath, Digest>(
  ["models/sir.py", "data/pop.csv", "data/x.csv", "src/helper.py", "targets/inc.py"].map((path) => [
    parseBundlePath(path),
    digestOf(new TextEncoder().encode(path)),
  ]),
);
const digest = (path: BundlePath): Digest | undefined => FILES.get(path);
const sealing = (digestOf: (path: BundlePath) => Digest | undefined): ClosureFiles => {
  const find = (path: BundlePath) => {
    const digest = digestOf(path);
    return digest === undefined ? undefined : { digest, size: path.length };
  };
  return { file: find, projectFile: find };
};
const files = sealing(digest);

const TEXT = `# Our models. Please keep the order.
version: "1.0"

models:
  sir_sir:   # the first one
    entrypoint: models.sir:SIR
    path: models/sir.py
    class_name: SIR
    colour: 'blue'          # nobody knows why
    data: [./data/pop.csv, "data//x.csv", data/gone.csv]
    code:
      - src/helper.py   # shared
    # the end of sir_sir

  # a second one
  other: {path: models/none.py, data: [], code: []}
targets:
  incidence:
    path: targets/inc.py
    data: [data/pop.csv]
target_sets:
  main: {targets: [incidence], weights: {incidence: 0.5}}
notes: |
  free text
`;

// deno-lint-ignore no-explicit-any -- a document of known shape
const read = (text: string): any => parseYaml(text, "registry.yaml");

Deno.test("a seal computes every derived digest from the bundle's files, with the keys as they are written", () => {
  const { models, targets } = read(sealModelRegistry(TEXT, files));
  assert.equal(models.sir_sir.model_digest, digest(parseBundlePath("models/sir.py")));
  assert.deepEqual(models.sir_sir.data_digests, {
    "./data/pop.csv": digest(parseBundlePath("data/pop.csv")),
    "data//x.csv": digest(parseBundlePath("data/x.csv")),
  });
  assert.deepEqual(models.sir_sir.code_digests, { "src/helper.py": digest(parseBundlePath("src/helper.py")) });
  assert.deepEqual([models.other.model_digest ?? null, models.other.data_digests, models.other.code_digests], [null, {}, {}]);
  assert.equal(targets.incidence.target_digest, digest(parseBundlePath("targets/inc.py")));
  assert.equal("data_digests" in targets.incidence, false, "the old readers know none");
});

Deno.test("comments, order, quotes and unknown keys survive a seal", () => {
  const sealed = sealModelRegistry(TEXT, files);
  for (
    const piece of [
      "# Our models. Please keep the order.",
      'version: "1.0"',
      "# the first one",
      "# nobody knows why",
      "colour: 'blue'",
      "# shared",
      "# the end of sir_sir",
      "# a second one",
      "notes: |\n  free text\n",
    ]
  ) assert.ok(sealed.includes(piece), `${piece}\n---\n${sealed}`);
  const before = read(TEXT);
  const after = read(sealed);
  for (
    const [section, derived] of [["models", ["model_digest", "data_digests", "code_digests"]], ["targets", ["target_digest"]]] as const
  ) {
    for (const entry of Object.values<Record<string, unknown>>(after[section])) for (const key of derived) delete entry[key];
  }
  assert.deepEqual(after, before);
  assert.deepEqual(Object.keys(after.models.sir_sir), Object.keys(before.models.sir_sir));
});

Deno.test("a text whose digests are right already is the same to the byte", () => {
  for (const text of [EMPTY_MODEL_REGISTRY, sealModelRegistry(TEXT, files), "models: {}   # odd   spacing\r\ntargets:   {}\r\n"]) {
    assert.equal(sealModelRegistry(text, files), text);
  }
});

Deno.test("a changed file changes its digest and nothing else", () => {
  const sealed = sealModelRegistry(TEXT, files);
  const other = digestOf(new Uint8Array([1]));
  const again = sealModelRegistry(sealed, sealing((path) => path === "models/sir.py" ? other : digest(path)));
  const changed = sealed.split("\n").filter((line, i) => line !== again.split("\n")[i]);
  assert.deepEqual(changed, [`    model_digest: ${digest(parseBundlePath("models/sir.py"))}`]);
});

Deno.test("what people wrote is the same before and after a seal, and differs where they wrote something else", () => {
  const sealed = sealModelRegistry(TEXT, files);
  assert.equal(digestOfWhatPeopleWrote(sealed), digestOfWhatPeopleWrote(TEXT));
  const otherwise = sealModelRegistry(TEXT, sealing(() => digestOf(new Uint8Array())));
  assert.equal(digestOfWhatPeopleWrote(otherwise), digestOfWhatPeopleWrote(TEXT));
  for (
    const edited of [
      TEXT.replace("class_name: SIR", "class_name: SEIR"),
      TEXT.replace("# shared", "# shared by two"),
      TEXT.replace("0.5", "0.6"),
      TEXT.replace("notes: |", "note: |"),
    ]
  ) assert.notEqual(digestOfWhatPeopleWrote(sealModelRegistry(edited, files)), digestOfWhatPeopleWrote(TEXT), edited);
});

const anyComment = fc.constantFrom("", "", " # why", " # it's: odd");
const anyEntry = fc.record({
  path: fc.constantFrom("models/sir.py", "./models/sir.py", "nowhere.py"),
  data: fc.subarray(["data/pop.csv", "data/x.csv", "data/gone.csv"]),
  comments: fc.tuple(anyComment, anyComment, anyComment),
  flow: fc.boolean(),
  derived: fc.constantFrom("none", "right place", "first", "stale"),
  own: fc.constantFrom("", "owner: ann", "'odd key': [1, 2]"),
});

Deno.test("for any text: sealing twice is sealing once, what people wrote stays, and values are kept", () => {
  fc.assert(fc.property(fc.array(anyEntry, { maxLength: 4 }), fc.boolean(), (entries, blank) => {
    const lines = ["version: '1.0'", entries.length === 0 ? "models: {}" : "models:"];
    entries.forEach((entry, i) => {
      const [one, two, three] = entry.comments;
      const stale = `model_digest: sha256:${"0".repeat(64)}`;
      if (blank) lines.push("", `  # entry ${i}`);
      if (entry.flow) {
        lines.push(`  m${i}: {path: ${entry.path}, data: [${entry.data.join(", ")}]${entry.own === "" ? "" : `, ${entry.own}`}}${one}`);
        return;
      }
      lines.push(`  m${i}:${one}`);
      if (entry.derived === "first") lines.push(`    ${stale}${two}`);
      lines.push(`    path: ${entry.path}${three}`);
      if (entry.derived === "stale") lines.push(`    ${stale}`, "    data_digests:", `      data/gone.csv: sha256:${"1".repeat(64)}${two}`);
      lines.push(entry.data.length === 0 ? "    data: []" : `    data:${one}`, ...entry.data.map((path) => `      - ${path}`));
      if (entry.own !== "") lines.push(`    ${entry.own}${two}`);
      if (entry.derived === "right place") lines.push(`    ${stale}`);
    });
    lines.push("targets: {}", "target_sets: {}", "");
    const text = lines.join("\n");
    const sealed = sealModelRegistry(text, files);
    assert.equal(sealModelRegistry(sealed, files), sealed, "sealing twice is sealing once");
    assert.equal(digestOfWhatPeopleWrote(sealed), digestOfWhatPeopleWrote(text), `what people wrote changed:\n${text}\n---\n${sealed}`);
    const values = read(sealed).models;
    entries.forEach((entry, i) => {
      assert.equal(values[`m${i}`].path, entry.path);
      assert.deepEqual(values[`m${i}`].data, entry.data);
      assert.deepEqual(Object.keys(values[`m${i}`].data_digests), entry.data.filter((path) => path !== "data/gone.csv"));
    });
  }));
});

Deno.test("what cannot be sealed is refused with its place", () => {
  const cases: readonly (readonly [text: string, code: string, says: RegExp])[] = [
    ["[", "invalid", /registry\.yaml is not valid YAML: line 1/],
    ["- a\n", "invalid", /registry\.yaml: the document should be a mapping, but is a list/],
    ["models: [a]\n", "invalid", /models should be a mapping, but is a list/],
    ["models: {sir: text}\n", "invalid", /models\.sir should be a mapping, but is "text"/],
    ["models: {a: &a {path: x}, b: *a}\n", "invalid", /models\.b is an alias/],
    ["c: &c {data: [x]}\nmodels:\n  a:\n    <<: *c\n    path: x\n", "invalid", /line 4, column 5: the merge key << stands for/],
    ["models: {1: {path: x}}\n", "invalid", /id 1 is no text; quote it/],
    ["version: 2\nmodels: {}\n", "unsupported", /has version 2/],
  ];
  for (const [text, code, says] of cases) {
    for (const work of [() => sealModelRegistry(text, files), () => digestOfWhatPeopleWrote(text)]) {
      assert.throws(work, (error) => error instanceof Failure && error.code === code && says.test(error.message) && true, text);
    }
  }
  for (const version of ["", "version: '1.0'\n", "version: 1.0\n", "version: 1\n", "version: '1.7'\n", "version: null\n"]) {
    sealModelRegistry(`${version}models: {}\n`, files);
  }
});

Deno.test("sealing changes no number and no line end that people wrote, and another number is another text", () => {
  const text = (seed: string) => `models:\r\n  m:\r\n    path: models/sir.py\r\n    seed: ${seed}\r\n`;
  const sealed = sealModelRegistry(text("12345678901234567891"), files);
  assert.ok(sealed.startsWith(text("12345678901234567891")), sealed);
  assert.equal(/[^\r]\n/.test(sealed), false);
  assert.equal(sealModelRegistry(sealed, files), sealed);
  assert.notEqual(digestOfWhatPeopleWrote(text("12345678901234567891")), digestOfWhatPeopleWrote(text("12345678901234567892")));
  assert.equal(digestOfWhatPeopleWrote(text("1")), digestOfWhatPeopleWrote(text("1").replaceAll("\r", "")));
});
