/**
 * The transitive closure of one file: everything of the project that running it may import or execute, each with the shortest way to it,
 * and everything that could not be decided. Promise: nothing that is there is dropped silently. Law: a file more never takes another one
 * away, unless it stands in its way on the path of imports.
 */
import { type BundlePath, compareBundlePaths } from "../base/bundle_path.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import type { Dependency, Followed, Via } from "./dependencies.ts";
import { codeNamedBy, type NamedByFile, namedByFile } from "./named_by_file.ts";
import type { Outline, Place } from "./outline.ts";
import { outlineOf, type ProjectSources } from "./project_sources.ts";
import {
  ancestorsOf,
  folderOf,
  isPackageFile,
  isPythonSource,
  NO_ADDITIONS,
  type PathAdditions,
  pythonFilesBelow,
} from "./resolve_import.ts";

/**
 * Files of the project that one file names, for reading a project batch by batch: all that `followImports` may step on from here, and
 * sometimes more. Sorted; files without an outline (extension modules, R scripts) are left out.
 */
export function projectFilesNamedBy(sources: ProjectSources, path: BundlePath, outline: Outline): BundlePath[] {
  const step = codeNamedBy(sources, path, outline, NO_ADDITIONS);
  const named = new Set<BundlePath>(ancestorsOf(sources, path));
  // What others import from a folder that is put on the path, from beside a program, or by the `__all__` of a package, is not known yet.
  const wholeFolders = new Set([...step.additions.front, ...step.additions.back]);
  for (const { to, isProgram } of step.edges) {
    named.add(to);
    if (isProgram) wholeFolders.add(folderOf(to));
  }
  const stars = outline.imports.filter(({ names }) => names === "*").map(({ at }) => `${at.line}:${at.column}`);
  for (const { to, how, at } of stars.length === 0 ? [] : step.edges) {
    if (how === "imports" && isPackageFile(to) && stars.includes(`${at.line}:${at.column}`)) wholeFolders.add(folderOf(to));
  }
  wholeFolders.delete("");
  for (const folder of wholeFolders) for (const file of pythonFilesBelow(sources, folder)) named.add(file);
  named.delete(path);
  return [...named].filter((file) => isPythonSource(file) && sources.files.has(file)).sort(compareBundlePaths);
}

/**
 * Python files that `followImports` reaches from these files and that are not in `read`: what is named by a constant of another module is
 * known only once that one was read, and members of a package (`code_mode: package`) nobody may name. Whoever reads a project by
 * `projectFilesNamedBy` asks this at the end, and goes on until it is empty. Sorted.
 */
export function unreadFiles(
  sources: ProjectSources,
  from: Iterable<FollowOptions & { readonly path: BundlePath }>,
): BundlePath[] {
  const unread = new Set<BundlePath>();
  for (const { path, ...options } of from) {
    for (const file of followImports(sources, path, options).unreadable) {
      if (!sources.read.has(file) && sources.files.has(file)) unread.add(file);
    }
  }
  return [...unread].sort(compareBundlePaths);
}

/** Every Python file of the top-level package that a file is in: what `code_mode: package` adds. Empty for a file in no package. */
export function packageMembersOf(sources: ProjectSources, path: BundlePath): BundlePath[] {
  const top = [...ancestorsOf(sources, path), ...(isPackageFile(path) ? [path] : [])][0];
  if (top === undefined) return [];
  return pythonFilesBelow(sources, folderOf(top));
}

export interface FollowOptions {
  readonly codeMode: "files" | "package";
  /** Code that people named (`--code`), with what they named it by: whatever loads it, its imports run. */
  readonly given?: ReadonlyMap<BundlePath, Via> | undefined;
  /** What is not stepped on, whoever imports it; the own file and what was given always are. */
  readonly isLeftOut?: ((path: BundlePath) => boolean) | undefined;
}

/** All steps. @param path the entry's own file; one that is not there gives itself alone, as unreadable. */
export function followImports(sources: ProjectSources, path: BundlePath, options: FollowOptions): Followed {
  let additions = NO_ADDITIONS;
  while (true) {
    const walk = walkFrom(sources, path, options, variantsOf(additions));
    const grown = withMore(additions, walk.additions);
    if (grown === additions) return gathered(sources, walk);
    additions = grown; // what one file puts on the path, the others find, too; folders are only ever added, so this ends
  }
}

/** Nobody knows which folder is put on the path first, and what was imported by then: none, each of them before all others, and all. */
function variantsOf(additions: PathAdditions): PathAdditions[] {
  const folders = [...additions.front, ...additions.back];
  if (folders.length < 2) return folders.length === 0 ? [NO_ADDITIONS] : [NO_ADDITIONS, additions];
  return [NO_ADDITIONS, ...folders.map((folder) => ({ front: [folder], back: [] })), additions];
}

interface Walk {
  readonly code: Map<BundlePath, Via>;
  readonly steps: Map<BundlePath, NamedByFile[]>;
  readonly additions: PathAdditions[];
}

/** A file, and the folder of the program that it runs in; null: the worker's own. */
interface Visit {
  readonly path: BundlePath;
  readonly program: string | null;
}

