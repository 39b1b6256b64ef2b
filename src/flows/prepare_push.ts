/**
 * What a push does before it plans: registers anew where `--refresh` asks for it, takes in what registered models and targets need, and
 * looks whether a worker could run what would be published. Writes nothing but caches: what is taken in counts from the plan on.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import type { Issue } from "../models/issue.ts";
import { withQuotedTexts } from "../models/quote_misread_texts.ts";
import { EMPTY_MODEL_REGISTRY } from "../models/model_registry.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { editModelRegistry } from "../models/model_registry_yaml.ts";
import { entriesOf } from "../plan/cloud_state.ts";
import { neededPaths } from "../plan/needed_paths.ts";
import { preflight } from "../plan/preflight.ts";
import { planModels } from "../plan/register_models.ts";
import { planTargets } from "../plan/register_targets.ts";
import type { RegisteredChange, RegistrationPlan } from "../plan/registration.ts";
import { PROJECT_FILES, readDeclarations } from "../python/pyproject.ts";
import { onDisk } from "../worktree/project.ts";
import { type AnalysisStart, finishAnalysis, projectFacts, startAnalysis } from "./analyse_project.ts";
import { type Books, type LocalSide, utf8TextIfThere } from "./gather.ts";
import { preflightIssues, readinessOfAll } from "./model_status.ts";
import { registrationFacts } from "./register.ts";
import { wireCode } from "./wire_code.ts";
import { trackNeeded } from "./track_needed.ts";
import type { ProjectWorld } from "./world.ts";

export interface Prepared {
  /** With the tracked set and the model registry that the push publishes. */
  readonly books: Books;
  /** Tracked by this push. */
  readonly added: readonly BundlePath[];
  /** What `--refresh` registered anew: entries that changed. */
  readonly refreshed: readonly RegisteredChange[];
  /** Target sets that lost a member by it, or follow a new name. */
  readonly sets: RegistrationPlan["sets"];
  readonly start: AnalysisStart | null;
}

export async function preparePush(
  world: ProjectWorld,
  before: Books,
  options: { readonly refresh: boolean; readonly remember: boolean },
): Promise<Prepared> {
  const { project } = world;
  const { books, refreshed, sets } = options.refresh ? await registeredAnew(world, before, options.remember) : unchanged(before);
  const start = startAnalysis(project, books);
  if (start === null || entriesOf(start.registry).length === 0) return { books, added: [], refreshed, sets, start };
  const wire = await wireCode(world, project, books, options);
  const needed = [...neededPaths(start.registry, start.listed.files), ...PROJECT_FILES, ...wire.files];
  const { tracked, added } = trackNeeded(project, books.tracked, needed);
  return { books: { ...books, tracked }, added, refreshed, sets, start };
}

/** @throws Failure("not-ready") with `facts.issues` when there are errors; else what a person should know. */
export async function checkedForPush(
  world: ProjectWorld,
  { books, start }: Prepared,
  local: LocalSide,
  options: { readonly remember: boolean },
): Promise<Issue[]> {
  const { project } = world;
  if (start === null) return projectAlone(world, books);
  const analysis = await finishAnalysis(world, project, books, start, local, options);
  const readiness = readinessOfAll(project, analysis);
  // What is tracked and gone was told when the folder was looked at.
  const issues = preflightIssues(project, analysis, readiness, { tracked: books.tracked, missing: [] });
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw notReady(errors);
  return issues;
}

