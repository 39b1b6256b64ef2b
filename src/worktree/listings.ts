/**
 * `.modelops-bundle/listings`: what each folder of a large project holds besides tracked files, so that looking for untracked ones does
 * not list a thousand unchanged folders (as git's untracked cache; docs/formats.md, "listings"). A folder is believed while its stamp is
 * what it was: whatever is made, removed or renamed in it changes that. It is remembered only if it had last changed, content and status,
 * before the second in which it was listed: then the next change shows, even one that sets the time of change back.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { listOf } from "../base/path_set.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import type { FileStamp } from "../disk/file_stamp.ts";
import { looksFrom } from "../disk/quick_look.ts";
import { asText, encodeSections, readSections, writeSections } from "./checked_sections.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";
import { fileSystemTime } from "./stat_cache.ts";

export interface Listings {
  /** What `list` gives, or gave when the folder was as it is now; folders, and files that are not tracked. @param folder on disk */
  entries(folder: string, list: () => Deno.DirEntry[]): Deno.DirEntry[];
  /** Writes what was learnt; does nothing where the folder cannot be written. */
  save(): void;
}

const NAME = "mops listings 1\n";
const WORTH_KEEPING = 5000; // tracked files
const SECOND_MS = 1000; // Deno tells the time of status change in whole seconds

type Known = readonly [modified: number, changed: number, inode: number, entries: readonly (readonly [kind: string, name: string])[]];

/** null where there are too few files for it to be worth anything. */
export function openListings(project: Project, tracked: ReadonlySet<BundlePath>): Listings | null {
  if (tracked.size < WORTH_KEEPING) return null;
  const file = metaPath(project, LOCAL_NAMES.listings);
  const except = digestOf(listOf(tracked).bytes);
  const old = load(file, except);
  const now: Record<string, Known> = {};
  let count = 0;
  let learnt = false;
  let before: number | null = null;
  const look = looksFrom("", tracked.size);
  const stampOfFolder = (folder: string): FileStamp | null => {
    const glance = look(folder);
    return glance?.kind === "directory" ? { ...glance } : null;
  };

  return {
    entries(folder, list) {
      const name = folder.slice(project.root.length);
      const known = old.get(name);
      const stamp = stampOfFolder(folder);
      if (known !== undefined && stamp !== null && isSame(known, stamp)) {
        now[name] = known;
        count++;
        return known[3].map(entryOf);
      }
      before ??= (fileSystemTime(project)?.time ?? -Infinity) - SECOND_MS;
      const entries = list();
      const after = stampOfFolder(folder);
      if (stamp === null || after === null || stamp.modified >= before || stamp.changed >= before) return entries;
      const made: Known = [stamp.modified, stamp.changed, stamp.inode, entries.map((entry) => [kindOf(entry), entry.name] as const)];
      if (!isSame(made, after)) return entries;
      now[name] = made;
      count++;
      learnt = true;
      return entries;
    },
    save() {
      if (!learnt && count === old.size) return;
      const text = (value: string) => new TextEncoder().encode(value);
      writeSections(file, encodeSections(NAME, [text(except), text(JSON.stringify(now))]));
    },
  };
}

/** Empty when another set of files was tracked then: what was left out was another thing. */
function load(file: string, except: Digest): ReadonlyMap<string, Known> {
  const sections = readSections(file, NAME, 2);
  if (sections === null || asText(sections[0]!) !== except) return new Map();
  return new Map(Object.entries(JSON.parse(new TextDecoder().decode(sections[1]!)) as Record<string, Known>));
}

function isSame([modified, changed, inode]: Known, stamp: FileStamp): boolean {
  return modified === stamp.modified && changed === stamp.changed && inode === stamp.inode;
}

function kindOf({ isFile, isDirectory, isSymlink }: Deno.DirEntry): string {
  return isFile ? "f" : isDirectory ? "d" : isSymlink ? "l" : "o";
}

function entryOf([kind, name]: readonly [string, string]): Deno.DirEntry {
  return { name, isFile: kind === "f", isDirectory: kind === "d", isSymlink: kind === "l" };
}
