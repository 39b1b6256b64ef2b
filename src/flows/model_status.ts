/** How every registered model and target stands: to what was sealed, to the remote, and to what a worker needs. Reads; decides nothing. */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { shellWord } from "../base/shell_word.ts";
import { isFailure } from "../base/failure.ts";
import type { Snapshot } from "../bundle/snapshot.ts";
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { readTextIfThere } from "../disk/atomic_file.ts";
import type { Issue } from "../models/issue.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { writtenEntries } from "../models/model_registry_written.ts";
import { type CloudState, cloudStateOf, entriesOf, type EntryKey, type EntrySide, keyOf } from "../plan/cloud_state.ts";
import type { EntryReadiness, FilesNow } from "../plan/entry_readiness.ts";
import { neededPaths } from "../plan/needed_paths.ts";
import { issuesOfSource, preflight } from "../plan/preflight.ts";
import { unlistedData } from "../plan/preflight_rules/unlisted_data.ts";
import type { PreflightFacts } from "../plan/preflight_facts.ts";
import { readinessOf } from "../plan/readiness.ts";
import { recordedDiffers } from "../plan/recorded_differs.ts";
import type { EntryStatus, ModelsReport } from "../plan/reports.ts";
import type { RemoteView } from "../plan/relation.ts";
import { canonicalPyproject, differencesOfDeclarations, differencesOfLocks } from "../python/pyproject.ts";
import { readObject } from "../worktree/base_objects.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import type { ProjectAnalysis } from "./analyse_project.ts";
import type { ComparedSide } from "./compared_side.ts";
import { trackNeeded } from "./track_needed.ts";

/** The three sides of a comparison; `view` says whether the remote's is known. */
export interface Sides {
  readonly here: ComparedSide;
  readonly there: ComparedSide;
  readonly base: ComparedSide;
  readonly view: RemoteView["kind"];
  readonly isPinned: boolean;
}

export async function modelStatus(
  project: Project,
  analysis: ProjectAnalysis,
  folder: { readonly tracked: ReadonlySet<BundlePath>; readonly missing: readonly BundlePath[]; readonly held: ReadonlySet<BundlePath> },
  sides: Sides,
): Promise<ModelsReport> {
  const readiness = readinessOfAll(project, analysis);
  // What no bundle holds cannot leave one.
  const [leaving, nowhere] = [
    folder.missing.filter((path) => folder.held.has(path)),
    folder.missing.filter((path) => !folder.held.has(path)),
  ];
  const issues = [
    ...preflightIssues(project, analysis, readiness, { ...folder, missing: leaving }),
    ...nowhere.map(trackedNowhere),
  ];
  const cloud = await cloudStates(analysis, sides);
  const statuses = readiness.map((one): EntryStatus => ({
    entry: one.entry,
    name: one.entry.kind === "model" ? one.entry.className : one.entry.entrypoint.slice(one.entry.entrypoint.indexOf(":") + 1),
    status: one.status,
    cloud: cloud.get(one.key) ?? "unknown",
    dependencies: one.dependencies,
    closure: one.closure,
    reasons: one.reasons,
    needsRegistration: one.needsRegistration,
    issues: issuesOf(one, issues, analysis, folder.tracked),
  }));
  return {
    models: statuses.filter(({ entry }) => entry.kind === "model"),
    targets: statuses.filter(({ entry }) => entry.kind === "target"),
    targetSets: [...analysis.registry.sets.values()],
    preflight: issues,
  };
}

function trackedNowhere(path: BundlePath): Issue {
  return {
    code: "tracked-missing",
    severity: "info",
    message: `${path} is tracked, and neither on disk nor in the bundle`,
    path,
    line: null,
    entry: null,
    hint: `mops bundle remove ${shellWord(path)}   (forgets it; the next push does, too)`,
  };
}

/** Its own, and those of files that it shares with others. */
function issuesOf(one: EntryReadiness, all: readonly Issue[], { readings }: ProjectAnalysis, tracked: ReadonlySet<BundlePath>): Issue[] {
  const { key, entry } = one;
  const own = all.filter((issue) => issue.entry?.kind === entry.kind && issue.entry.id === entry.id);
  const said = new Set(own.map(({ code, message }) => `${code} ${message}`));
  const shared = unlistedData({ readiness: [one], readings, tracked });
  const told = new Set(own.map(({ code, path, line }) => JSON.stringify([code, path, line])));
  return [
    ...own,
    ...shared.filter(({ code, path, line }) => !told.has(JSON.stringify([code, path, line]))),
    ...issuesOfSource(entry, readings.get(key)).filter(({ code, message }) => !said.has(`${code} ${message}`)),
  ];
}

export function readinessOfAll(project: Project, analysis: ProjectAnalysis): EntryReadiness[] {
  const now = filesNow(project, analysis);
  return entriesOf(analysis.registry).map((entry) => {
    const key = keyOf(entry);
    const today = analysis.entries.get(key) ?? null;
    return readinessOf({
      entry,
      analysis: today,
      source: analysis.readings.get(key) ?? null,
      differences: today === null ? [] : recordedDiffers(entry, today),
      now,
    });
  });
}

