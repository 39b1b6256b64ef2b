/**
 * A staged file made anew in the folder where it belongs: where no rename leads from the staging folder (a mount inside the project), or where
 * it would bring another group or access list than the folder gives. Half of it has a name of ours; the staged file stays until the
 * staging folder goes, so that this can be done again after a crash.
 */
import { dirname } from "node:path";
import { removeIfThere, renameOver } from "../disk/atomic_file.ts";
import { isFailure } from "../base/failure.ts";
import { errorNumber, onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { renameNew } from "../disk/renameat2.ts";
import { readLink } from "./links.ts";

const PIECE = 1 << 20; // bytes

/** The name of the half that a step makes beside its path: the same after a crash, and one that is never tracked. */
export function halfBeside(to: string, staging: string, number: number): string {
  return `${dirname(to)}/.mops-${staging.slice(0, 24)}${number.toString(16).padStart(12, "0")}.tmp`;
}

/**
 * Durable when it returns. false: left as it is.
 * @param stillHolds asked right before the change: does the path hold what the plan saw? null: nothing is there, and nothing is replaced
 * @throws Failure of the disk
 */
export function madeInPlace(from: string, to: string, half: string, stillHolds: (() => boolean) | null): boolean {
  removeIfThere(half); // of before a crash
  try {
    onDiskDo("write", to, () => copyAnew(from, half));
    if (stillHolds === null) return placedNew(half, to);
    if (!stillHolds()) return removeIfThere(half), false;
    onDiskDo("write", to, () => renameOver(half, to));
    return true;
  } catch (error) {
    if (isFailure(error)) removeQuietly(half);
    throw error;
  }
}

/** Was the failure that a name cannot be moved over there, since it is another file system or mount? */
export function isFromElsewhere(error: unknown): boolean {
  return isFailure(error) && error.facts["error"] === "EXDEV";
}

function copyAnew(from: string, half: string): void {
  if (Deno.lstatSync(from).isSymlink) return disk.symlink(readLink(from), half);
  using source = Deno.openSync(from, { read: true });
  const isExecutable = ((source.statSync().mode ?? 0) & 0o100) !== 0;
  using copy = disk.create(half, isExecutable ? 0o777 : 0o666); // less what the umask or the folder's access list takes
  const piece = new Uint8Array(PIECE);
  for (let read = source.readSync(piece); read !== null; read = source.readSync(piece)) copy.write(piece.subarray(0, read));
  copy.sync();
}

function placedNew(half: string, to: string): boolean {
  if (onDiskDo("write", to, () => renameNew(half, to))) return true;
  if (lstatIfThere(to) === null) {
    onDiskDo("write", to, () => renameOver(half, to)); // no RENAME_NOREPLACE here
    return true;
  }
  removeIfThere(half);
  return false;
}

/** The failure before is the one to tell. */
function removeQuietly(path: string): void {
  try {
    disk.remove(path);
  } catch (error) {
    if (errorNumber(error) === null) throw error;
  }
}
