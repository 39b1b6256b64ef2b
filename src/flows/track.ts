/** Which files belong to the bundle: add, remove, mv. Each is all or nothing, and touches no content but what `--rm` and `mv` say. */
import { dirname, join, relative, resolve } from "node:path";
import {
  type BundlePath,
  collidingPaths,
  isMetadataPath,
  mayCollide,
  META_DIRECTORY,
  parseBundlePath,
  unportableComponent,
  whyNotABundlePath,
} from "../base/bundle_path.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { PathList } from "../base/path_list.ts";
import { listOf, PathSet } from "../base/path_set.ts";
import { shellWord } from "../base/shell_word.ts";
import { makeFolder } from "../disk/atomic_file.ts";
import { diskFailure, errorNumber } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { syncFolder } from "../disk/sync_folder.ts";
import type { AddReport, Ignored, MoveReport, RemoveReport } from "../plan/reports.ts";
import { type IgnoreRules, loadIgnore } from "../worktree/ignore.ts";
import { inspectLink, parentObstacle } from "../worktree/links.ts";
import { onDisk, type Project, toBundlePath } from "../worktree/project.ts";
import { loadTracked, saveTracked } from "../worktree/tracked.ts";
import { walk } from "../worktree/walk.ts";
import { changing, type World } from "./world.ts";

export interface PathsRequest {
  readonly project: Project;
  /** Where the user stands. */
  readonly standing: string;
  readonly paths: readonly string[];
}

/**
 * Tracks files, then hashes them, so that nothing is left to be read by the status or push that follows. @throws Failure when one of the
 * paths cannot be added; then none is.
 */
export async function add(world: World, request: PathsRequest & { readonly force: boolean }): Promise<AddReport> {
  const { project } = request;
  return await changing(world, project, "add", async () => {
    const tracked = loadTracked(project);
    const ignore = loadIgnore(project);
    const walked: BundlePath[] = [];
    const links = new Map<BundlePath, BundlePath>();
    const walkedLinks = new Map<BundlePath, BundlePath>();
    const ignored: Ignored[] = [];
    const skipped: { path: string; why: string }[] = [];
    for (const typed of request.paths) collect(typed);

    const files = PathList.of(walked.splice(0)); // a million strings that nobody needs while files are hashed
    const isFound = new PathSet(files);
    const through: BundlePath[] = [];
    for (const [link, target] of walkedLinks) {
      if (isFound.has(target) || tracked.has(target)) through.push(link);
      else skipped.push({ path: link, why: `is a link to ${target}, which is not tracked` });
    }
    const found = files.with(through);
    const { list: all, here: before, there: now } = listOf(tracked).joinedWith(found);
    const isTracked = new PathSet(all);
    for (const [link, target] of links) {
      if (isTracked.has(target)) continue;
      throw new Failure("usage", `${link} is a link to ${target}, which is not tracked`, {
        hint: `mops bundle add ${target} ${link}`,
        facts: { path: link, target },
      });
    }
    const [collision] = mayCollide(all) ? collidingPaths([...tracked, ...found]) : [];
    if (collision !== undefined) {
      throw new Failure(
        "usage",
        `${collision[0]} and ${collision[1]} differ only by case or Unicode form: on macOS and Windows one would replace the other`,
        {
          hint: renamingHint(request, collision, tracked),
          facts: { paths: [...collision] },
        },
      );
    }
    const added = [...all.only(Uint8Array.from(before, (place, index) => place < 0 && now[index]! >= 0 ? 1 : 0))];
    for (const path of added) {
      const name = unportableComponent(path);
      if (name !== null) {
        world.emit({ kind: "warning", code: "unportable-name", message: `${path}: "${name}" cannot be a file name on Windows` });
      }
    }
    if (added.length > 0) saveTracked(project, all); // first: hashing may be interrupted, and takes nothing back
    const toHash = files.without([...links.keys()]);
    return { added, already: found.length - added.length, hashed: await rememberDigests(world, project, toHash), ignored, skipped };

    function collect(typed: string): void {
      const path = toBundlePathNamed(project, request.standing, typed);
      const info = lstat(path === null ? project.root : onDisk(project, path), typed);
      if (info.isDirectory) return collectFolder(path, ignore);
      if (path === null) throw new Failure("usage", `${typed} is not a file`);
      if (isMetadataPath(path)) return; // it travels anyway
      refuseBehindLink(project, path, "added");
      if (info.isSymlink) {
        const link = inspectLink(project, path);
        if (!link.ok) {
          throw new Failure("usage", `${typed} is a link that ${link.why}; nothing was added`, {
            hint: "copy the file into the project, or link to a tracked file by a relative path",
            facts: { path, link: link.text },
          });
        }
        links.set(path, link.target);
      } else if (!info.isFile) {
        throw new Failure("usage", `${typed} is neither a file nor a directory`, { facts: { path: typed } });
      }
      const rule = ignore.explain(path, false);
      if (rule !== null && !request.force && !tracked.has(path)) ignored.push({ path, pattern: rule.pattern, source: describeRule(rule) });
      else walked.push(path);
    }

    function collectFolder(under: BundlePath | null, rules: IgnoreRules): void {
      const inIgnored = under !== null && rules.explain(under, true) !== null;
      const tree = walk(project, rules, { under, includeIgnored: request.force || inIgnored });
      for (const file of tree.files) {
        if (isMetadataPath(file.path)) continue;
        if (file.ignoredBy != null && !request.force) {
          ignored.push({ path: file.path, pattern: file.ignoredBy.pattern, source: describeRule(file.ignoredBy) });
        } else {
          walked.push(file.path);
        }
      }
      for (const link of tree.links) {
        if (link.ignoredBy != null && !request.force) continue;
        walkedLinks.set(link.path, link.target);
      }
      for (const { path, by } of tree.ignored) ignored.push({ path, pattern: by.pattern, source: describeRule(by) });
      skipped.push(...tree.skipped.map(({ path, why }) => ({ path, why })));
    }
  });
}

