/**
 * What registering models and targets has in common: the report, and the way from what was found to what is written. Facts that a
 * command does not mention are kept; nothing is removed here but what an analysis really found gone (decision 0007, "Registering").
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import type { EntryAnalysis } from "../models/entry_analysis.ts";
import type { Issue } from "../models/issue.ts";
import { type Entry, isPlainId, type RecordedUnresolved } from "../models/model_registry.ts";
import type { RegistryEdit } from "../models/model_registry_yaml.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { ancestorsOf, moduleNameOf } from "../python/resolve_import.ts";

export interface RegisteredChange {
  readonly kind: "model" | "target";
  readonly id: string;
  /** kept: its file cannot be read, and the entry stays as it was (`why` says so). */
  readonly change: "added" | "updated" | "renamed" | "removed" | "unchanged" | "kept";
  readonly entrypoint: string;
  readonly path: string;
  /** The id before, where it was renamed. */
  readonly from: string | null;
  /** What is other than before, as short texts; of a new entry, nothing. */
  readonly facts: readonly string[];
  /** Outputs of a model; the model output of a target. */
  readonly outputs: readonly string[];
  readonly files: { readonly code: number; readonly data: number };
  readonly why: string | null;
}

export interface NotRegistered {
  readonly path: BundlePath;
  /** Class or function. */
  readonly name: string;
  readonly why: string;
}

/** Data that code names by a literal path, and no entry lists. */
export interface Proposal {
  readonly id: string;
  readonly path: BundlePath;
  readonly file: BundlePath;
  readonly line: number;
}

/** What is there and could not be read without running it; recorded with the entry. */
export type UnresolvedPlace = RecordedUnresolved & { readonly id: string };

export interface RegistrationPlan {
  readonly edits: readonly RegistryEdit[];
  readonly changes: readonly RegisteredChange[];
  readonly notRegistered: readonly NotRegistered[];
  /** Of several files, those that declare nothing of the kind. */
  readonly nothingIn: readonly BundlePath[];
  readonly issues: readonly Issue[];
  readonly proposals: readonly Proposal[];
  readonly unresolved: readonly UnresolvedPlace[];
  /** Sets that lost a member, or follow a new name. */
  readonly sets: readonly { readonly name: string; readonly fact: string }[];
}

/** A file that is asked for by name must be there and parse. @throws Failure("not-found") | Failure("invalid") with line and column. */
export function refuseUnreadable(sources: ProjectSources, path: BundlePath, command: string): void {
  const below = [...sources.files].filter((file) => file.startsWith(`${path}/`) && file.endsWith(".py"));
  if (sources.folders.has(path)) {
    const shown = below.filter((file) => !file.endsWith("/__init__.py")).slice(0, 5).map(shellWord).join(" ");
    throw new Failure("usage", `${path} is a folder, and files are registered one by one; nothing was registered`, {
      hint: `mops bundle ${command} ${shown === "" ? "FILE" : shown}`,
      facts: { path, files: below },
    });
  }
  const problem = problemOf(sources, path);
  if (problem === null) return;
  throw new Failure(problem.code, `${problem.message}; nothing was registered`, { hint: problem.hint, facts: problem.facts });
}

