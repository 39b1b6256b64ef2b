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
  // Beside no registry at all, its version is no news.
  const changes = compareEntries(local, remote, base).filter(({ kind }) => kind !== "key" || here !== null && there !== null);
  return changes.map((one): EntryDifference => {
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
    if (isAbsent(then) && isMapping(after) || isMapping(then) && isAbsent(after)) {
      return factsBetween({ [key]: then ?? {} }, { [key]: after ?? {} });
    }
    if (isAbsent(then) && areTexts(after) || areTexts(then) && isAbsent(after)) {
      return factsBetween({ [key]: then ?? [] }, { [key]: after ?? [] });
    }
    if (areTexts(then) && areTexts(after)) {
      const added = after.filter((one) => !then.includes(one)).map((one) => `new ${name} ${one}`);
      const gone = then.filter((one) => !after.includes(one)).map((one) => `${name} ${one} is gone`);
      return added.length + gone.length > 0 ? [...added, ...gone] : [`${key} in another order`];
    }
    if (isPlain(then) && isPlain(after)) return [`${name} ${textOf(then)} → ${textOf(after)}`];
    if (isMapping(then) && isMapping(after)) return factsBetween(then, after).map((fact) => `${name} ${fact}`);
    return [`${name} changed`];
  });
}

const NAMES: Readonly<Record<string, string>> = {
  labels: "label",
  outputs: "output",
  parameters: "parameter",
  scenarios: "scenario",
  targets: "target",
  weights: "weight",
};

/** Beside a list or a mapping, an empty one. */
function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isMapping(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPlain(value: unknown): boolean {
  return isAbsent(value) || typeof value !== "object";
}

function textOf(value: unknown): string {
  return isAbsent(value) ? "none" : String(value);
}
