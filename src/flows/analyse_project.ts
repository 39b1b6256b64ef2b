/**
 * Every registered model and target as the project's sources say it is today. Parses nothing when nothing changed: then the analysis
 * cache answers. With nothing registered it does nothing at all.
 */
import { type BundlePath, whyNotABundlePath } from "../base/bundle_path.ts";
import { canonicalJsonBytes, type Json } from "../base/canonical_json.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import type { FileContent, Snapshot } from "../bundle/snapshot.ts";
import { analyseModel, analyseTarget } from "../models/analyse_entry.ts";
import type { EntryAnalysis, EntryRequest } from "../models/entry_analysis.ts";
import { CLOSURE_RULE, EMPTY_MODEL_REGISTRY, type Entry, type ModelRegistry } from "../models/model_registry.ts";
import { type MisreadText, misreadTexts } from "../models/misread_texts.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { entriesOf, type EntryKey, keyOf, recordedPaths } from "../plan/cloud_state.ts";
import type { Content } from "../plan/entry_readiness.ts";
import type { ProjectFacts, WireCode } from "../plan/preflight_facts.ts";
import { OUTLINE_VERSION } from "../python/outline.ts";
import type { SourceLayout } from "../python/project_sources.ts";
import { PROJECT_FILES, type ProjectDeclarations } from "../python/pyproject.ts";
import { type CachedAnalysis, loadAnalysis, saveAnalysis } from "../worktree/analysis_cache.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { type Books, gatherLocal, type LocalSide } from "./gather.ts";
import { gatherSources, ignoredIn } from "./project_sources.ts";
import { listProjectFiles, type ProjectFiles } from "./project_files.ts";
import { wireCode } from "./wire_code.ts";
import { readWires } from "./wire_files.ts";
import type { World } from "./world.ts";

export interface ProjectAnalysis {
  readonly registry: ModelRegistry;
  /** null: another closure rule, or none, made what is recorded: the recorded lists count. */
  readonly entries: ReadonlyMap<EntryKey, EntryAnalysis | null>;
  /** Today's reading of every entry whose path can be read at all, those of another rule too. */
  readonly readings: ReadonlyMap<EntryKey, EntryAnalysis>;
  readonly files: ReadonlySet<BundlePath>;
  readonly folders: ReadonlySet<string>;
  readonly layout: SourceLayout;
  readonly project: ProjectFacts;
  /** `pyproject.toml` by its canonical form; null where there is none. */
  readonly canonicalPyproject: Content | null;
  /** Digest of a Python text → digest of its tokens. */
  readonly tokens: ReadonlyMap<Digest, Digest>;
  /** Everything that a closure or its code names, recorded or found, and that is on disk. */
  readonly content: Snapshot;
  readonly misread: readonly MisreadText[];
  readonly wire: WireCode;
}

/** What is known before the folder is looked at. */
export interface AnalysisStart {
  readonly registry: ModelRegistry;
  readonly listed: ProjectFiles;
  readonly cached: CachedAnalysis<Rest> | null;
  /** Files whose digests decide whether the cache still holds, and what is Ready. */
  readonly wanted: ReadonlySet<BundlePath>;
}

/** What of the declarations is kept: plain JSON. */
interface Rest {
  readonly layout: SourceLayout;
  readonly project: ProjectFacts;
  readonly canonicalPyproject: Content | null;
}

/** Raised whenever the same sources give another analysis: what an older program cached is read again. */
const ANALYSIS_VERSION = 4;

const WIRE_FILES = [".modelops/manifest.json", ".modelops/modelops.toml"] as BundlePath[];

/** All at once, for those who need nothing else of the folder. null: nothing is registered. */
export async function analyseProject(
  world: World,
  project: Project,
  books: Books,
  options: { readonly remember: boolean },
): Promise<ProjectAnalysis | null> {
  const start = startAnalysis(project, books);
  if (start === null) return null;
  const local = await gatherLocal(project, books, {
    also: start.wanted,
    remember: options.remember,
    lookOnly: true,
    emit: world.emit,
    signal: world.signal,
  });
  return await finishAnalysis(world, project, books, start, local, options);
}

