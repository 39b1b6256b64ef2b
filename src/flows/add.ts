/** `add`: all that was named, or nothing. */
import { join, relative } from "node:path";
import { type BundlePath, collidingPaths, isMetadataPath, mayCollide, unportableComponent } from "../base/bundle_path.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { PathList } from "../base/path_list.ts";
import { listOf, PathSet } from "../base/path_set.ts";
import { shellWord } from "../base/shell_word.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import type { AddReport, Ignored } from "../plan/reports.ts";
import { type IgnoreRules, loadIgnore } from "../worktree/ignore.ts";
import { inspectLink } from "../worktree/links.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { loadTracked, saveTracked } from "../worktree/tracked.ts";
import { walk } from "../worktree/walk.ts";
import { hintOfName, type PathsRequest, refuseBehindLink, toBundlePathNamed } from "./typed_paths.ts";
import { changing, type World } from "./world.ts";

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

function describeRule(rule: { source: string; line?: number | undefined }): string {
  return rule.line === undefined ? rule.source : `${rule.source} line ${rule.line}`;
}
