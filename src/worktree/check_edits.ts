/** Before a change: does every path still hold what the plan saw there, and can it be written? */
import { dirname, join } from "node:path";
import { type BundlePath, META_DIRECTORY } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { removeIfThere, temporaryName } from "../disk/atomic_file.ts";
import { onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { type FileStamp, lstatIfThere } from "../disk/file_stamp.ts";
import { hashFiles } from "../disk/hash_file.ts";
import { mountPointsIn } from "../disk/mount_points.ts";
import type { Edit } from "../plan/edits.ts";
import { type Obstacle, parentObstacle, readLink, shown } from "./links.ts";
import { onDisk, type Project } from "./project.ts";

export interface Seen {
  /** Of each file that has the bytes the plan saw. */
  readonly stamps: ReadonlyMap<BundlePath, FileStamp>;
  /** To be removed, and not there any more. */
  readonly gone: ReadonlySet<BundlePath>;
}

interface Found {
  readonly changed: Set<BundlePath>;
  /** What stands in the way, and where. */
  readonly inTheWay: { readonly path: string; readonly why: string; readonly isMount?: boolean }[];
  readonly gone: Set<BundlePath>;
  readonly toHash: { readonly edit: Edit; readonly size: number }[];
}

/** @throws as `applyEdits` says. */
export async function checkEdits(project: Project, edits: readonly Edit[], signal?: AbortSignal): Promise<Seen> {
  const found: Found = { changed: new Set(), inTheWay: [], gone: new Set(), toHash: [] };
  const removed = new Set(edits.filter(({ kind }) => kind === "remove").map(({ path }) => path));
  const parents = new Map<string, Obstacle | null>();
  for (const edit of edits) look(project, edit, removed, parents, found);
  refuseMounts(project, edits, found);
  refuse(project, found);
  const stamps = await stampsOf(project, found, signal);
  refuse(project, found);
  for (const folder of foldersToChange(project, edits)) tryWriting(folder);
  return { stamps, gone: found.gone };
}

function look(
  project: Project,
  edit: Edit,
  removed: ReadonlySet<BundlePath>,
  parents: Map<string, Obstacle | null>,
  { changed, inTheWay, gone, toHash }: Found,
): void {
  const { path, replaces } = edit;
  const obstacle = parentObstacle(project, path, parents);
  const isInTheWay = obstacle !== null && obstacle.kind !== "absent" && !removed.has(obstacle.path as BundlePath);
  if (edit.kind === "write" && isInTheWay) {
    inTheWay.push({ path: obstacle.path, why: obstacle.kind === "link" ? "is a link, and nothing is written behind links" : "is a file" });
    return;
  }
  const info = obstacle === null ? lstatIfThere(onDisk(project, path)) : null;
  if (edit.kind === "remove" && (info === null || info.isDirectory)) {
    gone.add(path);
  } else if (replaces === null) {
    if (info === null) return;
    const rest = info.isDirectory ? firstThatStays(project, path, removed) : path;
    if (rest !== null) inTheWay.push({ path: rest, why: rest === path ? "exists" : `stands in ${path}/, where a file belongs` });
  } else if (info === null || info.isSymlink !== (replaces.link !== undefined) || !(info.isSymlink || info.isFile)) {
    changed.add(path);
  } else if (info.isSymlink) {
    if (readLink(onDisk(project, path)) !== replaces.link) changed.add(path);
  } else if (info.size !== replaces.size) {
    changed.add(path);
  } else {
    toHash.push({ edit, size: info.size });
  }
}

/** No name takes the place of a mount, and none goes away with its file: better seen now than in the middle. */
function refuseMounts(project: Project, edits: readonly Edit[], { inTheWay }: Found): void {
  const mounts = mountPointsIn(project.root);
  if (mounts.size === 0) return;
  for (const edit of edits) {
    if (edit.kind === "write" && !bringsBytes(edit)) continue; // a mode can be set
    for (const path of mounts) {
      // Below a path there can be one where a file replaces a folder; a folder that only becomes empty stays.
      if (path === edit.path || (edit.kind === "write" && path.startsWith(`${edit.path}/`))) {
        inTheWay.push({ path, why: "is a mount, and cannot be replaced or removed", isMount: true });
      }
    }
  }
}

/** A file that is there with these bytes needs at most another mode; a link with this text needs nothing. */
export function bringsBytes({ content, replaces }: Edit & { kind: "write" }): boolean {
  if (replaces === null || content.link !== replaces.link) return true;
  return content.link === undefined && content.digest !== replaces.digest;
}

async function stampsOf(
  project: Project,
  { toHash, changed }: Found,
  signal: AbortSignal | undefined,
): Promise<Map<BundlePath, FileStamp>> {
  const hashed = await hashFiles(toHash.map(({ edit, size }) => ({ path: onDisk(project, edit.path), size })), { signal });
  const stamps = new Map<BundlePath, FileStamp>();
  toHash.forEach(({ edit }, index) => {
    const { digest, stamp } = hashed[index]!;
    if (digest === edit.replaces!.digest) stamps.set(edit.path, stamp);
    else changed.add(edit.path);
  });
  return stamps;
}

/** The first thing in a folder that the change does not remove; null when only empty folders stay. */
function firstThatStays(project: Project, folder: BundlePath, removed: ReadonlySet<BundlePath>): string | null {
  for (const entry of onDiskDo("list", folder, () => [...Deno.readDirSync(onDisk(project, folder))])) {
    const path = `${folder}/${entry.name}` as BundlePath;
    const stays = entry.isDirectory ? firstThatStays(project, path, removed) : removed.has(path) ? null : path;
    if (stays !== null) return stays;
  }
  return null;
}

function refuse(project: Project, { changed, inTheWay }: Found): void {
  const [first] = inTheWay;
  if (first !== undefined) {
    throw new Failure("would-overwrite", `${shown(first.path)} ${first.why}; nothing was changed${others(inTheWay.length - 1)}`, {
      hint: first.isMount === true
        ? `umount ${shellWord(onDisk(project, first.path as BundlePath))}   (then run the command again)`
        : "move it away, then run the command again",
      facts: { paths: inTheWay.map(({ path }) => path) },
    });
  }
  const [path] = changed;
  if (path !== undefined) {
    throw new Failure("changed-underneath", `${path} changed since the plan was made; nothing was changed${others(changed.size - 1)}`, {
      hint: "run the command again",
      facts: { paths: [...changed] },
    });
  }
}

function others(count: number): string {
  return count === 0 ? "" : ` (and ${count} more)`;
}

/** Folders that exist and will gain or lose a name. */
function foldersToChange(project: Project, edits: readonly Edit[]): ReadonlySet<string> {
  const folders = new Set<string>();
  const known = new Map<string, string>([[".", "."]]);
  /** The folder, or the nearest one above it that exists. */
  const existing = (folder: string): string => {
    const remembered = known.get(folder);
    if (remembered !== undefined) return remembered;
    const found = lstatIfThere(onDisk(project, folder as BundlePath))?.isDirectory === true ? folder : existing(dirname(folder));
    known.set(folder, found);
    return found;
  };
  for (const { path } of edits) {
    const folder = existing(dirname(path));
    if (folder !== META_DIRECTORY) folders.add(folder === "." ? project.root : onDisk(project, folder as BundlePath));
  }
  return folders;
}

/** Better refused now than in the middle. @throws Failure naming the folder. */
function tryWriting(folder: string): void {
  const path = join(folder, temporaryName());
  onDiskDo("write in", folder, () => disk.create(path).close());
  removeIfThere(path);
}
