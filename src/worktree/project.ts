/**
 * A project: the folder that holds a `.modelops-bundle` directory, found from where the user stands upwards. Knows the names of
 * everything local below it; reads and writes none of them.
 */
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { type BundlePath, META_DIRECTORY, parseBundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";

export interface Project {
  /** Absolute, without symlinks. */
  readonly root: string;
}

/** Names below `.modelops-bundle/` that never travel (docs/formats.md, "Local state"). */
export const LOCAL_NAMES = {
  tracked: "tracked.txt",
  state: "state.json",
  environment: "env",
  statCache: "stat-cache",
  analysis: "analysis.json",
  outlines: "outlines.json",
  objects: "objects",
  baseFiles: "base-files",
  listings: "listings",
  staging: "staging",
  /** Big files on their way down. */
  partials: "partials",
  /** Big files on their way up. */
  uploads: "uploads.json",
  journal: "journal.json",
  /** Stands while a push sends: what names the remote may hold some of it already. */
  sending: "sending",
  lock: "lock",
  /** Marks a folder whose clone is not finished. */
  clone: "clone.json",
} as const;

export function metaPath(project: Project, name: string): string {
  return join(project.root, META_DIRECTORY, name);
}

/** Where a bundle path lies on disk. */
export function onDisk(project: Project, path: BundlePath): string {
  return `${project.root}/${path}`; // a bundle path needs no normalizing, and `join` would take longer than lstat
}

/** @throws Failure("no-project") when neither `start` nor a folder above it is one. */
export function findProject(start: string): Project {
  let folder = realPath(start);
  while (true) {
    if (isDirectory(join(folder, META_DIRECTORY))) return { root: folder };
    const above = dirname(folder);
    if (above === folder) {
      throw new Failure("no-project", `${start} is not inside a project: no ${META_DIRECTORY} directory here or above`, {
        hint: "mops bundle init .",
        facts: { directory: start },
      });
    }
    folder = above;
  }
}

/**
 * What the user typed, from the project root; null for the root itself. The last component is not followed when it is a link. A path
 * that leaves the project only through a link inside it keeps its name, so that what is tracked there can be named: it may be looked at
 * and forgotten, and whoever changes files refuses it (`parentObstacle`).
 * @throws Failure("usage") when it lies outside the project or is no bundle path.
 */
export function toBundlePath(project: Project, standing: string, typed: string): BundlePath | null {
  // What a script passes on when its variable is empty; taken as "here" it would mean everything.
  if (typed === "") throw new Failure("usage", "an empty path was given; nothing was done", { hint: "write . for the current folder" });
  const absolute = isAbsolute(typed) ? resolve(typed) : resolve(standing, typed);
  const real = absolute === "/" ? "/" : join(realPath(dirname(absolute)), absolute.slice(dirname(absolute).length).replace(/^\/+/, ""));
  for (const candidate of [real, realPath(absolute), absolute]) {
    const inside = relative(project.root, candidate);
    if (inside === "") return null;
    if (inside !== ".." && !inside.startsWith("../") && !isAbsolute(inside)) return parseBundlePath(inside);
  }
  throw new Failure("usage", `${typed} lies outside the project ${project.root}`, { facts: { path: typed } });
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    if (error instanceof Deno.errors.PermissionDenied) return false; // a folder above that may not be entered holds no project of ours
    throw error;
  }
}

/** The real path of what exists of it, the rest as it is: a path to be made is resolved too. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (
      !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
        error instanceof Deno.errors.PermissionDenied)
    ) throw error;
    const above = dirname(path);
    return above === path ? path : join(realPath(above), path.slice(above.length).replace(/^\/+/, ""));
  }
}
