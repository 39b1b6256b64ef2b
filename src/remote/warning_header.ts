/** `Warning: 299 - "text"`: what a registry wants its users to know (OCI distribution-spec, "Warnings"; rule R25). Never acted upon. */
import { harmless } from "./remote_failure.ts";

const LONGEST = 4096; // by the specification; what is longer is no warning

export function warningsIn(header: string | null): readonly string[] {
  if (header === null || header.length > LONGEST) return [];
  return [...header.matchAll(/\b299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => harmless(text!.replace(/\\(.)/g, "$1")))
    .filter((text) => text !== "");
}
