/**
 * What a pull that was killed, or failed, had fetched whole is not fetched again: its staging folder stays, and the next pull takes out
 * of it what it wants. Files there have numbers for names, or those that they were to get, and may be halves; so they are hashed to find
 * out what they are, and need no trust.
 */
import { basename, dirname, join } from "node:path";
import type { Digest } from "../base/digest.ts";
import type { FileContent } from "../bundle/snapshot.ts";
import { renameOver } from "../disk/atomic_file.ts";
import { onDiskDo } from "../disk/disk_failure.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { hashFiles } from "../disk/hash_file.ts";
import { namesIn } from "../disk/names_in.ts";
import { setExecutable } from "./carry_out.ts";

export interface AdoptOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called before each change to the disk. */
  readonly step: (name: string) => void;
}

/**
 * Moves to `to` what an earlier pull left behind of the wanted, at most one file of each digest; gives what is still to be fetched.
 * @param folder the staging folder of this pull, beside which the others lie
 */
export async function adoptStaged<Item extends { readonly content: FileContent; readonly to: string }>(
  folder: string,
  wanted: readonly Item[],
  options: AdoptOptions,
): Promise<Item[]> {
  const sizes = new Set(wanted.map(({ content }) => content.size));
  const left = filesBeside(folder).filter(({ size }) => sizes.has(size));
  if (left.length === 0) return [...wanted];
  const found = new Map<Digest, string>();
  for (const { path, digest } of await hashFiles(left, { signal: options.signal })) found.set(digest, path);
  return wanted.filter(({ content, to }) => {
    const file = found.get(content.digest);
    if (file === undefined) return true;
    found.delete(content.digest);
    options.step(`adopt ${file}`);
    onDiskDo("write", to, () => renameOver(file, to));
    setExecutable(to, content.executable);
    return false;
  });
}

/** Plain files with a number for a name, or in a new folder, in every other staging folder. */
function filesBeside(folder: string): { readonly path: string; readonly size: number }[] {
  const above = dirname(folder);
  const others = namesIn(above).filter((name) => name !== basename(folder)).map((name) => join(above, name));
  return others.filter((other) => lstatIfThere(other)?.isDirectory === true).flatMap((other) =>
    namesIn(other).filter(isStaged).flatMap((name) => filesAt(join(other, name)))
  );
}

/** Does a staging folder hold anything that `adoptStaged` could take? */
export function holdsStaged(folder: string): boolean {
  return namesIn(folder).filter(isStaged).some((name) => holdsFile(join(folder, name)));
}

/** A file or link, or a new folder. */
function isStaged(name: string): boolean {
  return /^(\d+|new-\d+)$/.test(name);
}

function holdsFile(path: string): boolean {
  const info = lstatIfThere(path);
  return info !== null && (!info.isDirectory || namesIn(path).some((name) => holdsFile(join(path, name))));
}

function filesAt(path: string): { readonly path: string; readonly size: number }[] {
  const info = lstatIfThere(path);
  if (info?.isDirectory) return namesIn(path).flatMap((name) => filesAt(join(path, name)));
  return info?.isFile ? [{ path, size: info.size }] : [];
}
