/**
 * Registering, told as a story: read what the files declare (nothing is run), plan, stop or write. Alone in the project; all or nothing.
 */
import { type BundlePath, whyNotABundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import type { ModelRegistry } from "../models/model_registry.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { type EntryKey, entryOf, keyOf } from "../plan/cloud_state.ts";
import { type ModelsRequest, planModels, type RegistrationFacts } from "../plan/register_models.ts";
import { planTargets, type TargetsRequest } from "../plan/register_targets.ts";
import type { RegisteredChange, RegistrationPlan } from "../plan/registration.ts";
import type { RegisterReport } from "../plan/reports.ts";
import { loadIgnore } from "../worktree/ignore.ts";
import { onDisk, type Project, toBundlePath } from "../worktree/project.ts";
import { loadTracked } from "../worktree/tracked.ts";
import { type Books, readBooks } from "./gather.ts";
import { folderFromHere, meantFromHere, READ_FROM_HERE } from "./from_here.ts";
import { ignoredGiven } from "./ignored_given.ts";
import { gatherSources } from "./project_sources.ts";
import { changedSince, changeRegistry, registryText } from "./write_registry.ts";
import { changing, warnIfUnfinished, type World } from "./world.ts";

export interface RegisterOptions {
  readonly project: Project;
  readonly dryRun: boolean;
}

/** @throws as `planModels`; then nothing was changed. */
export async function registerModels(world: World, options: RegisterOptions, request: ModelsRequest): Promise<RegisterReport> {
  const before = (registry: ModelRegistry) => request.regenAll ? [...registry.models.values()].map(({ path }) => path) : [];
  return await register(
    world,
    options,
    "register-model",
    request,
    before,
    (facts) => planModels(facts, request),
    request.codeMode === "package",
  );
}

/** @throws as `planTargets`; then nothing was changed. */
export async function registerTargets(world: World, options: RegisterOptions, request: TargetsRequest): Promise<RegisterReport> {
  const before = (registry: ModelRegistry) => request.regenAll ? [...registry.targets.values()].map(({ path }) => path) : [];
  return await register(
    world,
    options,
    "register-target",
    request,
    before,
    (facts) => planTargets(facts, request),
  );
}

/** A file to be registered, from the root. @throws Failure("usage" | "not-found") */
export function sourcePath(project: Project, standing: string, typed: string, command: string): BundlePath {
  const path = toBundlePath(project, standing, typed);
  if (path !== null && lstatIfThere(onDisk(project, path)) === null) {
    const meant = meantFromHere(project, standing, typed);
    throw new Failure("not-found", `${path} does not exist; nothing was registered`, {
      hint: meant === null
        ? `ls ${folderFromHere(project, standing, path)}`
        : `mops bundle ${command} ${meant}   (${READ_FROM_HERE}, and that file is there)`,
      facts: { path },
    });
  }
  if (path !== null && path.endsWith(".py") && lstatIfThere(onDisk(project, path))?.isDirectory === true) {
    throw new Failure("usage", `${path} is a folder, and files are registered one by one; nothing was registered`, {
      hint: "name Python files of it",
      facts: { path },
    });
  }
  if (path !== null) return path;
  throw new Failure("usage", `${typed} is the project's folder, and files are registered one by one; nothing was registered`, {
    hint: "name Python files of it",
    facts: { path: typed },
  });
}

/** A path for `--data` and `--code` as it is recorded: from the root, a folder with a slash at the end. @throws Failure("usage") */
export function givenPath(project: Project, standing: string, typed: string): string {
  const path = toBundlePath(project, standing, typed);
  if (path === null) {
    throw new Failure("usage", `${typed} is the whole project, and everything in it would be a dependency; nothing was registered`, {
      hint: "name a file, a folder or a pattern",
      facts: { path: typed },
    });
  }
  const info = lstatIfThere(onDisk(project, path));
  const meant = info === null ? meantFromHere(project, standing, typed) : null;
  if (meant !== null) {
    throw new Failure("not-found", `${path} does not exist; nothing was changed`, {
      hint: `ls -d ${meant}   (${READ_FROM_HERE}, and that one is there: give it)`,
      facts: { path },
    });
  }
  const isFolder = info?.isDirectory === true;
  const recorded = isFolder ? `${path}/` : path;
  const isTracked = (): boolean => [...loadTracked(project)].some((one) => one === path || one.startsWith(`${path}/`));
  // A folder of which something is taken back in is no ignored folder.
  const ignore = loadIgnore(project);
  const rule = info === null || isFolder && !ignore.prunes(path) ? null : ignore.explain(path, isFolder);
  if (rule === null || isTracked()) return recorded;
  const source = rule.line === undefined ? rule.source : `${rule.source} line ${rule.line}`;
  throw new Failure(
    "usage",
    `${path} is ignored by ${rule.pattern} (${source}), and would not be part of the bundle; nothing was registered`,
    {
      hint: `mops bundle add --force ${shellWord(path)}   (or take the pattern out)`,
      facts: { path, pattern: rule.pattern, source },
    },
  );
}

/** What a plan is made from. `roots` that cannot be paths of a bundle are left out: whoever plans says why. */
export async function registrationFacts(
  world: World,
  project: Project,
  books: Books,
  roots: Iterable<string>,
  options: {
    readonly remember: boolean;
    /** That of the books, where it has been read already. */
    readonly registry?: ModelRegistry;
    /** `--code-mode package`, which nothing records yet. */
    readonly wholePackages?: boolean;
  },
): Promise<RegistrationFacts> {
  const registry = options.registry ?? parseModelRegistry(registryText(books));
  const lawful = [...new Set(roots)].filter((path): path is BundlePath => whyNotABundlePath(path) === null && path.endsWith(".py"));
  // Folders and patterns among them are --code; what is registered already may have been given some, too.
  const code = [...roots, ...[...registry.models.values(), ...registry.targets.values()].flatMap(({ codeGiven }) => codeGiven)];
  const { sources, declarations } = await gatherSources(world, {
    project,
    books,
    roots: lawful,
    given: code,
    remember: options.remember,
    wholePackages: options.wholePackages === true,
  });
  return { registry, sources, declarations, tracked: books.tracked };
}

async function register(
  world: World,
  { project, dryRun }: RegisterOptions,
  command: string,
  named: Pick<ModelsRequest, "files" | "given">,
  registered: (registry: ModelRegistry) => readonly string[],
  plan: (facts: RegistrationFacts) => RegistrationPlan,
  wholePackages = false,
): Promise<RegisterReport> {
  const work = async (): Promise<RegisterReport> => {
    const books = readBooks(project);
    const leftOut = ignoredGiven(project, [...named.given.data, ...named.given.code]);
    const registry = parseModelRegistry(registryText(books));
    const facts = await registrationFacts(world, project, books, [...named.files, ...named.given.code, ...registered(registry)], {
      remember: !dryRun,
      registry,
      wholePackages,
    });
    const report = await applied(world, project, books, facts, plan(facts), dryRun);
    return { ...report, ignored: [...report.ignored, ...leftOut] };
  };
  if (!dryRun) return await changing(world, project, command, work);
  warnIfUnfinished(world, project);
  return await work();
}

async function applied(
  world: World,
  project: Project,
  books: Books,
  facts: RegistrationFacts,
  plan: RegistrationPlan,
  dryRun: boolean,
): Promise<RegisterReport> {
  const touched = new Set<EntryKey>(plan.changes.filter(({ change }) => change !== "removed" && change !== "kept").map(keyOf));
  const changed = await changeRegistry(world, project, books, facts.sources.files, facts.registry, { edits: plan.edits, touched, dryRun });
  const withFiles = (change: RegisteredChange): RegisteredChange => {
    const before = entryOf(facts.registry, keyOf({ kind: change.kind, id: change.from ?? change.id }));
    const after = entryOf(changed.after, keyOf(change));
    if (before === undefined || after === undefined || !touched.has(keyOf(change))) return change;
    const files = changedSince(before, after);
    if (files.length === 0) return change;
    return { ...change, change: change.change === "unchanged" ? "updated" : change.change, facts: [...change.facts, ...files] };
  };
  return {
    dryRun,
    entries: plan.changes.map(withFiles),
    notRegistered: plan.notRegistered,
    nothingIn: plan.nothingIn,
    issues: plan.issues,
    proposals: plan.proposals,
    unresolved: plan.unresolved,
    sets: plan.sets,
    tracked: changed.tracked,
    ignored: changed.ignored,
  };
}
