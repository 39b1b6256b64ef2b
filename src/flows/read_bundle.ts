/**
 * A bundle that can be asked about its files: fetched once, verified, remembered. What is remembered lies content-addressed in the
 * project, so that the base of a comparison is there without a network (D6).
 */
import { MANIFEST_PATH, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { readVerified } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { type BundleIndex, decodeIndex, packedIn, snapshotOf } from "../bundle/bundle_index.ts";
import type { Blob, EncodedManifest, Remote } from "../bundle/content.ts";
import { decodeBundleManifest, type Manifest } from "../bundle/manifest.ts";
import type { PackedAt } from "../bundle/pack.ts";
import { MAX_INDEX_BYTES, OCI_MANIFEST_TYPE } from "../bundle/media_types.ts";
import type { FileContent, Snapshot } from "../bundle/snapshot.ts";
import { absent } from "./absent.ts";
import { rememberBaseFiles } from "../worktree/base_files.ts";
import { LOST } from "../worktree/fetch_file.ts";
import { readObject, writeObject } from "../worktree/base_objects.ts";
import type { Project } from "../worktree/project.ts";

export interface KnownBundle {
  readonly digest: Digest;
  readonly manifest: EncodedManifest;
  readonly layers: Manifest["layers"];
  readonly config: Manifest["config"];
  readonly indexBytes: Uint8Array<ArrayBuffer>;
  readonly index: BundleIndex;
  readonly files: Snapshot;
  /** Where the bytes of a digest lie that have no blob of their own; made when it is first asked for. */
  readonly packed: ReadonlyMap<Digest, PackedAt>;
  /** The model registry that it holds, as bytes; null when it holds none. */
  modelRegistryBytes(): Promise<Uint8Array<ArrayBuffer> | null>;
  /** The same as text. */
  modelRegistry(): Promise<string | null>;
  /** Its `manifest.yaml`; null when it holds none. */
  manifestFile(): Promise<Uint8Array<ArrayBuffer> | null>;
}

const MAX_TEXT_BYTES = MAX_INDEX_BYTES;

/** Where a bundle may be read from; the project's own memory is asked first. */
export interface Sources {
  readonly project: Project | null;
  readonly remote: Remote | null;
  readonly signal: AbortSignal;
}

/** @throws Failure("not-found") | Failure("not-a-bundle") | Failure("invalid") | Failure("corrupt") */
export async function readBundle(sources: Sources, digest: Digest, what: string): Promise<KnownBundle> {
  const manifest = await readManifest(sources, digest, what);
  const decoded = decodeBundleManifest(manifest.bytes, what);
  if (decoded.config.size > MAX_INDEX_BYTES) {
    throw new Failure("invalid", `the index of ${what} has ${decoded.config.size} bytes, and at most ${MAX_INDEX_BYTES} are read`, {
      facts: { size: decoded.config.size, limit: MAX_INDEX_BYTES },
    });
  }
  const indexBytes = await readSmallBlob(sources, decoded.config, `the index of ${what}`);
  const index = decodeIndex(indexBytes, what);
  const { layers, config } = decoded;
  return readFrom(sources, { digest, manifest, layers, config, indexBytes, index, files: snapshotOf(index) }, what);
}

/** The same bundle with its files from elsewhere: from the project, for example, that remembers it by now. */
export function readFrom(
  sources: Sources,
  bundle: Pick<KnownBundle, "digest" | "manifest" | "layers" | "config" | "indexBytes" | "index" | "files">,
  what: string,
): KnownBundle {
  const { digest, manifest, layers, config, indexBytes, index, files } = bundle;
  let packed: ReadonlyMap<Digest, PackedAt> | undefined;
  return {
    digest,
    manifest,
    layers,
    config,
    indexBytes,
    index,
    files,
    get packed() {
      return packed ??= packedIn(index);
    },
    modelRegistryBytes: () => readSmallFile(sources, files.get(MODEL_REGISTRY_PATH), `the model registry of ${what}`),
    modelRegistry: () => readText(sources, files.get(MODEL_REGISTRY_PATH), `the model registry of ${what}`),
    manifestFile: () => readSmallFile(sources, files.get(MANIFEST_PATH), `manifest.yaml of ${what}`),
  };
}

/**
 * The same, or null when it is gone from everywhere: the base of a comparison may be lost, and then both sides count as changed. A remote
 * that is away is not that.
 */
export async function readBundleIfAny(sources: Sources, digest: Digest, what: string): Promise<KnownBundle | null> {
  try {
    return await readBundle(sources, digest, what);
  } catch (error) {
    if (isFailure(error, "not-found")) return null;
    throw error;
  }
}

/** The same for those who only look: null also when nobody can be asked now. */
export async function readBundleIfReachable(sources: Sources, digest: Digest, what: string): Promise<KnownBundle | null> {
  try {
    return await readBundle(sources, digest, what);
  } catch (error) {
    if (isFailure(error, "not-found", "unreachable", "unauthorized", "forbidden", "rate-limited", "remote-error", "interrupted")) {
      return null;
    }
    throw error;
  }
}

/** Keeps what `readBundle` needs to find this bundle again without a remote. */
export async function rememberBundle(project: Project, bundle: KnownBundle): Promise<void> {
  rememberBaseFiles(project, bundle.digest, bundle.files);
  writeObject(project, bundle.manifest.bytes);
  writeObject(project, bundle.indexBytes);
  const registry = await bundle.modelRegistryBytes();
  if (registry !== null) writeObject(project, registry);
}

async function readManifest(sources: Sources, digest: Digest, what: string): Promise<EncodedManifest> {
  const kept = sources.project === null ? null : readObject(sources.project, digest);
  if (kept !== null) return { mediaType: OCI_MANIFEST_TYPE, digest, bytes: kept };
  if (sources.remote === null) throw new Failure("not-found", `${what} is not remembered here, and there is no remote to ask`);
  try {
    return await sources.remote.readManifest(digest, sources.signal);
  } catch (error) {
    throw isFailure(error, "not-found") ? absent(sources.remote.repository, what, error) : error;
  }
}

async function readSmallBlob(sources: Sources, blob: Blob, what: string): Promise<Uint8Array<ArrayBuffer>> {
  const kept = sources.project === null ? null : readObject(sources.project, blob.digest);
  if (kept !== null) return kept;
  if (sources.remote === null) throw new Failure("not-found", `${what} is not remembered here, and there is no remote to ask`);
  try {
    return await readVerified(await sources.remote.blobs.read(blob, { signal: sources.signal }), blob, what);
  } catch (error) {
    if (!isFailure(error, "not-found")) throw error;
    throw new Failure("not-found", `${what} is lost: ${error.message}`, { hint: LOST, facts: error.facts, cause: error });
  }
}

export async function readText(sources: Sources, entry: FileContent | undefined, what: string): Promise<string | null> {
  const bytes = await readSmallFile(sources, entry, what);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

async function readSmallFile(sources: Sources, entry: FileContent | undefined, what: string): Promise<Uint8Array<ArrayBuffer> | null> {
  if (entry === undefined) return null;
  if (entry.size > MAX_TEXT_BYTES) throw new Failure("invalid", `${what} has ${entry.size} bytes, and at most ${MAX_TEXT_BYTES} are read`);
  return await readSmallBlob(sources, entry, what);
}