/** null: nothing is registered. @throws Failure("invalid" | "unsupported") for a model registry that cannot be read. */
export function startAnalysis(project: Project, books: Books): AnalysisStart | null {
  const registry = books.modelRegistryText === null ? null : parseModelRegistry(books.modelRegistryText);
  if (registry === null || registry.models.size + registry.targets.size + registry.sets.size === 0) return null;
  const listed = listProjectFiles(project, books.tracked);
  const cached = loadAnalysis(project, isRest);
  const wanted = new Set<BundlePath>();
  const want = (path: string): void => {
    if (listed.files.has(path as BundlePath)) wanted.add(path as BundlePath);
  };
  for (const path of [...PROJECT_FILES, ...WIRE_FILES]) want(path);
  for (const path of entriesOf(registry).flatMap(recordedPaths)) {
    if (listed.files.has(path as BundlePath) || isIgnoredFile(project, path)) wanted.add(path as BundlePath);
  }
  for (const path of cached?.inputs.keys() ?? []) want(path);
  for (const reading of cached?.readings.values() ?? []) for (const path of closurePaths(reading)) want(path);
  return { registry, listed, cached, wanted };
}

/** `local` was gathered with `start.wanted`. */
export async function finishAnalysis(
  world: World,
  project: Project,
  books: Books,
  start: AnalysisStart,
  local: LocalSide,
  options: { readonly remember: boolean },
): Promise<ProjectAnalysis> {
  const { registry, listed } = start;
  const content = new Map([...local.files, ...local.beside]);
  const fingerprint = fingerprintOf(world, books, start);
  const isCurrent = start.cached?.fingerprint === fingerprint &&
    [...start.cached.inputs].every(([path, digest]) => (content.get(path)?.digest ?? null) === digest) &&
    sameIgnored(project, listed, start.cached);
  const found = isCurrent ? start.cached! : await analysed(world, project, books, start, { ...options, fingerprint, content });
  const entries = new Map<EntryKey, EntryAnalysis | null>();
  const readings = new Map<EntryKey, EntryAnalysis>();
  for (const entry of entriesOf(registry)) {
    const reading = found.readings.get(keyOf(entry));
    entries.set(keyOf(entry), entry.closure?.rule === CLOSURE_RULE ? reading ?? null : null);
    if (reading !== undefined) readings.set(keyOf(entry), reading);
  }
  return {
    registry,
    entries,
    readings,
    files: listed.files,
    folders: listed.folders,
    ...found.rest,
    tokens: found.tokens,
    content,
    wire: await wireCode(world, project, books, options),
    misread: misreadTexts(books.modelRegistryText ?? EMPTY_MODEL_REGISTRY),
  };
}

async function analysed(
  world: World,
  project: Project,
  books: Books,
  { registry, listed, cached }: AnalysisStart,
  options: { readonly remember: boolean; readonly fingerprint: Digest; readonly content: Map<BundlePath, FileContent> },
): Promise<CachedAnalysis<Rest>> {
  const { content } = options;
  const entries = entriesOf(registry).filter((entry) => isReadable(entry, listed));
  const { sources, declarations, digests, unread, outlineOf } = await gatherSources(world, {
    project,
    books,
    roots: [...new Set(entries.map(({ path }) => path as BundlePath))],
    given: entries.flatMap(({ codeGiven }) => codeGiven),
    remember: options.remember,
  });
  const readings = new Map<string, EntryAnalysis>();
  for (const entry of entries) {
    const request = requestOf(entry);
    readings.set(
      keyOf(entry),
      entry.kind === "model" ? analyseModel(sources, declarations, request) : analyseTarget(sources, declarations, request),
    );
  }
  for (const [path, { digest, size }] of digests) if (!content.has(path)) content.set(path, { digest, size, executable: false });
  await digestsOfTheRest(world, project, books, content, readings.values());

  const inputs = new Map<BundlePath, Digest | null>([...digests].map(([path, { digest }]) => [path, digest]));
  // What could not be read decides as much as what was: a link may be repaired, and the list of files stays the same.
  for (const path of [...unread, ...PROJECT_FILES, ...WIRE_FILES]) {
    if (listed.files.has(path)) inputs.set(path, content.get(path)?.digest ?? null);
  }
  const tokens = new Map<Digest, Digest>();
  const sealed = entriesOf(registry).flatMap((entry) => [entry.ownDigest, ...Object.values(entry.codeDigests)]);
  for (const digest of [...inputs.values(), ...sealed]) {
    const known = digest === null ? undefined : outlineOf(digest)?.tokens ?? cached?.tokens.get(digest);
    if (known !== undefined) tokens.set(digest!, known);
  }
  const rest: Rest = {
    layout: declarations.layout,
    project: projectFacts(project, declarations, listed.files),
    canonicalPyproject: canonicalOf(declarations),
  };
  const found = { fingerprint: options.fingerprint, inputs, readings, tokens, rest };
  if (options.remember) saveAnalysis(project, found);
  return found;
}

