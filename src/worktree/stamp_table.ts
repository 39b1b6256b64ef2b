/** What the stat cache holds, in columns (docs/formats.md, "stat-cache"). */
import type { Digest } from "../base/digest.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import type { FileStamp } from "../disk/file_stamp.ts";
import { asText, bytesOf, bytesOfLines, encodeSections, linesOf, numbersOf, readSections } from "./checked_sections.ts";

/** Entries in the order of their paths' UTF-8 bytes. */
export interface StampTable {
  readonly paths: readonly string[];
  readonly sizes: Float64Array;
  readonly modified: Float64Array;
  readonly changed: Float64Array;
  readonly inodes: Float64Array;
  digest(index: number): Digest;
}

export interface StampEntry {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly digest: Digest;
}

const NAME = "mops stamps 2\n";
const DIGEST_LENGTH = 71; // "sha256:" and 64 digits

export const NO_STAMPS: StampTable = tableOf([], new Float64Array(0), "");

/** null when there is none that can be believed. */
export function readStamps(file: string): StampTable | null {
  const sections = readSections(file, NAME, 3);
  if (sections === null) return null;
  const [paths, numbers, digests] = [linesOf(sections[0]!), numbersOf(sections[1]!), asText(sections[2]!)];
  return numbers.length === paths.length * 4 && digests.length === paths.length * DIGEST_LENGTH ? tableOf(paths, numbers, digests) : null;
}

/** @param entries in the order of their paths. */
export function encodeStamps(entries: readonly StampEntry[]): Uint8Array<ArrayBuffer> {
  const numbers = new Float64Array(entries.length * 4);
  entries.forEach(({ stamp }, index) => {
    [stamp.size, stamp.modified, stamp.changed, stamp.inode].forEach((value, column) => numbers[column * entries.length + index] = value);
  });
  const digests = new TextEncoder().encode(entries.map(({ digest }) => digest).join(""));
  return encodeSections(NAME, [bytesOfLines(entries.map(({ path }) => path)), bytesOf(numbers), digests]);
}

/** Where `path` stands, or null. `guess` is looked at first: whoever asks in order finds it there. */
export function indexIn({ paths }: StampTable, path: string, guess: number): number | null {
  if (paths[guess] === path) return guess;
  let [low, high] = [0, paths.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareUtf8(paths[middle]!, path);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}

export function stampIn({ sizes, modified, changed, inodes }: StampTable, index: number): FileStamp {
  return { size: sizes[index]!, modified: modified[index]!, changed: changed[index]!, inode: inodes[index]! };
}

function tableOf(paths: readonly string[], numbers: Float64Array, digests: string): StampTable {
  const column = (number: number) => numbers.subarray(number * paths.length, (number + 1) * paths.length);
  return {
    paths,
    sizes: column(0),
    modified: column(1),
    changed: column(2),
    inodes: column(3),
    // Only `encodeStamps` makes a table whose check is right, and it is given digests: a hundred thousand need not be parsed.
    digest: (index) => digests.slice(index * DIGEST_LENGTH, (index + 1) * DIGEST_LENGTH) as Digest,
  };
}
