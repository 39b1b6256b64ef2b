/**
 * The bytes of a Python file to its outline, or to what is wrong with them. Never throws, whatever the bytes are, and never looks at
 * anything else: the same bytes give the same outline.
 */
import { tokensDigest } from "./code_tokens.ts";
import { OUTLINE_VERSION, type ReadSource } from "./outline.ts";
import { parsePython } from "./parse.ts";
import { Places } from "./places.ts";
import { readStatements } from "./read_statements.ts";
import { sourceText } from "./source_text.ts";

export function readOutline(bytes: Uint8Array): ReadSource {
  const source = sourceText(bytes);
  if ("problem" in source) return source;
  const parsed = parsePython(source.text);
  if ("fault" in parsed) {
    const { offset, message } = parsed.fault;
    return { problem: { code: "syntax", message, at: new Places(source.text).of(offset) } };
  }
  return { outline: { version: OUTLINE_VERSION, ...readStatements(parsed), tokens: tokensDigest(source.text, parsed.tokens) } };
}