interface Problem {
  readonly code: "not-found" | "invalid" | "usage";
  readonly message: string;
  readonly hint: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Why nothing can be said of a file; null when something can. */
export function problemOf(sources: ProjectSources, path: BundlePath): Problem | null {
  const read = sources.read.get(path);
  if (!sources.files.has(path) || read === undefined) {
    if (sources.files.has(path)) return { code: "usage", message: `${path} is no Python file`, hint: "name a .py file", facts: { path } };
    return {
      code: "not-found",
      message: `${path} does not exist, or is ignored`,
      hint: `ls ${shellWord(folderAbove(sources, path))}`,
      facts: { path },
    };
  }
  if (!("problem" in read)) return null;
  const { message, at } = read.problem;
  return {
    code: "invalid",
    message: `${path}, line ${at.line}, column ${at.column}: ${message}`,
    hint: `python3 -m py_compile ${shellWord(path)}   (shows the line)`,
    facts: { path, line: at.line, column: at.column },
  };
}

/**
 * Workers import a model as `package.module`; a file of the root has no package, and the file of a top-level package no module.
 * @throws Failure("usage") with the command that moves it, where that harms nothing.
 */
export function refuseRootModule(
  sources: ProjectSources,
  tracked: ReadonlySet<BundlePath>,
  path: BundlePath,
  folder: string,
  what: string,
): void {
  if (moduleNameOf(sources.layout, path).includes(".")) return;
  throw new Failure("usage", `${path} is in no package, and workers import ${folder} as PACKAGE.MODULE; nothing was registered`, {
    hint: wayIntoPackage(sources, tracked, path, folder, what),
    facts: { path, module: moduleNameOf(sources.layout, path) },
  });
}

function wayIntoPackage(
  sources: ProjectSources,
  tracked: ReadonlySet<BundlePath>,
  path: BundlePath,
  folder: string,
  what: string,
): string {
  const name = path.split("/").at(-1)!;
  if (name === "__init__.py") {
    const beside = `${what.split(/[ .]/).at(-1)!.toLowerCase()}.py`;
    return `move ${what} into a file beside it, such as ${path.replace(name, beside)}`;
  }
  const to = `${folder}/${name}`;
  if (sources.files.has(to as BundlePath)) return `move ${what} into a file of a package; ${to} is taken`;
  const from = shellWord(path);
  const move = tracked.has(path) ? `mops bundle mv ${from} ${shellWord(to)}` : `mkdir -p ${folder} && mv ${from} ${shellWord(to)}`;
  return `${move}   (and have an __init__.py beside it)`;
}

/** Packages on the way to a module that have no `__init__.py`: Python finds them without, installed wheels often do not hold them. */
export function missingInits(sources: ProjectSources, paths: Iterable<BundlePath>): Issue[] {
  const issues = new Map<string, Issue>();
  for (const path of paths) {
    const packages = moduleNameOf(sources.layout, path).split(".").length - (path.endsWith("/__init__.py") ? 0 : 1);
    const folders = path.split("/").slice(0, -1);
    const found = new Set<string>(ancestorsOf(sources, path));
    for (let depth = 0; depth < packages && depth < folders.length; depth++) {
      const init = [...folders.slice(0, folders.length - depth), "__init__.py"].join("/");
      if (found.has(init) || sources.files.has(init as BundlePath)) continue;
      issues.set(init, {
        code: "missing-init-file",
        severity: "warning",
        message: `${init} is missing: its folder is a package of ${path}`,
        path: init as BundlePath,
        line: null,
        entry: null,
        hint: `touch ${init}`,
      });
    }
  }
  return [...issues.values()];
}

export interface Given {
  readonly data: readonly string[];
  readonly code: readonly string[];
}

/** What is asked of an analysis for an entry that is there already: what was given before, and now. */
export function givenOf(entry: Entry | undefined, now: Given, reached: (path: string) => boolean, folders: ReadonlySet<string>): Given {
  if (entry === undefined) return now;
  // The Python tool kept no account of what was given: its lists stay, but for what imports lead to anyway.
  const before = entry.closure === null
    ? {
      data: entry.dataGiven.length > 0 ? entry.dataGiven : entry.data.map(asGiven),
      code: entry.codeGiven.length > 0 ? entry.codeGiven : entry.code.filter((path) => !reached(path)).map(asGiven),
    }
    : { data: entry.dataGiven, code: entry.codeGiven };
  return { data: union(before.data, now.data), code: union(before.code, now.code) };

  function asGiven(path: string): string {
    return folders.has(path) ? `${path}/` : path;
  }
}

export function union(before: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...before, ...more])];
}

/** @throws Failure("not-found") where something given just now leads to no file. */
export function refuseMissingGiven(sources: ProjectSources, analysis: EntryAnalysis, now: Given): void {
  const missing = analysis.closure.missingGiven.filter((one) => now.data.includes(one) || now.code.includes(one));
  if (missing.length === 0) return;
  throw new Failure("not-found", `${missing.join(", ")}: no such file, folder or pattern with files; nothing was registered`, {
    hint: `ls ${shellWord(folderAbove(sources, missing[0]!))}`,
    facts: { paths: missing },
  });
}

/** The nearest one that is there. */
function folderAbove(sources: ProjectSources, path: string): string {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  return folder === "" ? "." : sources.folders.has(folder) ? folder : folderAbove(sources, folder);
}

export function unresolvedOf(analysis: EntryAnalysis): Entry["unresolved"] {
  const facts = analysis.facts?.unresolved ?? [];
  return [...facts, ...analysis.closure.followed.unresolved].map(({ what, file, at, why }) => ({ what, file, line: at.line, why }));
}

/** Without the entry's own file, which stands in `path`. */
export function codeOf(analysis: EntryAnalysis, path: string): string[] {
  return analysis.closure.code.map((one) => one.path).filter((one) => one !== path);
}

export function pathsOf(dependencies: readonly { readonly path: BundlePath }[]): string[] {
  return dependencies.map(({ path }) => path);
}

/** With the entry's id, since an analysis does not know it. */
export function issuesOf(analysis: EntryAnalysis, kind: "model" | "target", id: string): Issue[] {
  return analysis.issues.map((issue) => issue.entry === null ? { ...issue, entry: { kind, id } } : issue);
}

export function proposalsOf(analysis: EntryAnalysis, id: string): Proposal[] {
  const found = new Map<string, Proposal>();
  for (const { path, file, at } of analysis.closure.proposed) {
    if (!found.has(path)) found.set(path, { id, path, file, line: at.line });
  }
  return [...found.values()];
}

/** Ids that a person chooses; `--take model:ID` and a shell have to take them. @throws Failure("usage") */
export function refuseOddId(id: string): void {
  if (isPlainId(id)) return;
  throw new Failure("usage", `the id ${JSON.stringify(id)} has other characters than letters, digits, "_", "-" and "."`, {
    hint: "choose another --id",
    facts: { id },
  });
}

/** An entry as it stands, for a report. */
export function describeEntry(entry: Entry): Omit<RegisteredChange, "change"> {
  return {
    kind: entry.kind,
    id: entry.id,
    entrypoint: entry.entrypoint,
    path: entry.path,
    from: null,
    facts: [],
    outputs: entry.kind === "model" ? entry.outputs : entry.modelOutput === "" ? [] : [entry.modelOutput],
    files: { code: entry.code.length + 1, data: entry.data.length },
    why: null,
  };
}
