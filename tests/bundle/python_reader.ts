/**
 * What the Python tool accepts as an index, from the rules that were found by running it, and from nothing else: this reader shares no
 * code with ours. Extra keys are ignored; the entry's own path counts; digests and sizes are not looked into.
 */
import assert from "node:assert/strict";

export interface PythonEntry {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
  readonly storage: "oci" | "blob";
}

/** @throws AssertionError saying which rule is broken */
export function readAsPython(manifestBytes: Uint8Array, indexBytes: Uint8Array): PythonEntry[] {
  const manifest = parse(manifestBytes);
  const config = mapping(manifest.config, "config");
  assert.equal(config.mediaType, "application/vnd.modelops.bundle.index.v1+json", "the config's media type says that it is a bundle");
  for (const layer of list(manifest.layers, "layers")) assert.equal(typeof mapping(layer, "layer").digest, "string");

  const index = parse(indexBytes);
  assert.equal(typeof index.created, "string", "created is a text");
  assert.equal(typeof index.version, "string", "version is a text");
  for (const key of ["metadata", "tool"]) {
    for (const [name, value] of Object.entries(mapping(index[key], key))) assert.equal(typeof value, "string", `${key}.${name} is a text`);
  }
  return Object.values(mapping(index.files, "files")).map((value) => {
    const { path, digest, size, storage, blobRef } = mapping(value, "entry");
    assert.ok(typeof path === "string" && typeof digest === "string", "path and digest are texts");
    assert.ok(Number.isInteger(size), "size is a whole number");
    assert.ok(storage === "oci" || storage === "blob", "storage is one of two");
    if (storage === "blob") mapping(blobRef, "blobRef");
    assert.ok(path !== "" && !/^[/\\]/.test(path) && !path.split(/[/\\]/).includes(".."), "the path stays in the folder");
    return { path, digest, size: size as number, storage };
  });
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  return mapping(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), "the document");
}

function mapping(value: unknown, what: string): Record<string, unknown> {
  assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), `${what} is a mapping`);
  return value as Record<string, unknown>;
}

function list(value: unknown, what: string): unknown[] {
  assert.ok(Array.isArray(value), `${what} is a list`);
  return value;
}
