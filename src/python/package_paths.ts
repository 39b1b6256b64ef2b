/**
 * Where packages look for their modules beside their own folders: what is done to `__path__`. Folders that are written down are looked
 * into; a module that is in none of them may still be anywhere.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { argumentOf, storesOfFile } from "./file_names.ts";
import type { Outline, Value } from "./outline.ts";
import { projectPathOf } from "./path_texts.ts";
import { type Standing, textsOf } from "./path_values.ts";
import { outlineOf, type ProjectSources } from "./project_sources.ts";
import { folderOf, NO_ADDITIONS, type ResolvedModule, resolveModule } from "./resolve_import.ts";
import { addedTexts } from "./search_paths.ts";

export interface MovedPath {
  /** Those that are written down, from the project root. */
  readonly folders: readonly string[];
}

/** null: the package's modules are in its own folder. */
export function movedPath(sources: ProjectSources, init: BundlePath): MovedPath | null {
  const outline = outlineOf(sources, init);
  if (outline === null) return null;
  const standing: Standing = { sources, path: init, outline, additions: NO_ADDITIONS, scope: "", loops: [] };
  const given: (string[] | null)[] = outline.assignments.filter(({ name }) => name === "__path__").map(({ value, loops }) =>
    value === null ? null : addedTexts(value, { ...standing, loops })
  );
  for (const { store: { into, key, value, loops }, scope } of storesOfFile(outline)) {
    if (into !== "__path__") continue;
    const there = { ...standing, scope, loops };
    given.push(key.kind === "other" ? textsOfChange(value, there) : textsOf(value, there));
  }
  if (given.length === 0) return null;
  const folders = given.flatMap((texts) => texts ?? []).map(projectPathOf).filter((folder) => folder !== null);
  return { folders: folders.filter((folder) => folder !== folderOf(init) && sources.folders.has(folder)) };
}

/** A file may change the `__path__` of a package that it has imported: `models.__path__.append(…)`. */
export function movesOthers(outline: Outline): boolean {
  return storesOfFile(outline).some(({ store }) => store.into.endsWith(".__path__"));
}

/** A module below a package, where one of the folders has it. @param names below the package: `hidden`, `deep.hidden` */
export function findMoved(
  sources: ProjectSources,
  init: BundlePath,
  names: string,
  { folders }: MovedPath,
): Extract<ResolvedModule, { kind: "file" }> | null {
  for (const folder of folders) {
    const found = resolveModule(sources, init, names, 0, { front: [folder], back: [] });
    if (found.kind === "file" && found.path.startsWith(`${folder}/`)) return found;
  }
  return null;
}

/** `__path__.append(…)`, `.insert(…)`, `.extend(…)`; `__path__[:0] = […]`. */
function textsOfChange(value: Value, standing: Standing): string[] | null {
  if (value.kind !== "call" || value.callee.kind !== "name") return addedTexts(value, standing);
  switch (/^__path__\.(\w+)$/.exec(value.callee.name)?.[1]) {
    case undefined:
      return addedTexts(value, standing);
    case "append":
      return value.args[0] === undefined ? null : textsOf(value.args[0], standing);
    case "insert": {
      const folder = argumentOf(value, 1);
      return folder === undefined ? null : textsOf(folder, standing);
    }
    case "extend":
      return value.args[0] === undefined ? null : addedTexts(value.args[0], standing);
    default:
      return [];
  }
}
