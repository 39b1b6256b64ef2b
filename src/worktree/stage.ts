/**
 * Everything that a change to the folder needs, fetched aside and verified before the first file is touched (D6). One transfer for each
 * digest, however many paths want it; none where the folder holds the bytes already and is about to give them up (a renamed file).
 */
import { join } from "node:path";
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { stopIfInterrupted } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import type { FileContent } from "../bundle/snapshot.ts";
import { onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { setExecutable } from "./carry_out.ts";
import { fetchFile, type FetchOptions } from "./fetch_file.ts";

export interface Wanted {
  readonly path: BundlePath;
  readonly content: FileContent;
}

export interface StageOptions extends FetchOptions {
  readonly parallel: number;
  readonly step: (name: string) => void;
}

/** Each path's file or link in `folder`, by name. @throws what `read` throws; Failure("corrupt"); Failure of the disk. */
export async function stage(folder: string, wanted: readonly Wanted[], options: StageOptions): Promise<ReadonlyMap<BundlePath, string>> {
  const names = new Map(wanted.map(({ path }, index) => [path, String(index)]));
  const groups = new Map<Digest, Wanted[]>();
  for (const item of wanted) {
    if (item.content.link !== undefined) makeLink(join(folder, names.get(item.path)!), item.content.link, options);
    else groups.set(item.content.digest, [...groups.get(item.content.digest) ?? [], item]);
  }
  await fetchAll([...groups.values()].map(([first]) => first!), (path) => join(folder, names.get(path)!), options);
  for (const [first, ...others] of groups.values()) {
    for (const other of others) copy(join(folder, names.get(first!.path)!), join(folder, names.get(other.path)!), other, options);
  }
  return names;
}

async function fetchAll(wanted: readonly Wanted[], placeOf: (path: BundlePath) => string, options: StageOptions): Promise<void> {
  if (wanted.length === 0) return;
  const { emit } = options;
  emit({ kind: "begin", activity: "downloading", items: wanted.length, bytes: wanted.reduce((sum, { content }) => sum + content.size, 0) });
  try {
    await mapPool(options.parallel, wanted, async ({ path, content }, signal) => {
      options.step(`fetch ${path}`);
      await fetchFile(placeOf(path), path, content, { ...options, signal });
      emit({ kind: "item", activity: "downloading", name: path });
    }, options.signal);
  } catch (error) {
    stopIfInterrupted(options.signal);
    throw error;
  } finally {
    emit({ kind: "end", activity: "downloading" });
  }
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
