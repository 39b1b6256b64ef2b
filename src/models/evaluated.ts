/**
 * What an expression comes to without running anything. Parts are known or not on their own: a list with one unknown item keeps the
 * others. Integers and floats are kept apart, as Python does (`1e3` is a float).
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Place } from "../python/outline.ts";

export type Evaluated = EvaluatedKind & Where;

/** Where it is written: for a constant, where its value stands. */
export interface Where {
  readonly at: Place;
  readonly file: BundlePath;
}

export type EvaluatedKind =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "integer"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "none" }
  | { readonly kind: "sequence"; readonly of: "list" | "tuple" | "set" | "generator"; readonly items: readonly Evaluated[] }
  | { readonly kind: "mapping"; readonly entries: readonly (readonly [key: Evaluated, value: Evaluated])[] }
  /** Something called that is outside the project, or a builtin: `modelops_calabaria.ParameterSpec`. */
  | { readonly kind: "made"; readonly of: string; readonly args: readonly Evaluated[]; readonly keywords: readonly EvaluatedKeyword[] }
  /** A name that leads outside, or to a class or function of the project, and was not called. */
  | { readonly kind: "reference"; readonly name: string }
  | {
    readonly kind: "unresolved";
    readonly why: string;
    /** It stands for any number of items or entries (`*rest`, `**rest`), not for one. */
    readonly isSpread: boolean;
  };

export interface EvaluatedKeyword {
  /** null: a `**spread` that is not known. */
  readonly name: string | null;
  readonly value: Evaluated;
}

export function isKnown(value: Evaluated): boolean {
  switch (value.kind) {
    case "unresolved":
      return false;
    case "sequence":
      return value.items.every(isKnown);
    case "mapping":
      return value.entries.every(([key, of]) => isKnown(key) && isKnown(of));
    default:
      return true;
  }
}

/** A number as Python compares it; `True` is 1. null: no number. */
export function asNumber(value: Evaluated): number | null {
  if (value.kind === "integer" || value.kind === "float") return value.value;
  return value.kind === "boolean" ? Number(value.value) : null;
}

/** As `str()` and an f-string write it; null where that is not certain. */
export function asText(value: Evaluated): string | null {
  switch (value.kind) {
    case "text":
      return value.text;
    case "integer":
      return String(value.value);
    case "float":
      return floatText(value.value);
    case "boolean":
      return value.value ? "True" : "False";
    case "none":
      return "None";
    default:
      return null;
  }
}

/** JavaScript and Python write the same shortest digits, and differ in when an exponent begins. */
function floatText(value: number): string | null {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return null;
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Equal as keys of a Python dict are: 1, 1.0 and True are one key. */
export function keyOf(value: Evaluated): string | null {
  const number = asNumber(value);
  if (number !== null) return `n${number}`;
  if (value.kind === "text") return `t${value.text}`;
  if (value.kind === "none") return "none";
  if (value.kind !== "sequence" || value.of !== "tuple") return null;
  const keys = value.items.map(keyOf);
  return keys.includes(null) ? null : JSON.stringify(keys);
}

/** As a dict keeps them: the place and the key of the first, the value of the last. */
export function oneOfEachKey(pairs: readonly (readonly [Evaluated, Evaluated])[]): (readonly [Evaluated, Evaluated])[] {
  const byKey = new Map<string, readonly [Evaluated, Evaluated]>();
  pairs.forEach(([key, value], index) => {
    const text = keyOf(key) ?? `?${index}`;
    byKey.set(text, [byKey.get(text)?.[0] ?? key, value]);
  });
  return [...byKey.values()];
}

/** What a person calls it: "a list", "a text". */
export function kindText(value: Evaluated): string {
  switch (value.kind) {
    case "text":
      return "a text";
    case "integer":
    case "float":
      return "a number";
    case "boolean":
      return value.value ? "True" : "False";
    case "none":
      return "None";
    case "sequence":
      return `a ${value.of}`;
    case "mapping":
      return "a dict";
    case "made":
      return `a ${value.of.split(".").at(-1)}`;
    case "reference":
      return value.name;
    case "unresolved":
      return "unknown";
  }
}

export function unresolved(where: Where, why: string, isSpread = false): Evaluated {
  return { kind: "unresolved", why, isSpread, at: where.at, file: where.file };
}

/** What iterating gives; null where that is not known. */
export function itemsOf(value: Evaluated): readonly Evaluated[] | null {
  if (value.kind === "sequence") return value.items.some(isUnknownSpread) ? null : value.items;
  if (value.kind === "mapping") return value.entries.some(([key]) => key.kind === "unresolved") ? null : value.entries.map(([key]) => key);
  if (value.kind === "text") return [...value.text].map((text) => ({ kind: "text", text, at: value.at, file: value.file }));
  return null;
}

export function isUnknownSpread(value: Evaluated): boolean {
  return value.kind === "unresolved" && value.isSpread;
}

export function spreadItems(value: Evaluated): readonly Evaluated[] {
  if (value.kind === "sequence") return value.items;
  return itemsOf(value) ?? [asSpread(value)];
}

export function asSpread(value: Evaluated): Evaluated {
  if (value.kind === "unresolved") return { ...value, isSpread: true };
  return unresolved(value, "what is spread is not literal", true);
}

/** A reason of the first part that is not known. */
export function whyUnknown(value: Evaluated): string {
  if (value.kind === "unresolved") return value.why;
  const parts = value.kind === "sequence" ? value.items : value.kind === "mapping" ? value.entries.flat() : [];
  const unknown = parts.find((part) => !isKnown(part));
  return unknown === undefined ? "it is not literal" : whyUnknown(unknown);
}
