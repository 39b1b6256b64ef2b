/**
 * Digests as values that cannot be wrong: a `Digest` exists only if this room made it.
 * Everyone else passes them on, compares them with ===, and never looks inside; `digestParts` is for those who must name a file by one.
 */
import { createHash, hash } from "node:crypto";
import { Failure } from "./failure.ts";

/** `sha256:` and 64 lower-case hex digits (OCI image-spec, descriptor.md, "Digests"). */
export type Digest = string & { readonly __brand: "Digest" };

const SHA256 = /^sha256:[0-9a-f]{64}$/;

/** @throws Failure("usage") naming the text, when it is not a SHA-256 digest. */
export function parseDigest(text: string): Digest {
  if (!SHA256.test(text)) {
    throw new Failure("usage", `"${printable(text)}" is not a digest`, { hint: 'a digest looks like "sha256:" followed by 64 hex digits' });
  }
  return text as Digest;
}

export function isDigest(text: string): text is Digest {
  return SHA256.test(text);
}

/** The two halves of a digest, for names of files and URLs: `{ algorithm: "sha256", encoded: "9f86…" }`. */
export function digestParts(digest: Digest): { readonly algorithm: string; readonly encoded: string } {
  const colon = digest.indexOf(":");
  return { algorithm: digest.slice(0, colon), encoded: digest.slice(colon + 1) };
}

/** For tables only, where nothing is pasted from: `sha256:9f86d081884c`. */
export function shortDigest(digest: Digest): string {
  const { algorithm, encoded } = digestParts(digest);
  return `${algorithm}:${encoded.slice(0, 12)}`;
}

/** One-shot: the fastest road for bytes that are in memory anyway. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${hash("sha256", bytes, "hex")}` as Digest;
}

/** The first 32 bits of a text's SHA-256, as a whole number: the same dice on every machine. */
export function leadingBits(text: string): number {
  return parseInt(hash("sha256", text, "hex").slice(0, 8), 16);
}

/** Of a digest in a column of them. */
export const DIGEST_BYTES = 32;
const DIGEST_WORDS = DIGEST_BYTES / 4;

/** Puts the bytes that a digest spells out into a column. */
export function putDigest(column: Uint8Array, index: number, digest: Digest): void {
  const start = index * DIGEST_BYTES;
  for (let byte = 0, at = "sha256:".length; byte < DIGEST_BYTES; byte++, at += 2) {
    column[start + byte] = valueOf(digest.charCodeAt(at)) << 4 | valueOf(digest.charCodeAt(at + 1));
  }
}

/** The digest at a place of a column. */
export function digestIn(column: Uint8Array, index: number): Digest {
  return `sha256:${column.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES).toHex()}` as Digest;
}

/** Whether two columns, as words, have the same digest, one at one place, the other at another. */
export function isSameDigest(a: Int32Array, index: number, b: Int32Array, place: number): boolean {
  const left = index * DIGEST_WORDS;
  const right = place * DIGEST_WORDS;
  for (let word = 0; word < DIGEST_WORDS; word++) if (a[left + word] !== b[right + word]) return false;
  return true;
}

/** Puts a digest of one column, as words, into another. */
export function putSameDigest(to: Int32Array, index: number, from: Int32Array, place: number): void {
  const start = index * DIGEST_WORDS;
  const source = place * DIGEST_WORDS;
  for (let word = 0; word < DIGEST_WORDS; word++) to[start + word] = from[source + word]!;
}

/** A column as `isSameDigest` takes it. @param column from an offset that four divides. */
export function digestWords(column: Uint8Array): Int32Array {
  return new Int32Array(column.buffer, column.byteOffset, column.byteLength >> 2);
}

/** Of a lower-case hex digit. */
function valueOf(unit: number): number {
  return unit < 0x3a ? unit - 0x30 : unit - 0x57;
}

/** Hashes a stream piece by piece at about 1 GB/s: node:crypto streams, Web Crypto's `digest` does not. */
export class Hasher {
  #hash = createHash("sha256");
  #size = 0;

  /** Bytes seen so far. */
  get size(): number {
    return this.#size;
  }

  update(piece: Uint8Array): this {
    this.#hash.update(piece);
    this.#size += piece.byteLength;
    return this;
  }

  /** Another one that has seen the same bytes. */
  copy(): Hasher {
    const copy = new Hasher();
    copy.#hash = this.#hash.copy();
    copy.#size = this.#size;
    return copy;
  }

  /** Ends the hash; the hasher cannot be used afterwards. */
  digest(): Digest {
    return `sha256:${this.#hash.digest("hex")}` as Digest;
  }
}

function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.slice(0, 100).replace(/[\u0000-\u001f\u007f]/g, "?");
}
