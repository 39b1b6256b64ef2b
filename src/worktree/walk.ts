/**
 * All files of the project that could be tracked, in the order of their paths, and what stands there that could not, with the reason.
 * Never follows a link. Synchronous: ten times faster than promises for many small directories.
 */
import { type BundlePath, whyNotABundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import { diskFailure, errorNumber, reasonOf } from "../disk/disk_failure.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { listsOddNames, oddNamesIn } from "../disk/odd_names.ts";
import type { Ignored, IgnoreRules } from "./ignore.ts";
import { inspectLink, parentObstacle, shown } from "./links.ts";
import type { Listings } from "./listings.ts";
import { onDisk, type Project } from "./project.ts";

export interface WalkedFile {
  readonly path: BundlePath;
  /** Set only when ignored files were asked for. */
  readonly ignoredBy?: Ignored | undefined;
}

export interface WalkedLink extends WalkedFile {
  /** What the link says. */
  readonly text: string;
  /** The regular file in the project that it leads to. */
  readonly target: BundlePath;
}

export interface Skipped {
  /** As it can be printed. */
  readonly path: string;
  /** The end of a sentence: "is a fifo". */
  readonly why: string;
  /** Its name is what keeps it out; else what it is. */
  readonly byName: boolean;
}

export interface Walked {
  readonly files: readonly WalkedFile[];
  readonly links: readonly WalkedLink[];
  readonly skipped: readonly Skipped[];
  /** What the rules left alone: files, and directories that were not entered, these with a "/" at the end. */
  readonly ignored: readonly LeftOut[];
}

export interface LeftOut {
  readonly path: string;
  readonly by: Ignored;
}

export interface WalkOptions {
  /** A directory or a file to stay in; null: everything. */
  readonly under?: BundlePath | null | undefined;
  /**
   * Also what the rules leave alone, with `ignoredBy`; but inside `.git`, and inside directories of the built-in list that `under` does
   * not lead into, nothing ever.
   */
  readonly includeIgnored?: boolean | undefined;
  /** Paths that the caller knows of anyway: they are left out, whatever lies there, without asking any rule about them. */
  readonly except?: ReadonlySet<string> | undefined;
  /** What is remembered of folders; made for the same `except`. */
  readonly listings?: Listings | null | undefined;
}

/** @throws Failure("not-found") when `under` is not there; Failure("usage") when it lies behind a link. */
export function walk(project: Project, ignore: IgnoreRules, options: WalkOptions = {}): Walked {
  const found: Found = {
    project,
    ignore,
    includeIgnored: options.includeIgnored ?? false,
    except: options.except ?? NONE,
    listings: options.listings ?? null,
    files: [],
    links: [],
    skipped: [],
    ignored: [],
    oddNames: new Map(),
  };
  const under = options.under ?? null;
  if (under === null) walkDirectory(found, "");
  else walkFrom(found, under);
  return found;
}

const NONE: ReadonlySet<string> = new Set();

interface Found {
  readonly project: Project;
  readonly ignore: IgnoreRules;
  readonly includeIgnored: boolean;
  readonly except: ReadonlySet<string>;
  readonly listings: Listings | null;
  readonly files: WalkedFile[];
  readonly links: WalkedLink[];
  readonly skipped: Skipped[];
  readonly ignored: LeftOut[];
  /** Those bytes of names that were not told yet, by the path as the runtime shows it. */
  readonly oddNames: Map<string, readonly string[]>;
}

function walkFrom(found: Found, under: BundlePath): void {
  const obstacle = parentObstacle(found.project, under);
  if (obstacle?.kind === "link") {
    throw new Failure("usage", `${under} lies behind the link ${obstacle.path}, and links to directories are not followed`, {
      facts: { path: under, link: obstacle.path },
    });
  }
  const info = obstacle === null ? lstatIfThere(onDisk(found.project, under)) : null;
  if (info === null) throw new Failure("not-found", `${under} does not exist`, { facts: { path: under } });
  if (!info.isDirectory) return takeEntry(found, under, info);
  if (isSealed(under)) return;
  if (!found.ignore.prunes(under) || found.includeIgnored) walkDirectory(found, under);
}

function walkDirectory(found: Found, directory: string): void {
  const entries = entriesOf(found, directory);
  if (directory !== "" && !found.includeIgnored && isLayout(entries)) {
    found.skipped.push({
      path: shown(directory),
      why: "is an OCI layout, which holds bundles and is no part of one (--force adds it)",
      byName: false,
    });
    return;
  }
  for (const entry of entries) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (!entry.isDirectory) {
      takeEntry(found, path, entry);
    } else if (isSealed(entry.name)) {
      continue;
    } else if (found.includeIgnored ? !isIgnoredBuiltIn(found.ignore, path) : !found.ignore.prunes(path)) {
      const odd = oddName(found, path);
      if (odd === null) walkDirectory(found, path);
      else found.skipped.push(odd);
    } else {
      const by = found.ignore.explain(path, true);
      if (by !== null) found.ignored.push({ path: `${shown(path)}/`, by });
    }
  }
}

