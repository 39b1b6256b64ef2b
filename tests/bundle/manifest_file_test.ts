/** manifest.yaml: written by hand, read by any YAML library, and nothing is lost between. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDocument } from "yaml";
import { MANIFEST_PATH } from "../../src/base/bundle_path.ts";
import { formatManifestFile, parseManifestFile } from "../../src/bundle/manifest_file.ts";
import { sameSnapshot } from "../../src/bundle/snapshot.ts";
import { anySnapshot, asFailure } from "../base/generators.ts";

const D = `sha256:${"ab".repeat(32)}`;

Deno.test("what is formatted parses to itself, whatever the names, and does not depend on the order", () => {
  fc.assert(fc.property(anySnapshot, (snapshot) => {
    const text = formatManifestFile(snapshot);
    assert.ok(sameSnapshot(parseManifestFile(text), snapshot));
    assert.equal(formatManifestFile(new Map([...snapshot].reverse())), text);
    assert.equal(formatManifestFile(parseManifestFile(text)), text);
  }));
});

Deno.test("a YAML 1.1 reader, such as Python's, sees the same paths, digests and sizes", () => {
  fc.assert(fc.property(anySnapshot, (snapshot) => {
    const { files } = parseDocument(formatManifestFile(snapshot), { version: "1.1" }).toJS({ maxAliasCount: 0 });
    for (const { path, digest, size } of files) assert.deepEqual([digest, size], [snapshot.get(path)?.digest, snapshot.get(path)?.size]);
    assert.equal(files.length, snapshot.size);
  }));
});

Deno.test("it lists every file but itself", () => {
  const content = { digest: D as never, size: 3, executable: true, link: undefined };
  const text = formatManifestFile(new Map([[MANIFEST_PATH, content], ["run.sh" as never, content]]));
  assert.equal(
    text,
    `# Written by mops at each push: every other file of this bundle. Edits here are lost.\nversion: 1\nfiles:\n  - path: "run.sh"\n    digest: ${D}\n    size: 3\n    executable: true\n`,
  );
  assert.equal(parseManifestFile(formatManifestFile(new Map())).size, 0);
});

const entry = (more = "") => `version: 1\nfiles:\n  - path: a\n    digest: ${D}\n    size: 1\n${more}`;

for (
  const [what, text] of [
    ["nothing", ""],
    ["no version", "files: []\n"],
    ["no files", "version: 1\n"],
    ["a size that is none", entry().replace("size: 1", "size: -1")],
    ["an executable that is none", entry("    executable: maybe\n")],
    ["no YAML", "version: [1\n"],
    ["a path that leads out", entry().replace("path: a", "path: ../a")],
    ["a path into local state", entry().replace("path: a", "path: .modelops-bundle/state.json")],
    ["a digest that is none", entry().replace(D, "sha256:12")],
    ["one path twice", entry() + entry().slice(entry().indexOf("  - "))],
  ] as const
) {
  Deno.test(`a manifest.yaml with ${what} is invalid, and says where it stands`, () => {
    assert.match(asFailure(() => parseManifestFile(text), "invalid").message, /manifest\.yaml/);
  });
}

Deno.test("a manifest.yaml of a later version is refused by name", () => {
  assert.match(asFailure(() => parseManifestFile("version: 2\nfiles: []\n"), "unsupported").message, /version 2/);
});
