/**
 * What the folder holds of the tracked files, by digest. Files whose stamp is known are not read. A file is what it was at one moment:
 * it is looked at before and after it is read.
 */
import { type BundlePath, compareBundlePaths } from "../base/bundle_path.ts";
import { type Digest, DIGEST_BYTES, digestOf, digestWords, isSameDigest, putDigest, putSameDigest } from "../base/digest.ts";
import { Failure, stopIfInterrupted } from "../base/failure.ts";
import type { PathList } from "../base/path_list.ts";
import { listOf, PathSet } from "../base/path_set.ts";
import { ChangedFiles } from "../bundle/changed_files.ts";
import type { Emit } from "../bundle/events.ts";
import { FileTable } from "../bundle/file_table.ts";
import type { FileContent, Snapshot } from "../bundle/snapshot.ts";
import { errorNumber } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { lookAtAll } from "../disk/look_at_all.ts";
import { ABSENT, DIRECTORY, FILE, keepLook, LINK, type Looks, UNASKED } from "../disk/looks.ts";
import { looksFrom } from "../disk/quick_look.ts";
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

/** A snapshot that its caller may change. */
export interface OwnSnapshot extends Snapshot {
  set(path: BundlePath, content: FileContent): unknown;
  delete(path: BundlePath): unknown;
}

export interface TakenSnapshot {
  /** In the order of the paths; the caller's own. */
  readonly snapshot: OwnSnapshot;
  /** Tracked, but not there as a file; in the order of the paths. */
  readonly missing: readonly BundlePath[];
  /** Files that had to be read. */
  readonly hashed: number;
}

const LOOKS_PER_TURN = 20_000; // some 80 ms where Deno looks: then progress and Ctrl-C get their turn

/**
 * @throws Failure naming a file that cannot be read; Failure("changed-underneath") naming one that is written to just now;
 * Failure("invalid") naming a link that leads to something else than a tracked file.
 */
export async function takeSnapshot(project: Project, tracked: Iterable<BundlePath>, options: SnapshotOptions): Promise<TakenSnapshot> {
  const paths = listOf(tracked);
  const looked = compareWithBase(paths, await look(project, paths, options), options);
  const hashed = await hashWhatIsNew(project, looked, options);
  const { snapshot, links, missing } = looked;
  if (links.length === 0) return { snapshot, missing, hashed };

  const linksThere = new Set(links);
  const lost: BundlePath[] = [];
  for (const path of links) {
    const contentOf = (target: BundlePath) => linksThere.has(target) ? null : snapshot.get(target) ?? null;
    const content = linkContent(project, path, new PathSet(paths), contentOf, options);
    if (content === null) lost.push(path);
    else snapshot.set(path, content);
  }
  for (const path of lost) snapshot.delete(path);
  return { snapshot, missing: lost.length === 0 ? missing : [...missing, ...lost].sort(compareBundlePaths), hashed };
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

interface Looked {
  /** In the order of the paths. Files that are to be hashed, and links, have their place in it already, with a content that does not count. */
  readonly snapshot: OwnSnapshot;
  readonly unknown: Unknown;
  readonly links: readonly BundlePath[];
  readonly missing: readonly BundlePath[];
}

/** Files that have to be read. */
interface Unknown {
  readonly paths: PathList;
  /** Where they stand in the list. */
  readonly places: readonly number[];
  /** Bytes. */
  readonly sizes: Float64Array;
  /** What was read of one of them. */
  put(place: number, digest: Digest, size: number): void;
}

/** What lies at each path; behind a link or below what is no directory, nothing does. */
async function look(project: Project, list: PathList, options: SnapshotOptions): Promise<Looks> {
  stopIfInterrupted(options.signal);
  const looks = await lookAtAll(`${project.root}/`, list, () => stopIfInterrupted(options.signal));
  const lookByPath = looksFrom(`${project.root}/`, 0);
  const parents = new Map<string, Obstacle | null>();
  let obstacle: Obstacle | null = null;
  const changes = list.folderChanges();
  const { length } = list;
  for (let index = 0; index < length; index++) {
    if (index % LOOKS_PER_TURN === LOOKS_PER_TURN - 1) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      stopIfInterrupted(options.signal);
    }
    if (changes[index] === 1) obstacle = parentObstacle(project, list.at(index), parents);
    if (obstacle !== null) {
      looks.kinds[index] = ABSENT;
      if (obstacle.kind !== "link") continue;
      const why = `${obstacle.path} is a link, and links to directories are not followed`;
      warn(options, "behind-link", `${list.at(index)} counts as missing: ${why}`);
    } else if (looks.kinds[index] === UNASKED) keepLook(looks, index, lookByPath(list.at(index)));
  }
  return looks;
}

/**
 * Nearly all files are as the base has them: where that is a table, only the others are told one by one. Where there is no such table, or much is
 * other than in it, the folder gets a table of its own.
 */
function compareWithBase(paths: PathList, looks: Looks, options: SnapshotOptions): Looked {
  const { base, statCache } = options;
  const known = statCache.lookup(paths, looks);
  if (!(base instanceof FileTable)) return asTable(paths, looks, known, options);
  const places = paths.placesIn(base.paths);
  const { length } = paths;
  let others = 0;
  for (let index = 0; index < length; index++) if (known[index]! < 0 || places !== null && places[index]! < 0) others++;
  return others * FEW_OTHERS > length
    ? asTable(paths, looks, known, options)
    : asChanges(paths, looks, known, { table: base, places }, options);
}

const FEW_OTHERS = 8; // one of so many: a change takes ten times the room of a row