/** Renames the one that is not tracked: a tracked file is others', too. */
function renamingHint({ project, standing }: PathsRequest, both: readonly BundlePath[], tracked: ReadonlySet<BundlePath>): string {
  const untracked = both.find((path) => !tracked.has(path));
  const path = shellWord(relative(standing, onDisk(project, untracked ?? both[1]!)));
  return untracked === undefined ? `mops bundle mv ${path} NEW-NAME` : `mv ${path} NEW-NAME   (then add it)`;
}

/** How many files were read. One that cannot be read, or changes while it is, stays tracked and is told; a push will not go past it. */
async function rememberDigests(world: World, project: Project, files: PathList): Promise<number> {
  const { takeSnapshot } = await import("../worktree/take_snapshot.ts");
  const { openStatCache } = await import("../worktree/stat_cache.ts");
  const { emit, signal } = world;
  const statCache = openStatCache(project, { write: true, partial: true });
  try {
    return (await takeSnapshot(project, files, { statCache, executableBit: true, lookOnly: true, emit, signal })).hashed;
  } catch (error) {
    if (!isFailure(error) || error.code === "interrupted") throw error;
    emit({ kind: "warning", code: "not-hashed", message: `${error.message}; it is tracked` });
    return 0;
  }
}

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
      syncFoldersAbove(project, removed);
    }
    saveTracked(project, rest); // last: after a crash the same command names the same files
    return { removed, deleted: request.rm };
  });
}

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
      syncFoldersAbove(project, [from, target]);
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

function toBundlePathNamed(project: Project, standing: string, typed: string): BundlePath | null {
  const name = resolve(standing, typed).split("/").at(-1) ?? "";
  const why = name === "" ? null : whyNotABundlePath(name);
  if (why !== null && name !== META_DIRECTORY && name !== ".git") {
    throw new Failure("usage", `path ${JSON.stringify(typed)} ${why}`, {
      hint: hintOfName(typed),
      facts: { path: typed },
    });
  }
  return toBundlePath(project, standing, typed);
}

/** What appeared or went there survives a power cut. */
function syncFoldersAbove(project: Project, paths: readonly BundlePath[]): void {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of [...folders].reverse()) {
    if (lstatIfThere(join(project.root, folder))?.isDirectory) syncFolder(join(project.root, folder));
  }
}

function trackedUnder(tracked: ReadonlySet<BundlePath>, path: BundlePath | null): BundlePath[] {
  return [...tracked].filter((one) => path === null || one === path || one.startsWith(`${path}/`));
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

function describeRule(rule: { source: string; line?: number | undefined }): string {
  return rule.line === undefined ? rule.source : `${rule.source} line ${rule.line}`;
}

function hintOfName(typed: string): string {
  return `ls -b ${shellWord(join(typed, ".."))}   (shows the bytes of its name; such a name cannot travel: rename it)`;
}

function lstat(path: string, typed: string): Deno.FileInfo {
  const info = lstatIfThere(path);
  if (info === null && typed.includes("\ufffd")) {
    throw new Failure("usage", `${typed} is not found by a name that is not valid UTF-8; nothing was added`, {
      hint: hintOfName(typed),
      facts: { path: typed },
    });
  }
  if (info === null) {
    throw new Failure("not-found", `${typed} does not exist; nothing was added`, {
      hint: `ls ${join(typed, "..")}`,
      facts: { path: typed },
    });
  }
  return info;
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

/** What lies behind a linked folder is not the project's: it may be anybody's, and is never changed through a path of the project. */
function refuseBehindLink(project: Project, path: BundlePath, done: string, hint?: string): void {
  const obstacle = parentObstacle(project, path);
  if (obstacle?.kind !== "link") return;
  throw new Failure("usage", `${path} lies behind the link ${obstacle.path}; nothing was ${done}`, {
    hint: hint ?? `ls -l ${obstacle.path}   (only files in real folders of the project belong to it)`,
    facts: { path, link: obstacle.path },
  });
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
