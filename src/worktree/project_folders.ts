/**
 * Folders of the project, for steps that put files into them or take them out: made where they are missing, gone with their last file, and
 * synced with what was done in them. Never behind a link.
 */
import { dirname, join } from "node:path";
import { type BundlePath, META_DIRECTORY } from "../base/bundle_path.ts";
import { makeFolder } from "../disk/atomic_file.ts";
import { defaultAccessList } from "../disk/default_access_list.ts";
import { diskFailure, errorNumber, onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { syncFolder } from "../disk/sync_folder.ts";
import { onDisk, type Project } from "./project.ts";

/**
 * The folder that the last step was in: looked at when a step enters it, and known while the steps stay in it, which are some milliseconds.
 * Each component is looked at: nothing is ever made behind a link.
 */
export class Folders {
  #folder: string | null = null;
  #isReal = false;
  #isLikeStaging: boolean | null = null;

  constructor(readonly project: Project, readonly staging: string, readonly step: (name: string) => void) {}

  /** false when a link or a file stands in the way. */
  makeAbove(path: BundlePath): boolean {
    const folder = dirname(path);
    if (folder === this.#folder) return this.#isReal;
    this.#folder = folder;
    this.#isLikeStaging = null;
    return this.#isReal = this.#make(path);
  }

  /** Does a file that was made in the staging folder look like one that is made here? Of the folder that was made last. */
  isLikeStaging(): boolean {
    return this.#isLikeStaging ??= handsOnAlike(this.staging, onDisk(this.project, this.#folder as BundlePath));
  }

  #make(path: BundlePath): boolean {
    const components = path.split("/");
    for (let end = 1; end < components.length; end++) {
      const folder = onDisk(this.project, components.slice(0, end).join("/") as BundlePath);
      const info = lstatIfThere(folder);
      if (info === null) {
        this.step(`make ${folder}`);
        makeFolder(folder);
      } else if (!info.isDirectory) return false;
    }
    return true;
  }
}

/** What is made in a folder takes its group and access list from it, and lies on its file system: is all that the same in both? */
export function handsOnAlike(one: string, other: string): boolean {
  const [a, b] = [lstatIfThere(one), lstatIfThere(other)];
  if (a === null || b === null || a.dev !== b.dev || a.gid !== b.gid) return false;
  const setsGroup = ({ mode }: Deno.FileInfo) => ((mode ?? 0) & 0o2000) !== 0;
  return setsGroup(a) === setsGroup(b) && defaultAccessList(one) === defaultAccessList(other);
}

export function isRealFolder(project: Project, path: BundlePath): boolean {
  const components = path.split("/");
  return components.slice(0, -1).every((_, index) =>
    lstatIfThere(onDisk(project, components.slice(0, index + 1).join("/") as BundlePath))?.isDirectory === true
  );
}

export function syncFoldersOf(project: Project, paths: readonly BundlePath[]): void {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  // Those above, too, for they may be new; and before those in them, or else a name could be certain in a folder that is not.
  for (const folder of [...folders].sort((a, b) => depthOf(a) - depthOf(b))) {
    if (isRealFolder(project, `${folder}/.` as BundlePath)) {
      syncFolder(folder === "." ? project.root : onDisk(project, folder as BundlePath));
    }
  }
}

function depthOf(folder: string): number {
  return folder === "." ? 0 : folder.split("/").length;
}

/** As git does: a folder goes with its last file. */
export function pruneAbove(project: Project, path: BundlePath, step: (name: string) => void): void {
  for (let folder = dirname(path); folder !== "." && folder !== META_DIRECTORY; folder = dirname(folder)) {
    const onIt = onDisk(project, folder as BundlePath);
    const info = lstatIfThere(onIt);
    if (info === null) continue;
    if (!info.isDirectory || !isEmpty(onIt)) return;
    step(`remove the empty ${folder}`);
    if (!removeFolderIfEmpty(onIt)) return;
  }
}

export function removeEmptyFolders(folder: string, step: (name: string) => void): void {
  for (const entry of onDiskDo("list", folder, () => [...Deno.readDirSync(folder)])) {
    if (entry.isDirectory) removeEmptyFolders(join(folder, entry.name), step);
  }
  step(`remove the empty ${folder}`);
  removeFolderIfEmpty(folder);
}

function isEmpty(folder: string): boolean {
  return onDiskDo("list", folder, () => Deno.readDirSync(folder)[Symbol.iterator]().next().done === true);
}

function removeFolderIfEmpty(folder: string): boolean {
  try {
    disk.remove(folder);
    return true;
  } catch (error) {
    // Something came in between, or it is a mount: that stays, empty.
    if (["ENOTEMPTY", "EEXIST", "EBUSY"].includes(errorNumber(error) ?? "")) return false;
    throw diskFailure(error, "remove", folder);
  }
}
