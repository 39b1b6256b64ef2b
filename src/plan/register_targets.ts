/**
 * Registering calibration targets: as for models, but the id is the decorator's `name` (else the function's), so that an entry is renamed
 * where that changes, and the target sets follow. Pure; all or nothing.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { analyseTarget } from "../models/analyse_entry.ts";
import { declaredTargets } from "../models/discover_targets.ts";
import type { TargetAnalysis, TargetFacts } from "../models/entry_analysis.ts";
import type { Issue } from "../models/issue.ts";
import type { ModelRegistry, TargetEntry } from "../models/model_registry.ts";
import type { RegistryEdit } from "../models/model_registry_yaml.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { movedEntry, movedFacts, whyKept } from "./gone_files.ts";
import { changedValues, factsOfUpdate, foundShared, recordedTargetValues, targetValues } from "./entry_values.ts";
import type { RegistrationFacts } from "./register_models.ts";
import {
  describeEntry,
  type Given,
  givenOf,
  issuesOf,
  missingInits,
  pathsOf,
  problemOf,
  type Proposal,
  proposalsOf,
  refuseMissingGiven,
  refuseRootModule,
  refuseUnreadable,
  type RegisteredChange,
  type RegistrationPlan,
  union,
  unresolvedOf,
  type UnresolvedPlace,
} from "./registration.ts";
import { setEdits } from "./target_sets.ts";

export interface TargetsRequest {
  readonly files: readonly BundlePath[];
  /** Ids or function names; empty: every target of the files. */
  readonly targets: readonly string[];
  readonly exclude: readonly string[];
  readonly given: Given;
  readonly labels: Readonly<Record<string, string>>;
  readonly autoData: boolean;
  readonly regenAll: boolean;
}

interface Chosen {
  readonly path: BundlePath;
  readonly functionName: string;
  readonly entry: TargetEntry | undefined;
  readonly isAskedFor: boolean;
}

/** @throws Failure("not-found" | "usage" | "invalid" | "would-overwrite"); then nothing is to be changed. */
export function planTargets(facts: RegistrationFacts, request: TargetsRequest): RegistrationPlan {
  const { sources, registry } = facts;
  for (const path of request.files) refuseUnreadable(sources, path, "register-target");
  const asked = chosenOf(sources, registry, request);
  for (const { path, functionName } of asked) refuseRootModule(sources, facts.tracked, path, "targets", `its function ${functionName}`);
  const known = new Set(asked.flatMap(({ path, functionName, entry }) => [`${path}:${functionName}`, `${entry?.path}:${functionName}`]));
  const rest = request.regenAll ? registeredBesides(registry, known) : [];

  const changes: RegisteredChange[] = [];
  const edits: RegistryEdit[] = [];
  const issues: Issue[] = [];
  const proposals: Proposal[] = [];
  const unresolved: UnresolvedPlace[] = [];
  const renamed = new Map<string, string>();
  const removed = new Set<string>();
  const all = [...asked, ...rest];
  const holders = new Map<string, string>();
  const regenerated = new Set(all.flatMap(({ entry }) => entry === undefined ? [] : [entry.id]));
  for (const entry of registry.targets.values()) if (!regenerated.has(entry.id)) holders.set(entry.id, entry.entrypoint);

  for (const one of all) {
    const verdict = one.isAskedFor ? null : whyNotAgain(sources, one);
    if (verdict !== null) {
      changes.push({ ...describeEntry(one.entry!), change: verdict.change, why: verdict.why });
      if (verdict.change === "removed") {
        edits.push({ kind: "remove", section: "targets", id: one.entry!.id });
        removed.add(one.entry!.id);
      } else holders.set(one.entry!.id, one.entry!.entrypoint);
      continue;
    }
    const { given, analysis } = analysed(facts, one, request);
    const why = whyNotSensible(analysis);
    if (analysis.facts === null || analysis.entrypoint === null || why !== null) {
      if (one.isAskedFor) throw notSensible(one, analysis, why ?? "it cannot be read as a target");
      changes.push({ ...describeEntry(one.entry!), change: "kept", why });
      holders.set(one.entry!.id, one.entry!.entrypoint);
      continue;
    }
    const { id, modelOutput } = analysis.facts;
    refuseTaken(id, holders, analysis.entrypoint);
    holders.set(id, analysis.entrypoint);
    if (one.entry !== undefined && one.entry.id !== id) renamed.set(one.entry.id, id);
    const now = targetValues({
      path: one.path,
      entrypoint: analysis.entrypoint,
      modelOutput: modelOutput!,
      weight: analysis.facts.weight,
      shared: foundShared(analysis, one.path, given, labelsOf(one, analysis.facts, request), one.entry?.closure ?? null),
    });
    const values = one.entry === undefined ? now : changedValues(now, recordedTargetValues(one.entry));
    if (Object.keys(values).length > 0) edits.push({ kind: "set", section: "targets", id, values });
    issues.push(...issuesOf(analysis, "target", id));
    proposals.push(...proposalsOf(analysis, id));
    unresolved.push(...unresolvedOf(analysis).map((place) => ({ id, ...place })));
    const isRenamed = one.entry !== undefined && one.entry.id !== id;
    changes.push({
      kind: "target",
      id,
      change: one.entry === undefined ? "added" : isRenamed ? "renamed" : Object.keys(values).length > 0 ? "updated" : "unchanged",
      entrypoint: analysis.entrypoint,
      path: one.path,
      from: isRenamed ? one.entry!.id : null,
      facts: one.entry === undefined ? [] : [...movedFacts(one.entry, one.path), ...factsOfUpdate(one.entry, analysis, values)],
      outputs: [modelOutput!],
      files: { code: analysis.closure.code.length, data: analysis.closure.data.length },
      why: null,
    });
  }
  const sets = setEdits(registry, { removed, renamed });
  const paths = new Set(changes.filter(({ change }) => change !== "removed" && change !== "kept").map(({ path }) => path as BundlePath));
  return {
    edits: [...renames(renamed), ...edits, ...sets.edits],
    changes,
    notRegistered: notRegistered(sources, request, changes, registry),
    nothingIn: request.files.filter((path) => !asked.some((one) => one.path === path) && declaredTargets(sources, path).length === 0),
    issues: [...issues, ...missingInits(sources, paths)],
    proposals,
    unresolved,
    sets: sets.told,
  };
}

