/**
 * Registering models: from the registry, what files declare, and what was asked, to edits of the registry and a report of them. Pure;
 * all or nothing: whatever is wrong with one file is thrown before anything is planned.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { analyseModel } from "../models/analyse_entry.ts";
import { findClass } from "../models/classes.ts";
import { declaredClasses } from "../models/discover_models.ts";
import type { DeclaredClass, EntryRequest, ModelAnalysis } from "../models/entry_analysis.ts";
import type { Issue } from "../models/issue.ts";
import type { ModelEntry, ModelRegistry } from "../models/model_registry.ts";
import type { RegistryEdit } from "../models/model_registry_yaml.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import type { ProjectDeclarations } from "../python/pyproject.ts";
import { movedEntry, movedFacts, whyKept } from "./gone_files.ts";
import { changedValues, factsOfUpdate, foundShared, modelValues, recordedModelValues } from "./entry_values.ts";
import {
  describeEntry,
  type Given,
  givenOf,
  issuesOf,
  missingInits,
  type NotRegistered,
  pathsOf,
  problemOf,
  type Proposal,
  proposalsOf,
  refuseMissingGiven,
  refuseOddId,
  refuseRootModule,
  refuseUnreadable,
  type RegisteredChange,
  type RegistrationPlan,
  union,
  unresolvedOf,
  type UnresolvedPlace,
} from "./registration.ts";

export { recordedDiffers } from "./recorded_differs.ts";

export interface RegistrationFacts {
  readonly registry: ModelRegistry;
  readonly sources: ProjectSources;
  readonly declarations: ProjectDeclarations;
  readonly tracked: ReadonlySet<BundlePath>;
}

export interface ModelsRequest {
  readonly files: readonly BundlePath[];
  /** Empty: every model of the files. */
  readonly classes: readonly string[];
  readonly exclude: readonly string[];
  /** From the root; a folder ends in "/". */
  readonly given: Given;
  readonly id: string | null;
  /** null: as it is recorded, else on. */
  readonly autoCode: boolean | null;
  readonly codeMode: "files" | "package" | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly autoData: boolean;
  readonly regenAll: boolean;
}

interface Chosen {
  readonly path: BundlePath;
  readonly className: string;
  readonly entry: ModelEntry | undefined;
  readonly isAskedFor: boolean;
}

