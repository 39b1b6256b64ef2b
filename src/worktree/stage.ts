/**
 * Everything that a change to the folder needs, fetched aside and verified before the first file is touched (D6). One transfer for each
 * digest, however many paths want it; none where the folder holds the bytes already and is about to give them up (a renamed file).
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { isFailure, stopIfInterrupted } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import type { FileContent } from "../bundle/snapshot.ts";
import { writeNew } from "../disk/atomic_file.ts";
import { onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { readBytes } from "../disk/file_source.ts";
import { HashThreads } from "../disk/hash_behind.ts";
import { startSmallFilesThread } from "../disk/small_files_thread.ts";
import { adoptStaged } from "./adopt_staging.ts";
import { setExecutable } from "./carry_out.ts";
import { fetchFile, type FetchOptions } from "./fetch_file.ts";
import type { Places } from "./new_folders.ts";
import { fetchFromPack, packFetches, type PackSource, type WantedOfPack } from "./stage_packs.ts";

export interface Wanted {
  readonly path: BundlePath;
  readonly content: FileContent;
}

export interface StageOptions extends Omit<FetchOptions, "hashing"> {
  /** Bytes that have no blob of their own; undefined where all have. */
  readonly packs?: PackSource | undefined;
  readonly parallel: number;
  readonly step: (name: string) => void;
}

/** Each path's file or link in `folder`, where `places` says. @throws what `read` throws; Failure("corrupt"); Failure of the disk. */
export async function stage(folder: string, wanted: readonly Wanted[], places: Places, options: StageOptions): Promise<void> {
  const { names } = places;
  for (const name of places.folders) {
    options.step(`make ${name}`);
    onDiskDo("make the directory", `${folder}/${name}`, () => disk.mkdir(`${folder}/${name}`));
  }
  const placeOf = (path: BundlePath) => `${folder}/${names.get(path)}`;
  const groups = new Map<Digest, Wanted[]>();
  for (const item of wanted) {
    if (item.content.link !== undefined) makeLink(placeOf(item.path), item.content.link, options);
    else if (groups.has(item.content.digest)) groups.get(item.content.digest)!.push(item);
    else groups.set(item.content.digest, [item]);
  }
  const firsts = [...groups.values()].map(([first]) => ({ ...first!, to: placeOf(first!.path) }));
  await fetchAll(await adoptStaged(folder, firsts, options), placeOf, options);
  for (const [first, ...others] of groups.values()) {
    for (const other of others) copy(placeOf(first!.path), placeOf(other.path), other, options);
  }
}

async function fetchAll(wanted: readonly Wanted[], placeOf: (path: BundlePath) => string, options: StageOptions): Promise<void> {
  if (wanted.length === 0) return;
  const { emit } = options;
  const { alone, packed } = apart(wanted, placeOf, options);
  const fetches = packFetches(packed);
  const bytes = alone.reduce((sum, { content }) => sum + content.size, 0) + fetches.reduce((sum, { part }) => sum + part.length, 0);
  using hashing = new HashThreads();
  emit({ kind: "begin", activity: "downloading", items: alone.length + packed.length, bytes });
  using thread = startSmallFilesThread(options.parallel < 2 ? 0 : packed.length);
  try {
    await mapPool(options.parallel, [...fetches, ...alone], async (item, signal) => {
      if ("pack" in item) {
        options.step(`fetch ${item.files.length} files of a pack`);
        const onBytes = (count: number) => emit({ kind: "bytes", activity: "downloading", count });
        await fetchFromPack(item, options.packs!, { signal, onBytes }, thread);
        for (const { path } of item.files) emit({ kind: "item", activity: "downloading", name: path });
      } else {
        options.step(`fetch ${item.path}`);
        await fetchFile(placeOf(item.path), item.path, item.content, { ...options, hashing, signal });
        emit({ kind: "item", activity: "downloading", name: item.path });
      }
    }, options.signal);
  } catch (error) {
    stopIfInterrupted(options.signal);
    throw error;
  } finally {
    emit({ kind: "end", activity: "downloading" });
  }
}

/** What has a blob of its own, and what comes out of packs and does not lie in the folder already. */
function apart(
  wanted: readonly Wanted[],
  placeOf: (path: BundlePath) => string,
  { packs, local, step }: StageOptions,
): { readonly alone: readonly Wanted[]; readonly packed: readonly WantedOfPack[] } {
  const alone: Wanted[] = [];
  const packed: WantedOfPack[] = [];
  for (const item of wanted) {
    const { content, path } = item;
    const place = packs?.at(content.digest);
    if (place === undefined) alone.push(item);
    else if (!copiedFrom(local.get(content.digest), placeOf(path), content, step)) packed.push({ ...item, place, to: placeOf(path) });
  }
  return { alone, packed };
}

/** A small file that the folder holds and gives up; false where it is not what it was. */
function copiedFrom(here: string | undefined, to: string, content: FileContent, step: StageOptions["step"]): boolean {
  if (here === undefined) return false;
  let bytes: Uint8Array;
  try {
    bytes = readBytes(here, content.size);
  } catch (error) {
    if (isFailure(error, "changed-underneath", "not-found")) return false;
    throw error;
  }
  if (digestOf(bytes) !== content.digest) return false;
  step(`copy ${here}`);
  writeNew(to, bytes, content.executable ? 0o777 : 0o666); // less the umask
  return true;
}

function makeLink(to: string, text: string, { step }: StageOptions): void {
  step(`stage the link ${to}`);
  onDiskDo("make the link", to, () => disk.symlink(text, to));
}

/** A clone without further space where the file system can (btrfs, XFS). */
function copy(from: string, to: string, { path, content }: Wanted, { step }: StageOptions): void {
  step(`copy ${path}`);
  onDiskDo("write", to, () => disk.copy(from, to));
  setExecutable(to, content.executable);
}
