/** Symbolic links of the project folder: which may travel, and why others may not. Nothing here follows a link to write through it. */
import { type BundlePath, whyNotABundlePath } from "../base/bundle_path.ts";
import { linkTarget } from "../bundle/snapshot.ts";
import { diskFailure } from "../disk/disk_failure.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { onDisk, type Project } from "./project.ts";

export type Link =
  | { readonly ok: true; readonly text: string; readonly target: BundlePath; readonly info: Deno.FileInfo }
  /** `why` is the end of a sentence: "leads out of the project (../../x)". */
  | { readonly ok: false; readonly text: string; readonly target: BundlePath | null; readonly absent: boolean; readonly why: string };

/** @throws Failure naming the link when it cannot be read. */
export function inspectLink(project: Project, path: BundlePath): Link {
  const text = readLink(onDisk(project, path));
  const refused = (why: string, target: BundlePath | null = null, absent = false): Link => ({
    ok: false,
    text,
    target,
    absent,
    why: `${why} (${shown(text)})`,
  });
  if (text.startsWith("/")) return refused("leads to an absolute path");
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f\\]/.test(text) || !text.isWellFormed() || text.length > 4096) return refused("has a text that cannot travel");
  const target = linkTarget(path, text);
  if (target === null) return refused("leads out of the project");
  const why = whyNotABundlePath(target);
  if (why !== null) return refused(`leads to a path that ${why}`);
  const lawful = target as BundlePath;
  const obstacle = parentObstacle(project, lawful);
  if (obstacle?.kind === "link") return refused(`leads through the link ${obstacle.path}`, lawful);
  const info = obstacle === null ? lstatIfThere(onDisk(project, lawful)) : null;
  if (info === null) return refused("leads to nothing", lawful, true);
  if (info.isSymlink) return refused("leads to another link", lawful);
  if (info.isDirectory) return refused("leads to a directory", lawful);
  if (!info.isFile) return refused("leads to something that is no regular file", lawful);
  return { ok: true, text, target: lawful, info };
}

/** The link's text. @throws Failure naming it. */
export function readLink(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch (error) {
    throw diskFailure(error, "read the link", path);
  }
}

export interface Obstacle {
  /** From the project root. */
  readonly path: string;
  readonly kind: "link" | "absent" | "file";
}

/** The first component above a path that is no real directory; null when all are. `known` remembers answers between calls. */
export function parentObstacle(project: Project, path: BundlePath, known: Map<string, Obstacle | null> = new Map()): Obstacle | null {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return null;
  const parent = path.slice(0, slash) as BundlePath;
  const remembered = known.get(parent);
  if (remembered !== undefined) return remembered;
  const obstacle = parentObstacle(project, parent, known) ?? ownObstacle(project, parent);
  known.set(parent, obstacle);
  return obstacle;
}

function ownObstacle(project: Project, directory: BundlePath): Obstacle | null {
  const info = lstatIfThere(onDisk(project, directory));
  if (info === null) return { path: directory, kind: "absent" };
  if (info.isSymlink) return { path: directory, kind: "link" };
  return info.isDirectory ? null : { path: directory, kind: "file" };
}

/** A name from the disk as it can be printed: control characters escaped. */
export function shown(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(text)
    ? text
    : JSON.stringify(text.toWellFormed()).replaceAll("\u007f", "\\u007f");
}
