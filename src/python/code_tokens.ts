/**
 * The digest of a text's tokens: equal for two texts that differ in comments, blank lines and spacing only. INDENT, DEDENT and NEWLINE
 * count, and so does every literal by its own text, docstrings included. Law: equal digests mean the same program to CPython. It answers
 * "formatting only?", and is never an identity (D12).
 */
import { type Digest, digestOf } from "../base/digest.ts";
import { DEDENT, FORMAT_END, FORMAT_START, INDENT, NEWLINE, type Tokens } from "./tokens.ts";

/** Between tokens; a text with a null byte has no tokens, so none can hold it. */
const SEPARATOR = "\0";

export function tokensDigest(text: string, tokens: Tokens): Digest {
  const { kinds, starts, ends } = tokens;
  const parts: string[] = [];
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i]!;
    if (kind === NEWLINE) parts.push("\n");
    else if (kind === INDENT) parts.push("\t>");
    else if (kind === DEDENT) parts.push("\t<");
    else if (kind === FORMAT_START) {
      const start = starts[i]!;
      i = endOfFormat(kinds, i);
      parts.push(text.slice(start, ends[i]));
    } else parts.push(text.slice(starts[i], ends[i]));
  }
  return digestOf(new TextEncoder().encode(parts.join(SEPARATOR)));
}

/** An f-string counts by its text: what a comment or a blank means inside of it depends on where it stands. */
function endOfFormat(kinds: readonly number[], start: number): number {
  let depth = 0;
  let i = start;
  for (; i < kinds.length; i++) {
    if (kinds[i] === FORMAT_START) depth++;
    else if (kinds[i] === FORMAT_END && --depth === 0) break;
  }
  return i;
}
