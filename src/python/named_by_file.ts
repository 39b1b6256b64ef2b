/**
 * Everything that one file names, by import or by literal path, seen with one search path. Remembered for as long as the project's values
 * live, so that two hundred models over the same helpers read each of them once.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { DataMention } from "./dependencies.ts";
import { type Findings, outlineOf, takeImports } from "./import_edges.ts";
import type { Place } from "./outline.ts";
import type { ProjectSources } from "./project_sources.ts";
import { NO_ADDITIONS, type PathAdditions } from "./resolve_import.ts";

export interface NamedByFile extends Findings {
  readonly mentions: DataMention[];
  /** What it puts on `sys.path`. */
  readonly additions: PathAdditions;
  /** False: there is no outline, so that nothing is known. */
  readonly isRead: boolean;
}

const remembered = new WeakMap<ProjectSources, Map<string, NamedByFile>>();

export function namedByFile(sources: ProjectSources, path: BundlePath, additions: PathAdditions): NamedByFile {
  let ofProject = remembered.get(sources);
  if (ofProject === undefined) remembered.set(sources, ofProject = new Map());
  const key = additions === NO_ADDITIONS ? path : JSON.stringify([path, additions.front, additions.back]);
  const known = ofProject.get(key);
  if (known !== undefined) return known;
  const found = lookAt(sources, path, additions);
  ofProject.set(key, found);
  return found;
}

function lookAt(sources: ProjectSources, path: BundlePath, additions: PathAdditions): NamedByFile {
  const outline = outlineOf(sources, path);
  const found: NamedByFile = {
    edges: [],
    outside: [],
    broken: [],
    unresolved: [],
    shadows: [],
    mentions: [],
    additions: NO_ADDITIONS,
    isRead: outline !== null,
  };
  if (outline === null) return found;
  takeImports({ sources, path, additions }, outline, found);
  found.outside.sort(byPlace);
  found.broken.sort(byPlace);
  found.unresolved.sort(byPlace);
  found.mentions.sort(byPlace);
  return found;
}

function byPlace(a: { readonly at: Place }, b: { readonly at: Place }): number {
  return a.at.line - b.at.line || a.at.column - b.at.column;
}
