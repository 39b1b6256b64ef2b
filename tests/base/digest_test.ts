/** A digest is right or does not exist; formatting it is the identity. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { digestOf, digestParts, Hasher, isDigest, parseDigest, shortDigest } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { asFailure, hexDigits } from "./generators.ts";

Deno.test("every sha256 digest parses to itself, and its parts join to it", () => {
  fc.assert(fc.property(hexDigits(64), (hex) => {
    const digest = parseDigest(`sha256:${hex}`);
    const { algorithm, encoded } = digestParts(digest);
    assert.equal(`${algorithm}:${encoded}`, digest);
    assert.equal(shortDigest(digest), `sha256:${hex.slice(0, 12)}`);
  }));
});

const hex = "0123456789abcdef".repeat(4);
const malformed = [
  "",
  "sha256",
  "sha256:",
  hex,
  `sha256:${hex.slice(1)}`,
  `sha256:${hex}0`,
  `sha256:${hex.toUpperCase()}`,
  `SHA256:${hex}`,
  `sha512:${hex}${hex}`,
  `sha256-${hex}`,
  `sha256:${"g".repeat(64)}`,
  ` sha256:${hex}`,
  `sha256:${hex}\n`,
  `sha256:${hex} `,
  `a@sha256:${hex}`,
  `sha256:${"０".repeat(64)}`,
];

for (const text of malformed) {
  Deno.test(`${JSON.stringify(text)} is no digest, and the refusal is one line that quotes it`, () => {
    assert.equal(isDigest(text), false);
    const failure = asFailure(() => parseDigest(text), "usage");
    assert.equal(failure.message.includes("\n"), false);
    assert.ok(failure.hint !== undefined);
  });
}

Deno.test("texts that are no digests are refused, whatever they are", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.throws(() => parseDigest(text), (error) => isFailure(error, "usage"));
  }));
});

Deno.test("hashing in pieces, at once and by another program's rules agree", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (pieces) => {
    const all = new Uint8Array(pieces.flatMap((piece) => [...piece]));
    const hasher = new Hasher();
    for (const piece of pieces) hasher.update(piece);
    assert.equal(hasher.size, all.byteLength);
    assert.equal(hasher.digest(), digestOf(all));
    assert.equal(digestOf(all), `sha256:${createHash("sha256").update(all).digest("hex")}`);
  }));
});
