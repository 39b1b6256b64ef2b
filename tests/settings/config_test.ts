/** config.yaml: ours, the Python tool's, and what people make of it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure, isFailure } from "../../src/base/failure.ts";
import { DEFAULT_TAG, DEFAULT_THRESHOLD, formatConfig, NO_CONFIG, parseConfig } from "../../src/settings/config.ts";
import { editConfig } from "../../src/settings/config_edit.ts";

Deno.test("what init writes is read back, and is the same text for the same settings", () => {
  fc.assert(fc.property(
    fc.constantFrom("seir", "lab/seir-model", "a.b_c__d-e", "no", "1e3", "0x1f", "2026-01-28"),
    fc.constantFrom("latest", "v1.0.0", "no", "1.0", "null", "2026-01-28"),
    fc.nat(2 ** 40),
    (name, defaultTag, thresholdBytes) => {
      const text = formatConfig({ name, defaultTag, thresholdBytes });
      assert.equal(formatConfig({ name, defaultTag, thresholdBytes }), text);
      assert.deepEqual(parseConfig(text), {
        name,
        defaultTag,
        storage: { mode: "auto", thresholdBytes },
        autoCode: { codeRoots: null, importMode: null, ignore: [] },
        layout: "auto",
        hostOfOldTool: null,
        unknownKeys: [],
      });
    },
  ));
});

Deno.test("an empty file, comments only, and missing keys mean the defaults", () => {
  for (const text of ["", "# nothing yet\n", "\uFEFF", "storage:\n", "storage: {}\nregistry_ref: ''\n", "default_tag: null\n"]) {
    assert.deepEqual(parseConfig(text), NO_CONFIG, JSON.stringify(text));
  }
  assert.deepEqual([NO_CONFIG.defaultTag, NO_CONFIG.storage.thresholdBytes], [DEFAULT_TAG, DEFAULT_THRESHOLD]);
});

Deno.test("the file of the Python tool is read: host and name, all its keys, nothing to warn of", () => {
  const config = parseConfig(`cache_dir: null
cache_link_mode: auto
default_tag: latest
registry_ref: localhost:5555/malaria-abm
storage:
  container: bundle-blobs
  force_blob_patterns: ["*.h5"]
  force_oci_patterns: ["*.py"]
  mode: auto
  prefix: ''
  provider: azure
  threshold_bytes: 52428800
auto_code:
  code_roots: ["src", "lib"]
  import_mode: files
  ignore: ["src/bench/*"]
environment: dev
`);
  assert.deepEqual([config.name, config.unknownKeys], ["malaria-abm", []]);
  assert.deepEqual(config.autoCode, { codeRoots: ["src", "lib"], importMode: "files", ignore: ["src/bench/*"] });
  assert.deepEqual(config.hostOfOldTool, { kind: "registry", host: "localhost:5555", prefix: "" });
  for (
    const [ref, name] of [["acr.example.io/lab/seir", "lab/seir"], ["localhost/seir", "seir"], ["host:1/seir", "seir"], [
      "lab/seir",
      "lab/seir",
    ]]
  ) {
    assert.equal(parseConfig(`registry_ref: ${ref}\n`).name, name);
  }
});

Deno.test("promise 2: storage.mode takes auto, oci and blob, the Python tool's names for them, and refuses everything else", () => {
  const modes = { auto: "auto", oci: "oci", "oci-only": "oci", "oci-inline": "oci", blob: "blob", "blob-only": "blob" };
  for (const [written, meant] of Object.entries(modes)) assert.equal(parseConfig(`storage: {mode: ${written}}\n`).storage.mode, meant);
  for (const wrong of ["cloud", "Auto", "true", "[]"]) refused(`storage: {mode: ${wrong}}\n`, "invalid", /storage\.mode should be one of/);
});

Deno.test("an edit changes one value and keeps comments, order and unknown keys", () => {
  const text = "# ours\ncolour: blue # why not\nregistry_ref: old   # the name\nstorage:\n  # big\n  threshold_bytes: 1\n  mode: oci\n";
  const edited = editConfig(text, { name: "new", defaultTag: "v2", thresholdBytes: 9 });
  assert.equal(
    edited,
    "# ours\ncolour: blue # why not\nregistry_ref: new # the name\nstorage:\n  # big\n  threshold_bytes: 9\n  mode: oci\ndefault_tag: v2\n",
  );
  assert.deepEqual(parseConfig(edited).unknownKeys, ["colour"]);
  assert.equal(editConfig(text, {}), text, "no edit, no other byte");
  assert.equal(parseConfig(editConfig("", { name: "seir" })).name, "seir");
  assert.equal(
    parseConfig(editConfig("# only this\n", { defaultTag: "no" })).defaultTag,
    "no",
    "texts that YAML 1.1 takes for something else",
  );
});

Deno.test("faults are told with their place, and with the file to edit", () => {
  refused("a: [\n", "invalid", /config\.yaml is not valid YAML: line 2/);
  refused("- a\n", "invalid", /config\.yaml: the document should be a mapping, but is a list/);
  refused("registry_ref: 3\n", "invalid", /registry_ref should be a text, but is 3/);
  refused("registry_ref: Lab/Seir\n", "invalid", /"Lab\/Seir" is not a repository name/);
  refused("default_tag: -x\n", "invalid", /default_tag "-x" is not a tag/);
  refused("storage: auto\n", "invalid", /storage should be a mapping/);
  refused("storage: {threshold_bytes: 50MB}\n", "invalid", /storage\.threshold_bytes should be a whole number/);
  refused("storage: {threshold_bytes: -1}\n", "invalid", /whole number/);
  refused("version: 2\n", "unsupported", /it has version 2, and this mops reads version 1/);
  for (const version of ["1", "1.0", "'1.4'", "null"]) parseConfig(`version: ${version}\n`);
});

function refused(text: string, code: string, says: RegExp): void {
  assert.throws(() => parseConfig(text), (error) => {
    assert.ok(error instanceof Failure && error.code === code, String(error));
    assert.match(error.message, says);
    return true;
  }, text);
}

Deno.test("a merge key is told with its place: readers disagree about what it brings", () => {
  assert.throws(() => parseConfig("b: &b {default_tag: t1}\n<<: *b\nregistry_ref: nm\n"), (error) => {
    assert.ok(isFailure(error, "invalid"));
    assert.match((error as Failure).message, /line 2, column 1: the merge key <</);
    return true;
  });
  assert.equal(parseConfig('registry_ref: nm # not "<<: x"\n').name, "nm");
});

Deno.test("auto_code: roots are folders of the project, in their shortest form", () => {
  const roots = (text: string) => parseConfig(`auto_code:\n  code_roots: ${text}\n`).autoCode.codeRoots;
  assert.deepEqual(roots("[src, ./lib/, ., src/, a//b]"), ["src", "lib", "", "a/b"]);
  assert.deepEqual(roots("[]"), []);
  assert.deepEqual(roots("null"), null);
  for (const text of ["[../up]", "[/abs]", "[1]", "src", "[.git]"]) {
    assert.throws(() => roots(text), (error) => isFailure(error, "invalid") && error.message.includes("auto_code.code_roots"), text);
  }
});

Deno.test("auto_code: a mode that nobody knows is invalid, and so is a block that is no mapping", () => {
  for (const text of ["auto_code:\n  import_mode: all\n", "auto_code: 5\n", "auto_code:\n  ignore: x\n", "auto_code: []\n"]) {
    assert.throws(() => parseConfig(text), (error) => isFailure(error, "invalid"), text);
  }
  assert.equal(parseConfig("auto_code:\n  import_mode: package\n").autoCode.importMode, "package");
});

Deno.test("auto_code: where the block is absent, its keys are looked up at the top level, as older projects have them", () => {
  const config = parseConfig("code_roots: [lib]\nimport_mode: package\nignore: ['lib/bench/*']\n");
  assert.deepEqual(config.autoCode, { codeRoots: ["lib"], importMode: "package", ignore: ["lib/bench/*"] });
  assert.deepEqual(config.unknownKeys, []);
  assert.deepEqual(parseConfig("auto_code:\ncode_roots: [lib]\n").autoCode.codeRoots, ["lib"]);
  const beside = parseConfig("auto_code: {import_mode: files}\ncode_roots: [lib]\nignore: 3\n");
  assert.deepEqual(beside.autoCode, { codeRoots: null, importMode: "files", ignore: [] });
  assert.deepEqual(beside.unknownKeys, ["code_roots", "ignore"]);
  assert.throws(() => parseConfig("import_mode: all\n"), (error) => isFailure(error, "invalid") && error.message.includes("import_mode"));
});
