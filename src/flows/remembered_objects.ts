/** Which objects below `.modelops-bundle/objects` are still needed: for each remembered bundle its manifest, index and model registry. */
import { type BundlePath, MODEL_REGISTRY_PATH, whyNotABundlePath } from "../base/bundle_path.ts";
import { type Digest, digestOf, isDigest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import { decodeIndex } from "../bundle/bundle_index.ts";
import { decodeBundleManifest } from "../bundle/manifest.ts";
import { readBytesIfThere } from "../disk/atomic_file.ts";
import type { ModelRegistry } from "../models/model_registry.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { canonicalPyproject } from "../python/pyproject.ts";
import { readObject, writeObject } from "../worktree/base_objects.ts";
import { onDisk, type Project } from "../worktree/project.ts";

/**
 * Also what `closure.project_digests` names, of the model registry on disk and of remembered bundles: the declarations that entries were
 * sealed with, so that it can be said what has changed in them.
 */
export function rememberedObjects(project: Project, bundles: Iterable<Digest>): Set<Digest> {
  const needed = new Set<Digest>(declarationsIn(readBytesIfThere(onDisk(project, MODEL_REGISTRY_PATH))));
  for (const bundle of bundles) {
    needed.add(bundle);
    const manifest = readObject(project, bundle);
    if (manifest === null) continue;
    try {
      const { config } = decodeBundleManifest(manifest, bundle);
      needed.add(config.digest);
      const index = readObject(project, config.digest);
      const registry = index === null ? null : modelRegistryIn(index, bundle);
      if (registry === null) continue;
      needed.add(registry);
      for (const digest of declarationsIn(readObject(project, registry))) needed.add(digest);
    } catch (error) {
      if (!isFailure(error)) throw error; // an object that cannot be read needs nothing further
    }
  }
  return needed;
}

const REGISTRY_ENTRY = new RegExp(`"${MODEL_REGISTRY_PATH.replaceAll(".", "\\.")}":\\{"digest":"(sha256:[0-9a-f]{64})"`);

/** Its digest by an index. In an index of ours the text tells: decoding a hundred thousand entries for one of them takes half a second. */
function modelRegistryIn(index: Uint8Array, what: string): Digest | null {
  const digest = REGISTRY_ENTRY.exec(new TextDecoder().decode(index.subarray(0, HEAD)))?.[1];
  if (digest !== undefined && isDigest(digest)) return digest;
  return decodeIndex(index, what).find(({ path }) => path === MODEL_REGISTRY_PATH)?.digest ?? null;
}

/** Where it stands in an index of ours, whose paths are sorted: few names come before a dot (bytes). */
const HEAD = 64 * 1024;

/** Keeps what the project's declarations are now, where entries were sealed with just that. */
export function rememberProjectFiles(project: Project, registry: ModelRegistry): void {
  const sealed = new Map<Digest, string>();
  for (const { closure } of [...registry.models.values(), ...registry.targets.values()]) {
    for (const [path, digest] of Object.entries(closure?.projectDigests ?? {})) sealed.set(digest, path);
  }
  for (const [digest, path] of sealed) {
    if (whyNotABundlePath(path) !== null || readObject(project, digest) !== null) continue;
    const bytes = readBytesIfThere(onDisk(project, path as BundlePath));
    const canonical = bytes !== null && path === "pyproject.toml" ? canonicalPyproject(new TextDecoder().decode(bytes)) : null;
    for (const now of [canonical, bytes]) if (now !== null && digestOf(now) === digest) writeObject(project, now);
  }
}

/** The same for the model registry as it lies on disk; one that cannot be read names nothing. */
export function rememberSealedDeclarations(project: Project): void {
  const bytes = readBytesIfThere(onDisk(project, MODEL_REGISTRY_PATH));
  const registry = bytes === null ? null : parsedIfReadable(bytes);
  if (registry !== null) rememberProjectFiles(project, registry);
}

function declarationsIn(text: Uint8Array | null): Digest[] {
  const registry = text === null ? null : parsedIfReadable(text);
  if (registry === null) return [];
  return [...registry.models.values(), ...registry.targets.values()].flatMap(({ closure }) => Object.values(closure?.projectDigests ?? {}));
}

/** null: whoever needs it as a registry says what is wrong with it. */
function parsedIfReadable(bytes: Uint8Array): ModelRegistry | null {
  try {
    return parseModelRegistry(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!isFailure(error, "invalid", "unsupported")) throw error;
    return null;
  }
}
