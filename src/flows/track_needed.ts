/**
 * Auto-tracking: what registered models and targets need belongs to the bundle, unless the ignore rules leave it alone. Adds and never
 * takes away; touches nothing itself. Used when something is registered, and again by every push.
 */
import { type BundlePath, collidingPaths, compareBundlePaths, isMetadataPath, whyNotABundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import type { Ignored } from "../plan/reports.ts";
import { loadIgnore } from "../worktree/ignore.ts";
import { inspectLink, parentObstacle } from "../worktree/links.ts";
import { onDisk, type Project } from "../worktree/project.ts";

export interface TrackedNeeded {
  readonly tracked: ReadonlySet<BundlePath>;
  readonly added: readonly BundlePath[];
  /** Needed, there, not tracked, and left alone by a rule. */
  readonly ignored: readonly Ignored[];
}

/** @throws Failure("usage") when two names would be one file on macOS or Windows. */
export function trackNeeded(project: Project, tracked: ReadonlySet<BundlePath>, needed: Iterable<string>): TrackedNeeded {
  const ignore = loadIgnore(project);
  const added = new Set<BundlePath>();
  const ignored: Ignored[] = [];
  for (const path of new Set(needed)) {
    if (tracked.has(path as BundlePath) || !isFileHere(project, path)) continue;
    const rule = ignore.explain(path, false);
    if (rule === null) { for (const one of withTarget(project, path)) added.add(one); }
    else ignored.push({ path, pattern: rule.pattern, source: rule.line === undefined ? rule.source : `${rule.source} line ${rule.line}` });
  }
  for (const path of tracked) added.delete(path);
  if (added.size === 0) return { tracked, added: [], ignored };
  const all = new Set([...tracked, ...added]);
  const collision = collidingPaths(all).find((pair) => pair.some((path) => added.has(path)));
  if (collision !== undefined) {
    throw new Failure(
      "usage",
      `${collision[0]} and ${collision[1]} differ only by case or Unicode form: on macOS and Windows one would replace the other`,
      { hint: `mv ${collision[1]} NEW-NAME   (both are needed by what is registered)`, facts: { paths: [...collision] } },
    );
  }
  return { tracked: all, added: [...added].sort(compareBundlePaths), ignored };
}

function isFileHere(project: Project, path: string): path is BundlePath {
  if (whyNotABundlePath(path) !== null || isMetadataPath(path as BundlePath)) return false;
  if (parentObstacle(project, path as BundlePath) !== null) return false;
  const info = lstatIfThere(onDisk(project, path as BundlePath));
  return info !== null && (info.isFile || info.isSymlink);
}

/** A link travels only with the file that it leads to; one that leads nowhere is for preflight to say. */
export function withTarget(project: Project, path: BundlePath): BundlePath[] {
  if (lstatIfThere(onDisk(project, path))?.isSymlink !== true) return [path];
  const link = inspectLink(project, path);
  return link.ok ? [path, link.target] : [];
}
