/**
 * `.modelops-bundle/stat-cache.json`: digests of files that have not changed since they were hashed, so that `status` reads no file
 * twice (D10). An entry is written only if the file was older than the start of its hashing by the time grain of the file system: only
 * then is a later change certain to show in its stamp. Both times are the file system's own, never this machine's clock.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { type Digest, isDigest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import { readTextIfThere, temporaryName, writeAtomic } from "../disk/atomic_file.ts";
import { errorNumber } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { type FileStamp, sameStamp } from "../disk/file_stamp.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";

export interface StatCache {
  /** What the file holds, if its stamp says that it is unchanged. */
  lookup(path: BundlePath, stamp: FileStamp): Digest | null;
  /** To be called before the first file is read: notes the file system's time. */
  begin(): void;
  /** What was just read, and the stamp it had before and after. */
  remember(path: BundlePath, stamp: FileStamp, digest: Digest): void;
  /** Writes the file if something changed. Entries that were neither looked up nor remembered are dropped, unless it is partial. */
  save(): void;
}

export interface StatCacheOptions {
  /** false for dry runs: nothing in the folder is touched. A project that cannot be written is treated the same, silently. */
  readonly write: boolean;
  /** Only some files are looked at: what is known of the others stays. */
  readonly partial?: boolean | undefined;
}

const VERSION = 1;
const FINE_GRAIN_MS = 50; // kernels stamp files with the time of their last tick, up to 10 ms ago; network servers are coarser
const COARSE_GRAIN_MS = 2000; // FAT; also where nothing is known

/** size, modified, changed, inode, digest. */
type Entry = readonly [number, number, number, number, string];

export function openStatCache(project: Project, options: StatCacheOptions): StatCache {
  const file = metaPath(project, LOCAL_NAMES.statCache);
  let old: Readonly<Record<string, Entry>> | null = null;
  const kept = new Map<BundlePath, Entry>();
  /** Files last changed before this time may be remembered. */
  let before = -Infinity;
  let changed = false;
  const entries = () => old ??= load(file);

  return {
    lookup(path, stamp) {
      const entry = Object.hasOwn(entries(), path) ? entries()[path]! : null;
      if (entry === null || !Array.isArray(entry) || !sameStamp(stampOfEntry(entry), stamp)) return null;
      const digest = `sha256:${entry[4]}`;
      if (!isDigest(digest)) return null;
      kept.set(path, entry);
      return digest;
    },
    begin() {
      const now = options.write ? fileSystemTime(project) : null;
      before = now === null ? -Infinity : now.time - now.grain;
    },
    remember(path, stamp, digest) {
      if (stamp.modified >= before) return;
      kept.set(path, [stamp.size, stamp.modified, stamp.changed, stamp.inode, digest.slice(digest.indexOf(":") + 1)]);
      changed = true;
    },
    save() {
      if (!options.write || (!changed && (options.partial === true || kept.size === Object.keys(entries()).length))) return;
      const others = options.partial === true ? Object.entries(entries()) : [];
      try {
        writeAtomic(file, JSON.stringify({ version: VERSION, entries: Object.fromEntries([...others, ...kept]) }));
        changed = false;
      } catch (error) {
        if (!isFailure(error)) throw error; // a full or read-only disk costs speed, nothing else
      }
    },
  };
}

function load(file: string): Readonly<Record<string, Entry>> {
  try {
    const value = JSON.parse(readTextIfThere(file) ?? "null");
    return value?.version === VERSION && typeof value.entries === "object" && value.entries !== null ? value.entries : {};
  } catch (error) {
    if (error instanceof SyntaxError || isFailure(error)) return {}; // damaged, or not for us to read: everything is hashed again
    throw error;
  }
}

function stampOfEntry([size, modified, changed, inode]: Entry): FileStamp {
  return { size, modified, changed, inode };
}

/** By a file touched just now; null where none can be made. */
function fileSystemTime(project: Project): { readonly time: number; readonly grain: number } | null {
  const path = metaPath(project, temporaryName());
  try {
    disk.writeNew(path, new Uint8Array(1));
    const time = Deno.lstatSync(path).mtime?.getTime();
    disk.remove(path);
    return time === undefined ? null : { time, grain: time % 1000 === 0 ? COARSE_GRAIN_MS : FINE_GRAIN_MS };
  } catch (error) {
    if (errorNumber(error) === null) throw error;
    return null;
  }
}