/** @throws Failure("not-found" | "usage" | "invalid" | "would-overwrite"); then nothing is to be changed. */
export function planModels(facts: RegistrationFacts, request: ModelsRequest): RegistrationPlan {
  const { sources, registry } = facts;
  for (const path of request.files) refuseUnreadable(sources, path, "register-model");
  const declared = new Map(request.files.map((path) => [path, declaredClasses(sources, path)]));
  const asked = chosenOf(declared, sources, registry, request);
  for (const { path, className } of asked) refuseRootModule(sources, facts.tracked, path, "models", `its class ${className}`);
  if (request.id !== null) refuseSharedId(asked, request.id);

  const changes: RegisteredChange[] = [];
  const edits: RegistryEdit[] = [];
  const issues: Issue[] = [];
  const proposals: Proposal[] = [];
  const unresolved: UnresolvedPlace[] = [];
  const known = new Set(asked.flatMap(({ path, className, entry }) => [`${path}:${className}`, `${entry?.path}:${className}`]));
  const rest = request.regenAll ? registeredBesides(registry, known) : [];
  const ids = new Map([...registry.models.values()].map((entry) => [entry.id, entry.entrypoint]));

  for (const one of [...asked, ...rest]) {
    const verdict = one.isAskedFor ? null : whyNotAgain(sources, one.path, one.className, one.entry!);
    if (verdict !== null) {
      changes.push({ ...describeEntry(one.entry!), change: verdict.change, why: verdict.why });
      if (verdict.change === "removed") edits.push({ kind: "remove", section: "models", id: one.entry!.id });
      continue;
    }
    const { given, analysis, autoCode, codeMode } = analysed(facts, one, request);
    if (analysis.facts === null || analysis.entrypoint === null || isDeclaredTwice(analysis)) {
      if (one.isAskedFor) throw notSensible(one, analysis);
      changes.push({ ...describeEntry(one.entry!), change: "kept", why: reasonOf(analysis) });
      continue;
    }
    const id = (one.isAskedFor ? request.id : null) ?? one.entry?.id ?? defaultId(one.path, one.className);
    if (id !== one.entry?.id) {
      refuseTaken(id, ids, analysis.entrypoint, one, request.id !== null);
      if (one.entry !== undefined) edits.push({ kind: "rename", section: "models", id: one.entry.id, to: id });
      ids.set(id, analysis.entrypoint);
    }
    const labels = { ...one.entry?.labels, ...(one.isAskedFor ? request.labels : {}) };
    const now = modelValues({
      entrypoint: analysis.entrypoint,
      path: one.path,
      className: one.className,
      scenarios: analysis.facts.scenarios,
      parameters: analysis.facts.parameters,
      outputs: analysis.facts.outputs,
      parameterSpecs: analysis.facts.parameterSpecs,
      codeMode,
      autoCode,
      shared: foundShared(analysis, one.path, given, labels, one.entry?.closure ?? null),
    });
    const values = one.entry === undefined ? now : changedValues(now, recordedModelValues(one.entry));
    if (Object.keys(values).length > 0) edits.push({ kind: "set", section: "models", id, values });
    issues.push(...issuesOf(analysis, "model", id));
    proposals.push(...proposalsOf(analysis, id));
    unresolved.push(...unresolvedOf(analysis).map((place) => ({ id, ...place })));
    changes.push({
      kind: "model",
      id,
      change: one.entry === undefined
        ? "added"
        : id !== one.entry.id
        ? "renamed"
        : Object.keys(values).length > 0
        ? "updated"
        : "unchanged",
      entrypoint: analysis.entrypoint,
      path: one.path,
      from: one.entry !== undefined && id !== one.entry.id ? one.entry.id : null,
      facts: one.entry === undefined ? [] : [...movedFacts(one.entry, one.path), ...factsOfUpdate(one.entry, analysis, values)],
      outputs: analysis.facts.outputs,
      files: { code: analysis.closure.code.length, data: analysis.closure.data.length },
      why: null,
    });
  }
  const paths = new Set(changes.filter(({ change }) => change !== "removed" && change !== "kept").map(({ path }) => path as BundlePath));
  return {
    edits,
    changes,
    notRegistered: notRegistered(declared, sources, changes, registry, request.regenAll),
    nothingIn: request.files.filter((path) =>
      !asked.some((one) => one.path === path) && declared.get(path)!.every(({ className }) => isPlain(sources, path, className))
    ),
    issues: [...issues, ...missingInits(sources, paths)],
    proposals,
    unresolved,
    sets: [],
  };
}

/** The classes that are meant. @throws Failure("not-found") with what there is. */
function chosenOf(
  declared: ReadonlyMap<BundlePath, DeclaredClass[]>,
  sources: ProjectSources,
  registry: ModelRegistry,
  request: ModelsRequest,
): Chosen[] {
  const all = [...declared].flatMap(([path, classes]) => classes.map((one) => ({ path, ...one })));
  const files = request.files.map(shellWord).join(" ");
  const first = all.find(({ what }) => what === "model");
  for (const name of [...request.classes, ...request.exclude]) {
    if (all.some(({ className }) => className === name)) continue;
    throw new Failure("not-found", `no class ${name} in ${request.files.join(", ")}; nothing was registered`, {
      hint: first === undefined
        ? `grep -n class ${files}`
        : request.classes.includes(name)
        ? `mops bundle register-model ${files} --class ${first.className}`
        : `mops bundle register-model ${files} --dry-run   (shows its models)`,
      facts: { classes: all.map(({ className, what, why }) => what === "model" ? className : `${className}: ${why}`) },
    });
  }
  const chosen = all.filter(({ className, what }) =>
    !request.exclude.includes(className) && (request.classes.length > 0 ? request.classes.includes(className) : what === "model")
  );
  if (chosen.length === 0 && request.files.length > 0) throw nothingFound(sources, all, request);
  return chosen.map(({ path, className }) => {
    const entry = entryFor(registry, path, className);
    if (entry !== undefined) return { path, className, entry, isAskedFor: true };
    const isOnly = chosen.filter((one) => one.className === className).length === 1;
    const moved = isOnly ? movedEntry(sources, registry.models.values(), (one) => one.className === className) : undefined;
    // Another id is another model.
    return { path, className, entry: request.id === null || request.id === moved?.id ? moved : undefined, isAskedFor: true };
  });
}

