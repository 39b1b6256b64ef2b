/**
 * `registry.yaml` as typed values. Tolerant of what the Python tool and hands wrote (paths as typed, with `./` or backslashes, lists
 * that are missing or null); a value of another shape is refused with its place, since it would be lost or misread.
 */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { asBoolean, asCount, asString, at, type Found, items, member, members, oneOf, optional, wrong } from "../base/decode.ts";
import { type Digest, isDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type {
  ModelEntry,
  ModelRegistry,
  ParameterSpec,
  RecordedClosure,
  RecordedUnresolved,
  TargetEntry,
  TargetSet,
} from "./model_registry.ts";
import { registryValues } from "./model_registry_text.ts";

/** @throws Failure("invalid") with the place of a fault; Failure("unsupported") for a newer version. */
export function parseModelRegistry(text: string): ModelRegistry {
  const { sections } = registryValues(text);
  const read = <T>(section: keyof typeof sections, one: (id: string, entry: Found) => T): ReadonlyMap<string, T> =>
    new Map([...sections[section]].map(([id, entry]) => [id, one(id, at(entry, placeOf(section, id)))]));
  try {
    return { models: read("models", modelOf), targets: read("targets", targetOf), sets: read("target_sets", setOf) };
  } catch (error) {
    if (!isFailure(error)) throw error;
    throw new Failure(error.code, `${MODEL_REGISTRY_PATH}: ${error.message}`, {
      hint: `edit ${MODEL_REGISTRY_PATH}`,
      facts: { ...error.facts, file: MODEL_REGISTRY_PATH },
      cause: error,
    });
  }
}

/**
 * A recorded path as the bundle has it: `./` and doubled slashes taken away, backslashes of Windows turned. What stays wrong (`..`) is
 * for preflight to say.
 */
export function recordedPath(text: string): string {
  if (!text.includes("\\") && !text.includes("//") && !text.includes("./")) return text; // nearly all
  return text.replaceAll("\\", "/").replace(/\/{2,}/g, "/").replace(/(^|\/)(\.\/)+/g, "$1");
}

function modelOf(id: string, entry: Found): ModelEntry {
  const entrypoint = optional(member(entry, "entrypoint"), asString) ?? "";
  return {
    kind: "model",
    ...sharedOf(id, entry, "model_digest"),
    className: optional(member(entry, "class_name"), asString) ?? entrypoint.slice(entrypoint.indexOf(":") + 1),
    scenarios: textsOf(member(entry, "scenarios")),
    parameters: textsOf(member(entry, "parameters")),
    outputs: textsOf(member(entry, "outputs")),
    parameterSpecs: listOf(member(entry, "parameter_specs"), specOf),
    codeMode: optional(member(entry, "code_mode"), (found) => oneOf(found, "files", "package")) ?? "files",
    autoCode: optional(member(entry, "auto_code"), asBoolean) ?? true,
  };
}

function targetOf(id: string, entry: Found): TargetEntry {
  return {
    kind: "target",
    ...sharedOf(id, entry, "target_digest"),
    modelOutput: optional(member(entry, "model_output"), asString) ?? "",
    weight: optional(member(entry, "weight"), asNumber) ?? null,
  };
}

function sharedOf(id: string, entry: Found, ownDigest: string) {
  return {
    id,
    entrypoint: optional(member(entry, "entrypoint"), asString) ?? "",
    path: recordedPath(asString(member(entry, "path"))),
    data: textsOf(member(entry, "data")).map(recordedPath),
    dataDigests: digestsOf(member(entry, "data_digests")),
    code: textsOf(member(entry, "code")).map(recordedPath),
    codeDigests: digestsOf(member(entry, "code_digests")),
    dataGiven: textsOf(member(entry, "data_given")),
    codeGiven: textsOf(member(entry, "code_given")),
    labels: textMapOf(member(entry, "labels")),
    unresolved: listOf(member(entry, "unresolved"), unresolvedOf),
    windowsPaths: windowsPathsOf(entry),
    ownDigest: digestOrNull(member(entry, ownDigest).value),
    closure: optional(member(entry, "closure"), closureOf) ?? null,
  };
}

function windowsPathsOf(entry: Found): readonly string[] {
  const project = optional(member(entry, "closure"), (closure) => textsOf(member(closure, "project"))) ?? [];
  const all = [asString(member(entry, "path")), ...textsOf(member(entry, "code")), ...textsOf(member(entry, "data")), ...project];
  return all.filter((path) => path.includes("\\"));
}

function setOf(name: string, set: Found): TargetSet {
  const weights = (optional(member(set, "weights"), members) ?? []).map(([id, weight]) => [id, asNumber(weight)] as const);
  return { name, targets: textsOf(member(set, "targets")), weights: Object.fromEntries(weights) };
}

function closureOf(closure: Found): RecordedClosure {
  return {
    rule: asCount(member(closure, "rule")),
    project: textsOf(member(closure, "project")).map(recordedPath),
    projectDigests: digestsOf(member(closure, "project_digests")),
    digest: digestOrNull(member(closure, "digest").value),
  };
}

function specOf(spec: Found): ParameterSpec {
  return {
    name: asString(member(spec, "name")),
    lower: optional(member(spec, "lower"), asNumber),
    upper: optional(member(spec, "upper"), asNumber),
    kind: optional(member(spec, "kind"), asString),
    doc: optional(member(spec, "doc"), asString),
  };
}

function unresolvedOf(one: Found): RecordedUnresolved {
  return {
    what: asString(member(one, "what")),
    file: asString(member(one, "file")),
    line: asCount(member(one, "line")),
    why: asString(member(one, "why")),
  };
}

/** Digests are derived: what is no digest is none, and the next push writes it. */
function digestsOf(found: Found): Readonly<Record<string, Digest>> {
  const all = (optional(found, members) ?? []).map(([path, { value }]) => [recordedPath(path), digestOrNull(value)] as const);
  return Object.fromEntries(all.filter((pair): pair is [string, Digest] => pair[1] !== null));
}

function digestOrNull(value: unknown): Digest | null {
  return typeof value === "string" && isDigest(value) ? value : null;
}

function listOf<T>(found: Found, read: (found: Found) => T): readonly T[] {
  return (optional(found, items) ?? []).map(read);
}

function textsOf(found: Found): readonly string[] {
  return listOf(found, asString);
}

function textMapOf(found: Found): Readonly<Record<string, string>> {
  return Object.fromEntries((optional(found, members) ?? []).map(([key, value]) => [key, asString(value)]));
}

function asNumber(found: Found): number {
  if (typeof found.value !== "number" || !Number.isFinite(found.value)) throw wrong(found, "a number");
  return found.value;
}

function placeOf(section: string, id: string): string {
  return member(at({ [id]: null }, section), id).where;
}