export function preflightIssues(
  project: Project,
  analysis: ProjectAnalysis,
  readiness: readonly EntryReadiness[],
  folder: { readonly tracked: ReadonlySet<BundlePath>; readonly missing: readonly BundlePath[] },
): Issue[] {
  const { ignored, collision } = ignoredOf(project, analysis, folder.tracked);
  const issues = preflight({ ...analysis, readiness, tracked: folder.tracked, missing: folder.missing, ignored });
  return collision === null ? issues : [collision, ...issues];
}

/** Names that would be one file on other systems stop a push, and are a finding for those who only look. */
function ignoredOf(
  project: Project,
  { registry, files, wire }: ProjectAnalysis,
  tracked: ReadonlySet<BundlePath>,
): { readonly ignored: PreflightFacts["ignored"]; readonly collision: Issue | null } {
  try {
    return { ignored: trackNeeded(project, tracked, [...neededPaths(registry, files), ...wire.files]).ignored, collision: null };
  } catch (error) {
    if (!isFailure(error, "usage")) throw error;
    const { message, hint } = error;
    return {
      ignored: [],
      collision: { code: "colliding-names", severity: "error", message, path: null, line: null, entry: null, hint: hint ?? null },
    };
  }
}

/** Sealed contents of `pyproject.toml` and the lock files lie in `objects/`, by their digests, as long as something names them. */
export function filesNow(project: Project, { content, canonicalPyproject: canonical, tokens }: ProjectAnalysis): FilesNow {
  const file = (path: string) => content.get(path as BundlePath);
  const told = new Map<string, readonly string[]>(); // many entries ask the same
  return {
    file,
    projectFile: (path) => path === PYPROJECT && content.has(PYPROJECT) ? canonical ?? file(path) : file(path),
    tokensOf: (digest) => tokens.get(digest) ?? null,
    projectChanges(path, sealed) {
      const known = told.get(`${sealed} ${path}`) ?? declarationChanges(project, path as BundlePath, sealed);
      told.set(`${sealed} ${path}`, known);
      return known;
    },
  };
}

function declarationChanges(project: Project, path: BundlePath, sealed: Digest): readonly string[] {
  const before = readObject(project, sealed);
  const after = readTextIfThere(onDisk(project, path));
  if (before === null || after === null) return [];
  if (path !== PYPROJECT) return differencesOfLocks(path, new TextDecoder().decode(before), after);
  const bytes = canonicalPyproject(after);
  return bytes === null ? [] : differencesOfDeclarations(before, bytes);
}

const PYPROJECT = "pyproject.toml" as BundlePath;

async function cloudStates({ registry, content }: ProjectAnalysis, sides: Sides): Promise<ReadonlyMap<EntryKey, CloudState>> {
  const all = (state: CloudState) => new Map(entriesOf(registry).map((entry): [EntryKey, CloudState] => [keyOf(entry), state]));
  if (!sides.isPinned) {
    if (sides.view === "absent") return all("not-pushed");
    if (sides.view !== "holds") return all("unknown");
  }
  const files: Snapshot = new Map([...sides.here.files, ...content]);
  const here = await entrySides([{ files, modelRegistry: sides.here.modelRegistry }, sides.there, sides.base]);
  if (here === null) return all("unknown");
  const [local, there, base] = here as [EntrySide, EntrySide, EntrySide];
  return new Map(
    entriesOf(registry).map((entry): [EntryKey, CloudState] => [keyOf(entry), cloudStateOf(keyOf(entry), local, there, base)]),
  );
}

/** null: one of them cannot be had now. Equal registries are read once, and then nothing in them needs to be compared. */
async function entrySides(sides: readonly ComparedSide[]): Promise<EntrySide[] | null> {
  const digests = sides.map(({ files }) => files.get(MODEL_REGISTRY_PATH)?.digest);
  const areEqual = digests.every((digest) => digest === digests[0]);
  const known = new Map<Digest, Pick<EntrySide, "registry" | "written">>();
  const found: EntrySide[] = [];
  try {
    for (const [i, side] of sides.entries()) {
      const digest = digests[i];
      const read = digest === undefined ? NOTHING_WRITTEN : known.get(digest) ?? readEntries(await side.modelRegistry(), areEqual);
      if (digest !== undefined) known.set(digest, read);
      found.push({ files: side.files, ...read });
    }
    return found;
  } catch (error) {
    if (
      isFailure(error, "unreachable", "unauthorized", "forbidden", "rate-limited", "remote-error", "interrupted", "not-found", "corrupt")
    ) {
      return null;
    }
    throw error;
  }
}

const NOTHING_WRITTEN: Pick<EntrySide, "registry" | "written"> = { registry: null, written: new Map() };

function readEntries(text: string | null, areEqual: boolean): Pick<EntrySide, "registry" | "written"> {
  if (text === null) return NOTHING_WRITTEN;
  try {
    const written = areEqual ? [] : writtenEntries(text).map(({ kind, id, digest }): [string, Digest] => [`${kind}:${id}`, digest]);
    return { registry: parseModelRegistry(text), written: new Map(written) };
  } catch (error) {
    if (isFailure(error, "invalid", "unsupported")) return NOTHING_WRITTEN; // theirs cannot be read: its entries count as absent
    throw error;
  }
}
