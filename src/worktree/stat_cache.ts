/**
 * `.modelops-bundle/stat-cache`: digests of files that have not changed since they were hashed, so that `status` reads no file twice
 * (D10). An entry is written only if the file was older than the start of its hashing by the time grain of the file system: only then is a
 * later change certain to show in its stamp. Both times are the file system's own, never this machine's clock.
 */
import { type Digest, digestIn, digestWords } from "../base/digest.ts";
import type { PathList } from "../base/path_list.ts";
import { temporaryName } from "../disk/atomic_file.ts";
import { errorNumber } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import type { FileStamp } from "../disk/file_stamp.ts";
import { FILE, type Looks } from "../disk/looks.ts";
import { writeSections } from "./checked_sections.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";
import {
  emptyStamps,
  encodeStamps,
  encodeTable,
  joinedStamps,
  NO_STAMPS,
  putStamp,
  readStamps,
  type StampEntry,
  stampIn,
  type StampTable,
} from "./stamp_table.ts";

export interface StatCache {
  /** For each file that was looked at, where the cache has what it holds, if its stamp says that it is unchanged; else -1. */
  lookup(paths: PathList, looks: Looks): Int32Array;
  /** The digest at such a place. */
  digest(place: number): Digest;
  /** All of them, as words. */
  digestWords(): Int32Array;
  /** To be called before the first file is read: notes the file system's time. */
  begin(): void;
  /** What was just read of a file that was looked up last, and the stamp it had before and after. @param index in the list of that look-up */
  remember(index: number, stamp: FileStamp, digest: Digest): void;
  /** Writes the file if something changed. Entries that were neither looked up nor remembered are dropped, unless it is partial. */
  save(): void;
}

export interface StatCacheOptions {
  /** false for dry runs: nothing in the folder is touched. A project that cannot be written is treated the same, silently. */
  readonly write: boolean;
  /** Only some files are looked at: what is known of the others stays. */
  readonly partial?: boolean | undefined;
}

const FINE_GRAIN_MS = 50; // kernels stamp files with the time of their last tick, up to 10 ms ago; network servers are coarser
const CHANGED_GRAIN_MS = 1000; // whole seconds (disk/file_stamp.ts)
const COARSE_GRAIN_MS = 2000; // FAT; also where nothing is known

export function openStatCache(project: Project, options: StatCacheOptions): StatCache {
  const file = metaPath(project, LOCAL_NAMES.statCache);
  let table: StampTable | null = null;
  const old = () => table ??= readStamps(file) ?? NO_STAMPS;
  /** Which of the old entries still hold. */
  let kept = new Uint8Array(0);
  let keptCount = 0;
  /** What was read, of the paths that were looked up last. */
  let looked: PathList = NO_STAMPS.paths;
  let fresh: { readonly table: StampTable; readonly marks: Uint8Array } | null = null;
  /** Files last changed before this time may be remembered. */
  let before = -Infinity;

  return {
    lookup(paths, looks) {
      looked = paths;
      fresh = null;
      const { paths: known, sizes, modified, changed, inodes } = old();
      let places = paths.placesIn(known);
      if (places === null) {
        places = new Int32Array(paths.length);
        for (let index = 0; index < places.length; index++) places[index] = index;
      }
      if (kept.length === 0) kept = new Uint8Array(sizes.length);
      for (let index = 0; index < places.length; index++) {
        const place = places[index]!;
        if (place < 0) continue;
        const isSame = looks.kinds[index] === FILE && sizes[place] === looks.sizes[index] && modified[place] === looks.modified[index] &&
          changed[place] === looks.changed[index] && inodes[place] === looks.inodes[index];
        if (!isSame) places[index] = -1;
        else if (kept[place] === 0) {
          kept[place] = 1;
          keptCount++;
        }
      }
      return places;
    },
    digest: (place) => digestIn(old().digests, place),
    digestWords: () => digestWords(old().digests),
    begin() {
      const now = options.write ? fileSystemTime(project) : null;
      before = now === null ? -Infinity : now.time - now.grain;
    },
    remember(index, stamp, digest) {
      // A time can be set back, and then only the time of status change tells, of which nobody gives us more than the second.
      if (stamp.modified >= before || stamp.changed + CHANGED_GRAIN_MS > before) return;
      fresh ??= { table: emptyStamps(looked), marks: new Uint8Array(looked.length) };
      fresh.marks[index] = 1;
      putStamp(fresh.table, index, stamp, digest);
    },
    save() {
      if (!options.write || fresh === null && (options.partial === true || keptCount === old().sizes.length)) return;
      const { table: read, marks } = fresh ?? { table: NO_STAMPS, marks: kept.subarray(0, 0) };
      const stays = options.partial === true ? new Uint8Array(old().sizes.length).fill(1) : kept;
      const joined = joinedStamps(read, marks, old(), stays);
      if (!writeSections(file, encodeTable(joined))) return;
      table = joined; // what was written is what is old from here on, and all of it holds
      kept = new Uint8Array(joined.sizes.length).fill(1);
      keptCount = kept.length;
      fresh = null;
    },
  };
}

/** Of files found to hold other bytes than their stamps promised: they are read again. A cache that cannot be written stays as it is. */
export function forgetStamps(project: Project, paths: ReadonlySet<string>): void {
  const file = metaPath(project, LOCAL_NAMES.statCache);
  const table = readStamps(file) ?? NO_STAMPS;
  const kept = table.paths.strings().flatMap((path, index): StampEntry[] =>
    paths.has(path) ? [] : [{ path, stamp: stampIn(table, index), digest: digestIn(table.digests, index) }]
  );
  if (kept.length < table.sizes.length) writeSections(file, encodeStamps(kept));
}

/** By a file touched just now; null where none can be made. Milliseconds. */
export function fileSystemTime(project: Project): { readonly time: number; readonly grain: number } | null {
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
