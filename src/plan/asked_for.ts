/** A file that is gone is found by no reading of the imports; this room finds whether the source still asks for it, and where. */
import type { BundlePath } from "../base/bundle_path.ts";
import type { EntryAnalysis } from "../models/entry_analysis.ts";
import type { Entry } from "../models/model_registry.ts";
import type { BrokenImport } from "../python/dependencies.ts";
import { isPattern, pathPattern } from "../python/path_pattern.ts";
import type { DependencyKind } from "./entry_readiness.ts";

/** Where today's source asks for a file that is not there; null where nothing does. */
export function askedFor(entry: Entry, analysis: EntryAnalysis, path: string, kind: DependencyKind): Asked | null {
  const { followed, missingGiven } = analysis.closure;
  // Without a lock file the project declares less, which is a new state; without pyproject.toml nothing says what to install.
  if (kind === "project") return path === "pyproject.toml" ? { file: null, line: null, how: "given" } : null;
  const broken = followed.broken.find((one) => expects(one, path));
  if (broken !== undefined) return { file: broken.file, line: broken.at.line, how: "imports" };
  const mention = followed.mentions.find((one) => one.path === path);
  if (mention !== undefined) return { file: mention.file, line: mention.at.line, how: "reads" };
  const modules = path.replace(/(\/__init__)?\.py$/, "").split("/");
  const outside = kind === "data" ? undefined : followed.outside.find(({ module }) => endsWith(modules, module.split(".")));
  if (outside !== undefined) return { file: outside.file, line: outside.at.line, how: "imports" };
  const given = [...entry.dataGiven, ...entry.codeGiven, ...missingGiven].some((one) => covers(one, path));
  return given ? { file: null, line: null, how: "given" } : null;
}

export interface Asked {
  readonly file: BundlePath | null;
  readonly line: number | null;
  readonly how: "imports" | "reads" | "given";
}

function expects({ expected }: BrokenImport, path: string): boolean {
  const folder = expected.replace(/(\/__init__)?\.py$/, "");
  return path === expected || path === `${folder}.py` || path === `${folder}/__init__.py`;
}

/** `models.util` may be what is left of `models/util.py`, `src/models/util.py`; `util` of `util.py`. */
function endsWith(components: readonly string[], module: readonly string[]): boolean {
  return module.length <= components.length && module.every((name, i) => components[components.length - module.length + i] === name);
}

/** Whether what was given would name this path, were it there. */
export function covers(given: string, path: string): boolean {
  const folder = given.replace(/^(\.\/+)+/, "").replace(/\/+$/, "");
  if (folder === path || folder === "" || folder === "." || path.startsWith(`${folder}/`)) return true;
  return isPattern(folder) && pathPattern(folder).test(path);
}
