/**
 * The files that one model or target depends on, each with the way to it (decision 0007, "Closure"): code that imports lead to, data that
 * people named, and what says which packages are installed. A path stands in one list only: what is code stays code.
 */
import { type BundlePath, compareBundlePaths } from "../base/bundle_path.ts";
import type { DataMention, Dependency, Followed, Via } from "../python/dependencies.ts";
import { followImports } from "../python/follow_imports.ts";
import { isPattern, loosePattern, pathPattern } from "../python/path_pattern.ts";
import { ancestorsOf } from "../python/resolve_import.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { PROJECT_FILES, type ProjectDeclarations } from "../python/pyproject.ts";
import type { AnalysedClosure, EntryRequest } from "./entry_analysis.ts";
import { withIgnoredSaid } from "./ignored_imports.ts";

export type ClosureRequest = EntryRequest & {
  /** Targets: data that the decorator names. */
  readonly autoData: readonly string[];
};

/** With `autoCode: false`, the entry's own file, its packages and what was given are all the code there is. */
export function closureOf(sources: ProjectSources, declarations: ProjectDeclarations, request: ClosureRequest): AnalysedClosure {
  const codeGiven = filesGiven(sources, request.codeGiven);
  const leftOut = declarations.leftOut.map(loosePattern);
  const all = followImports(sources, request.path, {
    codeMode: request.codeMode,
    given: codeGiven.files,
    isLeftOut: leftOut.length === 0 ? undefined : (path) => leftOut.some((pattern) => pattern.test(path)),
  });
  const followed = withIgnoredSaid(sources, request.autoCode ? all : only(all, ownCode(sources, request, codeGiven.files)));
  const dataGiven = filesGiven(sources, request.dataGiven);
  const dataNamed = filesGiven(sources, request.autoData);

  const code = new Map<BundlePath, Via>();
  for (const { path, via } of followed.code) code.set(path, via);
  for (const [path, via] of codeGiven.files) if (!code.has(path)) code.set(path, via);
  const data = new Map<BundlePath, Via>();
  for (const [path, via] of [...dataGiven.files, ...dataNamed.files]) if (!code.has(path) && !data.has(path)) data.set(path, via);
  const project = PROJECT_FILES.filter((path) => sources.files.has(path) && !code.has(path) && !data.has(path));

  return {
    code: sorted(code),
    data: sorted(data),
    project: sorted(new Map(project.map((path) => [path, { from: null, at: null, how: "declares", what: "" }]))),
    proposed: followed.mentions.filter((mention) => isProposed(mention, code, data)),
    missingGiven: [...codeGiven.missing, ...dataGiven.missing, ...dataNamed.missing],
    followed,
  };
}

/**
 * The files that `--data` and `--code` mean: a file, a folder (`data` or `data/`, with everything below), or a pattern (`data/*.csv`,
 * `data/**`, `data/wave?.csv`; `*` and `?` stop at a slash, as in a shell). Sorted, each once; `missing` holds what leads to nothing.
 */
export function expandGiven(sources: ProjectSources, given: readonly string[]): { paths: BundlePath[]; missing: string[] } {
  const { files, missing } = filesGiven(sources, given);
  return { paths: [...files.keys()].sort(compareBundlePaths), missing };
}

function filesGiven(sources: ProjectSources, texts: readonly string[]): { files: Map<BundlePath, Via>; missing: string[] } {
  const files = new Map<BundlePath, Via>();
  const missing: string[] = [];
  for (const text of texts) {
    const found = filesMeant(sources, text);
    if (found.length === 0) missing.push(text);
    for (const path of found) if (!files.has(path)) files.set(path, { from: null, at: null, how: "given", what: text });
  }
  return { files, missing };
}

function filesMeant(sources: ProjectSources, text: string): BundlePath[] {
  const plain = text.replace(/^(\.\/+)+(?=.)/, "").replace(/\/{2,}/g, "/").replace(/\/$/, "");
  const isWhole = plain === ".";
  if (!text.endsWith("/") && sources.files.has(plain as BundlePath)) return [plain as BundlePath];
  if (isWhole || sources.folders.has(plain)) return [...sources.files].filter((path) => isWhole || path.startsWith(`${plain}/`));
  if (!isPattern(plain)) return [];
  const pattern = pathPattern(plain);
  return [...sources.files].filter((path) => pattern.test(path));
}

function ownCode(sources: ProjectSources, { path }: ClosureRequest, given: ReadonlyMap<BundlePath, Via>): ReadonlySet<BundlePath> {
  return new Set([path, ...ancestorsOf(sources, path), ...given.keys()]);
}

/** What is said of these files, and nothing of what they lead to. */
function only(followed: Followed, files: ReadonlySet<BundlePath>): Followed {
  const ofThese = <Item extends { readonly file: BundlePath }>(items: readonly Item[]) => items.filter(({ file }) => files.has(file));
  return {
    code: followed.code.filter(({ path }) => files.has(path)),
    mentions: ofThese(followed.mentions),
    outside: ofThese(followed.outside),
    broken: ofThese(followed.broken),
    unresolved: ofThese(followed.unresolved),
    unreadable: followed.unreadable.filter((path) => files.has(path)),
    shadows: followed.shadows.filter(({ path }) => files.has(path)),
  };
}

function isProposed({ path, exists }: DataMention, code: ReadonlyMap<BundlePath, Via>, data: ReadonlyMap<BundlePath, Via>): boolean {
  return exists && !code.has(path) && !data.has(path);
}

function sorted(files: ReadonlyMap<BundlePath, Via>): Dependency[] {
  return [...files].map(([path, via]) => ({ path, via })).sort((a, b) => compareBundlePaths(a.path, b.path));
}
