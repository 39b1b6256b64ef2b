/**
 * What fails while a file is imported, whatever is asked of it: a class that the framework refuses takes its whole module with it, and
 * every module that imports that one.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Dependency } from "../python/dependencies.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { declaredClasses, modelFacts } from "./discover_models.ts";
import { declaredTargets } from "./discover_targets.ts";
import { moduleBelow } from "./framework.ts";
import type { Issue } from "./issue.ts";
import { outlineOf } from "./names.ts";
import { verdict } from "./source_verdicts.ts";

const known = new WeakMap<ProjectSources, Map<BundlePath, readonly Issue[]>>();

/** Errors in the files of a closure that its imports reach; what is only a member of a package or was given is not imported. */
export function importFailures(sources: ProjectSources, code: readonly Dependency[]): Issue[] {
  return code.filter(({ via }) => via.how === "own" || via.how === "imports" || via.how === "package")
    .flatMap(({ path }) => failuresOf(sources, path));
}

/** Faults that are no failure of the import itself: an ambiguous name stands in the file, and importing it works. */
const NO_FAILURE: ReadonlySet<string> = new Set(["duplicate-class", "duplicate-target", "target-not-addressable"]);

function failuresOf(sources: ProjectSources, path: BundlePath): readonly Issue[] {
  let ofFile = known.get(sources);
  if (ofFile === undefined) known.set(sources, ofFile = new Map());
  let issues = ofFile.get(path);
  if (issues === undefined) {
    const classes = declaredClasses(sources, path).filter(({ what }) => what !== "other");
    issues = [
      ...wrongImports(sources, path),
      ...classes.flatMap(({ className }) => modelFacts(sources, path, className)?.issues ?? []),
      ...declaredTargets(sources, path).flatMap((target) => target.issues),
    ].filter(({ code, severity }) => (severity === "error" && !NO_FAILURE.has(code)) || code === "not-at-the-root");
    ofFile.set(path, issues);
  }
  return issues;
}

/** `from modelops_calabaria import LossTarget`: a newer framework may give it, so it is a warning. */
function wrongImports(sources: ProjectSources, path: BundlePath): Issue[] {
  return (outlineOf(sources, path)?.imports ?? []).flatMap(({ module, level, names, inFunction, condition }) => {
    if (level > 0 || names === null || names === "*" || inFunction || condition !== "none") return [];
    return names.flatMap(({ name, at }) => {
      const below = moduleBelow(module, name);
      if (below === null) return [];
      const message = `${path} line ${at.line} imports ${name} from ${module}, which does not give it: importing the file fails`;
      return [verdict("not-at-the-root", { file: path, at }, message, `write from ${below} import ${name}`)];
    });
  });
}
