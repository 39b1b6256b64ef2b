/**
 * What `--data` and `--code` would take in, were it not ignored: a folder or a pattern takes what is left, and says what it leaves out.
 * What everybody ignores (the built-in list) is not worth a word.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import type { Ignored } from "../plan/reports.ts";
import { isPattern, pathPattern } from "../python/path_pattern.ts";
import { loadIgnore } from "../worktree/ignore.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { loadTracked } from "../worktree/tracked.ts";
import { type LeftOut, walk } from "../worktree/walk.ts";

/** Files, and folders with a slash at the end. @throws Failure("usage") where nothing else is left of something that was given. */
export function ignoredGiven(project: Project, given: readonly string[]): Ignored[] {
  const found = new Map<string, Ignored>();
  if (given.length === 0) return [];
  const [ignore, tracked] = [loadIgnore(project), loadTracked(project)];
  for (const one of given) {
    const under = folderOf(one);
    if (under === null || under !== "" && lstatIfThere(onDisk(project, under as BundlePath))?.isDirectory !== true) continue;
    const pattern = isPattern(one) ? pathPattern(one) : null;
    const isMeant = (path: string): boolean => path.startsWith(under === "" ? "" : `${under}/`) && (pattern === null || pattern.test(path));
    const { files, links, ignored } = walk(project, ignore, { under: under === "" ? null : under as BundlePath });
    const left = ignored.filter(({ path, by }) => by.source !== "built-in" && !tracked.has(path as BundlePath) && isMeant(path)).map(told);
    if (left.length > 0 && ![...files, ...links].some(({ path }) => isMeant(path)) && ![...tracked].some(isMeant)) {
      throw new Failure("usage", `every file of ${one} is ignored; nothing was registered`, {
        hint: `mops bundle add --force ${shellWord(left[0]!.path)}   (or take the pattern out: ${left[0]!.pattern}, ${left[0]!.source})`,
        facts: { given: one, ignored: left.map(({ path, pattern, source }) => `${path}, by ${pattern} (${source})`) },
      });
    }
    for (const ignored of left) found.set(ignored.path, ignored);
  }
  return [...found.values()];
}

/** The folder that holds everything that was given; "" is the root, null a file by its name, which is looked at when it is typed. */
function folderOf(given: string): string | null {
  if (given.endsWith("/") && !isPattern(given)) return given.slice(0, -1);
  if (!isPattern(given)) return null;
  const names = given.split("/");
  return names.slice(0, names.findIndex(isPattern)).join("/");
}

function told({ path, by }: LeftOut): Ignored {
  return { path, pattern: by.pattern, source: by.line === undefined ? by.source : `${by.source} line ${by.line}` };
}
