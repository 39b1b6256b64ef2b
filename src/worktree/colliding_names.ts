/**
 * Names that are two files where they were pushed and may be one here, where case or Unicode form does not count (macOS, Windows, folders of
 * Linux with casefold). Rules differ from one file system to the next, so the disk is asked about those very names, in a folder of ours;
 * only where a bundle has such names, which is next to never.
 */
import { join } from "node:path";
import { type BundlePath, collidingPaths } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { makeFolder } from "../disk/atomic_file.ts";
import { onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { namesIn } from "../disk/names_in.ts";
import { removeStaging, stagingPath } from "./carry_out.ts";
import type { Project } from "./project.ts";

export interface NamesTogether {
  readonly tracked: ReadonlySet<BundlePath>;
  /** What the bundle has that comes. */
  readonly brought: ReadonlyMap<BundlePath, unknown>;
  /** What the bundle had that both sides last agreed on. */
  readonly base: ReadonlyMap<BundlePath, unknown>;
}

/** To be called under the project's lock. @throws Failure("not-ready") naming two paths that would be one file; nothing is changed then. */
export function refuseCollisions(project: Project, names: NamesTogether): void {
  const { tracked, brought } = names;
  if ([...brought.keys()].every((path) => tracked.has(path))) return; // no name is new
  const pairs = collidingPaths([...tracked, ...brought.keys()]);
  if (pairs.length === 0) return;
  const pair = onesAmong(project, pairs);
  if (pair === null) return;
  throw new Failure("not-ready", `${pair[0]} and ${pair[1]} are one file on this file system; nothing was changed`, {
    hint: hintFor(pair, names),
    facts: { paths: [...pair] },
  });
}

function hintFor([one, other]: readonly [BundlePath, BundlePath], { brought, base }: NamesTogether): string {
  const only = [one, other].find((path) => !holds(brought, path));
  if (only === undefined) return "use a disk where case and Unicode form count, or ask who pushed the bundle to rename one of them";
  return holds(base, only)
    ? `mops bundle remove --rm ${shellWord(only)}   (the bundle has it no more; then pull again)`
    : `mops bundle mv ${shellWord(only)} NEW-NAME   (then pull again)`;
}

/** The file, or something in the folder. */
function holds(files: ReadonlyMap<BundlePath, unknown>, path: BundlePath): boolean {
  return files.has(path) || [...files.keys()].some((file) => file.startsWith(`${path}/`));
}

function onesAmong<Pair extends readonly [BundlePath, BundlePath]>(project: Project, pairs: readonly Pair[]): Pair | null {
  const scratch = stagingPath(project, crypto.randomUUID());
  const asked = new Map<string, boolean>();
  makeFolder(scratch);
  try {
    return pairs.find(([one, other]) => {
      const others = other.split("/");
      return one.split("/").every((name, place) => {
        const key = `${name}/${others[place]}`;
        if (!asked.has(key)) asked.set(key, name === others[place] || isOne(scratch, name, others[place]!));
        return asked.get(key);
      });
    }) ?? null;
  } finally {
    onDiskDo("remove", scratch, () => disk.removeTree(scratch));
    if (namesIn(stagingPath(project, ".")).length === 0) removeStaging(project, () => {});
  }
}

/** Whether a file that is made under one name is there under the other, too. */
function isOne(scratch: string, name: string, other: string): boolean {
  const path = join(scratch, name);
  onDiskDo("write", path, () => disk.create(path).close());
  try {
    return lstatIfThere(join(scratch, other)) !== null;
  } finally {
    onDiskDo("remove", path, () => disk.remove(path));
  }
}
