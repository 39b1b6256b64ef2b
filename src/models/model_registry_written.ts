/**
 * What people wrote in `registry.yaml`, as values: everything but the digests that a push computes anew (D4). For comparing; nothing here
 * edits.
 */
import { canonicalJson, type Json } from "../base/canonical_json.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import type { EntryValues } from "./model_registry_edit.ts";
import { type Plain, registryValues, type Section } from "./model_registry_text.ts";

/** Keys of an entry that are not people's. */
export const DERIVED: Readonly<Record<Section, readonly string[]>> = {
  models: ["model_digest", "data_digests", "code_digests"],
  targets: ["target_digest", "data_digests", "code_digests"],
  target_sets: [],
};
/** The same, inside its closure. */
export const DERIVED_OF_CLOSURE: readonly string[] = ["project_digests", "digest"];

export interface WrittenEntry {
  /** key: any other key of the file, `version` among them. */
  readonly kind: "model" | "target" | "set" | "key";
  readonly id: string;
  /** Of what people wrote of it, as values: comments and the order of its keys do not count. */
  readonly digest: Digest;
}

const KINDS: Readonly<Record<Section, "model" | "target" | "set">> = { models: "model", targets: "target", target_sets: "set" };

/** In the order of the file. @throws as `parseModelRegistry` does. */
export function writtenEntries(text: string): WrittenEntry[] {
  const { root, sections } = registryValues(text);
  const written: WrittenEntry[] = [];
  const put = (kind: WrittenEntry["kind"], id: string, value: unknown): void => {
    written.push({ kind, id, digest: digestOf(new TextEncoder().encode(canonicalJson(asJson(value)))) });
  };
  for (const section of ["models", "targets", "target_sets"] as const) {
    for (const [id, entry] of sections[section]) put(KINDS[section], id, writtenValues(section, entry));
  }
  for (const [key, value] of Object.entries(root)) if (!Object.hasOwn(KINDS, key)) put("key", key, value);
  return written;
}

/** The derived values as they are recorded, by `model:ID` and `target:ID`; a closure whole, since its digests hang on the rest of it. */
export function recordedDigests(text: string): Map<string, EntryValues> {
  const { sections } = registryValues(text);
  const all = (["models", "targets"] as const).flatMap((section) =>
    [...sections[section]].map(([id, entry]) => {
      const keys = [...DERIVED[section], "closure"].filter((key) => key in entry);
      return [`${KINDS[section]}:${id}`, Object.fromEntries(keys.map((key) => [key, entry[key]])) as EntryValues] as const;
    })
  );
  return new Map(all);
}

/** An entry as people wrote it. */
export function writtenValues(section: Section, entry: Plain): Plain {
  const own = Object.entries(entry).filter(([key]) => !DERIVED[section].includes(key)).map(([key, value]) => {
    if (key !== "closure" || !isMapping(value)) return [key, value] as const;
    return [key, Object.fromEntries(Object.entries(value).filter(([name]) => !DERIVED_OF_CLOSURE.includes(name)))] as const;
  });
  return Object.fromEntries(own);
}

/** What YAML has and JSON has not, as texts. */
function asJson(value: unknown): Json {
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  if (Array.isArray(value)) return value.map(asJson);
  if (value instanceof Date) return { date: value.toISOString() };
  if (isMapping(value)) return new Map(Object.entries(value).map(([key, one]) => [key, asJson(one)]));
  return value as Json;
}

export function isMapping(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
