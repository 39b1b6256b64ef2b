/**
 * What is left alone: the built-in list, then `.modelopsignore` of the project, then those of folders below, whose patterns are relative
 * to them. The last pattern that matches a path decides, and a pattern that matches a directory matches everything below it; so
 * `!temp/keep.txt` after `temp/` takes that file back in. Directories of the built-in list are taken back in only by a pattern that
 * names them (`!build/keep.txt`, not `!*.txt`); `.git` and `.modelops-bundle` never are.
 */
import { join } from "node:path";
import { META_DIRECTORY } from "../base/bundle_path.ts";
import { isFailure } from "../base/failure.ts";
import { readTextIfThere } from "../disk/atomic_file.ts";
import { DEFAULT_IGNORES, IGNORE_FILE } from "./default_ignores.ts";
import { anyMayMatch, type IgnorePattern, parseIgnorePattern, type QuickTest } from "./ignore_pattern.ts";
import type { Project } from "./project.ts";

/** Why a path is left alone. */
export interface Ignored {
  readonly pattern: string;
  /** "built-in", or the file in which the pattern stands: ".modelopsignore", "data/.modelopsignore". */
  readonly source: string;
  /** Of that file, from 1. */
  readonly line?: number | undefined;
}

/** Paths are relative to the project, "/" between components; they need not be bundle paths. */
export interface IgnoreRules {
  /** null: not ignored. A path below a directory that `prunes` is ignored by what ignores the directory. */
  explain(path: string, isDirectory: boolean): Ignored | null;
  /** The directory is ignored, and nothing below it can be taken back in. */
  prunes(directory: string): boolean;
  /** Its own name is that of a directory of the built-in list. */
  isBuiltInDirectory(directory: string): boolean;
}

/** Reads files as they are needed. @throws Failure naming one that cannot be read. */
export function loadIgnore(project: Project): IgnoreRules {
  return ignoreRules((path) => {
    const file = join(project.root, path);
    try {
      return readTextIfThere(file);
    } catch (error) {
      if (isFailure(error) && !mayBeLookedAt(file)) return null; // a folder closed to us has no rules; whoever lists it will say so
      throw error;
    }
  });
}

