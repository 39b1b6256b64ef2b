/**
 * A folder that is not there yet is put together in the staging folder and arrives by one rename, however many files are in it (decision
 * 0012). Where it cannot, since somebody made it meanwhile or the system refuses, its files are placed one by one.
 */
import { dirname } from "node:path";
import type { BundlePath } from "../base/bundle_path.ts";
import type { FileContent } from "../bundle/snapshot.ts";
import { errorNumber, onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { renameNew } from "../disk/renameat2.ts";
import { type Obstacle, parentObstacle } from "./links.ts";
import { onDisk, type Project } from "./project.ts";
import { handsOnAlike } from "./project_folders.ts";

export interface NewFolder {
  readonly path: BundlePath;
  /** Its name in the staging folder. */
  readonly staged: string;
}

/** Where in the staging folder everything is put together. */
export interface Places {
  /** `17`, or for a file in a new folder `new-3/deep/x.csv`. */
  readonly names: ReadonlyMap<BundlePath, string>;
  readonly newFolders: readonly NewFolder[];
  /** Folders to be made in the staging folder, those above before those in them. */
  readonly folders: readonly string[];
}

interface Coming {
  readonly path: BundlePath;
  readonly content: FileContent;
  /** null: nothing lies there. */
  readonly replaces: FileContent | null;
}

/** UTF-16 units of a path in the staging folder: there it is longer than where it goes, and no system's limit may be met only here. */
const LONGEST = 300;

/** Links keep a number: nothing is ever written through one, in the staging folder either. @param staging exists already */
export function placesFor(project: Project, staging: string, coming: readonly Coming[]): Places {
  const names = new Map<BundlePath, string>();
  const newFolders = new Map<string, NewFolder | null>();
  const folders = new Set<string>();
  const known = new Map<string, Obstacle | null>();
  for (const [index, { path, content, replaces }] of coming.entries()) {
    const obstacle = content.link === undefined && replaces === null ? parentObstacle(project, path, known) : null;
    const newFolder = obstacle?.kind === "absent" ? newFolderAt(obstacle.path) : null;
    const name = newFolder === null ? "" : `${newFolder.staged}${path.slice(newFolder.path.length)}`;
    if (newFolder === null || staging.length + name.length > LONGEST) names.set(path, String(index));
    else {
      names.set(path, name);
      addFolders(folders, name);
    }
  }
  return { names, newFolders: [...newFolders.values()].filter((one) => one !== null), folders: [...folders] };

  function newFolderAt(path: string): NewFolder | null {
    let one = newFolders.get(path);
    if (one === undefined) {
      const above = onDisk(project, dirname(path) as BundlePath);
      one = handsOnAlike(staging, above) ? { path: path as BundlePath, staged: `new-${newFolders.size}` } : null;
      newFolders.set(path, one);
    }
    return one;
  }
}

function addFolders(folders: Set<string>, name: string): void {
  const slash = name.lastIndexOf("/");
  if (slash < 0) return;
  const folder = name.slice(0, slash);
  if (folders.has(folder)) return;
  addFolders(folders, folder);
  folders.add(folder);
}

/** Brings new folders to their places, each when its first file is asked for. */
export class Arrivals {
  readonly #newFolders: ReadonlyMap<string, NewFolder>;
  readonly #arrived = new Map<string, boolean>();

  /** @param makeAbove makes what is missing above a path; false when something stands in the way */
  constructor(
    readonly project: Project,
    readonly staging: string,
    newFolders: readonly NewFolder[],
    readonly makeAbove: (path: BundlePath) => boolean,
    readonly step: (name: string) => void,
  ) {
    this.#newFolders = new Map(newFolders.map((one) => [one.staged, one]));
  }

  /** Is the staged file at its path, since its folder is? */
  brought(staged: string): boolean {
    const slash = staged.indexOf("/");
    if (slash < 0) return false;
    const name = staged.slice(0, slash);
    const newFolder = this.#newFolders.get(name);
    if (newFolder === undefined) return false; // of before a crash: every file is looked at
    let arrived = this.#arrived.get(name);
    if (arrived === undefined) this.#arrived.set(name, arrived = this.#bring(newFolder));
    return arrived;
  }

  #bring({ path, staged }: NewFolder): boolean {
    if (!this.makeAbove(path)) return false;
    this.step(`place ${path}`);
    const [from, to] = [`${this.staging}/${staged}`, onDisk(this.project, path)];
    return onDiskDo("write", to, () => renameNew(from, to)) || (lstatIfThere(to) === null && renamed(from, to));
  }
}

/** At the worst it takes the place of an empty folder that somebody made this moment: rename(2) refuses all else. */
function renamed(from: string, to: string): boolean {
  try {
    disk.rename(from, to);
    return true;
  } catch (error) {
    if (errorNumber(error) === null) throw error;
    return false;
  }
}
