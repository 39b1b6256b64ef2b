/** Which files a project has, for those who read its sources: everything on disk that is not ignored, and everything tracked. */
import type { BundlePath } from "../base/bundle_path.ts";
import { isMetadataPath } from "../base/bundle_path.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { loadIgnore } from "../worktree/ignore.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { type Skipped, walk } from "../worktree/walk.ts";

export interface ProjectFiles {
  /** Sorted by UTF-8 bytes; files and links to files, nothing below `.modelops-bundle/`. */
  readonly files: ReadonlySet<BundlePath>;
  /** Every folder that holds one of them, however deep. */
  readonly folders: ReadonlySet<string>;
  /** What stands there, is not ignored, and is not among them. */
  readonly skipped: readonly Skipped[];
}

export function listProjectFiles(project: Project, tracked: ReadonlySet<BundlePath>): ProjectFiles {
  const { files, links, skipped } = walk(project, loadIgnore(project));
  const paths = new Set<BundlePath>([...files, ...links].map(({ path }) => path));
  for (const path of tracked) {
    if (paths.has(path)) continue; // else ignored, or gone
    const info = lstatIfThere(onDisk(project, path));
    if (info !== null && (info.isFile || info.isSymlink)) paths.add(path);
  }
  const sorted = [...paths].filter((path) => !isMetadataPath(path)).sort(compareUtf8);
  return { files: new Set(sorted), folders: foldersOf(sorted), skipped };
}

function foldersOf(paths: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}