function asChanges(
  paths: PathList,
  looks: Looks,
  known: Int32Array,
  { table, places }: { readonly table: FileTable; readonly places: Int32Array | null },
  options: SnapshotOptions,
): Looked {
  const { statCache, executableBit } = options;
  const snapshot = new ChangedFiles(table);
  const unknown: number[] = [];
  const links: BundlePath[] = [];
  const missing: BundlePath[] = [];
  const inTable = new Uint8Array(table.size);
  const inCache = statCache.digestWords();
  const inBase = digestWords(table.digests);
  const { length } = paths;
  for (let index = 0; index < length; index++) {
    const place = places === null ? index : places[index]!;
    if (place >= 0) inTable[place] = 1;
    const kind = looks.kinds[index];
    if (kind === FILE) {
      const size = looks.sizes[index]!;
      const at = known[index]!;
      const bit = looks.executable[index]!;
      if (
        place >= 0 && at >= 0 && isAsInTable(table, place, size, executableBit ? bit : null) && isSameDigest(inCache, at, inBase, place)
      ) continue;
      const path = paths.at(index);
      const executable = executableBit ? bit === 1 : table.get(path)?.executable ?? false;
      if (at < 0) unknown.push(index);
      snapshot.set(path, { digest: at < 0 ? NOT_YET : statCache.digest(at), size, executable });
    } else if (kind === LINK) {
      const path = paths.at(index);
      links.push(path);
      snapshot.set(path, { digest: NOT_YET, size: 0, executable: false });
    } else {
      const path = paths.at(index);
      missing.push(path);
      if (place >= 0) snapshot.delete(path);
      if (kind !== ABSENT) warn(options, "not-a-file", `${path} counts as missing: ${whyNoFile(kind === DIRECTORY)}`);
    }
  }
  if (places !== null) inTable.forEach((isIn, place) => isIn === 0 && snapshot.delete(table.paths.at(place)));
  const put = (place: number, digest: Digest, size: number): void => {
    const path = paths.at(place);
    snapshot.set(path, { digest, size, executable: snapshot.get(path)!.executable });
  };
  return { snapshot, unknown: { paths, places: unknown, sizes: looks.sizes, put }, links, missing };
}

/** In columns of the folder's own. */
function asTable(paths: PathList, looks: Looks, known: Int32Array, options: SnapshotOptions): Looked {
  const { base, statCache, executableBit } = options;
  const { sizes, kinds } = looks;
  const { length } = paths;
  const digests = new Uint8Array(length * DIGEST_BYTES);
  const bits = executableBit ? looks.executable : new Uint8Array(length);
  const [words, inCache] = [digestWords(digests), statCache.digestWords()];
  const snapshot = new ChangedFiles(new FileTable(paths, sizes, bits, digests, new Map()));
  const unknown: number[] = [];
  const links: BundlePath[] = [];
  const missing: BundlePath[] = [];
  for (let index = 0; index < length; index++) {
    const kind = kinds[index];
    if (kind === FILE) {
      if (known[index]! < 0) unknown.push(index);
      else putSameDigest(words, index, inCache, known[index]!);
      if (!executableBit && base?.get(paths.at(index))?.executable === true) bits[index] = 1;
    } else if (kind === LINK) {
      links.push(paths.at(index));
    } else {
      const path = paths.at(index);
      missing.push(path);
      snapshot.delete(path);
      if (kind !== ABSENT) warn(options, "not-a-file", `${path} counts as missing: ${whyNoFile(kind === DIRECTORY)}`);
    }
  }
  const put = (place: number, digest: Digest, size: number): void => {
    sizes[place] = size;
    putDigest(digests, place, digest);
  };
  return { snapshot, unknown: { paths, places: unknown, sizes, put }, links, missing };
}

/** All but the digest. @param bit null where the file system cannot hold it: then the table's stands (D2). */
function isAsInTable({ sizes, executable, links, paths }: FileTable, place: number, size: number, bit: number | null): boolean {
  return sizes[place] === size && (bit === null || executable[place] === bit) && (links.size === 0 || !links.has(paths.at(place)));
}

const NOT_YET = digestOf(new Uint8Array(0));

function whyNoFile(isDirectory: boolean): string {
  return isDirectory ? "a directory stands in its place" : "it is no regular file";
}

/** How many files were read. */
async function hashWhatIsNew(
  project: Project,
  { unknown }: Looked,
  { statCache, emit, parallel, signal }: SnapshotOptions,
): Promise<number> {
  const { paths, places, sizes } = unknown;
  if (places.length === 0) {
    statCache.save();
    return 0;
  }
  const { hashEach } = await import("../disk/hash_file.ts"); // where nothing is new nobody needs it
  statCache.begin();
  const start = project.root.length + 1;
  let hashed = 0;
  emit({ kind: "begin", activity: "hashing", items: places.length, bytes: places.reduce((sum, place) => sum + sizes[place]!, 0) });
  try {
    const requests = {
      length: places.length,
      path: (nth: number) => onDisk(project, paths.at(places[nth]!)),
      size: (nth: number) => sizes[places[nth]!]!,
    };
    await hashEach(requests, {
      parallel,
      signal,
      onBytes: (count) => emit({ kind: "bytes", activity: "hashing", count }),
      onItem: ({ path, digest, size, stamp }, nth) => {
        unknown.put(places[nth]!, digest, size);
        statCache.remember(places[nth]!, stamp, digest);
        hashed++;
        emit({ kind: "item", activity: "hashing", name: path.slice(start) });
      },
    });
  } finally {
    emit({ kind: "end", activity: "hashing" });
    if (hashed > 0) statCache.save(); // also when interrupted: what was read need not be read again
  }
  return hashed;
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

function warn({ emit }: SnapshotOptions, code: string, message: string): void {
  emit({ kind: "warning", code, message });
}
