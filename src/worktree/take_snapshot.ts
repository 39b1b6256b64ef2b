/**
 * What the folder holds of the tracked files, by digest. Files whose stamp is known are not read. A file is what it was at one moment:
 * it is looked at before and after it is read.
 */
import { type BundlePath, compareBundlePaths } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { Failure, stopIfInterrupted } from "../base/failure.ts";
import type { Emit } from "../bundle/events.ts";
import type { FileContent, Snapshot } from "../bundle/snapshot.ts";
import { errorNumber } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere, stampOf } from "../disk/file_stamp.ts";
import { hashFiles } from "../disk/hash_file.ts";
import { removeIfThere, temporaryName } from "../disk/atomic_file.ts";
import { inspectLink, type Obstacle, parentObstacle, shown } from "./links.ts";
import { metaPath, onDisk, type Project } from "./project.ts";
import type { StatCache } from "./stat_cache.ts";

export interface SnapshotOptions {
  readonly statCache: StatCache;
  /** false where the file system cannot hold it; then the base's stands (D2). */
  readonly executableBit: boolean;
  readonly base?: Snapshot | undefined;
  /** A tracked link that a bundle cannot hold is a warning, and counts as missing; else it is a failure. */
  readonly lookOnly?: boolean | undefined;
  /** Threads at most for big files. */
  readonly parallel?: number | undefined;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

export interface TakenSnapshot {
  readonly snapshot: Snapshot;
  /** Tracked, but not there as a file; in the order of the paths. */
  readonly missing: readonly BundlePath[];
  /** Files that had to be read. */
  readonly hashed: number;
}

const LOOKS_PER_TURN = 10_000; // some 40 ms: then progress and Ctrl-C get their turn

/**
 * @throws Failure naming a file that cannot be read; Failure("changed-underneath") naming one that is written to just now;
 * Failure("invalid") naming a link that leads to something else than a tracked file.
 */
export async function takeSnapshot(project: Project, tracked: Iterable<BundlePath>, options: SnapshotOptions): Promise<TakenSnapshot> {
  const paths = sorted(tracked);
  const looked = await lookAtAll(project, paths, options);
  const digests = await hashWhatIsNew(project, looked, options);

  const snapshot = new Map<BundlePath, FileContent>();
  const missing: BundlePath[] = [];
  const trackedSet = new Set(paths);
  const contentOf = (path: BundlePath, glance: Glance): FileContent => {
    const known = looked.known.get(path);
    const { digest, size } = known === undefined ? digests.get(path)! : { digest: known, size: glance.size };
    return { digest, size, executable: glance.executable };
  };
  for (const path of paths) {
    const glance = looked.files.get(path);
    const content = glance !== undefined
      ? contentOf(path, glance)
      : looked.links.has(path)
      ? linkContent(project, path, trackedSet, (target) =>
        looked.files.has(target) ? contentOf(target, looked.files.get(target)!) : null, options)
      : null;
    if (content === null) missing.push(path);
    else snapshot.set(path, content);
  }
  return { snapshot, missing, hashed: digests.size };
}

/** Whether files here can be told executable: by making one. true where nothing can be made, since then nothing says otherwise. */
export function probeExecutableBit(project: Project): boolean {
  if (Deno.build.os === "windows") return false;
  const path = metaPath(project, temporaryName());
  try {
    disk.create(path, 0o600).close();
    const plain = Deno.lstatSync(path).mode! & 0o100;
    disk.chmod(path, 0o700);
    return plain === 0 && (Deno.lstatSync(path).mode! & 0o100) !== 0;
  } catch (error) {
    if (errorNumber(error) === null) throw error;
    return errorNumber(error) !== "EPERM" || lstatIfThere(path) === null; // chmod is refused: no such bit here
  } finally {
    if (lstatIfThere(path) !== null) removeIfThere(path);
  }
}

/** A set that was loaded is sorted already, and sorting a hundred thousand paths again takes a fifth of a second. */
function sorted(tracked: Iterable<BundlePath>): readonly BundlePath[] {
  const paths = [...tracked];
  const inOrder = paths.every((path, index) => index === 0 || compareBundlePaths(paths[index - 1]!, path) < 0);
  return inOrder ? paths : paths.sort(compareBundlePaths);
}

/** What is kept of a look at a file; the system's whole answer would be ten times as much. */
interface Glance {
  readonly size: number;
  readonly executable: boolean;
}

interface Looked {
  readonly files: ReadonlyMap<BundlePath, Glance>;
  readonly links: ReadonlySet<BundlePath>;
  /** Digests that the stat cache vouches for. */
  readonly known: ReadonlyMap<BundlePath, Digest>;
}

async function lookAtAll(project: Project, paths: readonly BundlePath[], options: SnapshotOptions): Promise<Looked> {
  const files = new Map<BundlePath, Glance>();
  const links = new Set<BundlePath>();
  const known = new Map<BundlePath, Digest>();
  const parents = new Map<string, Obstacle | null>();
  for (const [index, path] of paths.entries()) {
    if (index % LOOKS_PER_TURN === LOOKS_PER_TURN - 1) await new Promise((resolve) => setTimeout(resolve, 0));
    stopIfInterrupted(options.signal);
    const obstacle = parentObstacle(project, path, parents);
    if (obstacle?.kind === "link") {
      warn(options, "behind-link", `${path} counts as missing: ${obstacle.path} is a link, and links to directories are not followed`);
    }
    const info = obstacle === null ? lstatIfThere(onDisk(project, path)) : null;
    if (info === null) continue;
    if (info.isFile) {
      files.set(path, { size: info.size, executable: isExecutable(path, info, options) });
      const digest = options.statCache.lookup(path, stampOf(info));
      if (digest !== null) known.set(path, digest);
    } else if (info.isSymlink) {
      links.add(path);
    } else {
      warn(
        options,
        "not-a-file",
        `${path} counts as missing: ${info.isDirectory ? "a directory stands in its place" : "it is no regular file"}`,
      );
    }
  }
  return { files, links, known };
}

async function hashWhatIsNew(
  project: Project,
  { files, known }: Looked,
  { statCache, emit, parallel, signal }: SnapshotOptions,
): Promise<ReadonlyMap<BundlePath, { digest: Digest; size: number }>> {
  const fresh = [...files].filter(([path]) => !known.has(path)).map(([path, info]) => ({ path, info }));
  if (fresh.length === 0) {
    statCache.save();
    return new Map();
  }
  statCache.begin();
  const names = new Map(fresh.map(({ path }) => [onDisk(project, path), path]));
  const digests = new Map<BundlePath, { digest: Digest; size: number }>();
  emit({ kind: "begin", activity: "hashing", items: fresh.length, bytes: fresh.reduce((sum, { info }) => sum + info.size, 0) });
  try {
    await hashFiles(fresh.map(({ path, info }) => ({ path: onDisk(project, path), size: info.size })), {
      parallel,
      signal,
      onBytes: (count) => emit({ kind: "bytes", activity: "hashing", count }),
      onItem: (file) => {
        const path = names.get(file.path)!;
        digests.set(path, file);
        statCache.remember(path, file.stamp, file.digest);
        emit({ kind: "item", activity: "hashing", name: path });
      },
    });
  } finally {
    emit({ kind: "end", activity: "hashing" });
    if (digests.size > 0) statCache.save(); // also when interrupted: what was read need not be read again
  }
  return digests;
}

function linkContent(
  project: Project,
  path: BundlePath,
  tracked: ReadonlySet<BundlePath>,
  contentOf: (target: BundlePath) => FileContent | null,
  options: SnapshotOptions,
): FileContent | null {
  const link = inspectLink(project, path);
  if (!link.ok && !(link.absent && tracked.has(link.target!))) {
    const what = `${path} is a link that ${link.why}, which a bundle cannot hold`;
    if (options.lookOnly) {
      warn(options, "bad-link", `${what}; it counts as missing`);
      return null;
    }
    throw new Failure("invalid", what, {
      hint: `ln -sfn TRACKED-FILE ${path}   (or mops bundle remove ${path}, which takes it out of the bundle)`,
      facts: { path, link: shown(link.text) },
    });
  }
  const target = link.target!;
  if (!tracked.has(target)) {
    if (options.lookOnly) {
      warn(options, "bad-link", `${path} is a link to ${target}, which is not tracked; it counts as missing`);
      return null;
    }
    throw new Failure("invalid", `${path} is a link to ${target}, which is not tracked`, {
      hint: `mops bundle add ${target}`,
      facts: { path, target },
    });
  }
  const content = contentOf(target);
  if (content === null) {
    warn(options, "dangling-link", `${path} counts as missing: the file it leads to, ${target}, is not there`);
    return null;
  }
  return { digest: content.digest, size: content.size, executable: false, link: link.text };
}

function isExecutable(path: BundlePath, info: Deno.FileInfo, { executableBit, base }: SnapshotOptions): boolean {
  return executableBit ? ((info.mode ?? 0) & 0o100) !== 0 : base?.get(path)?.executable ?? false;
}

function warn({ emit }: SnapshotOptions, code: string, message: string): void {
  emit({ kind: "warning", code, message });
}
