/**
 * Two files that change places, and what somebody saves in that moment: what a path held is kept aside under a name of its own until all steps
 * are taken, whatever it is by then. Nothing here looks whether it is what the plan saw; the caller does.
 */
import { dirname } from "node:path";
import { removeIfThere, renameOver } from "../disk/atomic_file.ts";
import { errorNumber, onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { exchange } from "../disk/renameat2.ts";

/** Placing by exchange, which loses nothing whenever somebody saves; given up in folders whose file system does not do it (NFS, a mount). */
export class Exchanging {
  readonly #refusing = new Set<string>();

  /**
   * A second name of what was staged is exchanged with what lies there, whatever that is by now: it lies aside afterwards. false: nothing has
   * changed.
   */
  replaces(from: string, to: string, aside: string): boolean {
    const folder = dirname(to);
    if (this.#refusing.has(folder) || !linkedAside(from, aside)) return false;
    if (exchanged(aside, to)) return true;
    removeIfThere(aside);
    if (lstatIfThere(to) !== null) this.#refusing.add(folder); // nothing but the file system can have been the reason
    return false;
  }
}

/** What lies aside changes places with ours, unless somebody saved once more in that moment: what is newest stays. false: it stays aside. */
export function putBack(aside: string, to: string, isOurs: (info: Deno.FileInfo) => boolean): boolean {
  if (!exchanged(aside, to)) return false;
  if (isOurs(Deno.lstatSync(aside))) return true;
  exchanged(aside, to);
  return false;
}

/** A link never replaces what somebody made there a moment ago, as a rename would. false: somebody did. */
export function placeNew(from: string, to: string): boolean {
  try {
    disk.link(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    if (errorNumber(error) === null) throw error;
    onDiskDo("write", to, () => renameOver(from, to)); // no links here
  }
  return true;
}

/** A second name for what is about to be replaced. false where the file system, or its owner, allows none. */
export function linkedAside(path: string, aside: string): boolean {
  removeIfThere(aside); // of before a crash
  try {
    disk.link(path, aside);
    return true;
  } catch (error) {
    if (errorNumber(error) === null) throw error;
    return false;
  }
}

export function movedAside(path: string, aside: string): boolean {
  try {
    disk.rename(path, aside);
    return true;
  } catch (error) {
    if (errorNumber(error) === null) throw error;
    return false; // gone, or on another file system: the caller sees
  }
}

function exchanged(aside: string, to: string): boolean {
  return onDiskDo("write", to, () => exchange(aside, to));
}
