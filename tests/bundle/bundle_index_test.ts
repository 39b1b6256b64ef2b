/** The index: same files, same bytes; what it says comes back; what would harm a folder is refused. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { compareUtf8 } from "../../src/base/utf8_order.ts";
import { decodeIndex, encodeIndex, indexOf, snapshotOf } from "../../src/bundle/bundle_index.ts";
import { encodeBundle } from "../../src/bundle/manifest.ts";
import { sameSnapshot, type Snapshot } from "../../src/bundle/snapshot.ts";
import { anySnapshot, asFailure } from "../base/generators.ts";
import { readAsPython } from "./python_reader.ts";

const D = `sha256:${"ab".repeat(32)}`;
const E = `sha256:${"cd".repeat(32)}`;

function encode(document: unknown): Uint8Array {
  return new TextEncoder().encode(typeof document === "string" ? document : JSON.stringify(document));
}

/** An index of the entries given, each with whatever it lacks. */
function indexWith(files: Record<string, Record<string, unknown>>, rest: Record<string, unknown> = {}): Uint8Array {
  const entries = Object.entries(files).map(([path, entry]) => [path, { path, digest: D, size: 1, storage: "oci", ...entry }]);
  return encode({ version: "1.0", created: "x", tool: {}, metadata: {}, files: Object.fromEntries(entries), ...rest });
}

Deno.test("what is encoded decodes to itself, sorted by bytes, and encodes to the same bytes again", () => {
  fc.assert(fc.property(anySnapshot, (snapshot) => {
    const bytes = encodeIndex(indexOf(snapshot));
    const decoded = decodeIndex(bytes, "it");
    assert.ok(sameSnapshot(snapshotOf(decoded), snapshot));
    const paths = decoded.map(({ path }) => path);
    assert.deepEqual(paths, [...paths].sort(compareUtf8));
    assert.deepEqual(encodeIndex(decoded), bytes);
  }));
});

Deno.test("the order in which files were found makes no difference to the bundle's digest", () => {
  fc.assert(fc.property(anySnapshot, (snapshot) => {
    const turned: Snapshot = new Map([...snapshot].reverse());
    assert.equal(encodeBundle(indexOf(turned)).manifest.digest, encodeBundle(indexOf(snapshot)).manifest.digest);
  }));
});

Deno.test("the Python tool reads every index of ours, and sees every file of it", () => {
  fc.assert(fc.property(anySnapshot, (snapshot) => {
    const { manifest, index } = encodeBundle(indexOf(snapshot));
    const seen = readAsPython(manifest.bytes, index.bytes);
    assert.deepEqual(
      new Map(seen.map(({ path, digest, size, storage }) => [path, `${digest} ${size} ${storage}`])),
      new Map([...snapshot].map(([path, { digest, size }]) => [path, `${digest} ${size} oci`])),
    );
  }));
});

Deno.test("an index says nothing of time, user or tool version, and executable only when it is true", () => {
  const content = { digest: D as never, size: 1, executable: false, link: undefined };
  const snapshot: Snapshot = new Map([["b" as BundlePath, { ...content, executable: true }], ["a" as BundlePath, content]]);
  assert.equal(
    new TextDecoder().decode(encodeIndex(indexOf(snapshot))),
    `{"created":"1970-01-01T00:00:00Z","files":{"a":{"digest":"${D}","path":"a","size":1,"storage":"oci"},` +
      `"b":{"digest":"${D}","executable":true,"path":"b","size":1,"storage":"oci"}},"metadata":{},"tool":{"name":"mops"},"version":"1.0"}`,
  );
});

Deno.test("an index as the Python tool writes it is read, with its unclean paths cleaned", () => {
  const bytes = Deno.readFileSync(new URL("./python_index.json", import.meta.url));
  const index = decodeIndex(bytes, "theirs");
  assert.deepEqual(index.map(({ path, size, executable, link }) => [path, size, executable, link]), [
    [".modelops-bundle/registry.yaml", 912, false, undefined],
    ["data/démographie.csv", 48211, false, undefined],
    ["models/__init__.py", 0, false, undefined],
    ["models/sir.py", 219, false, undefined],
  ]);
});

