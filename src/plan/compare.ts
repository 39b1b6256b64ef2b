/**
 * The one law table: what happened to a path, given the folder, the remote and the base that both last agreed on. Pure and total.
 * Law: swapping folder and remote mirrors every kind. Law: sides that are equal are unchanged, whatever the base says.
 */
import { type BundlePath, MANIFEST_PATH, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { type FileContent, sameContent, type Snapshot, sortedPaths } from "../bundle/snapshot.ts";

/** Words without "remote" tell of the folder's side. */
export type ChangeKind =
  | "unchanged"
  | "added"
  | "modified"
  | "deleted"
  | "remote-added"
  | "remote-modified"
  | "remote-deleted"
  | "conflict";

export interface Change {
  readonly path: BundlePath;
  readonly kind: ChangeKind;
}

export function kindOf(local: FileContent | undefined, remote: FileContent | undefined, base: FileContent | undefined): ChangeKind {
  if (sameContent(local, remote)) return "unchanged";
  if (sameContent(remote, base)) return local === undefined ? "deleted" : base === undefined ? "added" : "modified";
  if (sameContent(local, base)) return remote === undefined ? "remote-deleted" : base === undefined ? "remote-added" : "remote-modified";
  return "conflict";
}

/** Every path that is not unchanged, sorted. */
export function compareSnapshots(local: Snapshot, remote: Snapshot, base: Snapshot): Change[] {
  return sortedPaths(local.keys(), remote.keys(), base.keys())
    .map((path): Change => ({ path, kind: kindOf(local.get(path), remote.get(path), base.get(path)) }))
    .filter(({ kind }) => kind !== "unchanged");
}

/** From one state to another, with no third opinion: the remote's words do not occur. */
export function changesBetween(now: Snapshot, before: Snapshot): Change[] {
  return compareSnapshots(now, before, before);
}

/**
 * A side as it is compared: without `manifest.yaml`, which is derived, and with the model registry identified by what people wrote in
 * it and not by its derived digests (D4). `modelRegistry` is null where the bytes are all that is known of it.
 */
export function comparable(side: Snapshot, modelRegistry: Digest | null): Snapshot {
  const files = new Map(side);
  files.delete(MANIFEST_PATH);
  const registry = files.get(MODEL_REGISTRY_PATH);
  if (registry !== undefined && modelRegistry !== null) files.set(MODEL_REGISTRY_PATH, { ...registry, digest: modelRegistry, size: 0 });
  return files;
}

export function isLocalKind(kind: ChangeKind): boolean {
  return kind === "added" || kind === "modified" || kind === "deleted";
}
