/**
 * All that reading says of one model or target today: its facts, its closure, and what is wrong with either. An entry is found by its
 * file and symbol; where one of them is gone, the issues say what is there instead. `issues` holds the facts' own, too, errors first.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import type { ProjectDeclarations } from "../python/pyproject.ts";
import { moduleNameOf } from "../python/resolve_import.ts";
import { closureOf } from "./closure_of.ts";
import { closureIssues, takenIn } from "./closure_issues.ts";
import { declaredClasses, modelFacts } from "./discover_models.ts";
import { declaredTargets, targetFacts } from "./discover_targets.ts";
import type { EntryRequest, ModelAnalysis, TargetAnalysis, TargetFacts } from "./entry_analysis.ts";
import { importFailures } from "./import_failures.ts";
import type { Issue, Severity } from "./issue.ts";
import { outlineOf } from "./names.ts";
import { distinctIssues } from "./source_verdicts.ts";

/** Two of one name: which one a worker gets is decided when the file runs, so neither is taken. */
const AMBIGUOUS: ReadonlySet<string> = new Set(["duplicate-class", "duplicate-target", "target-not-addressable"]);

export function analyseModel(sources: ProjectSources, declarations: ProjectDeclarations, request: EntryRequest): ModelAnalysis {
  const { path, symbol } = request;
  const closure = closureOf(sources, declarations, { ...request, autoData: [] });
  const found = modelFacts(sources, path, symbol);
  const instead = () =>
    declaredClasses(sources, path).filter(({ what, className }) => what === "model" && className !== symbol).map(({ className }) =>
      className
    );
  const own = [
    ...placeIssues(sources, request, "model"),
    ...(found !== null || outlineOf(sources, path) === null ? [] : [gone(request, "model", instead())]),
    ...(found?.issues ?? []),
    ...importFailures(sources, closure.code),
  ];
  const facts = found === null || isAmbiguous(found.issues) ? null : found;
  return {
    kind: "model",
    facts,
    entrypoint: facts === null ? null : `${moduleNameOf(sources.layout, path)}:${symbol}`,
    closure,
    issues: ranked([...own, ...closureIssues(sources, declarations, closure, request)]),
  };
}

/** `symbol` is the function's name; the closure's data begins with what the decorator names. */
export function analyseTarget(sources: ProjectSources, declarations: ProjectDeclarations, request: EntryRequest): TargetAnalysis {
  const { path, symbol } = request;
  const found = targetFacts(sources, path, symbol);
  const closure = closureOf(sources, declarations, { ...request, autoData: found?.data ?? [] });
  const instead = () => declaredTargets(sources, path).map(({ functionName }) => functionName).filter((name) => name !== symbol);
  const own = [
    ...placeIssues(sources, request, "target"),
    ...(found !== null || outlineOf(sources, path) === null ? [] : [gone(request, "target", instead())]),
    ...(found?.issues ?? []),
    ...importFailures(sources, closure.code),
  ];
  const facts = found === null || isAmbiguous(found.issues) ? null : found;
  return {
    kind: "target",
    facts,
    entrypoint: facts === null ? null : `${moduleNameOf(sources.layout, path)}:${symbol}`,
    closure,
    issues: ranked([
      ...own,
      ...lostData(sources, request, found, closure.missingGiven),
      ...closureIssues(sources, declarations, closure, request),
    ]),
  };
}

/** Files that the decorator names and that are not there: told with the place of the target. */
function lostData(
  sources: ProjectSources,
  { path, dataGiven, codeGiven }: EntryRequest,
  target: TargetFacts | null,
  missing: readonly string[],
): Issue[] {
  if (target === null) return [];
  const lost = missing.filter((text) => target.data.includes(text) && !dataGiven.includes(text) && !codeGiven.includes(text));
  return lost.map((text): Issue => {
    const ignored = sources.ignoredBy?.(text as BundlePath) ?? null;
    return {
      code: ignored === null ? "missing-target-data" : "ignored-file",
      severity: "error",
      message: `${path} line ${target.line}: target ${target.id} reads ${text}, which ${
        ignored === null ? "does not exist" : `is ignored by ${ignored}`
      }`,
      path,
      line: target.line,
      entry: null,
      hint: ignored === null ? `mops bundle pull --restore-deleted   (brings back what was deleted here)` : takenIn(text),
    };
  });
}

function isAmbiguous(issues: readonly Issue[]): boolean {
  return issues.some(({ code }) => AMBIGUOUS.has(code));
}

/** The file itself: there, and where workers can import it from. */
function placeIssues(sources: ProjectSources, { path }: EntryRequest, kind: "model" | "target"): Issue[] {
  const issue = (code: string, message: string, hint: string): Issue[] => [
    { code, severity: "error", message, path, line: null, entry: null, hint },
  ];
  if (!sources.files.has(path)) {
    return issue("missing-file", `${path} does not exist`, `mops bundle pull --restore-deleted   (brings it back, if it was pushed)`);
  }
  const module = moduleNameOf(sources.layout, path);
  if (module.includes(".")) return [];
  const name = path.split("/").at(-1)!;
  return issue(
    "invalid-module-path",
    `${path} is the module "${module}" without a package, which workers cannot load`,
    `mops bundle mv ${path} ${kind}s/${name}   (then mops bundle register-${kind} ${kind}s/${name})`,
  );
}

function gone({ path, symbol }: EntryRequest, kind: "model" | "target", instead: readonly string[]): Issue {
  const what = kind === "model" ? "class" : "function";
  const there = instead.length === 0 ? `it declares no ${kind}` : `it declares ${instead.join(", ")}`;
  return {
    code: "missing-entrypoint-symbol",
    severity: "error",
    message: `${path} has no ${what} ${symbol}; ${there}`,
    path,
    line: null,
    entry: null,
    hint: `mops bundle register-${kind} --regen-all   (takes entries out whose ${what} is gone)`,
  };
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

function ranked(issues: readonly Issue[]): Issue[] {
  return distinctIssues(issues).sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}
