/**
 * Whether a model or target is what was sealed: Ready, Stale or Broken, with every file that it depends on and the reasons (decision
 * 0007, "Words"). Pure: what is recorded, what reading the project gives today, and digests go in.
 * Law: the order in which files are recorded decides nothing.
 */
import { type BundlePath, whyNotABundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import { closureDigest } from "../models/closure_digest.ts";
import type { Entry } from "../models/model_registry.ts";
import type { Via } from "../python/dependencies.ts";
import { askedFor } from "./asked_for.ts";
import { viasOf } from "./chains.ts";
import { keyOf, recordedPaths } from "./cloud_state.ts";
import type {
  Content,
  DependencyKind,
  DependencyState,
  EntryDependency,
  EntryReadiness,
  FilesNow,
  ReadinessRequest,
  Reason,
} from "./entry_readiness.ts";
import { reasonsOf } from "./readiness_reasons.ts";

export function readinessOf(request: ReadinessRequest): EntryReadiness {
  const { entry, analysis, now } = request;
  const vias = analysis === null ? new Map<BundlePath, Via>() : viasOf(analysis);
  const isCut = isCutShort(request);
  const dependencies = dependenciesOf(request, vias, isCut);
  const reasons = reasonsOf(request, dependencies, vias, isCut);
  const breaks = reasons.some(({ kind }) => BREAKING.has(kind));
  const known = analysis ?? request.source;
  return {
    key: keyOf(entry),
    entry,
    status: breaks ? "broken" : reasons.length > 0 ? "stale" : "ready",
    dependencies,
    closure: {
      digest: recordedClosureDigest(entry, now),
      sealed: entry.closure?.digest ?? null,
      rule: entry.closure?.rule ?? null,
    },
    reasons,
    needsRegistration: !isCut && known?.facts != null &&
      reasons.some(({ kind }) => kind === "added" || kind === "dropped" || kind === "differs"),
  };
}

/** As the next seal would write it for these files. */
export function recordedClosureDigest(entry: Entry, now: Pick<FilesNow, "file" | "projectFile">): Digest | null {
  const of = (paths: Iterable<string>, find: (path: string) => Content | undefined): [BundlePath, Content][] | null => {
    const found: [BundlePath, Content][] = [];
    for (const path of new Set(paths)) {
      const content = find(path);
      if (content === undefined) return null;
      found.push([path as BundlePath, content]);
    }
    return found;
  };
  const code = of([entry.path, ...entry.code], now.file);
  const data = of(entry.data, now.file);
  const project = of(entry.closure?.project ?? [], now.projectFile);
  return code === null || data === null || project === null ? null : closureDigest({ code, data, project });
}

const BREAKING: ReadonlySet<Reason["kind"]> = new Set(["missing", "unreadable", "symbol", "broken-import"]);
const ORDER: readonly DependencyKind[] = ["own", "code", "package", "data", "project"];

/**
 * Code that an import asks for is not there, or does not parse. What lies behind it is not known then, so nothing that today's reading lacks
 * is a change of the source: files, names and values that it no longer finds are as they were recorded until the code is back.
 */
function isCutShort({ entry, analysis, now }: ReadinessRequest): boolean {
  if (analysis === null) return false;
  const { broken, unreadable } = analysis.closure.followed;
  if (unreadable.length > 0 || broken.some(({ isConditional }) => !isConditional)) return true;
  return entry.code.some((path) =>
    now.file(path) === undefined && whyNotABundlePath(path) === null && askedFor(entry, analysis, path, "code") !== null
  );
}

function dependenciesOf(request: ReadinessRequest, vias: ReadonlyMap<BundlePath, Via>, isCut: boolean): EntryDependency[] {
  const { entry, analysis, now } = request;
  const recorded = new Set(recordedPaths(entry));
  const data = new Set(entry.data);
  const project = new Set(entry.closure?.project ?? []);
  const found: EntryDependency[] = [];
  for (const path of recorded) {
    const via = vias.get(path as BundlePath) ?? null;
    const kind = path === entry.path ? "own" : project.has(path) ? "project" : data.has(path) ? "data" : kindOfCode(path);
    const sealed = sealedDigest(entry, path, kind);
    const content = (kind === "project" ? now.projectFile : now.file)(path);
    const state = stateOf(sealed, content?.digest ?? null, {
      needed: analysis === null || via !== null || kind === "own" || isCut && kind !== "project" && content !== undefined,
      asked: content === undefined && analysis !== null &&
        (whyNotABundlePath(path) !== null || askedFor(entry, analysis, path, kind) !== null),
    });
    found.push({
      path,
      kind,
      state,
      via,
      sealed,
      now: content?.digest ?? null,
      formOnly: state === "modified" && kind !== "data" && kind !== "project" && sameTokens(now, sealed, content?.digest ?? null),
    });
  }
  const added = analysis === null ? [] : [
    ...analysis.closure.code.map(({ path }) => [path, kindOfCode(path)] as const),
    ...analysis.closure.data.map(({ path }) => [path, "data"] as const),
    ...analysis.closure.project.map(({ path }) => [path, "project"] as const),
  ];
  for (const [path, kind] of added) {
    if (recorded.has(path)) continue;
    recorded.add(path);
    const content = (kind === "project" ? now.projectFile : now.file)(path);
    found.push({
      path,
      kind,
      state: content === undefined ? "missing" : "added",
      via: vias.get(path) ?? null,
      sealed: null,
      now: content?.digest ?? null,
      formOnly: false,
    });
  }
  return found.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || compareUtf8(a.path, b.path));
}

function stateOf(sealed: Digest | null, now: Digest | null, today: { needed: boolean; asked: boolean }): DependencyState {
  if (now === null) return today.needed || today.asked ? "missing" : "dropped";
  if (!today.needed) return "dropped";
  return sealed === null ? "unsealed" : sealed === now ? "current" : "modified";
}

function kindOfCode(path: string): "package" | "code" {
  return path === "__init__.py" || path.endsWith("/__init__.py") ? "package" : "code";
}

function sealedDigest(entry: Entry, path: string, kind: DependencyKind): Digest | null {
  if (kind === "own") return entry.ownDigest;
  const digests = kind === "project" ? entry.closure?.projectDigests : kind === "data" ? entry.dataDigests : entry.codeDigests;
  return digests !== undefined && Object.hasOwn(digests, path) ? digests[path]! : null;
}

function sameTokens(now: FilesNow, sealed: Digest | null, digest: Digest | null): boolean {
  if (sealed === null || digest === null) return false;
  const before = now.tokensOf(sealed);
  return before !== null && before === now.tokensOf(digest);
}