function nothingFound(
  sources: ProjectSources,
  all: readonly (DeclaredClass & { path: BundlePath })[],
  request: ModelsRequest,
): Failure {
  const files = request.files.map(shellWord).join(" ");
  const other = all.find(({ path, className }) => !request.exclude.includes(className) && !isPlain(sources, path, className));
  return new Failure("not-found", `no model in ${request.files.join(", ")}; nothing was registered`, {
    hint: other === undefined
      ? "declare a class that derives from modelops_calabaria.BaseModel"
      : `mops bundle register-model ${files} --class ${other.className}   (registers it all the same)`,
    facts: {
      classes: all.map(({ className, why }) => request.exclude.includes(className) ? `${className}: excluded` : `${className}: ${why}`),
    },
  });
}

/** An entry is found again by its file and class, whatever its id. */
function entryFor(registry: ModelRegistry, path: BundlePath, className: string): ModelEntry | undefined {
  return [...registry.models.values()].find((entry) => entry.path === path && entry.className === className);
}

function registeredBesides(registry: ModelRegistry, known: ReadonlySet<string>): Chosen[] {
  return [...registry.models.values()]
    .filter(({ path, className }) => !known.has(`${path}:${className}`))
    .map((entry) => ({ path: entry.path as BundlePath, className: entry.className, entry, isAskedFor: false }));
}

/** A class that is gone goes; a file that is gone or broken says nothing about its classes. */
function whyNotAgain(
  sources: ProjectSources,
  path: BundlePath,
  className: string,
  entry: ModelEntry,
): { change: "removed" | "kept"; why: string } | null {
  const problem = problemOf(sources, path);
  if (problem !== null) return { change: "kept", why: whyKept(problem, entry) };
  if (declaredClasses(sources, path).some((one) => one.className === className)) return null;
  return { change: "removed", why: `${path} no longer declares ${className}` };
}

function analysed(facts: RegistrationFacts, one: Chosen, request: ModelsRequest) {
  const now = one.isAskedFor ? request.given : { data: [], code: [] };
  const autoCode = (one.isAskedFor ? request.autoCode : null) ?? one.entry?.autoCode ?? true;
  const codeMode = (one.isAskedFor ? request.codeMode : null) ?? one.entry?.codeMode ?? facts.declarations.codeMode ?? "files";
  const analyse = (given: Given): ModelAnalysis => {
    const asked: EntryRequest = { path: one.path, symbol: one.className, dataGiven: given.data, codeGiven: given.code, autoCode, codeMode };
    return analyseModel(facts.sources, facts.declarations, asked);
  };
  const alone = one.entry !== undefined && one.entry.closure === null ? analyse({ data: [], code: [] }) : null;
  const reached = new Set<string>(alone?.closure.code.map(({ path }) => path));
  let given = givenOf(one.entry, now, (path) => reached.has(path), facts.sources.folders);
  let analysis = analyse(given);
  refuseMissingGiven(facts.sources, analysis, now);
  if ((one.isAskedFor || request.files.length === 0) && request.autoData && analysis.closure.proposed.length > 0) {
    given = { ...given, data: union(given.data, pathsOf(analysis.closure.proposed)) };
    analysis = analyse(given);
  }
  return { given, analysis, autoCode, codeMode };
}

