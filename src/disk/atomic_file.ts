/**
 * Small files that are either the old or the new one, never half of one: written beside their place under a name of their own, then
 * renamed over it. Files get the mode that the umask leaves and the group that their folder gives, so that folders shared by a group
 * (setgid, umask 002) stay shared.
 */
import { dirname, join } from "node:path";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { diskFailure, isAbsent, onDiskDo } from "./disk_failure.ts";
import * as disk from "./effects.ts";
import { lstatIfThere } from "./file_stamp.ts";
import { syncFolder } from "./sync_folder.ts";

export interface WriteAtomicOptions {
  /** fsync of the file, then of its folder. */
  readonly sync?: boolean | undefined;
  /** Set exactly, whatever the umask: for secrets. */
  readonly mode?: number | undefined;
  /** Another folder of the same file system to write it in first: one that is swept (`left_behind.ts`). */
  readonly aside?: string | undefined;
}

/** null only when there is no such file. @throws Failure naming the file for everything else, such as a missing permission. */
export function readTextIfThere(path: string): string | null {
  const bytes = readBytesIfThere(path);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

/** As `readTextIfThere`, for bytes. */
export function readBytesIfThere(path: string): Uint8Array<ArrayBuffer> | null {
  try {
    // Reading a fifo waits for a writer, for ever and deaf to signals.
    const { isFile, isDirectory, size } = Deno.statSync(path);
    if (!isFile && !isDirectory) throw notAFile(path);
    return size < WORTH_SIZING ? Deno.readFileSync(path) : readSized(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw diskFailure(error, "read", path);
  }
}

const WORTH_SIZING = 1 << 20; // bytes

/** Into a buffer of the file's size: Deno's own call grows one, which takes five times as long (8 MB: 16 ms instead of 3). */
function readSized(path: string): Uint8Array<ArrayBuffer> {
  using file = Deno.openSync(path, { read: true });
  const bytes = new Uint8Array(file.statSync().size);
  let size = 0;
  while (size < bytes.length) {
    const count = file.readSync(bytes.subarray(size));
    if (count === null) return bytes.slice(0, size);
    size += count;
  }
  return file.readSync(new Uint8Array(1)) === null ? bytes : Deno.readFileSync(path); // it grew in the meantime
}

function notAFile(path: string): Failure {
  return new Failure("not-ready", `cannot read ${path}: it is no regular file`, {
    hint: `ls -ld ${shellWord(path)}`,
    facts: { path },
  });
}

/** @throws Failure naming `path`; what was there is still there then, and nothing else is left behind. */
export function writeAtomic(path: string, content: string | Uint8Array, options: WriteAtomicOptions = {}): void {
  const temporary = join(options.aside ?? dirname(path), temporaryName());
  try {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    {
      using file = disk.create(temporary, options.mode);
      file.write(bytes);
      if (options.mode !== undefined && Deno.build.os !== "windows") disk.chmod(temporary, options.mode);
      if (options.sync) file.sync();
    }
    renameOver(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw diskFailure(error, "write", path);
  }
  if (options.sync) syncFolder(dirname(path));
}

/**
 * rename(2), for network file systems too: when the answer got lost and the repeated call finds nothing to rename, the target is
 * looked at before a failure is believed.
 */
export function renameOver(from: string, to: string): void {
  const identity = Deno.lstatSync(from).ino;
  try {
    disk.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) || identity === null) throw error;
    let there: Deno.FileInfo;
    try {
      there = Deno.lstatSync(to);
    } catch {
      throw error; // nothing at the target either: the first error is the one that tells
    }
    if (there.ino !== identity) throw error;
  }
}

/** A name that no other process, thread or earlier run uses, short enough for every file system. */
export function temporaryName(): string {
  return `.mops-${crypto.randomUUID()}.tmp`;
}

/** true when something was removed. Directories only when empty. @throws Failure naming it. */
export function removeIfThere(path: string): boolean {
  try {
    disk.remove(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw diskFailure(error, "remove", path);
  }
}

/** A folder and what is missing above it; with `sync` they survive a power cut. @throws Failure naming it. */
export function makeFolder(path: string, options: { readonly sync?: boolean } = {}): void {
  const missing = options.sync ? missingFolders(path) : [];
  onDiskDo("make the directory", path, () => disk.mkdirAll(path));
  for (const folder of missing) syncFolder(dirname(folder));
}

/** The path and the folders above it that do not exist, from the outermost to the innermost. */
function missingFolders(path: string): string[] {
  return lstatIfThere(path) !== null || dirname(path) === path ? [] : [...missingFolders(dirname(path)), path];
}

/** A small file that is not there yet, in one go and not synced. @throws Failure naming it */
export function writeNew(path: string, bytes: Uint8Array, mode: number): void {
  onDiskDo("write", path, () => disk.writeNew(path, bytes, mode));
}
