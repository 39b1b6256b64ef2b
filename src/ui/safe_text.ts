/**
 * Texts of strangers (file names, answers of servers) made fit for a terminal: control characters are shown, not obeyed.
 * Bidirectional overrides count as such, since they make one name look like another.
 */

// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
// deno-lint-ignore no-control-regex
const OUR_STYLE = /\u001b\[[0-9;]*m/g;

/** One line: also newlines and tabs are shown as `\n`, `\t`. */
export function safeText(text: string): string {
  return text.toWellFormed().replace(CONTROL, shown);
}

/** Lines of our own making that may quote strangers: newlines, tabs and styles stay, everything else is shown. */
export function safeLines(text: string): string {
  const wellFormed = text.toWellFormed();
  if (wellFormed.search(CONTROL) < 0) return wellFormed;
  let result = "";
  let from = 0;
  for (const style of wellFormed.matchAll(OUR_STYLE)) {
    result += safePiece(wellFormed.slice(from, style.index)) + style[0];
    from = style.index + style[0].length;
  }
  return result + safePiece(wellFormed.slice(from));
}

function safePiece(text: string): string {
  return text.replace(CONTROL, (character) => character === "\n" || character === "\t" ? character : shown(character));
}

function shown(character: string): string {
  switch (character) {
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
  }
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** A document on one line. What `safeLines` would show in its own way stands as JSON escapes, so that it is JSON on a terminal, too. */
export function jsonLine(document: unknown): string {
  return JSON.stringify(document).replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** `user:password@` in URLs, bearer tokens, and signatures in query strings, replaced by `***`. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1***@")
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/-]{8,}=*/gi, "$1 ***")
    .replace(
      /([?&;](?:sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|token|access_token)=)[^&\s"']+/gi,
      "$1***",
    )
    .replace(/\b((?:AccountKey|SharedAccessSignature|password|secret)=)[^;&\s"']+/gi, "$1***");
}
