/**
 * The bytes of a Python file as the text that CPython reads: byte order mark and PEP 263 cookie obeyed, line ends as `\n`. What CPython
 * could not decode is a problem with its place, never a guess.
 */
import type { Place, SourceProblem } from "./outline.ts";

/** Larger files are data; nobody writes 8 MiB of source by hand, and the parser needs some 60 times as much memory. */
export const MAX_SOURCE_BYTES = 8 * 1024 * 1024;

export type SourceText = { readonly text: string } | { readonly problem: SourceProblem };

export function sourceText(bytes: Uint8Array): SourceText {
  if (bytes.byteLength > MAX_SOURCE_BYTES) return { problem: tooLarge(bytes.byteLength) };
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const body = hasMark ? bytes.subarray(3) : bytes;
  const cookie = codingCookie(body);
  const encoding = cookie === null ? "utf-8" : encodingOf(cookie.name);
  if (encoding === null) return failed("unknown-encoding", `its encoding ${cookie!.name} is not known`, cookie!.at);
  if (hasMark && encoding !== "utf-8") {
    return failed("unknown-encoding", `it begins with a mark of UTF-8, and says that its encoding is ${cookie!.name}`, cookie!.at);
  }
  const decoded = decode(body, encoding, cookie?.name ?? "UTF-8");
  if ("problem" in decoded) return decoded;
  const zero = decoded.text.indexOf("\0");
  if (zero >= 0) return failed("null-byte", "holds a null byte", placeAfter(decoded.text.slice(0, zero)));
  return { text: withPlainLineEnds(decoded.text) };
}

/** For whoever knows the size before reading. */
export function tooLarge(size: number): SourceProblem {
  return { code: "too-large", message: `has ${size} bytes; source of up to ${MAX_SOURCE_BYTES} bytes is read`, at: START };
}

const START: Place = { line: 1, column: 1 };

function failed(code: SourceProblem["code"], message: string, at: Place): { readonly problem: SourceProblem } {
  return { problem: { code, message, at } };
}

/** PEP 263: a comment in line one, or in line two when line one holds nothing but a comment. */
function codingCookie(bytes: Uint8Array): { readonly name: string; readonly at: Place } | null {
  const lines = latin1(firstLines(bytes)).split(/\r\n|\r|\n/, 2);
  for (const [index, line] of lines.entries()) {
    const match = /^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)/.exec(line);
    if (match !== null) return { name: match[1]!, at: { line: index + 1, column: match[0].length - match[1]!.length + 1 } };
    if (!/^[ \t\f]*(#.*)?$/.test(line)) return null;
  }
  return null;
}

/** Enough bytes to hold two lines, and a kilobyte at most. */
function firstLines(bytes: Uint8Array): Uint8Array {
  let [end, lineEnds] = [0, 0];
  for (; end < bytes.byteLength && end < 1024 && lineEnds < 3; end++) if (bytes[end] === 10 || bytes[end] === 13) lineEnds++;
  return bytes.subarray(0, end);
}

/** Python's names for encodings whose label differs in the Encoding standard, which `TextDecoder` follows. */
const LABELS: Readonly<Record<string, string>> = {
  "latin9": "iso-8859-15",
  "latin-9": "iso-8859-15",
  "l9": "iso-8859-15",
  "mac-roman": "macintosh",
  "macroman": "macintosh",
  "cp932": "shift_jis",
  "ms932": "shift_jis",
  "shiftjis": "shift_jis",
  "shift-jis": "shift_jis",
  "eucjp": "euc-jp",
  "euckr": "euc-kr",
  "cp949": "euc-kr",
  "cp936": "gbk",
  "koi8r": "koi8-r",
  "koi8u": "koi8-u",
};
const UTF8 = /^(utf-?8|u8|utf|utf8-ucs[24]|cp65001)$|^utf-8-/;
const LATIN1 = /^(latin-?1|l1|8859|cp819|iso-?8859-1|iso-latin-1|iso-ir-100)$|^(latin-1|iso-8859-1|iso-latin-1)-/;
const ASCII = /^(ascii|us-ascii|646|ansi-x3\.4-1968|iso646-us|cp367)$/;

/** A label of the Encoding standard, or `latin-1` and `ascii`, which that standard takes for windows-1252; null when nobody knows it. */
function encodingOf(name: string): string | null {
  const plain = name.toLowerCase().replaceAll("_", "-");
  if (UTF8.test(plain)) return "utf-8";
  if (LATIN1.test(plain)) return "latin-1";
  if (ASCII.test(plain)) return "ascii";
  if (/^(utf-?(7|16|32)|x-|replacement|unicode|csunicode|iso-10646|ucs-2)/.test(plain)) return null; // no superset of ASCII, or unknown to Python
  const label = Object.hasOwn(LABELS, plain) ? LABELS[plain]! : plain.replace(/^iso8859-/, "iso-8859-");
  try {
    return new TextDecoder(label).encoding;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function decode(bytes: Uint8Array, encoding: string, name: string): SourceText {
  if (encoding === "latin-1") return { text: latin1(bytes) };
  const wrong = encoding === "utf-8" ? null : encoding === "ascii" ? bytes.findIndex((byte) => byte > 0x7f) : -1;
  if (wrong !== null && wrong >= 0) return undecodable(latin1(bytes.subarray(0, wrong)), bytes[wrong]!, name);
  try {
    return { text: new TextDecoder(encoding === "ascii" ? "utf-8" : encoding, { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const before = longestDecoded(bytes, encoding);
    return undecodable(before.text, bytes[before.bytes] ?? 0, name);
  }
}

function undecodable(before: string, byte: number, name: string): SourceText {
  const shown = `0x${byte.toString(16).padStart(2, "0")}`;
  const advice = name === "UTF-8" ? " and names no other encoding (PEP 263)" : "";
  return failed("not-utf8", `is not valid ${name}: byte ${shown}${advice}`, placeAfter(before));
}

/** What can be decoded from the start on, by halving: called once, for a file that fails anyway. */
function longestDecoded(bytes: Uint8Array, encoding: string): { readonly text: string; readonly bytes: number } {
  const decoded = (length: number): string | null => {
    try {
      // A character cut in two is no fault yet: `stream` waits for its rest.
      return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, length), { stream: true });
    } catch (error) {
      if (error instanceof TypeError) return null;
      throw error;
    }
  };
  let [low, high] = [0, bytes.byteLength];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (decoded(middle) === null) high = middle - 1;
    else low = middle;
  }
  const text = decoded(low) ?? "";
  const whole = encoding === "utf-8" ? new TextEncoder().encode(text).byteLength : low;
  return { text, bytes: whole };
}

function latin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.byteLength; start += 8192) parts.push(String.fromCharCode(...bytes.subarray(start, start + 8192)));
  return parts.join("");
}

function withPlainLineEnds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

function placeAfter(before: string): Place {
  const plain = withPlainLineEnds(before);
  const lineStart = plain.lastIndexOf("\n") + 1;
  let line = 1;
  for (let at = plain.indexOf("\n"); at >= 0; at = plain.indexOf("\n", at + 1)) line++;
  return { line, column: plain.length - lineStart + 1 };
}
