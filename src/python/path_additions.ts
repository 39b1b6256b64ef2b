/** What a file puts on `sys.path`: from then on every import of the program asks these folders, too. */
import type { BundlePath } from "../base/bundle_path.ts";
import { argumentOf, callsOfFile, fullNameOf, storesOfFile } from "./file_names.ts";
import type { Findings, Importer } from "./import_edges.ts";
import type { Outline, Place, Value } from "./outline.ts";
import { projectPathOf, shownPath } from "./path_texts.ts";
import { type Standing, textsOf } from "./path_values.ts";
import { NO_ADDITIONS, type PathAdditions } from "./resolve_import.ts";
import { addedTexts } from "./search_paths.ts";

export function pathAdditions(importer: Importer, outline: Outline, into: Findings): PathAdditions {
  const front: string[] = [];
  const back: string[] = [];
  const add = (value: Value | undefined, at: Place, standing: Standing, isFront: boolean, isList: boolean) => {
    const texts = value === undefined ? null : isList ? addedTexts(value, standing) : textsOf(value, standing);
    const say = (what: string, why: string) => into.unresolved.push({ what, file: importer.path, at, why });
    if (texts === null) say("sys.path", "the folder that is put on it is not written out");
    for (const text of texts ?? []) {
      const folder = projectPathOf(text === "" ? "." : text);
      if (folder === null) say(`sys.path: ${shownPath(text)}`, "it lies outside the project");
      else if (!isRoot(importer, folder) && importer.sources.folders.has(folder)) (isFront ? front : back).push(folder);
    }
  };
  for (const { mention, call, loops, name } of callsOfFile(outline)) {
    const standing: Standing = { ...importer, outline, scope: mention.scope, loops };
    if (name === "sys.path.insert") add(argumentOf(call, 1), call.at, standing, true, false);
    else if (name === "sys.path.append" || name === "site.addsitedir") add(call.args[0], call.at, standing, false, false);
    else if (name === "sys.path.extend") add(call.args[0], call.at, standing, false, true);
  }
  // `sys.path += […]`, `sys.path[:0] = […]`, `sys.path = […] + sys.path`; calls by a name stand among the mentions.
  for (const { store: { into: name, key, value, condition, loops, at }, scope } of storesOfFile(outline)) {
    if (fullNameOf(outline, name) !== "sys.path" || condition === "type-checking" || value.kind === "call" && isOfPath(value, name)) {
      continue;
    }
    add(value, at, { ...importer, outline, scope, loops }, true, key.kind === "other");
  }
  for (const { name, value, operator, at, loops, condition } of outline.assignments) {
    if (fullNameOf(outline, name) !== "sys.path" || operator !== "+=" || value === null || condition === "type-checking") continue;
    add(value, at, { ...importer, outline, scope: "", loops }, false, true);
  }
  return front.length + back.length === 0 ? NO_ADDITIONS : { front, back };
}

/** A call of a method of the list itself. */
function isOfPath(call: Extract<Value, { kind: "call" }>, name: string): boolean {
  return call.callee.kind === "name" && call.callee.name.startsWith(`${name}.`);
}

/** What is asked anyway needs no second place on the path. */
function isRoot({ sources }: Importer, folder: string | BundlePath): boolean {
  return sources.layout.roots.some((root) => root.folder === folder && root.prefix === "");
}
