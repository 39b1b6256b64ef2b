/**
 * An entry of the model registry as it is written: what was found becomes keys and values, and what is recorded becomes them again, so
 * that only what is other is changed; and what a change comes to, in words.
 */
import type { YamlValue } from "../base/yaml_lines.ts";
import type { EntryAnalysis } from "../models/entry_analysis.ts";
import { CLOSURE_RULE, type Entry, type ModelEntry, type RecordedClosure, type TargetEntry } from "../models/model_registry.ts";
import type { EntryValues } from "../models/model_registry_yaml.ts";
import { recordedDiffers } from "./recorded_differs.ts";
import { codeOf, type Given, pathsOf, unresolvedOf } from "./registration.ts";

export interface WrittenModel {
  readonly entrypoint: string;
  readonly path: string;
  readonly className: string;
  readonly scenarios: readonly string[];
  readonly parameters: readonly string[];
  readonly outputs: readonly string[];
  readonly parameterSpecs: ModelEntry["parameterSpecs"];
  readonly codeMode: "files" | "package";
  readonly autoCode: boolean;
  readonly shared: EntryValues;
}

export function modelValues(written: WrittenModel): EntryValues {
  const specs = written.parameterSpecs.map(({ name, lower, upper, kind, doc }) =>
    Object.fromEntries(Object.entries({ name, lower, upper, kind, doc }).filter(([, value]) => value !== undefined))
  );
  return {
    entrypoint: written.entrypoint,
    path: written.path,
    class_name: written.className,
    scenarios: written.scenarios,
    parameters: written.parameters,
    outputs: written.outputs,
    code_mode: written.codeMode === "files" ? undefined : written.codeMode,
    auto_code: written.autoCode ? undefined : false,
    parameter_specs: specs.length === 0 ? undefined : specs,
    ...written.shared,
  };
}

/** The entry as it would be written again. */
export function recordedModelValues(entry: ModelEntry): EntryValues {
  return withoutWindowsPaths(entry, modelValues({ ...entry, shared: recordedShared(entry) }));
}

export interface WrittenTarget {
  readonly path: string;
  readonly entrypoint: string;
  readonly modelOutput: string;
  readonly weight: number | null;
  readonly shared: EntryValues;
}

export function targetValues({ path, entrypoint, modelOutput, weight, shared }: WrittenTarget): EntryValues {
  const code = Array.isArray(shared.code) && shared.code.length === 0 ? undefined : shared.code;
  return { path, entrypoint, model_output: modelOutput, weight: weight ?? undefined, ...shared, code };
}

export function recordedTargetValues(entry: TargetEntry): EntryValues {
  return withoutWindowsPaths(entry, targetValues({ ...entry, shared: recordedShared(entry) }));
}

/** Keys that both kinds of entry have, from an analysis. */
export function foundShared(
  analysis: EntryAnalysis,
  path: string,
  given: Given,
  labels: Readonly<Record<string, string>>,
  recorded: RecordedClosure | null,
): EntryValues {
  const { data, project } = analysis.closure;
  const closure = { code: codeOf(analysis, path), data: pathsOf(data), project: pathsOf(project) };
  return sharedValues(closure, given, labels, unresolvedOf(analysis), recorded);
}

/** Another rule's closure, or none, is written anew. */
function recordedShared(entry: Entry): EntryValues {
  const closure = { code: entry.code, data: entry.data, project: entry.closure?.project ?? [] };
  const given = { data: entry.dataGiven, code: entry.codeGiven };
  const shared = sharedValues(closure, given, entry.labels, entry.unresolved, entry.closure);
  return entry.closure?.rule === CLOSURE_RULE ? shared : { ...shared, closure: undefined };
}

/** What is written with backslashes is written anew. */
function withoutWindowsPaths(entry: Entry, values: EntryValues): EntryValues {
  return entry.windowsPaths.length === 0 ? values : { ...values, path: undefined, data: undefined, code: undefined, closure: undefined };
}

/** As they are written; what holds nothing is left out. */
function sharedValues(
  closure: { readonly code: readonly string[]; readonly data: readonly string[]; readonly project: readonly string[] },
  given: Given,
  labels: Readonly<Record<string, string>>,
  unresolved: Entry["unresolved"],
  recorded: RecordedClosure | null,
): EntryValues {
  return {
    data: closure.data,
    code: closure.code,
    data_given: some(given.data),
    code_given: some(given.code),
    labels: Object.keys(labels).length === 0 ? undefined : labels,
    unresolved: unresolved.length === 0 ? undefined : unresolved.map(({ what, file, line, why }): YamlValue => ({ what, file, line, why })),
    closure: {
      rule: CLOSURE_RULE,
      project: closure.project,
      project_digests: recorded?.projectDigests ?? {},
      digest: recorded?.digest ?? null,
    },
  };
}

function some(texts: readonly string[]): readonly string[] | undefined {
  return texts.length === 0 ? undefined : texts;
}

/** Only what is other than recorded, so that what people wrote otherwise (`./`, flow lists) stays as it is. */
export function changedValues(now: EntryValues, before: EntryValues): EntryValues {
  return Object.fromEntries(Object.entries(now).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])));
}

/** What an update comes to: what the source says otherwise, and what people said. */
export function factsOfUpdate(entry: Entry, analysis: EntryAnalysis, values: EntryValues): string[] {
  const facts = recordedDiffers(entry, analysis);
  if ("unresolved" in values && !facts.some((fact) => fact.includes("unresolved"))) facts.push("lines of what is unresolved moved");
  if (entry.windowsPaths.length > 0) facts.push("its paths are written with /");
  if (entry.closure === null) facts.push("its closure is recorded (another tool had registered it)");
  const data = added(values.data_given, entry.dataGiven);
  const code = added(values.code_given, entry.codeGiven);
  if (data.length > 0) facts.push(`--data ${data.join(" ")}`);
  if (code.length > 0) facts.push(`--code ${code.join(" ")}`);
  for (const [key, value] of Object.entries((values.labels ?? {}) as Record<string, string>)) {
    const fact = `label ${key}=${value}`;
    if (entry.labels[key] !== value && !facts.includes(fact)) facts.push(fact); // a decorator's is told already
  }
  if ("auto_code" in values) facts.push(values.auto_code === false ? "without auto-code" : "with auto-code");
  if ("code_mode" in values) facts.push(`code mode ${values.code_mode ?? "files"}`);
  return facts;
}

function added(now: YamlValue | undefined, before: readonly string[]): string[] {
  return Array.isArray(now) ? now.map(String).filter((one) => !before.includes(one)) : [];
}