/** By names that nobody has in between, so that two targets may swap theirs. */
function renames(renamed: ReadonlyMap<string, string>): RegistryEdit[] {
  const between = (id: string): string => `${id} (being renamed)`;
  const edit = (id: string, to: string): RegistryEdit => ({ kind: "rename", section: "targets", id, to });
  return [...[...renamed.keys()].map((id) => edit(id, between(id))), ...[...renamed].map(([id, to]) => edit(between(id), to))];
}

function chosenOf(sources: ProjectSources, registry: ModelRegistry, request: TargetsRequest): Chosen[] {
  const all = request.files.flatMap((path) => declaredTargets(sources, path).map((target) => ({ path, ...target })));
  const named = (name: string) => (target: TargetFacts): boolean => target.id === name || target.functionName === name;
  const files = request.files.map(shellWord).join(" ");
  for (const name of [...request.targets, ...request.exclude]) {
    if (all.some(named(name))) continue;
    throw new Failure("not-found", `no target ${name} in ${request.files.join(", ")}; nothing was registered`, {
      hint: all.length === 0
        ? `grep -n calibration_target ${files}`
        : `mops bundle register-target ${files} --target ${shellWord(all[0]!.id)}`,
      facts: { targets: all.map(({ id }) => id) },
    });
  }
  const chosen = all.filter((target) =>
    !request.exclude.some((name) => named(name)(target)) &&
    (request.targets.length === 0 || request.targets.some((name) => named(name)(target)))
  );
  if (chosen.length === 0 && request.files.length > 0) {
    throw new Failure("not-found", `no target in ${request.files.join(", ")}; nothing was registered`, {
      hint: all.length === 0 ? "decorate a function with modelops_calabaria.calibration_target" : `mops bundle register-target ${files}`,
      facts: { targets: all.map(({ id }) => `${id}: excluded`) },
    });
  }
  return chosen.map(({ path, functionName }) => ({
    path,
    functionName,
    entry: [...registry.targets.values()].find((entry) => entry.path === path && functionOf(entry) === functionName) ??
      (chosen.filter((one) => one.functionName === functionName).length > 1
        ? undefined
        : movedEntry(sources, registry.targets.values(), (entry) => functionOf(entry) === functionName)),
    isAskedFor: true,
  }));
}

function functionOf(entry: TargetEntry): string {
  return entry.entrypoint.slice(entry.entrypoint.indexOf(":") + 1);
}

function registeredBesides(registry: ModelRegistry, known: ReadonlySet<string>): Chosen[] {
  return [...registry.targets.values()]
    .filter((entry) => !known.has(`${entry.path}:${functionOf(entry)}`))
    .map((entry) => ({ path: entry.path as BundlePath, functionName: functionOf(entry), entry, isAskedFor: false }));
}

function whyNotAgain(sources: ProjectSources, { path, functionName, entry }: Chosen): { change: "removed" | "kept"; why: string } | null {
  const problem = problemOf(sources, path);
  if (problem !== null) return { change: "kept", why: whyKept(problem, entry!) };
  if (declaredTargets(sources, path).some((target) => target.functionName === functionName)) return null;
  return { change: "removed", why: `${path} no longer declares ${functionName}` };
}