Deno.test("keys that we do not know are passed over, at every level", () => {
  const index = decodeIndex(indexWith({ a: { mediaType: null, blobRef: null, compressed: { by: 1 } } }, { future: [1] }), "it");
  assert.deepEqual(index.map(({ path }) => path), ["a"]);
});

const unsafe = [
  "../a",
  "a/../../b",
  "..",
  "/etc/passwd",
  "//a",
  "a\\b",
  "..\\a",
  "C:\\a",
  "",
  ".",
  "./",
  "a\u0000b",
  "a\nb",
  "\u001b]0;x\u0007",
  ".git/config",
  ".GIT/hooks/post-checkout",
  "sub/.Git/config",
  "./.git/config",
  "a/./.git//config",
  ".git./config",
  "git~1/config",
  ".modelops-bundle/state.json",
  ".modelops-bundle/./state.json",
  "./.modelops-bundle//state.json",
  ".modelops-bundle/tracked.txt",
  ".modelops-bundle/env",
  ".modelops-bundle/lock",
  ".ModelOps-Bundle/config.yaml",
  ".modelops-bundle",
];

for (const path of unsafe) {
  Deno.test(`an index with the path ${JSON.stringify(path)} is refused, and the path is quoted`, () => {
    const failure = asFailure(() => decodeIndex(indexWith({ [path]: {} }), "it"), "invalid");
    assert.match(failure.message, /unsafe path/);
    assert.equal(failure.facts.path, path);
    // deno-lint-ignore no-control-regex
    assert.equal(/[\u0000-\u001f]/.test(failure.message), false);
  });
}

