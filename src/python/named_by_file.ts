/**
 * Everything that one file names, by import or by literal path, seen with one search path. Remembered for as long as the project's values
 * live, so that two hundred models over the same helpers read each of them once.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { type DataFindings, takeDataMentions } from "./data_mentions.ts";
import type { BrokenImport, DataMention, OutsideImport, Unresolved } from "./dependencies.ts";
import { takeDynamicImports } from "./dynamic_imports.ts";
import { type Edge, type Importer, outlineOf, takeImports } from "./import_edges.ts";
import type { Place } from "./outline.ts";
import type { ProjectSources } from "./project_sources.ts";
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

function lookAt(sources: ProjectSources, path: BundlePath, additions: PathAdditions): NamedByFile {
  const outline = outlineOf(sources, path);
  const found = {
    edges: [] as Edge[],
    outside: [] as OutsideImport[],
    broken: [] as BrokenImport[],
    unresolved: [] as Unresolved[],
    shadows: [] as NamedByFile["shadows"],
    mentions: [] as DataMention[],
  } satisfies DataFindings;
  if (outline === null) return { ...found, additions: NO_ADDITIONS };
  const importer: Importer = { sources, path, additions };
  takeImports(importer, outline, found);
  takeDynamicImports(importer, outline, found);
  takeDataMentions(importer, outline, found);
  const own = pathAdditions(importer, outline, found);
  found.outside.sort(byPlace);
  found.broken.sort(byPlace);
  found.unresolved.sort(byPlace);
  found.mentions.sort(byPlace);
  return { ...found, additions: own };
}

function byPlace(a: { readonly at: Place }, b: { readonly at: Place }): number {
  return a.at.line - b.at.line || a.at.column - b.at.column;
}
