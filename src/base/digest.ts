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
