/**
 * Everything that one file names, by import or by literal path, seen with one search path. Remembered for as long as the project's values
 * live, so that two hundred models over the same helpers read each of them once.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { type DataFindings, takeDataMentions } from "./data_mentions.ts";
import type { BrokenImport, DataMention, OutsideImport, Unresolved } from "./dependencies.ts";
import { takeDynamicImports } from "./dynamic_imports.ts";
import { type Edge, type Importer, takeImports } from "./import_edges.ts";
import type { Outline, Place } from "./outline.ts";
import { outlineOf, type ProjectSources } from "./project_sources.ts";
import { pathAdditions } from "./path_additions.ts";
import { NO_ADDITIONS, type PathAdditions } from "./resolve_import.ts";

export interface NamedByFile extends DataFindings {
  /** What it puts on `sys.path`. */
  readonly additions: PathAdditions;
}

interface Remembered {
  /** Who gathers a project adds to `read` as files are read: what was seen before the last one came is not true any more. */
  readonly filesRead: number;
  readonly byKey: Map<string, NamedByFile>;
}

const remembered = new WeakMap<ProjectSources, Remembered>();

export function namedByFile(sources: ProjectSources, path: BundlePath, additions: PathAdditions): NamedByFile {
  let ofProject = remembered.get(sources);
  if (ofProject === undefined || ofProject.filesRead !== sources.read.size) {
    remembered.set(sources, ofProject = { filesRead: sources.read.size, byKey: new Map() });
  }
  const key = additions === NO_ADDITIONS ? path : JSON.stringify([path, additions.front, additions.back]);
  const known = ofProject.byKey.get(key);
  if (known !== undefined) return known;
  const found = lookAt(sources, path, additions);
  ofProject.byKey.set(key, found);
  return found;
}

/** The code that it names, without the data, and not remembered: for reading a project, while more and more of it is known. */
export function codeNamedBy(sources: ProjectSources, path: BundlePath, outline: Outline, additions: PathAdditions): NamedByFile {
  const found = {
    edges: [] as Edge[],
    outside: [] as OutsideImport[],
    broken: [] as BrokenImport[],
    unresolved: [] as Unresolved[],
    shadows: [] as NamedByFile["shadows"],
    mentions: [] as DataMention[],
  } satisfies DataFindings;
  const importer: Importer = { sources, path, additions };
  takeImports(importer, outline, found);
  takeDynamicImports(importer, outline, found);
  return { ...found, additions: pathAdditions(importer, outline, found) };
}

function lookAt(sources: ProjectSources, path: BundlePath, additions: PathAdditions): NamedByFile {
  const outline = outlineOf(sources, path);
  if (outline === null) return NOTHING;
  const found = codeNamedBy(sources, path, outline, additions);
  takeDataMentions({ sources, path, additions }, outline, found);
  for (const list of [found.outside, found.broken, found.unresolved, found.mentions]) list.sort(byPlace);
  return found;
}

/** What is known of a file without an outline. */
const NOTHING: NamedByFile = { edges: [], outside: [], broken: [], unresolved: [], shadows: [], mentions: [], additions: NO_ADDITIONS };

function byPlace(a: { readonly at: Place }, b: { readonly at: Place }): number {
  return a.at.line - b.at.line || a.at.column - b.at.column;
}