/** Both kinds, in memory: the text is published, and written when the tag has moved. */
async function registeredAnew(
  world: ProjectWorld,
  before: Books,
  remember: boolean,
): Promise<Pick<Prepared, "books" | "refreshed" | "sets">> {
  const text = before.modelRegistryText ?? EMPTY_MODEL_REGISTRY;
  const registry = parseModelRegistry(text);
  const entries = entriesOf(registry);
  if (entries.length === 0) return unchanged(before);
  const facts = await registrationFacts(world, world.project, before, entries.map(({ path }) => path), { remember });
  const again = { files: [], exclude: [], given: { data: [], code: [] }, labels: {}, autoData: false, regenAll: true };
  const models = planModels(facts, { ...again, classes: [], id: null, autoCode: null, codeMode: null });
  const halfway = editModelRegistry(text, models.edits);
  const targets = planTargets({ ...facts, registry: parseModelRegistry(halfway) }, { ...again, targets: [] });
  const refreshed = [...models.changes, ...targets.changes].filter(({ change }) => change !== "unchanged" && change !== "kept");
  return {
    books: { ...before, modelRegistryText: withQuotedTexts(editModelRegistry(halfway, targets.edits)) },
    refreshed,
    sets: [...models.sets, ...targets.sets],
  };
}

function unchanged(books: Books): Pick<Prepared, "books" | "refreshed" | "sets"> {
  return { books, refreshed: [], sets: [] };
}

/** A project without models and targets: only what is said about `pyproject.toml` and the wire function, without walking the folder. */
function projectAlone({ project }: ProjectWorld, books: Books): Issue[] {
  const isThere = (path: string): boolean => lstatIfThere(onDisk(project, path as BundlePath))?.isDirectory === false;
  const texts = new Map<BundlePath, string>();
  const pyproject = isThere(PYPROJECT) ? utf8OrNull(onDisk(project, PYPROJECT), PYPROJECT) : null;
  if (pyproject !== null) texts.set(PYPROJECT, pyproject);
  const files = new Set<BundlePath>([...books.tracked, ...ALONE.filter(isThere)]);
  const declarations = readDeclarations(texts, files, new Set(), { codeRoots: null });
  return preflight({
    registry: { models: new Map(), targets: new Map(), sets: new Map() },
    readiness: [],
    readings: new Map(),
    files,
    folders: new Set(),
    layout: declarations.layout,
    tracked: books.tracked,
    ignored: [],
    missing: [],
    project: projectFacts(project, declarations, files),
  });
}

const PYPROJECT = "pyproject.toml" as BundlePath;
const ALONE = ["wire.py", ".modelops/manifest.json", ".modelops/modelops.toml"] as BundlePath[];

function utf8OrNull(file: string, path: BundlePath): string | null {
  try {
    return utf8TextIfThere(file, path);
  } catch (error) {
    if (error instanceof Failure && error.code === "invalid") return "\u0000"; // not UTF-8 is not TOML, and is said so
    throw error;
  }
}

function notReady(errors: readonly Issue[]): Failure {
  const stale = errors.filter(({ code }) => code === "stale-analysis");
  const what = errors.length === 1 ? "an error stops this push" : `${errors.length} errors stop this push`;
  return new Failure("not-ready", `preflight: ${what}; nothing was sent`, {
    hint: stale.length === errors.length
      ? "mops bundle push --refresh   (registers again what changed in the sources, then pushes)"
      : commandForMost(errors.filter(({ code }) => code !== "stale-analysis")) ?? whereTold(errors),
    facts: { issues: errors },
  });
}

/** Of the commands that help, the one that helps with most; the first of equals. A finding's sentence says nothing without the finding. */
function commandForMost(errors: readonly Issue[]): string | null {
  const helped = new Map<string, number>();
  for (const { hint } of errors) {
    if (hint?.startsWith("mops ") === true) helped.set(hint, (helped.get(hint) ?? 0) + 1);
  }
  return [...helped].reduce<[string, number] | null>((most, one) => most !== null && most[1] >= one[1] ? most : one, null)?.[0] ?? null;
}

function whereTold(errors: readonly Issue[]): string {
  const entry = errors.find((issue) => issue.entry !== null && issue.entry.kind !== "set")?.entry;
  return entry == null
    ? "mops bundle status --explain"
    : `mops bundle status --details ${shellWord(entry.id)}   (shows each with what to do)`;
}
