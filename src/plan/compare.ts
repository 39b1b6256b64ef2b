/**
 * The one law table: what happened to a path, given the folder, the remote and the base that both last agreed on. Pure and total.
 * Law: swapping folder and remote mirrors every kind. Law: sides that are equal are unchanged, whatever the base says.
 */
import {
  type BundlePath,
  compareBundlePaths,
  isMetadataPath,
  MANIFEST_PATH,
  METADATA_PATHS,
  MODEL_REGISTRY_PATH,
} from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { ChangedFiles } from "../bundle/changed_files.ts";
import { type FileContent, sameContent, type Snapshot } from "../bundle/snapshot.ts";
import { SnapshotView } from "../bundle/snapshot_view.ts";

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
  const changes: Change[] = [];
  const look = (path: BundlePath, ours: FileContent | undefined, theirs: FileContent | undefined) => {
    const kind = sameContent(ours, theirs) ? "unchanged" : kindOf(ours, theirs, base.get(path));
    if (kind !== "unchanged") changes.push({ path, kind });
  };
  const [here, there] = [undressed(local), undressed(remote)];
  if (here instanceof ChangedFiles && here.table === there) {
    for (const [path, content] of here.changes) if (!isMetadataPath(path)) look(path, content ?? undefined, there.get(path));
  } else {
    let shared = 0;
    for (const [path, content] of here) {
      const theirs = there.get(path);
      if (theirs !== undefined) shared++;
      if (!isMetadataPath(path)) look(path, content, theirs);
    }
    // What is in the base alone is gone on both sides, and that is unchanged.
    if (shared < there.size) {
      for (const [path, content] of there) if (!here.has(path) && !isMetadataPath(path)) look(path, undefined, content);
    }
  }
  for (const path of METADATA_PATHS) look(path, local.get(path), remote.get(path));
  return changes.sort((a, b) => compareBundlePaths(a.path, b.path)); // a few of a hundred thousand: only they are sorted
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
  const registry = side.get(MODEL_REGISTRY_PATH);
  const instead = registry === undefined || modelRegistry === null ? registry : { ...registry, digest: modelRegistry, size: 0 };
  if (!side.has(MANIFEST_PATH) && instead === registry) return side;
  return new ComparableSide(side, instead);
}

/** What a view is a view of: the metadata files apart, the same. */
function undressed(side: Snapshot): Snapshot {
  return side instanceof ComparableSide ? side.side : side;
}

/** A view and no copy: of a hundred thousand files, two are other than they were. */
class ComparableSide extends SnapshotView {
  readonly size: number;

  constructor(readonly side: Snapshot, readonly registry: FileContent | undefined) {
    super();
    this.size = side.size - (side.has(MANIFEST_PATH) ? 1 : 0);
  }

  get(path: BundlePath): FileContent | undefined {
    return path === MANIFEST_PATH ? undefined : path === MODEL_REGISTRY_PATH ? this.registry : this.side.get(path);
  }

  has(path: BundlePath): boolean {
    return path !== MANIFEST_PATH && this.side.has(path);
  }

  *entries(): Generator<[BundlePath, FileContent], undefined> {
    for (const [path, content] of this.side) {
      if (path !== MANIFEST_PATH) yield [path, path === MODEL_REGISTRY_PATH ? this.registry! : content];
    }
    return undefined;
  }
}

export function isLocalKind(kind: ChangeKind): boolean {
  return kind === "added" || kind === "modified" || kind === "deleted";
}