function analysed(facts: RegistrationFacts, one: Chosen, request: TargetsRequest): { given: Given; analysis: TargetAnalysis } {
  const now = one.isAskedFor ? request.given : { data: [], code: [] };
  const analyse = (given: Given): TargetAnalysis =>
    analyseTarget(facts.sources, facts.declarations, {
      path: one.path,
      symbol: one.functionName,
      dataGiven: given.data,
      codeGiven: given.code,
      autoCode: true,
      codeMode: "files",
    });
  const alone = one.entry !== undefined && one.entry.closure === null ? analyse({ data: [], code: [] }) : null;
  const reached = new Set<string>([...alone?.closure.code ?? [], ...alone?.closure.data ?? []].map(({ path }) => path));
  let given = givenOf(one.entry, now, (path) => reached.has(path), facts.sources.folders);
  // What the decorator names need not be given too.
  if (alone !== null) given = { ...given, data: given.data.filter((path) => !reached.has(path) || now.data.includes(path)) };
  let analysis = analyse(given);
  refuseMissingGiven(facts.sources, analysis, now);
  if ((one.isAskedFor || request.files.length === 0) && request.autoData && analysis.closure.proposed.length > 0) {
    given = { ...given, data: union(given.data, pathsOf(analysis.closure.proposed)) };
    analysis = analyse(given);
  }
  return { given, analysis };
}

/** The Python readers want a model output; without one that is certain there is no entry to write. */
function whyNotSensible({ facts, issues }: TargetAnalysis): string | null {
  if (facts === null) return issues.find(({ severity }) => severity === "error")?.message ?? "the function is gone";
  if (facts.modelOutput !== null) return null;
  const place = facts.unresolved.find(({ what }) => /model_output/.test(what))?.at.line ?? facts.line;
  if (facts.issues.some(({ code }) => code === "model-output-missing")) {
    return `target ${facts.functionName}, line ${facts.line}, names no model_output, which a registered target has to have`;
  }
  return `the model_output of ${facts.functionName}, line ${place}, cannot be read without running it`;
}

function notSensible(one: Chosen, analysis: TargetAnalysis, why: string): Failure {
  const issue = analysis.issues.find(({ severity }) => severity === "error");
  return new Failure("invalid", `${one.path}: ${why}; nothing was registered`, {
    hint: issue?.hint ?? `mops bundle register-target ${shellWord(one.path)} --exclude ${one.functionName}   (or write it as a text)`,
    facts: { path: one.path, function: one.functionName },
  });
}

function refuseTaken(id: string, holders: ReadonlyMap<string, string>, entrypoint: string): void {
  const holder = holders.get(id);
  if (holder === undefined) return;
  throw new Failure(
    "would-overwrite",
    `the target ${id} is taken by ${holder}; ${entrypoint} was not registered, and nothing was changed`,
    {
      hint: `mops bundle unregister ${shellWord(id)} --targets   (or give one of them another name= in its decorator)`,
      facts: { id, holder, entrypoint },
    },
  );
}

/** The decorator decides about the labels that it sets; the others are people's. @throws Failure("usage") where both are asked. */
function labelsOf(one: Chosen, facts: TargetFacts, request: TargetsRequest): Record<string, string> {
  const now = one.isAskedFor ? request.labels : {};
  const twice = Object.keys(now).find((key) => Object.hasOwn(facts.labels, key) && facts.labels[key] !== now[key]);
  if (twice !== undefined) {
    throw new Failure(
      "usage",
      `the decorator of ${facts.functionName} sets the label ${twice}=${facts.labels[twice]}; nothing was registered`,
      {
        hint: `edit ${shellWord(one.path)}   (line ${facts.line})`,
        facts: { label: twice, path: one.path, line: facts.line },
      },
    );
  }
  return { ...one.entry?.labels, ...facts.labels, ...now };
}

function notRegistered(
  sources: ProjectSources,
  request: TargetsRequest,
  changes: readonly RegisteredChange[],
  registry: ModelRegistry,
): RegistrationPlan["notRegistered"] {
  const entries = new Set(
    changes.filter(({ change }) => change !== "removed").map(({ path, entrypoint }) => `${path}:${entrypoint.split(":")[1]}`),
  );
  for (const entry of registry.targets.values()) entries.add(`${entry.path}:${functionOf(entry)}`);
  const looked = new Set<BundlePath>(request.files);
  if (request.regenAll) {
    for (const { path } of changes) if (problemOf(sources, path as BundlePath) === null) looked.add(path as BundlePath);
  }
  return [...looked].flatMap((path) =>
    declaredTargets(sources, path)
      .filter(({ functionName }) => !entries.has(`${path}:${functionName}`))
      .map(({ id }) => ({ path, name: id, why: "a target that was not asked for" }))
  );
}
