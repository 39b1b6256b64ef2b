/** `remove`: all that was named, or nothing; with `--rm` from disk, too. */
import { dirname, join } from "node:path";
import type { BundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { diskFailure, errorNumber } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import type { RemoveReport } from "../plan/reports.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { syncFoldersOf } from "../worktree/project_folders.ts";
import { loadTracked, saveTracked } from "../worktree/tracked.ts";
import { type PathsRequest, refuseBehindLink, toBundlePathNamed, trackedUnder } from "./typed_paths.ts";
import { changing, type World } from "./world.ts";

/** Takes files and folders out of the tracked set, with `rm` also from disk. @throws Failure("not-found") naming what is not tracked; then nothing is done. */
export async function remove(world: World, request: PathsRequest & { readonly rm: boolean }): Promise<RemoveReport> {
  const { project } = request;
  return await changing(world, project, "remove", async () => {
    const tracked = loadTracked(project);
    const chosen = new Set<BundlePath>();
    const unknown: string[] = [];
    for (const typed of request.paths) {
      const matches = trackedUnder(tracked, toBundlePathNamed(project, request.standing, typed));
      if (matches.length === 0) unknown.push(typed);
      for (const path of matches) chosen.add(path);
    }
    if (unknown.length > 0) {
      throw new Failure("not-found", `${unknown.join(", ")}: no such tracked file; nothing was removed`, {
        hint: "mops bundle status --files",
        facts: { paths: unknown },
      });
    }
    const removed = [...chosen].sort();
    const rest = new Set([...tracked].filter((path) => !chosen.has(path)));
    if (request.rm) refuseUnlessDeletable(project, removed);
    const { warnOfNeeded } = await import("./warn_of_needed.ts"); // the model registry is nothing that add and mv should load
    warnOfNeeded(world, project, removed, request.rm);
    if (request.rm) {
      for (const path of removed) deleteFile(project, path);
      syncFoldersOf(project, removed);
    }
    saveTracked(project, rest); // last: after a crash the same command names the same files
    return { removed, deleted: request.rm };
  });
}

function refuseUnlessDeletable(project: Project, paths: readonly BundlePath[]): void {
  for (const path of paths) {
    refuseBehindLink(project, path, "removed", `mops bundle remove ${path}   (without --rm: the file stays)`);
    const info = lstatIfThere(onDisk(project, path));
    if (info?.isDirectory) {
      throw new Failure("would-overwrite", `${path} is a directory now; nothing was removed`, {
        hint: `mops bundle remove ${path}`,
        facts: { path },
      });
    }
  }
}

function deleteFile(project: Project, path: BundlePath): void {
  try {
    disk.remove(onDisk(project, path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw diskFailure(error, "delete", onDisk(project, path));
  }
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    const above = join(project.root, folder);
    if (lstatIfThere(above)?.isSymlink) return; // removing it would not ask whether it is empty
    try {
      disk.remove(above); // only an empty one goes
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      if (errorNumber(error) === null) throw error;
      return; // it holds something, or may not go: an empty folder harms nobody
    }
  }
}