const broken: [what: string, bytes: Uint8Array, message: RegExp][] = [
  ["one path twice, once it is cleaned", indexWith({ "a/b": {}, "./a//b": {} }), /stands in it twice/],
  ["a key that is not its entry's path", indexWith({ a: { path: "b" } }), /carries the path "b"/],
  ["a key that is safe and a path that is not", indexWith({ a: { path: "../../etc/passwd" } }), /unsafe path/],
  ["a file below a file", indexWith({ a: {}, "a/b": {} }), /"a" is a file, and "a\/b" lies below it/],
  ["a file far below a file", indexWith({ a: {}, "a/b/c/d": {} }), /is a file/],
  ["a file below a link", indexWith({ t: {}, a: { link: "t" }, "a/b": {} }), /is a file/],
  ["a digest of another form", indexWith({ a: { digest: "md5:abc" } }), /digest of "a"/],
  ["a digest in capitals", indexWith({ a: { digest: D.toUpperCase() } }), /digest of "a"/],
  ["a digest that is a path", indexWith({ a: { digest: "sha256:../../../etc/passwd" } }), /digest of "a"/],
  ["no digest", indexWith({ a: { digest: null } }), /files\.a\.digest should be a text, but is null/],
  ["a negative size", indexWith({ a: { size: -1 } }), /files\.a\.size should be a whole number/],
  ["half a byte", indexWith({ a: { size: 0.5 } }), /size/],
  ["a size as text", indexWith({ a: { size: "1" } }), /size/],
  ["a size beyond what numbers hold", indexWith({ a: { size: 2 ** 53 } }), /size/],
  ["no size", indexWith({ a: { size: undefined } }), /size/],
  ["no storage", indexWith({ a: { storage: undefined } }), /storage/],
  ["an executable that is neither true nor false", indexWith({ a: { executable: "yes" } }), /executable/],
  ["an entry that is a list", encode({ files: { a: [] } }), /a mapping/],
  ["files that are a list", encode({ files: [] }), /files should be a mapping/],
  ["no files", encode({ version: "1.0" }), /files should be a mapping, but is missing/],
  ["a list", encode([]), /a mapping/],
  ["null", encode("null"), /a mapping/],
  ["no JSON", encode("{files:"), /not JSON/],
  ["no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), /not JSON/],
  ["nothing", new Uint8Array(0), /not JSON/],
  ["a link that leads out", indexWith({ a: { link: "../b" } }), /link "a"/],
  ["a link that leads out and in again", indexWith({ b: {}, a: { link: "../project/b" } }), /link "a"/],
  ["a link to an absolute path", indexWith({ a: { link: "/etc/passwd" } }), /link "a"/],
  ["a link to nothing", indexWith({ a: { link: "b" } }), /link "a"/],
  ["a link with no text", indexWith({ a: { link: "" } }), /link "a"/],
  ["a link to itself", indexWith({ a: { link: "a" } }), /link "a"/],
  ["a link to a link", indexWith({ c: {}, b: { link: "c" }, a: { link: "b" } }), /link "a"/],
  ["links in a circle", indexWith({ a: { link: "b" }, b: { link: "a" } }), /link "/],
  ["a link to a folder", indexWith({ "d/c": {}, a: { link: "d" } }), /link "a"/],
  ["a link through a link", indexWith({ "d/c": {}, e: { link: "d/c" }, a: { link: "e/c" } }), /link "a"/],
  ["a link with a backslash", indexWith({ b: {}, a: { link: ".\\b" } }), /link "a"/],
  ["a link with another digest than its file", indexWith({ b: {}, a: { link: "b", digest: E } }), /another digest/],
  ["a link with another size than its file", indexWith({ b: {}, a: { link: "b", size: 2 } }), /another digest/],
  ["a link whose text is no text", indexWith({ b: {}, a: { link: 1 } }), /link/],
];

for (const [what, bytes, message] of broken) {
  Deno.test(`an index is refused that holds ${what}`, () => {
    const failure = asFailure(() => decodeIndex(bytes, "seir:v1"), "invalid");
    assert.match(failure.message, /the index of seir:v1/);
    assert.match(failure.message, message);
  });
}

Deno.test("files outside the registry, kinds of storage of a later version and later versions are refused by name", () => {
  const blob = asFailure(
    () => decodeIndex(indexWith({ "data/big.parquet": { storage: "blob", blobRef: { uri: "azure://c/ab" } } }), "it"),
    "unsupported",
  );
  assert.match(blob.message, /"data\/big\.parquet"/);
  assert.match(blob.message, /"blob"/);
  assert.equal(blob.facts.storage, "blob");
  assert.match(asFailure(() => decodeIndex(indexWith({ a: { storage: "chunks" } }), "it"), "unsupported").message, /"chunks"/);
  assert.match(asFailure(() => decodeIndex(indexWith({}, { layout: 2, packs: [] }), "it"), "unsupported").message, /the layout 2/);
  assert.match(asFailure(() => decodeIndex(indexWith({}, { version: "2.0" }), "it"), "unsupported").message, /2\.0/);
});

Deno.test("names that are special to JavaScript are names like all others", () => {
  const bytes = encode(
    `{"version":"1.0","files":{"__proto__":{"path":"__proto__","digest":"${D}","size":1,"storage":"oci"},"constructor":{"path":"constructor","digest":"${D}","size":1,"storage":"oci"}}}`,
  );
  assert.deepEqual(decodeIndex(bytes, "it").map(({ path }) => path), ["__proto__", "constructor"]);
});

Deno.test("whatever bytes come in, the answer is an index whose paths are safe, or a Failure", () => {
  const part = fc.constantFrom("..", ".", "", "a", "b", ".git", ".modelops-bundle", "config.yaml", "state.json", "\\", "é");
  const path = fc.array(part, { maxLength: 4 }).map((parts) => parts.join("/"));
  const entry = fc.record({
    path,
    digest: fc.constantFrom(D, D, E, "", null),
    size: fc.constantFrom(0, 1, 1, -1, null),
    storage: fc.constantFrom("oci", "oci", "oci", "blob"),
    link: fc.constantFrom(undefined, undefined, "a", "../a", "b/../a", "/a"),
    executable: fc.constantFrom(undefined, true, 0),
  }, { requiredKeys: ["path", "storage"] });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 4 }), (entries) => {
      const bytes = encode({ version: "1.0", files: Object.fromEntries(entries.map((each) => [each.path, each])) });
      let index;
      try {
        index = decodeIndex(bytes, "it");
      } catch (error) {
        return assert.equal((error as Error).name, "Failure");
      }
      for (const { path } of index) {
        assert.ok(!/(^|\/)(\.\.?|\.git)?(\/|$)/.test(path) && !path.includes("\\"), path);
        assert.ok(!path.startsWith(".modelops-bundle/") || path === ".modelops-bundle/config.yaml", path);
      }
    }),
    { numRuns: 3000 },
  );
});
