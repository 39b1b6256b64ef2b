/**
 * Derived digests of a merged `registry.yaml`: who sealed last is decided file by file, since one side may have sealed a file and the
 * other one another. Promise: an entry is sealed anew only where every file of its closure will be as one of the sides sealed it for
 * that entry; what nobody sealed stays Stale.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import type { Entry } from "../models/model_registry.ts";
import { parseModelRegistry, recordedPath } from "../models/model_registry_read.ts";
import { type ClosureFiles, sealModelRegistry } from "../models/model_registry_yaml.ts";
import { entriesOf, entryOf, keyOf } from "./cloud_state.ts";

/** `files`: as they will be after the pull. @throws as `parseModelRegistry` does. */
export function sealMerged(merged: string, sides: readonly string[], files: ClosureFiles): string {
  const registries = sides.map(parseModelRegistry);
  const settled = entriesOf(parseModelRegistry(merged)).filter((entry) => {
    const sealed = registries.map((registry) => sealedFiles(entryOf(registry, keyOf(entry))));
    const isSealed = (path: string, digest: Digest | undefined): boolean =>
      digest !== undefined && sealed.some((side) => side.get(path) === digest);
    return [entry.path, ...entry.code, ...entry.data].every((path) => isSealed(path, files.file(path as BundlePath)?.digest)) &&
      (entry.closure?.project ?? []).every((path) => isSealed(path, files.projectFile(path as BundlePath)?.digest));
  });
  return settled.length === 0 ? merged : sealModelRegistry(merged, files, new Set(settled.map(keyOf)));
}

function sealedFiles(entry: Entry | undefined): Map<string, Digest> {
  if (entry === undefined) return new Map();
  const all = [entry.codeDigests, entry.dataDigests, entry.closure?.projectDigests ?? {}].flatMap((digests) => Object.entries(digests));
  const sealed = new Map(all.map(([path, digest]) => [recordedPath(path), digest]));
  if (entry.ownDigest !== null) sealed.set(entry.path, entry.ownDigest);
  return sealed;
}
