/**
 * JSON that says of itself whether it is what was written: its last member is the SHA-256 of all that stands before it. One flipped bit of
 * a digest is as good a digest as any; only a check tells.
 */
import { digestOf, digestParts } from "./digest.ts";

const TRAILER = /,\n {2}"check": "([0-9a-f]{64})"\n\}\n$/;
const TRAILER_LENGTH = ',\n  "check": ""\n}\n'.length + 64;

/** @param json of an object with at least one member */
export function withCheck(json: string): string {
  const body = json.trimEnd().slice(0, -1).trimEnd();
  return `${body},\n  "check": "${hexOf(body)}"\n}\n`;
}

/** "none" where no check stands at the end: it was written without one, or the check itself is damaged. */
export function checkOf(text: string): "right" | "wrong" | "none" {
  const found = TRAILER.exec(text.slice(-TRAILER_LENGTH))?.[1];
  if (found === undefined) return "none";
  return hexOf(text.slice(0, -TRAILER_LENGTH)) === found ? "right" : "wrong";
}

function hexOf(text: string): string {
  return digestParts(digestOf(new TextEncoder().encode(text))).encoded;
}