function mayBeLookedAt(file: string): boolean {
  try {
    Deno.lstatSync(file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

/** `read` gives the text of an ignore file by its path from the root, null when there is none. */
export function ignoreRules(read: (path: string) => string | null): IgnoreRules {
  const directories = new Map<string, Directory>();

  function directory(path: string): Directory {
    const known = directories.get(path);
    if (known !== undefined) return known;
    const made = path === "" ? root(read) : below(directory(parentOf(path)), path, read);
    directories.set(path, made);
    return made;
  }

  return {
    explain(path, isDirectory) {
      const parent = directory(parentOf(path));
      if (parent.pruned !== null) return parent.pruned;
      return isSealed(nameOf(path)) ?? verdict(parent, path, isDirectory);
    },
    prunes: (path) => directory(path).pruned !== null,
    isBuiltInDirectory: (path) => guards(nameOf(path)),
  };
}

/** What is known of everything inside a directory. */
interface Directory {
  readonly path: string;
  /** Ignore files that count inside, from the built-in list to the deepest; read when they are first asked for. */
  files(): readonly IgnoreFile[];
  /** Directories of the built-in list on the way here. */
  readonly guarded: readonly string[];
  /** A pattern matches the directory or one above it, so it matches all inside too. */
  readonly covered: boolean;
  /** Set: nothing inside counts. */
  readonly pruned: Ignored | null;
}

interface IgnoreFile {
  readonly source: string;
  /** "" for the root, else ending with "/". */
  readonly prefix: string;
  /** Last one first: the order of asking. */
  readonly patterns: readonly IgnorePattern[];
  readonly mayMatch: QuickTest;
}

const BUILT_IN = ignoreFile("built-in", "", DEFAULT_IGNORES);
const GUARDS = new Set(DEFAULT_IGNORES.filter((pattern) => /^[^*/]+\/$/.test(pattern)).map((pattern) => pattern.slice(0, -1)));
const GUARD_SUFFIXES = DEFAULT_IGNORES.filter((pattern) => /^\*[^*/]+\/$/.test(pattern)).map((pattern) => pattern.slice(1, -1));

function root(read: (path: string) => string | null): Directory {
  return { path: "", files: once(() => [BUILT_IN, ...ignoreFilesIn("", read)]), guarded: [], covered: false, pruned: null };
}

function below(parent: Directory, path: string, read: (path: string) => string | null): Directory {
  if (parent.pruned !== null) return { ...parent, path };
  const sealed = isSealed(nameOf(path));
  if (sealed !== null) return { ...parent, path, pruned: sealed };
  const guarded = guards(nameOf(path)) ? [...parent.guarded, path] : parent.guarded;
  const above = parent.files();
  const covered = parent.covered || above.some((file) => file.patterns.some((pattern) => matches(file, pattern, path, true)));
  const ignored = covered ? verdict(parent, path, true) : null;
  const pruned = ignored !== null && !mayTakeBackInside(above, guarded, path) ? ignored : null;
  const files = pruned === null ? once(() => withFiles(above, ignoreFilesIn(path, read))) : parent.files;
  return { path, files, guarded, covered, pruned };
}

function withFiles(above: readonly IgnoreFile[], own: readonly IgnoreFile[]): readonly IgnoreFile[] {
  return own.length === 0 ? above : [...above, ...own];
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => (made ??= { value: make() }).value;
}

function verdict(parent: Directory, path: string, isDirectory: boolean): Ignored | null {
  const name = nameOf(path);
  const files = parent.files();
  if (!parent.covered && !files.some((file) => file.mayMatch(path.slice(file.prefix.length), name, isDirectory))) return null;
  const guarded = guards(name) && isDirectory ? [...parent.guarded, path] : parent.guarded;
  for (let index = files.length - 1; index >= 0; index--) {
    const file = files[index]!;
    for (const pattern of file.patterns) {
      if (!matches(file, pattern, path, isDirectory)) continue;
      if (!pattern.negative) return explanation(file, pattern);
      if (opens(file, pattern, guarded)) return null;
    }
  }
  return null;
}

function mayTakeBackInside(files: readonly IgnoreFile[], guarded: readonly string[], path: string): boolean {
  return files.some((file) =>
    file.patterns.some((pattern) =>
      pattern.negative && pattern.reachesInto(path.slice(file.prefix.length)) && opens(file, pattern, guarded)
    )
  );
}

/** A negation counts inside directories of the built-in list only when it names each of them, or stands inside. */
function opens(file: IgnoreFile, pattern: IgnorePattern, guarded: readonly string[]): boolean {
  return guarded.every((guard) =>
    !`${guard}/`.startsWith(file.prefix) || `${guard}/` === file.prefix || pattern.names(guard.slice(file.prefix.length))
  );
}

function matches(file: IgnoreFile, pattern: IgnorePattern, path: string, isDirectory: boolean): boolean {
  return pattern.matches(path.slice(file.prefix.length), isDirectory);
}

function explanation(file: IgnoreFile, pattern: IgnorePattern): Ignored {
  return { pattern: pattern.text, source: file.source, ...(file === BUILT_IN ? {} : { line: pattern.line }) };
}

/** Whatever a project writes, nobody goes there. */
function isSealed(name: string): Ignored | null {
  const folded = name.toLowerCase();
  return folded === ".git" || folded === META_DIRECTORY ? { pattern: `${folded}/`, source: "built-in" } : null;
}

function guards(name: string): boolean {
  return GUARDS.has(name) || GUARD_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

function ignoreFilesIn(directory: string, read: (path: string) => string | null): IgnoreFile[] {
  const prefix = directory === "" ? "" : `${directory}/`;
  const text = read(prefix + IGNORE_FILE);
  return text === null ? [] : [ignoreFile(prefix + IGNORE_FILE, prefix, text.replace(/^\uFEFF/, "").split(/\r?\n/))];
}

function ignoreFile(source: string, prefix: string, lines: readonly string[]): IgnoreFile {
  const patterns = lines.flatMap((line, index) => parseIgnorePattern(line, index + 1) ?? []).reverse();
  return { source, prefix, patterns, mayMatch: anyMayMatch(patterns) };
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
