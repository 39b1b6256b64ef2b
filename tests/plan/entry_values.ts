/** Entries, analyses and folders made by hand, for the rooms that decide about models and targets. */
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import type { FileContent, Snapshot } from "../../src/bundle/snapshot.ts";
import type { AnalysedClosure, ModelAnalysis, ModelFacts, TargetAnalysis } from "../../src/models/entry_analysis.ts";
import { CLOSURE_RULE, type ModelEntry, type ModelRegistry, type TargetEntry, type TargetSet } from "../../src/models/model_registry.ts";
import type { FilesNow } from "../../src/plan/entry_readiness.ts";
import { recordedClosureDigest } from "../../src/plan/readiness.ts";
import type { Followed, Via } from "../../src/python/dependencies.ts";

export const path = (text: string): BundlePath => text as BundlePath;
export const digest = (text: string): Digest => digestOf(new TextEncoder().encode(text));
export const at = (line: number) => ({ line, column: 1 });

/** path → text, as the folder. */
export type Folder = Readonly<Record<string, string>>;

export function nowOf(folder: Folder, extra: Partial<FilesNow> = {}): FilesNow {
  const file = (name: string) => Object.hasOwn(folder, name) ? { digest: digest(folder[name]!), size: folder[name]!.length } : undefined;
  return { file, projectFile: file, tokensOf: () => null, projectChanges: () => [], ...extra };
}

export function snapshotOf(folder: Folder): Snapshot {
  return new Map(
    Object.entries(folder).map(([name, text]): [BundlePath, FileContent] => [
      path(name),
      { digest: digest(text), size: text.length, executable: false },
    ]),
  );
}

/** Recorded and sealed for this folder. */
export function modelEntry(id: string, folder: Folder, said: Partial<ModelEntry> = {}): ModelEntry {
  const entry: ModelEntry = {
    kind: "model",
    id,
    entrypoint: "models.sir:SIR",
    path: "models/sir.py",
    className: "SIR",
    scenarios: ["baseline"],
    parameters: [],
    outputs: ["cases"],
    parameterSpecs: [],
    codeMode: "files",
    autoCode: true,
    data: [],
    dataDigests: {},
    code: [],
    codeDigests: {},
    dataGiven: [],
    codeGiven: [],
    labels: {},
    unresolved: [],
    windowsPaths: [],
    ownDigest: null,
    closure: null,
    ...said,
  };
  return sealed(entry, folder, said);
}

export function targetEntry(id: string, folder: Folder, said: Partial<TargetEntry> = {}): TargetEntry {
  const entry: TargetEntry = {
    kind: "target",
    id,
    entrypoint: "targets.inc:weekly",
    path: "targets/inc.py",
    modelOutput: "cases",
    weight: null,
    data: [],
    dataDigests: {},
    code: [],
    codeDigests: {},
    dataGiven: [],
    codeGiven: [],
    labels: {},
    unresolved: [],
    windowsPaths: [],
    ownDigest: null,
    closure: null,
    ...said,
  };
  return sealed(entry, folder, said);
}

function sealed<E extends ModelEntry | TargetEntry>(entry: E, folder: Folder, said: Partial<E>): E {
  const of = (paths: readonly string[]) =>
    Object.fromEntries(paths.filter((one) => Object.hasOwn(folder, one)).map((one) => [one, digest(folder[one]!)]));
  const project = said.closure?.project ?? [];
  const whole: E = {
    ...entry,
    ownDigest: Object.hasOwn(folder, entry.path) ? digest(folder[entry.path]!) : null,
    dataDigests: of(entry.data),
    codeDigests: of(entry.code),
    closure: { rule: CLOSURE_RULE, project, projectDigests: of(project), digest: null },
    ...said.closure === null ? { closure: null } : {},
  };
  if (whole.closure === null) return whole;
  return { ...whole, closure: { ...whole.closure, digest: recordedClosureDigest(whole, nowOf(folder)) } };
}

export function registryOf(
  models: readonly ModelEntry[],
  targets: readonly TargetEntry[] = [],
  sets: readonly TargetSet[] = [],
): ModelRegistry {
  return {
    models: new Map(models.map((one) => [one.id, one])),
    targets: new Map(targets.map((one) => [one.id, one])),
    sets: new Map(sets.map((one) => [one.name, one])),
  };
}

const NOTHING_FOLLOWED: Followed = { code: [], mentions: [], outside: [], broken: [], unresolved: [], unreadable: [], shadows: [] };

/** `code` and `data` map a path to the way to it; the own file is added. */
export function closure(
  own: string,
  files: {
    readonly code?: Readonly<Record<string, Via>>;
    readonly data?: Readonly<Record<string, Via>>;
    readonly project?: readonly string[];
  } = {},
  followed: Partial<Followed> = {},
): AnalysedClosure {
  const listed = (of: Readonly<Record<string, Via>> = {}) => Object.entries(of).map(([name, via]) => ({ path: path(name), via }));
  return {
    code: [{ path: path(own), via: { from: null, at: null, how: "own", what: "" } }, ...listed(files.code)],
    data: listed(files.data),
    project: (files.project ?? []).map((name) => ({ path: path(name), via: { from: null, at: null, how: "declares", what: "" } })),
    proposed: [],
    missingGiven: [],
    followed: { ...NOTHING_FOLLOWED, ...followed },
  };
}

export const imports = (from: string, line: number, what: string): Via => ({ from: path(from), at: at(line), how: "imports", what });
export const given = (what: string): Via => ({ from: null, at: null, how: "given", what });

const FACTS: ModelFacts = {
  className: "SIR",
  line: 1,
  parameters: [],
  parameterSpecs: [],
  outputs: ["cases"],
  scenarios: ["baseline"],
  unresolved: [],
  issues: [],
};

export function modelAnalysis(found: AnalysedClosure, said: Partial<ModelAnalysis> = {}): ModelAnalysis {
  return { kind: "model", facts: FACTS, entrypoint: "models.sir:SIR", closure: found, issues: [], ...said };
}

export function targetAnalysis(found: AnalysedClosure, said: Partial<TargetAnalysis> = {}): TargetAnalysis {
  return {
    kind: "target",
    facts: {
      id: "weekly",
      functionName: "weekly",
      line: 1,
      modelOutput: "cases",
      data: [],
      labels: {},
      weight: null,
      unresolved: [],
      issues: [],
    },
    entrypoint: "targets.inc:weekly",
    closure: found,
    issues: [],
    ...said,
  };
}
