/**
 * Taking the steps of a journal, by the command that wrote it or by the next one after a crash. Each step can be taken twice: what is
 * done already is seen, and what somebody else changed since the plan was made is left alone and named. What a step replaces or removes is
 * kept aside until all are taken, and looked at once more: an editor that saved in between gets its file back.
 */
import { join } from "node:path";
import type { BundlePath } from "../base/bundle_path.ts";
import { removeIfThere, renameOver } from "../disk/atomic_file.ts";
import { diskFailure, errorNumber, onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { hashFileSync } from "../disk/hash_file.ts";
import { renameNew } from "../disk/renameat2.ts";
import { syncFolder } from "../disk/sync_folder.ts";
import { type Held, type Journal, removeJournal, type Step } from "./journal.ts";
import { readLink } from "./links.ts";
import { halfBeside, isFromElsewhere, madeInPlace } from "./make_in_place.ts";
import { Arrivals, type NewFolder } from "./new_folders.ts";
import { LOCAL_NAMES, metaPath, onDisk, type Project } from "./project.ts";
import { Folders, isRealFolder, pruneAbove, removeEmptyFolders, syncFoldersOf } from "./project_folders.ts";
import { Exchanging, linkedAside, movedAside, placeNew, putBack } from "./put_aside.ts";

export interface CarryingOut {
  /** Does the path hold this? Of a path that holds a file or a link. */
  readonly holds: (path: BundlePath, held: Held, info: Deno.FileInfo) => boolean;
  /** The same of what lay at the path and was put aside: its number of names, and so its time of status change, is another one. */
  readonly stillHolds: (aside: string, path: BundlePath, held: Held, info: Deno.FileInfo) => boolean;
  /** Is the file still staged? Of a journal that was written a moment ago all are. */
  readonly isStaged: (file: string) => boolean;
  /** Has the staged file the right bytes? */
  readonly isWhole: (file: string, content: Held) => boolean;
  /** Folders that lie whole in the staging folder, and are not there yet. After a crash nobody knows, and files are placed one by one. */
  readonly newFolders: readonly NewFolder[];
  /** Called before each change to the disk. */
  readonly step: (name: string) => void;
}

export interface CarriedOut {
  readonly written: readonly BundlePath[];
  readonly removed: readonly BundlePath[];
  /** Changed by somebody else in the meantime, or in the way; left as they are. */
  readonly left: readonly BundlePath[];
  /** Files of local state whose staged bytes are not what was staged. */
  readonly damaged: readonly string[];
  /** false: because of what was left or is damaged, local state still says what it said. What was done then counts as done by hand. */
  readonly stateMoved: boolean;
}

/** "refused": by the file system, and by nobody's work. */
type Taken = "done" | "left" | "refused";

/** Removals, then files, modes and links, then empty folders, then local state; then the journal is taken away. @throws Failure of the disk. */
export function carryOut(project: Project, journal: Journal, doors: CarryingOut): CarriedOut {
  const written: BundlePath[] = [];
  const removed: BundlePath[] = [];
  const left: BundlePath[] = [];
  const staging = stagingPath(project, journal.staging);
  const asideOf = (number: number): string => `${staging}/was-${number}`;
  let isBlocked = false;
  const folders = new Folders(project, staging, doors.step);
  const exchanging = new Exchanging();
  const arrivals = new Arrivals(project, staging, doors.newFolders, (path) => folders.makeAbove(path), doors.step);
  for (const [number, step] of journal.steps.entries()) {
    const aside = asideOf(number);
    const taken = step.kind === "remove"
      ? remove(project, step, aside, doors)
      : step.kind === "mode"
      ? setMode(project, step, doors)
      : arrivals.brought(step.staged)
      ? "done"
      : place(
        project,
        step,
        { staging, aside, half: halfBeside(onDisk(project, step.path), journal.staging, number) },
        doors,
        folders,
        exchanging,
      );
    (taken === "done" ? step.kind === "remove" ? removed : written : left).push(step.path);
    isBlocked ||= taken === "left";
  }
  for (const [number, step] of journal.steps.entries()) {
    if (step.kind === "mode" || step.was === null || !givesBack(project, step, asideOf(number), doors)) continue;
    const list = step.kind === "remove" ? removed : written;
    if (list.includes(step.path)) list.splice(list.indexOf(step.path), 1);
    left.push(step.path);
    isBlocked = true;
  }
  for (const path of removed) pruneAbove(project, path, doors.step);
  syncFoldersOf(project, [...written, ...removed]); // the journal may go only when its work will stay
  // A base that holds what a path did not get would make the next push take it away from everybody. Without it the next pull asks.
  const wasMoved = journal.after.some(({ staged }) => lstatIfThere(join(staging, staged)) === null); // then all steps were taken before
  const damaged = journal.after.filter(({ staged, content }) => {
    const file = join(staging, staged);
    return content !== undefined && lstatIfThere(file) !== null && !doors.isWhole(file, content);
  }).map(({ name }) => name);
  const stateMoved = damaged.length === 0 && (!isBlocked || wasMoved);
  for (const { name, staged } of stateMoved ? journal.after : []) {
    if (lstatIfThere(join(staging, staged)) === null) continue; // put before the crash
    doors.step(`put ${name}`);
    onDiskDo("write", metaPath(project, name), () => renameOver(join(staging, staged), metaPath(project, name)));
  }
  syncFolder(metaPath(project, "."));
  doors.step("remove the journal");
  removeJournal(project);
  removeStaging(project, doors.step);
  return { written, removed, left, damaged, stateMoved };
}

export function stagingPath(project: Project, name: string): string {
  return join(metaPath(project, LOCAL_NAMES.staging), name);
}

/** What commands that died left there, too: under the project's lock nobody else has any. */
export function removeStaging(project: Project, step: (name: string) => void): void {
  const folder = metaPath(project, LOCAL_NAMES.staging);
  if (lstatIfThere(folder) === null) return;
  step("remove the staging folder");
  onDiskDo("remove", folder, () => disk.removeTree(folder));
}

/** Whether a file holds a link with this text, or (for files) whatever `bytes` says. */
export function holdsLinkOr(file: string, held: Held, info: Deno.FileInfo, bytes: () => boolean): boolean {
  if (held.link !== undefined) return info.isSymlink && readLink(file) === held.link;
  return info.isFile && info.size === held.size && bytes();
}

export function holdsByDigest(file: string, held: Held, info: Deno.FileInfo): boolean {
  return holdsLinkOr(file, held, info, () => hashFileSync(file).digest === held.digest);
}

function remove(project: Project, { path, was }: Step & { kind: "remove" }, aside: string, doors: CarryingOut): Taken {
  if (!isRealFolder(project, path)) return "done"; // gone together with its folder
  const info = lstatIfThere(onDisk(project, path));
  if (info === null || info.isDirectory) return "done"; // removed before the crash, and perhaps a folder made in its place
  if (!doors.holds(path, was, info)) return "left";
  doors.step(`remove ${path}`);
  if (!movedAside(onDisk(project, path), aside)) removeIfThere(onDisk(project, path));
  return "done";
}

function setMode(project: Project, { path, was, executable }: Step & { kind: "mode" }, doors: CarryingOut): Taken {
  const info = isRealFolder(project, path) ? lstatIfThere(onDisk(project, path)) : null;
  if (info === null || !info.isFile || !doors.holds(path, was, info)) return "left";
  doors.step(`set the mode of ${path}`);
  if (!setExecutable(onDisk(project, path), executable)) return "refused";
  onDiskDo("sync", onDisk(project, path), () => disk.sync(onDisk(project, path))); // a mode that got lost would look like the user's change
  return "done";
}

function place(
  project: Project,
  { path, staged, content, was }: Step & { kind: "place" },
  { staging, aside, half }: { readonly staging: string; readonly aside: string; readonly half: string },
  doors: CarryingOut,
  folders: Folders,
  exchanging: Exchanging,
): Taken {
  const from = `${staging}/${staged}`; // `join` takes as long as a look
  const to = onDisk(project, path);
  if (!doors.isStaged(from)) return "done"; // placed before the crash
  if (!doors.isWhole(from, content)) return "left";
  if (!folders.makeAbove(path)) return "left";
  const canRename = folders.isLikeStaging();
  if (was === null) {
    doors.step(`place ${path}`);
    if (canRename && onDiskDo("write", to, () => renameNew(from, to))) return "done";
  }
  const whole = lstatIfThere(from);
  if (whole === null) return "done";
  let there = lstatIfThere(to);
  if (there?.isDirectory === true && was === null) {
    removeEmptyFolders(to, doors.step);
    there = lstatIfThere(to);
  }
  if (there !== null && whole.ino !== null && there.dev === whole.dev && there.ino === whole.ino) {
    removeIfThere(from); // under both names, before the crash; what it replaced lies aside
    return "done";
  }
  const holdsWas = (there: Deno.FileInfo | null) => was === null ? there === null : there !== null && doors.holds(path, was, there);
  if (!holdsWas(there)) {
    if (there === null || !holdsByDigest(to, content, there)) return "left";
    removeIfThere(half);
    return "done"; // made in place, before the crash
  }
  if (was !== null) doors.step(`place ${path}`);
  if (canRename) {
    try {
      if (was === null) return placeNew(from, to) ? (removeIfThere(from), "done") : "left";
      return replace(from, to, aside, whole, (info) => doors.stillHolds(aside, path, was, info), exchanging);
    } catch (error) {
      if (!isFromElsewhere(error)) throw error;
    }
  }
  return madeInPlace(from, to, half, was === null ? null : () => holdsWas(lstatIfThere(to))) ? "done" : "left";
}

/** @param isExpected is it what the plan saw? Asked of what lies aside. */
function replace(
  from: string,
  to: string,
  aside: string,
  whole: Deno.FileInfo,
  isExpected: (info: Deno.FileInfo) => boolean,
  exchanging: Exchanging,
): Taken {
  if (exchanging.replaces(from, to, aside)) {
    if (isExpected(Deno.lstatSync(aside))) return removeIfThere(from), "done";
    putBack(aside, to, ({ ino }) => ino === whole.ino);
    return "left";
  }
  if (linkedAside(to, aside) && !isExpected(Deno.lstatSync(aside))) {
    removeIfThere(aside); // one name of two
    return "left";
  }
  onDiskDo("write", to, () => renameOver(from, to));
  return "done";
}

/**
 * Somebody who had the file open, or saved it in the very moment, wrote to what lies aside: it gets its name back, unless that holds
 * something newer than ours. true: it was given back.
 */
function givesBack(project: Project, step: Step & { kind: "remove" | "place" }, aside: string, doors: CarryingOut): boolean {
  const info = lstatIfThere(aside);
  if (info === null || step.was === null || doors.stillHolds(aside, step.path, step.was, info)) return false;
  const to = onDisk(project, step.path);
  const holdsOurs = (file: string, there: Deno.FileInfo) => step.kind === "place" && holdsByDigest(file, step.content, there);
  const isOurs = () => {
    const there = lstatIfThere(to);
    return there !== null && holdsOurs(to, there);
  };
  const isGone = lstatIfThere(to) === null;
  if (!isGone && !isOurs()) return false;
  doors.step(`give ${step.path} back`);
  if (isGone) return placeNew(aside, to);
  if (putBack(aside, to, (there) => holdsOurs(aside, there))) return true;
  if (!isOurs()) return false;
  onDiskDo("write", to, () => renameOver(aside, to)); // no exchange here
  return true;
}

/** Execution for those who may read; every other bit stays. false where the mode is not ours to set, or cannot hold it. */
export function setExecutable(file: string, executable: boolean): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    const mode = Deno.lstatSync(file).mode! & 0o7777;
    const next = executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
    if (next !== mode) disk.chmod(file, next);
    return true;
  } catch (error) {
    if (errorNumber(error) === "EPERM") return false; // a colleague's file, or a file system without the bit
    throw diskFailure(error, "set the mode of", file);
  }
}