function refuseSharedId(asked: readonly Chosen[], id: string): void {
  refuseOddId(id);
  if (asked.length <= 1) return;
  throw new Failure("usage", `--id ${id} names one model, and ${asked.length} are meant; nothing was registered`, {
    hint: `mops bundle register-model ${shellWord(asked[0]!.path)} --class ${asked[0]!.className} --id ${id}`,
    facts: { models: asked.map(({ path, className }) => `${path}:${className}`) },
  });
}

function refuseTaken(id: string, ids: ReadonlyMap<string, string>, entrypoint: string, one: Chosen, isChosen: boolean): void {
  const holder = ids.get(id);
  if (holder === undefined) return;
  throw new Failure("would-overwrite", `the id ${id} is taken by ${holder}; ${entrypoint} was not registered, and nothing was changed`, {
    hint: isChosen ? "choose another --id" : `mops bundle register-model ${shellWord(one.path)} --class ${one.className} --id ANOTHER-ID`,
    facts: { id, holder, entrypoint },
  });
}

/** `<stem>_<class>`, lower-cased, as the Python tool has it; dots of nested classes become `_`, a package is called by its folder. */
export function defaultId(path: BundlePath, className: string): string {
  const parts = path.replace(/\.py$/, "").split("/");
  const stem = parts.at(-1) === "__init__" ? parts.at(-2) ?? "__init__" : parts.at(-1)!;
  return `${stem}_${className.replaceAll(".", "_")}`.toLowerCase();
}

function notSensible(one: Chosen, analysis: ModelAnalysis): Failure {
  const issue = analysis.issues.find(({ severity }) => severity === "error");
  return new Failure("invalid", `${one.path}: ${reasonOf(analysis)}; nothing was registered`, {
    hint: issue?.hint ?? `mops bundle register-model ${shellWord(one.path)} --exclude ${one.className}`,
    facts: { path: one.path, class: one.className, line: issue?.line ?? null },
  });
}

/** Which of the two is meant, nobody can say. */
function isDeclaredTwice(analysis: ModelAnalysis): boolean {
  return analysis.issues.some(({ code }) => code === "duplicate-class");
}

function reasonOf(analysis: ModelAnalysis): string {
  const twice = analysis.issues.find(({ code }) => code === "duplicate-class");
  return (twice ?? analysis.issues.find(({ severity }) => severity === "error"))?.message ?? "it cannot be read as a model";
}

/** Nobody thinks a class without a base to be a model. */
function isPlain(sources: ProjectSources, path: BundlePath, className: string): boolean {
  return findClass(sources, path, className)?.declared.bases.length === 0;
}

/** Every class of the files with a base that is no entry afterwards, with the reason; with `--regen-all` also models beside registered ones. */
function notRegistered(
  declared: ReadonlyMap<BundlePath, DeclaredClass[]>,
  sources: ProjectSources,
  changes: readonly RegisteredChange[],
  registry: ModelRegistry,
  regenAll: boolean,
): NotRegistered[] {
  const entrypoints = new Set(
    changes.filter(({ change }) => change !== "removed").map(({ path, entrypoint }) => `${path}:${entrypoint.split(":")[1]}`),
  );
  for (const { path, className } of registry.models.values()) entrypoints.add(`${path}:${className}`);
  const looked = new Map(declared);
  if (regenAll) {
    for (const { path } of changes) {
      if (problemOf(sources, path as BundlePath) === null) looked.set(path as BundlePath, declaredClasses(sources, path as BundlePath));
    }
  }
  return [...looked].flatMap(([path, classes]) =>
    classes
      .filter(({ className, what }) => !entrypoints.has(`${path}:${className}`) && (declared.has(path) || what === "model"))
      .filter(({ className }) => !isPlain(sources, path, className))
      .map(({ className, what, why }) => ({ path, name: className, why: what === "model" ? "a model that was not asked for" : why }))
  );
}
