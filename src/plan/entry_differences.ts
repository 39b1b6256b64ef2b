/** Entries of the model registry that differ between two or three sides, and in what; what `diff` shows of `registry.yaml`. */
import { registryValues } from "../models/model_registry_text.ts";
import { writtenValues } from "../models/model_registry_yaml.ts";
import { compareEntries, type EntryChange } from "./merge_model_registry.ts";

export interface EntryDifference extends EntryChange {
  /** In what, from the side that stayed to the side that changed: `new output deaths`, `labels area: city`. */
  readonly facts: readonly string[];
}

/** null: that side has no registry. @throws Failure("invalid" | "unsupported") for a text that cannot be read. */
export function entryDifferences(local: string | null, remote: string | null, base: string | null): EntryDifference[] {
  const [here, there] = [local, remote].map((text) => text === null ? null : registryValues(text));
  return compareEntries(local, remote, base).map((one): EntryDifference => {
    if (one.kind === "key") return { ...one, facts: [] };
    const section = one.kind === "model" ? "models" : one.kind === "target" ? "targets" : "target_sets";
    const [ours, theirs] = [here, there].map((side) => {
      const entry = side?.sections[section].get(one.id);
      return entry === undefined ? null : writtenValues(section, entry);
    });
    if (ours == null || theirs == null) return { ...one, facts: [] };
    const isTheirs = one.change === "remote-modified";
    return { ...one, facts: isTheirs ? factsBetween(ours, theirs) : factsBetween(theirs, ours) };
  });
}

type Values = Readonly<Record<string, unknown>>;

function factsBetween(before: Values, now: Values): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) => {
    const [then, after] = [before[key], now[key]];
    if (JSON.stringify(then) === JSON.stringify(after)) return [];
    const name = NAMES[key] ?? key;
    if (areTexts(then) && areTexts(after)) {
      const added = after.filter((one) => !then.includes(one)).map((one) => `new ${name} ${one}`);
      const gone = then.filter((one) => !after.includes(one)).map((one) => `${name} ${one} is gone`);
      return added.length + gone.length > 0 ? [...added, ...gone] : [`${key} in another order`];
    }
    if (isPlain(then) && isPlain(after)) return [`${name} ${textOf(then)} → ${textOf(after)}`];
    return [`${name} changed`];
  });
}

const NAMES: Readonly<Record<string, string>> = { outputs: "output", parameters: "parameter", scenarios: "scenario", targets: "target" };

/** An absent list is an empty one. */
function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isPlain(value: unknown): boolean {
  return value === undefined || value === null || typeof value !== "object";
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? "none" : String(value);
}