/** Data that only today's reading names has not been looked at yet. */
async function digestsOfTheRest(
  world: World,
  project: Project,
  books: Books,
  content: Map<BundlePath, FileContent>,
  readings: Iterable<EntryAnalysis>,
): Promise<void> {
  const rest = new Set([...readings].flatMap((reading) => closurePaths(reading)).filter((path) => !content.has(path)));
  if (rest.size === 0) return;
  const nothingTracked = { ...books, tracked: new Set<BundlePath>() };
  const { beside } = await gatherLocal(project, nothingTracked, {
    also: rest,
    remember: false,
    lookOnly: true,
    emit: world.emit,
    signal: world.signal,
  });
  for (const [path, found] of beside) content.set(path, found);
}

/** Everything that decides what an analysis gives, but the bytes of the files it reads. */
function fingerprintOf(world: World, books: Books, { registry, listed }: AnalysisStart): Digest {
  const requests = entriesOf(registry).map((entry): Json => [keyOf(entry), { ...requestOf(entry) }]);
  return digestOf(canonicalJsonBytes({
    tool: world.tool,
    rule: CLOSURE_RULE,
    outline: OUTLINE_VERSION,
    analysis: ANALYSIS_VERSION,
    config: books.configText === null ? null : digestOf(new TextEncoder().encode(books.configText)),
    requests,
    files: digestOf(new TextEncoder().encode([...listed.files].join("\n"))),
  }));
}

export function requestOf(entry: Entry): EntryRequest {
  const isModel = entry.kind === "model";
  return {
    path: entry.path as BundlePath,
    symbol: isModel ? entry.className : entry.entrypoint.slice(entry.entrypoint.indexOf(":") + 1),
    dataGiven: entry.dataGiven,
    codeGiven: entry.codeGiven,
    autoCode: isModel ? entry.autoCode : true,
    codeMode: isModel ? entry.codeMode : "files",
  };
}

/** There, and in no list: the rules leave it alone, and nobody tracks it. */
function isIgnoredFile(project: Project, path: string): boolean {
  return whyNotABundlePath(path) === null && lstatIfThere(onDisk(project, path as BundlePath))?.isFile === true;
}

/** No list holds ignored files, and what is said of them is cached. */
function sameIgnored(project: Project, { files }: ProjectFiles, { readings }: CachedAnalysis<Rest>): boolean {
  const broken = [...readings.values()].flatMap(({ closure }) => closure.followed.broken);
  if (broken.length === 0) return true;
  const ignoredBy = ignoredIn(project, files);
  return broken.every((one) => (ignoredBy(one.expected) ?? undefined) === one.ignoredBy);
}

function isReadable(entry: Entry, { files }: ProjectFiles): boolean {
  return whyNotABundlePath(entry.path) === null && files.has(entry.path as BundlePath);
}

function closurePaths({ closure }: EntryAnalysis): BundlePath[] {
  const unlisted = closure.proposed.filter(({ exists }) => exists); // whether it changed is for `impact` to say
  return [...closure.code, ...closure.data, ...closure.project, ...unlisted].map(({ path }) => path);
}

function canonicalOf({ pyproject }: ProjectDeclarations): Content | null {
  return pyproject === null || pyproject.problem !== null
    ? null
    : { digest: digestOf(pyproject.canonicalBytes), size: pyproject.canonicalBytes.byteLength };
}

export function projectFacts(project: Project, { pyproject }: ProjectDeclarations, files: ReadonlySet<BundlePath>): ProjectFacts {
  return {
    pyproject: pyproject === null ? null : {
      problem: pyproject.problem,
      dependencies: [...new Set(pyproject.dependencies.map(({ name }) => name))],
      wireEntryPoints: pyproject.wireEntryPoints,
    },
    wires: readWires(project, WIRE_FILES.filter((path) => files.has(path))),
  };
}

function isRest(value: unknown): value is Rest {
  const rest = value as Partial<Rest> | null;
  return Array.isArray(rest?.layout?.roots) && Array.isArray(rest?.project?.wires) && rest?.canonicalPyproject !== undefined;
}