/** Somebody's remote, made by `--remote oci:FOLDER` in the project: tracked, it would grow by all that it holds with every push. */
function isLayout(entries: readonly Deno.DirEntry[]): boolean {
  return entries.some(({ name, isFile }) => name === "oci-layout" && isFile);
}

type Kind = Pick<Deno.DirEntry, "isFile" | "isSymlink">;

function takeEntry(found: Found, path: string, kind: Kind): void {
  const ignored = found.ignore.explain(path, false);
  if (ignored !== null && (!found.includeIgnored || isSealed(path))) {
    found.ignored.push({ path: shown(path), by: ignored });
    return;
  }
  const skip = (why: string) => void found.skipped.push({ path: shown(path), why, byName: false });
  const odd = oddName(found, path);
  if (odd !== null) return void found.skipped.push(odd);
  const lawful = path as BundlePath;
  const ignoredBy = ignored === null ? {} : { ignoredBy: ignored };
  if (kind.isFile) return void found.files.push({ path: lawful, ...ignoredBy });
  if (!kind.isSymlink) return skip("is no regular file (a socket, a fifo or a device)");
  const link = inspectLink(found.project, lawful);
  if (!link.ok) return skip(`is a link that ${link.why}`);
  const target = found.ignore.explain(link.target, false);
  if (target !== null && !found.includeIgnored) {
    return skip(`is a link that leads to an ignored file (${link.target}, by ${target.pattern})`);
  }
  found.links.push({ path: lawful, text: link.text, target: link.target, ...ignoredBy });
}

/** Without what was excepted, in the order that the whole paths below have: a directory sorts as its name and "/". */
function entriesOf(found: Found, directory: string): Deno.DirEntry[] {
  const folder = directory === "" ? found.project.root : onDisk(found.project, directory as BundlePath);
  const prefix = directory === "" ? "" : `${directory}/`;
  const list = (): Deno.DirEntry[] => {
    const keyed: [string, Deno.DirEntry][] = [];
    for (const entry of listed(folder)) {
      if (entry.isDirectory) keyed.push([`${entry.name}/`, entry]);
      else if (!found.except.has(prefix + entry.name)) keyed.push([entry.name, entry]);
    }
    return keyed.sort(([a], [b]) => compareUtf8(a, b)).map(([, entry]) => entry);
  };
  try {
    return found.listings === null ? list() : found.listings.entries(folder, list);
  } catch (error) {
    if (directory === "" || errorNumber(error) === null) throw diskFailure(error, "list", found.project.root);
    found.skipped.push({ path: shown(directory), why: `cannot be listed: ${reasonOf(error)}`, byName: false });
    return [];
  }
}

/** With the names that the runtime does not show, as a later version of it shows them. */
function listed(folder: string): Iterable<Deno.DirEntry> {
  if (listsOddNames()) return Deno.readDirSync(folder);
  const entries = [...Deno.readDirSync(folder)];
  const known = new Set(entries.filter(({ name }) => name.includes("\ufffd")).map(({ name }) => name));
  for (const { name, kind } of oddNamesIn(folder)) if (!known.has(name)) entries.push({ name, ...kind });
  return entries;
}

/** When a name cannot be in a bundle. A name that is no UTF-8 is shown with U+FFFD, and no such file is found. */
function oddName(found: Found, path: string): Skipped | null {
  if (path.includes("\ufffd") && lstatIfThere(onDisk(found.project, path as BundlePath)) === null) {
    return { path: shownOdd(found, path), why: "has a name that is not valid UTF-8", byName: true };
  }
  const why = whyNotABundlePath(path);
  return why === null ? null : { path: shown(path), why, byName: true };
}

/** With the bytes of its name, so that it can be found: "data/caf\xe9.csv". */
function shownOdd(found: Found, path: string): string {
  const slash = path.lastIndexOf("/") + 1;
  const [folder, name] = [path.slice(0, slash), path.slice(slash)];
  const written = found.oddNames.get(path) ?? oddNamesIn(onDisk(found.project, folder as BundlePath))
    .filter((odd) => odd.name === name).map(({ escaped }) => escaped);
  found.oddNames.set(path, written.slice(1)); // of several that are shown alike each in its turn
  return written.length === 0 ? shown(path) : `${shown(folder)}${written[0]}`;
}

function isIgnoredBuiltIn(ignore: IgnoreRules, path: string): boolean {
  return ignore.isBuiltInDirectory(path) && ignore.explain(path, true) !== null;
}

/** `.git` and `.modelops-bundle`, at any depth: never looked into, never spoken of. */
function isSealed(path: string): boolean {
  return path.split("/").some((name) => /^\.(git|modelops-bundle)$/i.test(name));
}
