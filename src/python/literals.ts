/** Literals of Python as the values that they stand for. */

/** The text of a string literal with its prefix and quotes; null for bytes, t-strings, and names of characters that only Unicode's tables know. */
export function literalText(source: string): string | null {
  const quoteAt = source.search(/['"]/);
  const prefix = source.slice(0, quoteAt).toLowerCase();
  if (prefix.includes("b") || prefix.includes("t")) return null;
  const mark = source[quoteAt]!;
  const length = source.startsWith(mark.repeat(3), quoteAt) && source.length >= quoteAt + 6 ? 3 : 1;
  const body = source.slice(quoteAt + length, source.length - length);
  return prefix.includes("r") ? body : unescaped(body);
}

const ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(N\{[^}]*\})|([^]))/g;
const ESCAPED: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** What stands between the quotes; null where a character is named. An escape that Python does not know stays as it is. */
export function unescaped(body: string): string | null {
  if (!body.includes("\\")) return body;
  let isNamed = false;
  const text = body.replace(ESCAPE, (whole, octal, short, middle, long, named, other) => {
    if (named !== undefined) isNamed = true;
    const code = octal !== undefined ? parseInt(octal, 8) : parseInt(short ?? middle ?? long, 16);
    if (!Number.isNaN(code)) return code > 0x10ffff ? whole : String.fromCodePoint(code);
    return other !== undefined && Object.hasOwn(ESCAPED, other) ? ESCAPED[other]! : whole;
  });
  return isNamed ? null : text;
}

/** null for complex numbers. */
export function literalNumber(source: string): { readonly value: number; readonly isInteger: boolean } | null {
  const digits = source.replaceAll("_", "");
  if (/^0[xob]/i.test(digits)) return { value: Number(digits.toLowerCase()), isInteger: true };
  if (/j$/i.test(digits)) return null;
  return { value: Number(digits), isInteger: !/[.e]/i.test(digits) };
}
