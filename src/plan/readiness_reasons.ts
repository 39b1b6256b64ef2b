/** Why something is Stale or Broken, one short text for each reason: what changed, from what to what, and through which file it counts. */
import type { BundlePath } from "../base/bundle_path.ts";
import { type Digest, digestParts } from "../base/digest.ts";
import type { Via } from "../python/dependencies.ts";
import { askedFor, covers } from "./asked_for.ts";
import { chainTo } from "./chains.ts";
import type { EntryDependency, ReadinessRequest, Reason } from "./entry_readiness.ts";

/** What breaks stands first. */
export function reasonsOf(
  request: ReadinessRequest,
  dependencies: readonly EntryDependency[],
  vias: ReadonlyMap<BundlePath, Via>,
  isCut: boolean,
): Reason[] {
  const { now } = request;
  const told = (state: EntryDependency["state"]) => dependencies.filter((dependency) => dependency.state === state);
  const reasons: Reason[] = told("missing").map((gone) => ({
    kind: "missing",
    text: missingText(request, gone, vias),
    path: gone.path,
  }));
  for (const given of request.analysis?.closure.missingGiven ?? []) {
    if (reasons.some(({ path }) => path !== null && covers(given, path))) continue;
    reasons.push({ kind: "missing", text: `${given} leads to no file, used by ${request.entry.path}`, path: null });
  }
  reasons.push(...ofSource(request, new Set(reasons.map(({ path }) => path))));
  for (const changed of told("modified")) {
    reasons.push({ kind: "modified", text: changedText(request, changed, vias, now.projectChanges), path: changed.path });
  }
  for (const added of told("added")) reasons.push({ kind: "added", text: addedText(request, added), path: added.path });
  for (const dropped of told("dropped")) {
    const what = dropped.kind === "code" || dropped.kind === "package" ? "no longer imported" : "no longer needed";
    reasons.push({ kind: "dropped", text: `${dropped.path} is ${what}`, path: dropped.path });
  }
  const named = reasons.filter(({ kind }) => kind === "added" || kind === "dropped" || kind === "missing").flatMap(({ path }) =>
    path === null ? [] : [path]
  );
  const rest = isCut || reasons.some(({ kind }) => kind === "symbol" || kind === "unreadable")
    ? [] // nothing can be compared with a source that says nothing
    : request.differences.filter((text) => !named.some((path) => text.split(/[\s,]+/).includes(path)));
  for (const text of rest) reasons.push({ kind: "differs", text, path: null });
  return reasons;
}

/** What reading the source says: it does not parse, its symbol is gone, or an import leads nowhere. */
function ofSource({ entry, analysis, source }: ReadinessRequest, missing: ReadonlySet<string | null>): Reason[] {
  const reading = analysis ?? source;
  if (reading === null || missing.has(entry.path)) return [];
  const { followed } = reading.closure;
  const reasons: Reason[] = followed.unreadable.map((path) => {
    const why = reading.issues.find((issue) => issue.path === path && issue.severity === "error");
    return { kind: "unreadable", text: why?.message ?? `${path} cannot be read as Python`, path };
  });
  if (reading.facts === null && !followed.unreadable.includes(entry.path as BundlePath)) {
    const symbol = entry.kind === "model" ? `class ${entry.className}` : `function ${entry.entrypoint.split(":").at(-1)}`;
    const ambiguous = reading.issues.find(({ code, path }) => path === entry.path && NOT_TAKEN.has(code));
    reasons.push({ kind: "symbol", text: ambiguous?.message ?? `${symbol} is gone from ${entry.path}`, path: entry.path });
  }
  if (analysis === null) return reasons;
  for (const { what, expected, file, at, isConditional, isBeyond, ignoredBy } of followed.broken) {
    if (isConditional || missing.has(expected) || missing.has(expected.replace(/\/__init__\.py$/, ".py"))) continue;
    if (isBeyond === true) {
      reasons.push({
        kind: "broken-import",
        text: `${file} line ${at.line} imports ${what}, whose dots lead out of its package`,
        path: file,
      });
      continue;
    }
    reasons.push({
      kind: "broken-import",
      text: `${file} line ${at.line} imports ${what}, and ${
        ignoredBy === undefined ? `there is no ${expected}` : `${expected} is ignored by ${ignoredBy}`
      }`,
      path: expected,
    });
  }
  return reasons;
}

/** The symbol is there, and no worker can be sure of it. */
const NOT_TAKEN: ReadonlySet<string> = new Set(["duplicate-class", "duplicate-target", "target-not-addressable"]);

function missingText(request: ReadinessRequest, gone: EntryDependency, vias: ReadonlyMap<BundlePath, Via>): string {
  const { entry, analysis } = request;
  const asked = analysis === null ? null : askedFor(entry, analysis, gone.path, gone.kind);
  if (asked === null || asked.file === null) return `${gone.path} is missing${usedBy(request, gone, vias)}`;
  return `${gone.path} is missing, and ${asked.file} line ${asked.line} ${asked.how} it`;
}

function changedText(
  request: ReadinessRequest,
  changed: EntryDependency,
  vias: ReadonlyMap<BundlePath, Via>,
  projectChanges: ReadinessRequest["now"]["projectChanges"],
): string {
  const { path, sealed, now } = changed;
  const details = changed.kind === "project" && sealed !== null && now !== null ? projectChanges(path, sealed, now) : [];
  if (details.length > 0) return `${path}: ${details.join(", ")}`;
  const form = changed.formOnly ? "; only comments or formatting changed (identity changes all the same)" : "";
  return `${path} changed (${short(sealed)} → ${short(now, false)})${usedBy(request, changed, vias)}${form}`;
}

function addedText({ entry }: ReadinessRequest, { path, kind, via }: EntryDependency): string {
  const place = via?.from != null && via.at !== null ? ` (${via.from} line ${via.at.line})` : "";
  switch (via?.how) {
    case "imports":
      return `new import ${path}${place}`;
    case "package":
    case "member":
      return `new package file ${path}`;
    case "given":
      return `new ${kind} file ${path}${via.what === "" || via.what === path ? "" : `, by ${via.what} of ${entry.id}`}`;
    default:
      return `new ${kind === "project" ? "project" : kind} file ${path}${place}`;
  }
}

/** `, used by models/seir.py through models/util.py:load_contacts` */
function usedBy({ entry }: ReadinessRequest, { path, kind }: EntryDependency, vias: ReadonlyMap<BundlePath, Via>): string {
  if (kind === "own" || kind === "project") return "";
  const chain = chainTo(vias, path as BundlePath);
  const last = chain?.at(-1);
  if (chain === null || last === undefined || chain.length < 2) return `, used by ${entry.path}`;
  const before = chain[chain.length - 2]!.path;
  const reader = last.how === "reads" && last.what !== "" ? `:${last.what}` : "";
  return before === entry.path ? `, used by ${entry.path}${reader}` : `, used by ${entry.path} through ${before}${reader}`;
}

/** For reading, never for pasting: whole digests stand in `--details` and `--json`. */
function short(digest: Digest | null, withAlgorithm = true): string {
  if (digest === null) return "?";
  const { algorithm, encoded } = digestParts(digest);
  return `${withAlgorithm ? `${algorithm}:` : ""}${encoded.slice(0, 4)}…`;
}