/** Breadth first, so that the first way to a file is a shortest one; within a file by place, so that it is always the same one. */
function walkFrom(
  sources: ProjectSources,
  start: BundlePath,
  { codeMode, given, isLeftOut }: FollowOptions,
  searched: readonly PathAdditions[],
): Walk {
  const walk: Walk = { code: new Map(), steps: new Map(), additions: [] };
  const seen = new Set<string>();
  const queue: Visit[] = [];
  const packages = new Set<BundlePath>();
  const take = (path: BundlePath, program: string | null, via: Via) => {
    const key = program === null ? path : `${program}\n${path}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (via.how !== "own" && via.how !== "given" && isLeftOut?.(path) === true && given?.has(path) !== true) return;
    if (!walk.code.has(path)) walk.code.set(path, via);
    queue.push({ path, program });
  };
  take(start, null, { from: null, at: null, how: "own", what: "" });
  for (const init of ancestorsOf(sources, start)) take(init, null, { from: start, at: null, how: "package", what: "" });
  const added = [...given ?? []];
  for (let next = 0; next < queue.length || added.length > 0; next++) {
    if (next === queue.length) {
      // Only what imports do not lead to is here because it was given.
      const [path, via] = added.shift()!;
      take(path, null, via);
      for (const init of ancestorsOf(sources, path)) take(init, null, { from: path, at: null, how: "package", what: "" });
      next--;
      continue;
    }
    const { path, program } = queue[next]!;
    const step = seenBy(
      searched,
      (additions) => namedByFile(sources, path, program === null ? additions : { ...additions, front: [program, ...additions.front] }),
    );
    const others = walk.steps.get(path);
    if (others === undefined) walk.steps.set(path, [step]);
    else others.push(step);
    if (step.additions.front.length + step.additions.back.length > 0) walk.additions.push(step.additions);
    for (const edge of step.edges) {
      if (!sources.files.has(edge.to)) continue;
      take(edge.to, edge.isProgram ? folderOf(edge.to) : program, { from: path, at: edge.at, how: edge.how, what: edge.what });
    }
    if (codeMode === "package") {
      const top = [...ancestorsOf(sources, path), ...(isPackageFile(path) ? [path] : [])][0];
      if (top === undefined || packages.has(top)) continue;
      packages.add(top);
      for (const member of packageMembersOf(sources, path)) {
        take(member, program, { from: path, at: null, how: "member", what: folderOf(top) });
      }
    }
  }
  return walk;
}

/** What is found in any of the variants counts, and only what is nowhere in all of them is broken, or outside. */
function seenBy(searched: readonly PathAdditions[], look: (additions: PathAdditions) => NamedByFile): NamedByFile {
  const steps = searched.map(look);
  const [first, ...more] = steps as [NamedByFile, ...NamedByFile[]];
  if (more.length === 0) return first;
  const everywhere = <Item extends { readonly at: Place }>(list: (step: NamedByFile) => readonly Item[], name: (item: Item) => string) => {
    const key = (item: Item) => `${item.at.line}:${item.at.column} ${name(item)}`;
    const others = more.map((step) => new Set(list(step).map(key)));
    return list(first).filter((item) => others.every((keys) => keys.has(key(item))));
  };
  return {
    edges: steps.flatMap(({ edges }) => edges),
    outside: everywhere(({ outside }) => outside, ({ module }) => module),
    broken: everywhere(({ broken }) => broken, ({ what }) => what),
    unresolved: steps.at(-1)!.unresolved,
    shadows: steps.flatMap(({ shadows }) => shadows),
    mentions: unlike(steps.flatMap(({ mentions }) => mentions)),
    additions: {
      front: steps.flatMap(({ additions }) => additions.front),
      back: steps.flatMap(({ additions }) => additions.back),
    },
  };
}

function gathered(sources: ProjectSources, walk: Walk): Followed {
  const paths = [...walk.code.keys()].sort(compareBundlePaths);
  const from = <Item>(list: (step: NamedByFile) => readonly Item[]): Item[] => {
    const all: Item[] = [];
    for (const path of paths) {
      const steps = walk.steps.get(path) ?? [];
      if (steps.length === 1) all.push(...list(steps[0]!));
      else all.push(...unlike(steps.flatMap(list)));
    }
    return all;
  };
  return {
    code: paths.map((path): Dependency => ({ path, via: walk.code.get(path)! })),
    mentions: from((step) => step.mentions),
    outside: from((step) => step.outside),
    broken: from((step) => step.broken),
    unresolved: from((step) => step.unresolved),
    unreadable: paths.filter((path) => isPythonSource(path) && outlineOf(sources, path) === null),
    shadows: unlike(from((step) => step.shadows)).sort((a, b) => compareBundlePaths(a.path, b.path) || compareUtf8(a.name, b.name)),
  };
}

/** Without repetitions: a file that is seen in two programs says most things twice. */
function unlike<Item>(items: readonly Item[]): Item[] {
  const byText = new Map(items.map((item) => [JSON.stringify(item), item]));
  return [...byText.values()];
}

function withMore(known: PathAdditions, found: readonly PathAdditions[]): PathAdditions {
  const front = [...new Set([...known.front, ...found.flatMap((one) => one.front)])];
  const back = [...new Set([...known.back, ...found.flatMap((one) => one.back)])];
  return front.length === known.front.length && back.length === known.back.length ? known : { front, back };
}
