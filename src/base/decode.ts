/**
 * Small readers that turn unknown data (parsed JSON or YAML) into typed values, and name the place of a fault: `files["a"].size`.
 * They know no format; each format's room combines them.
 */
import { Failure } from "./failure.ts";

/** A value together with where it was found. */
export interface Found {
  readonly value: unknown;
  readonly where: string;
}

/** Thrown by every reader here; `invalid` says that data breaks the rules of its format. */
export function wrong(found: Found, expected: string): Failure {
  const place = found.where === "" ? "the document" : found.where;
  return new Failure("invalid", `${place} should be ${expected}, but is ${describe(found.value)}`, { facts: { place, expected } });
}

export function at(value: unknown, where = ""): Found {
  return { value, where };
}

export function asObject(found: Found): Readonly<Record<string, unknown>> {
  if (typeof found.value !== "object" || found.value === null || Array.isArray(found.value)) throw wrong(found, "a mapping");
  return found.value as Record<string, unknown>;
}

export function member(found: Found, key: string): Found {
  const object = asObject(found);
  const where = /^[A-Za-z_][\w-]*$/.test(key)
    ? (found.where === "" ? key : `${found.where}.${key}`)
    : `${found.where}[${JSON.stringify(key)}]`;
  return { value: Object.hasOwn(object, key) ? object[key] : undefined, where };
}

export function members(found: Found): readonly (readonly [string, Found])[] {
  return Object.keys(asObject(found)).map((key) => [key, member(found, key)] as const);
}

export function items(found: Found): readonly Found[] {
  if (!Array.isArray(found.value)) throw wrong(found, "a list");
  return found.value.map((value, index) => ({ value, where: `${found.where}[${index}]` }));
}

export function asString(found: Found): string {
  if (typeof found.value !== "string") throw wrong(found, "a text");
  return found.value;
}

/** A whole number from 0 to 2^53 - 1: a size in bytes, a version. */
export function asCount(found: Found): number {
  if (typeof found.value !== "number" || !Number.isSafeInteger(found.value) || found.value < 0) {
    throw wrong(found, "a whole number, 0 or more");
  }
  return found.value;
}

export function asBoolean(found: Found): boolean {
  if (typeof found.value !== "boolean") throw wrong(found, "true or false");
  return found.value;
}

/** Members of members of …, more than so many. Who writes a foreign document anew would run out of stack; found without any. */
export function isDeeper(value: unknown, levels: number): boolean {
  let layer = [value];
  for (let level = 0; layer.length > 0; level++) {
    if (level > levels) return true;
    layer = layer.flatMap((one) => typeof one === "object" && one !== null ? Object.values(one) : []);
  }
  return false;
}

/** undefined when the member is absent or null, else what the reader makes of it. */
export function optional<T>(found: Found, read: (found: Found) => T): T | undefined {
  return found.value === undefined || found.value === null ? undefined : read(found);
}

export function oneOf<T extends string>(found: Found, ...choices: readonly T[]): T {
  if (typeof found.value !== "string" || !(choices as readonly string[]).includes(found.value)) {
    throw wrong(found, `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`);
  }
  return found.value as T;
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
