/** A long text in UTF-8, told in pieces: a million lines are neither joined to one text nor kept until the last is there. */

const AT_ONCE = 256 * 1024; // UTF-16 units

/** @param pieces each whole: none ends within a character. */
export function encodedText(pieces: Iterable<string>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let lines: string[] = [];
  let units = 0;
  const encode = (): void => {
    const part = encoder.encode(lines.join(""));
    parts.push(part);
    size += part.byteLength;
    lines = [];
    units = 0;
  };
  for (const piece of pieces) {
    lines.push(piece);
    units += piece.length;
    if (units >= AT_ONCE) encode();
  }
  if (units > 0) encode();
  const bytes = new Uint8Array(size);
  let to = 0;
  for (const part of parts) {
    bytes.set(part, to);
    to += part.byteLength;
  }
  return bytes;
}
