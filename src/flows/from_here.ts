/** For hints about a path that is not there: commands read paths from where the user stands, and so must what they paste. */
import { isAbsolute, join, relative, resolve } from "node:path";
import type { BundlePath } from "../base/bundle_path.ts";
import { shellWord } from "../base/shell_word.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { onDisk, type Project } from "../worktree/project.ts";

export const READ_FROM_HERE = "paths are read from where you stand";

/** What was typed as the root has it, and is there: the same from here, for a shell. null: that is not what is wrong. */
export function meantFromHere(project: Project, standing: string, typed: string): string | null {
  if (isAbsolute(typed) || lstatIfThere(resolve(standing, typed)) !== null) return null;
  const file = join(project.root, typed);
  return lstatIfThere(file) === null ? null : fromHere(standing, file);
}

/** The nearest folder above a path of the project that is there, from here, for a shell. */
export function folderFromHere(project: Project, standing: string, path: BundlePath): string {
  const parts = path.split("/");
  for (let depth = parts.length - 1; depth > 0; depth--) {
    const folder = onDisk(project, parts.slice(0, depth).join("/") as BundlePath);
    if (lstatIfThere(folder)?.isDirectory === true) return fromHere(standing, folder);
  }
  return fromHere(standing, project.root);
}

function fromHere(standing: string, file: string): string {
  return shellWord(relative(Deno.realPathSync(standing), file) || ".");
}
