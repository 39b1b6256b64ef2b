/** The seal: one content, one digest; sealing what was sealed changes nothing (B1). */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type BundlePath,
  CONFIG_PATH,
  MANIFEST_PATH,
  METADATA_PATHS,
  MODEL_REGISTRY_PATH,
  parseBundlePath,
} from "../../src/base/bundle_path.ts";
import { digestOf } from "../../src/base/digest.ts";
import { decodeIndex, snapshotOf } from "../../src/bundle/bundle_index.ts";
import { decodeBundleManifest } from "../../src/bundle/manifest.ts";
import { parseManifestFile } from "../../src/bundle/manifest_file.ts";
import type { FileContent, Snapshot } from "../../src/bundle/snapshot.ts";
import { EMPTY_MODEL_REGISTRY } from "../../src/models/model_registry.ts";
import { draftSeal, seal as complete, type SealTexts } from "../../src/plan/seal.ts";
import { formatConfig } from "../../src/settings/config.ts";
import { anyTree } from "./any_tree.ts";

const CONFIG = formatConfig({ name: "seir", defaultTag: "latest", thresholdBytes: 1 });
const REGISTRY = `version: "1.0"
models:
  one: {path: a, data: [b/c, gone]}   # a comment
  two:
    path: e
    code: [b/d]
targets: {t: {path: b/c}}
`;
const TEXTS = { config: CONFIG, modelRegistry: REGISTRY, canonicalPyproject: null, layout: "auto" } as const;
const seal = (tree: Snapshot, texts: SealTexts) => complete(draftSeal(tree, texts), []);
const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

Deno.test("B1: sealing what was sealed gives the same digest and the same bytes", () => {
  fc.assert(fc.property(anyTree, (tree) => {
    const first = seal(tree, TEXTS);
    const onDisk = new Map<BundlePath, FileContent>([...tree, ...METADATA_PATHS.map((path) => [path, first.files.get(path)!] as const)]);
    const second = seal(onDisk, {
      canonicalPyproject: null,
      layout: "auto",
      config: textOf(first.metadata.get(CONFIG_PATH)),
      modelRegistry: textOf(first.metadata.get(MODEL_REGISTRY_PATH)),
    });
    assert.equal(second.bundle.manifest.digest, first.bundle.manifest.digest);
    assert.deepEqual(second.metadata, first.metadata);
    assert.deepEqual(second.files, first.files);
  }));
});

Deno.test("B6: the digest does not depend on the order of files, nor on stale metadata files among them", () => {
  fc.assert(fc.property(anyTree, fc.nat(), (tree, salt) => {
    const shuffled: Snapshot = new Map([...tree].sort(([a], [b]) => digestOf(bytes(a + salt)) < digestOf(bytes(b + salt)) ? -1 : 1));
    const stale = new Map(shuffled).set(MANIFEST_PATH, { digest: digestOf(bytes("old")), size: 3, executable: true });
    assert.equal(seal(stale, TEXTS).bundle.manifest.digest, seal(tree, TEXTS).bundle.manifest.digest);
  }));
});

Deno.test("a digest differs when a path, a byte, an executable bit, a link, the configuration or the model registry does", () => {
  const file = (text: string, more: Partial<FileContent> = {}): FileContent => ({
    digest: digestOf(bytes(text)),
    size: text.length,
    executable: false,
    ...more,
  });
  const [a, b] = ["a", "b"].map(parseBundlePath) as [BundlePath, BundlePath];
  const tree = new Map([[a, file("x")], [b, file("x")]]);
  const digests = [
    seal(tree, TEXTS),
    seal(new Map([[a, file("x")]]), TEXTS),
    seal(new Map(tree).set(b, file("y")), TEXTS),
    seal(new Map(tree).set(b, file("x", { executable: true })), TEXTS),
    seal(new Map(tree).set(b, file("x", { link: "a" })), TEXTS),
    seal(tree, { ...TEXTS, config: `${CONFIG}# more\n` }),
    seal(tree, { ...TEXTS, modelRegistry: EMPTY_MODEL_REGISTRY }),
  ].map(({ bundle }) => bundle.manifest.digest);
  assert.equal(new Set(digests).size, digests.length);
});

Deno.test("what is sealed can be read back: the index and manifest.yaml list the same files, and every file has its layer", () => {
  fc.assert(fc.property(anyTree, (tree) => {
    const { bundle, files, metadata } = seal(tree, TEXTS);
    const listed = snapshotOf(decodeIndex(bundle.index.bytes, "it"));
    assert.deepEqual([...listed.keys()].sort(), [...files.keys()].sort());
    for (const [path, { digest, executable }] of files) {
      assert.deepEqual([listed.get(path)!.digest, listed.get(path)!.executable], [digest, executable]);
    }
    const manifestFile = parseManifestFile(textOf(metadata.get(MANIFEST_PATH)));
    assert.deepEqual([...manifestFile.keys()].sort(), [...files.keys()].filter((path) => path !== MANIFEST_PATH).sort());
    for (const [path, { digest }] of manifestFile) assert.equal(digest, files.get(path)!.digest);
    const { layers, config } = decodeBundleManifest(bundle.manifest.bytes, "it");
    assert.equal(layers.length, files.size);
    assert.equal(config.digest, bundle.index.descriptor.digest);
    for (const [path, content] of metadata) assert.equal(files.get(path)!.digest, digestOf(content));
  }));
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
