/**
 * One value, one text: JSON with keys sorted by their UTF-8 bytes, no white space, escapes only where RFC 8259 demands them (D2).
 * Promise: equal values give equal bytes on every machine and in every release. Maps are objects; their keys may be any text, so a
 * file called "12" or "__proto__" sorts like the others.
 */
import { compareUtf8 } from "./utf8_order.ts";

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }
  | ReadonlyMap<string, Json>;

export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("JSON has no NaN and no infinity");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item as Json)).join(",")}]`;
  const entries: [string, Json | undefined][] = value instanceof Map ? [...value] : Object.entries(value);
  const parts = entries
    .filter((entry): entry is [string, Json] => entry[1] !== undefined)
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
  return `{${parts.join(",")}}`;
}

export function canonicalJsonBytes(value: Json): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalJson(value));
}
