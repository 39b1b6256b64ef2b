/**
 * What a registration would take over, as short texts: the difference between an entry as it is recorded and what its source says today.
 * Lines of unresolved places do not count: an edit above moves them, and nothing follows from it.
 */
import type { EntryAnalysis, ModelAnalysis, TargetAnalysis } from "../models/entry_analysis.ts";
import type { Entry, ModelEntry, ParameterSpec, TargetEntry } from "../models/model_registry.ts";
import { codeOf, pathsOf, unresolvedOf } from "./registration.ts";
import { parameterDifferences } from "./value_differences.ts";

/** [] where a registration would change nothing. */
export function recordedDiffers(entry: Entry, analysis: EntryAnalysis): string[] {
  const facts = entry.kind === "model" ? modelDiffers(entry, analysis as ModelAnalysis) : targetDiffers(entry, analysis as TargetAnalysis);
  if (facts !== null) return [...facts, ...closureDiffers(entry, analysis)];
  return [`${entry.kind === "model" ? "class" : "function"} ${entry.entrypoint.slice(entry.entrypoint.indexOf(":") + 1)} is gone`];
}

function modelDiffers(entry: ModelEntry, { facts, entrypoint }: ModelAnalysis): string[] | null {
  if (facts === null) return null;
  return [
    ...entrypointDiffers(entry, entrypoint),
    ...listDiffers("parameter", entry.parameters, facts.parameters),
    ...listDiffers("output", entry.outputs, facts.outputs),
    ...listDiffers("scenario", entry.scenarios, facts.scenarios),
    ...specsDiffer(entry, facts.parameterSpecs, facts.parameters),
  ];
}

function targetDiffers(entry: TargetEntry, { facts, entrypoint }: TargetAnalysis): string[] | null {
  if (facts === null) return null;
  const labels = Object.entries(facts.labels).filter(([key, value]) => entry.labels[key] !== value);
  return [
    ...entrypointDiffers(entry, entrypoint),
    ...(facts.id === entry.id ? [] : [`name ${entry.id} → ${facts.id}`]),
    ...((facts.modelOutput ?? "") === entry.modelOutput
      ? []
      : [`model output ${entry.modelOutput || "none"} → ${facts.modelOutput ?? "none"}`]),
    ...(facts.weight === entry.weight ? [] : [`weight ${entry.weight ?? "none"} → ${facts.weight ?? "none"}`]),
    ...labels.map(([key, value]) => `label ${key}=${value}`),
  ];
}

function entrypointDiffers(entry: Entry, now: string | null): string[] {
  return now === null || now === entry.entrypoint ? [] : [`entrypoint ${entry.entrypoint || "none"} → ${now}`];
}

function closureDiffers(entry: Entry, analysis: EntryAnalysis): string[] {
  const { data, project } = analysis.closure;
  const unresolved = (all: Entry["unresolved"]): string[] => all.map(({ what, file, why }) => `${what} in ${file}: ${why}`);
  return [
    ...setDiffers(entry.code, codeOf(analysis, entry.path), (path) => `new import ${path}`, (path) => `${path} is no longer imported`),
    ...setDiffers(entry.data, pathsOf(data), (path) => `new data ${path}`, (path) => `data ${path} is gone`),
    ...setDiffers(entry.closure?.project ?? [], pathsOf(project), (path) => `new ${path}`, (path) => `${path} is gone`),
    ...setDiffers(
      unresolved(entry.unresolved),
      unresolved(unresolvedOf(analysis)),
      (text) => `unresolved ${text}`,
      (text) => `no longer unresolved: ${text}`,
    ),
  ];
}

/** Names in an order that means something. */
function listDiffers(what: string, before: readonly string[], now: readonly string[]): string[] {
  const changes = setDiffers(before, now, (name) => `new ${what} ${name}`, (name) => `${what} ${name} is gone`);
  return changes.length > 0 || before.join("\n") === now.join("\n") ? changes : [`${what}s in another order`];
}

function setDiffers(
  before: readonly string[],
  now: readonly string[],
  added: (name: string) => string,
  gone: (name: string) => string,
): string[] {
  const [then, after] = [new Set(before), new Set(now)];
  return [...[...after].filter((name) => !then.has(name)).map(added), ...[...then].filter((name) => !after.has(name)).map(gone)];
}

/** Of parameters that are on both sides: what is recorded of each. */
function specsDiffer(
  { parameterSpecs: before, parameters: recorded }: ModelEntry,
  now: readonly ParameterSpec[],
  all: readonly string[],
): string[] {
  const names = all.filter((name) => recorded.includes(name));
  // What is not literal is not recorded: beside a parameter that stays, that is a difference too.
  const whole = (specs: readonly ParameterSpec[]): ParameterSpec[] =>
    names.map((name) => specs.find((spec) => spec.name === name) ?? { name });
  const stray = before.filter(({ name }) => !recorded.includes(name)).map(({ name }) =>
    `what is recorded of ${name}, which is no parameter`
  );
  return [...parameterDifferences(whole(before), whole(now)), ...stray];
}
