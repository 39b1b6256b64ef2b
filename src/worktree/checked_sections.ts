/**
 * A local file of a few sections of bytes, read at once however many entries they hold (docs/formats.md, "Checked sections"). A digest
 * over all of it stands in front: what a disk changed, cut off or mixed up is never believed.
 */
import { hash } from "node:crypto";
import { isFailure } from "../base/failure.ts";
import { readBytesIfThere, writeAtomic } from "../disk/atomic_file.ts";

const NAME_LENGTH = 16; // bytes: what it is, its version, a newline, zeros
const CHECK_LENGTH = 64; // hex of the SHA-256 of all that follows
const COUNT_AT = NAME_LENGTH + CHECK_LENGTH;

/** null when it is not there, damaged, of another kind or version, or not for us to read: whoever needs it makes it anew. */
export function readSections(file: string, name: string, count: number): Uint8Array<ArrayBuffer>[] | null {
  try {
    const bytes = readBytesIfThere(file);
    return bytes === null ? null : decodeSections(bytes, name, count);
  } catch (error) {
    if (isFailure(error)) return null;
    throw error;
  }
}

/** false when it cannot be written: a full or read-only disk costs speed, nothing else. */
export function writeSections(file: string, bytes: Uint8Array): boolean {
  try {
    writeAtomic(file, bytes);
    return true;
  } catch (error) {
    if (isFailure(error)) return false;
    throw error;
  }
}

export function encodeSections(name: string, sections: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const start = COUNT_AT + 4 * (sections.length + 1);
  const bytes = new Uint8Array(sections.reduce((size, section) => size + section.byteLength, start));
  const view = new DataView(bytes.buffer);
  new TextEncoder().encodeInto(name, bytes);
  view.setUint32(COUNT_AT, sections.length, true);
  let at = start;
  sections.forEach((section, index) => {
    view.setUint32(COUNT_AT + 4 * (index + 1), section.byteLength, true);
    bytes.set(section, at);
    at += section.byteLength;
  });
  new TextEncoder().encodeInto(checkOf(bytes), bytes.subarray(NAME_LENGTH));
  return bytes;
}

export function decodeSections(bytes: Uint8Array<ArrayBuffer>, name: string, count: number): Uint8Array<ArrayBuffer>[] | null {
  let at = COUNT_AT + 4 * (count + 1);
  if (bytes.byteLength < at || asText(bytes.subarray(0, NAME_LENGTH)) !== name.padEnd(NAME_LENGTH, "\0")) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(COUNT_AT, true) !== count || asText(bytes.subarray(NAME_LENGTH, COUNT_AT)) !== checkOf(bytes)) return null;
  const sections: Uint8Array<ArrayBuffer>[] = [];
  for (let index = 1; index <= count; index++) {
    const length = view.getUint32(COUNT_AT + 4 * index, true);
    sections.push(bytes.subarray(at, at += length));
  }
  return at === bytes.byteLength ? sections : null;
}

/** A column of 64-bit floating-point numbers, little-endian as every machine that Deno runs on. */
export function numbersOf(section: Uint8Array<ArrayBuffer>): Float64Array {
  return new Float64Array(section.slice().buffer);
}

export function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Lines that each end with a newline; the first may begin with a byte order mark, as a name may. */
export function linesOf(section: Uint8Array): string[] {
  const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(section).split("\n");
  lines.pop();
  return lines;
}

export function bytesOfLines(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
}

/** ASCII. */
export function asText(section: Uint8Array): string {
  return new TextDecoder("latin1").decode(section);
}

function checkOf(bytes: Uint8Array<ArrayBuffer>): string {
  return hash("sha256", bytes.subarray(COUNT_AT), "hex");
}
