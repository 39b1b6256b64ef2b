/** `mv`: a tracked file or folder gets another name, on disk and in the tracked set. */
import { dirname } from "node:path";
import { type BundlePath, collidingPaths, parseBundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { makeFolder } from "../disk/atomic_file.ts";
import { diskFailure } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import type { MoveReport } from "../plan/reports.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { syncFoldersOf } from "../worktree/project_folders.ts";
import { loadTracked, saveTracked } from "../worktree/tracked.ts";
import { refuseBehindLink, toBundlePathNamed, trackedUnder } from "./typed_paths.ts";
import { changing, type World } from "./world.ts";

/** Renames a tracked file or folder on disk and in the tracked set. */
export async function move(
  world: World,
  request: { readonly project: Project; readonly standing: string; readonly from: string; readonly to: string },
): Promise<MoveReport> {
  const { project, standing } = request;
  return await changing(world, project, "mv", () => {
    const tracked = loadTracked(project);
    const from = toBundlePathNamed(project, standing, request.from);
    if (from === null) throw new Failure("usage", "the project itself cannot be moved with mv", { hint: `mv ${project.root} NEW-NAME` });
    const matches = trackedUnder(tracked, from);
    if (matches.length === 0) {
      throw new Failure("not-found", `${request.from}: no such tracked file`, { hint: "mops bundle status --files" });
    }
    const cutOff = movedBefore(project, standing, request.to, from, matches, tracked);
    const target = cutOff ?? destination(project, standing, request.from, request.to, from);
    if (target === from || target.startsWith(`${from}/`)) throw new Failure("usage", `${request.from} cannot be moved into itself`);
    for (const path of [...matches, target]) refuseBehindLink(project, path, "moved");
    if (cutOff === null && lstatIfThere(onDisk(project, target)) !== null) {
      throw new Failure("would-overwrite", `${target} exists already; nothing was moved`, {
        hint: `mops bundle mv ${request.from} OTHER-NAME`,
        facts: { path: target },
      });
    }
    const moved = matches.map((path) => ({ from: path, to: parseBundlePath(target + path.slice(from.length)) }));
    const next = new Set(tracked);
    for (const step of moved) next.delete(step.from);
    for (const step of moved) next.add(step.to);
    const [collision] = collidingPaths(next);
    if (collision !== undefined) {
      throw new Failure("usage", `${collision[0]} and ${collision[1]} would differ only by case or Unicode form`);
    }
    if (cutOff === null) {
      // Both names are tracked while it moves: whichever is there after a crash is known, and this command can go on.
      saveTracked(project, new Set([...tracked, ...next]));
      try {
        makeFolder(dirname(onDisk(project, target)), { sync: true }); // or else what moves into it could be lost with it
        disk.rename(onDisk(project, from), onDisk(project, target));
      } catch (error) {
        saveTracked(project, tracked);
        throw diskFailure(error, "move", onDisk(project, from));
      }
      syncFoldersOf(project, [from, target]);
    }
    saveTracked(project, next);
    return Promise.resolve({ moved });
  });
}

/** Where a `mv` of the same that was cut off has moved it already; null when there was none. */
function movedBefore(
  project: Project,
  standing: string,
  typedTo: string,
  from: BundlePath,
  matches: readonly BundlePath[],
  tracked: ReadonlySet<BundlePath>,
): BundlePath | null {
  if (lstatIfThere(onDisk(project, from)) !== null) return null;
  const into = toBundlePathNamed(project, standing, typedTo);
  const name = from.split("/").at(-1)!;
  const places = [into, into === null ? name : `${into}/${name}`] as (BundlePath | null)[];
  const isThere = (place: BundlePath) =>
    matches.every((path) => {
      const to = `${place}${path.slice(from.length)}` as BundlePath;
      return tracked.has(to) && lstatIfThere(onDisk(project, to)) !== null;
    });
  return places.find((place): place is BundlePath => place !== null && isThere(place)) ?? null;
}

function destination(project: Project, standing: string, typedFrom: string, typedTo: string, from: BundlePath): BundlePath {
  const into = toBundlePathNamed(project, standing, typedTo);
  const folder = into === null ? project.root : onDisk(project, into);
  if (lstatIfThere(folder)?.isDirectory) {
    const name = from.split("/").at(-1) ?? typedFrom;
    return parseBundlePath(into === null ? name : `${into}/${name}`);
  }
  if (into === null) throw new Failure("usage", `${typedTo} is not a name to move to`);
  // A slash at the end says that a folder is meant: a file goes into it, a folder becomes it.
  if (typedTo.endsWith("/") && !lstatIfThere(onDisk(project, from))?.isDirectory) {
    return parseBundlePath(`${into}/${from.split("/").at(-1)}`);
  }
  return into;
}
