/** What the stat cache holds, in columns (docs/formats.md, "stat-cache"). */
import type { BundlePath } from "../base/bundle_path.ts";
import { type Digest, DIGEST_BYTES, putDigest } from "../base/digest.ts";
import { PathList } from "../base/path_list.ts";
import type { FileStamp } from "../disk/file_stamp.ts";
import { bytesOf, encodeSections, numbersOf, readSections } from "./checked_sections.ts";

export interface StampTable {
  readonly paths: PathList;
  readonly sizes: Float64Array;
  readonly modified: Float64Array;
  readonly changed: Float64Array;
  readonly inodes: Float64Array;
  readonly digests: Uint8Array;
}

export interface StampEntry {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly digest: Digest;
}

const NAME = "mops stamps 3\n";

export const NO_STAMPS: StampTable = tableOf(PathList.of([]), new Float64Array(0), new Uint8Array(0));

/** null when there is none that can be believed. */
export function readStamps(file: string): StampTable | null {
  const sections = readSections(file, NAME, 3);
  if (sections === null) return null;
  return tableOf(PathList.ofSorted(sections[0]!.slice()), numbersOf(sections[1]!), sections[2]!.slice());
}

/** @param entries of different paths. */
export function encodeStamps(entries: Iterable<StampEntry>): Uint8Array<ArrayBuffer> {
  const byPath = new Map([...entries].map((entry) => [entry.path as BundlePath, entry]));
  const table = emptyStamps(PathList.of(byPath.keys()));
  table.paths.strings().forEach((path, index) => {
    const { stamp, digest } = byPath.get(path)!;
    putStamp(table, index, stamp, digest);
  });
  return encodeTable(table);
}

export function encodeTable({ paths, sizes, digests }: StampTable): Uint8Array<ArrayBuffer> {
  return encodeSections(NAME, [paths.bytes, bytesOf(new Float64Array(sizes.buffer)), digests]); // the columns of numbers lie in one buffer
}

/** Of these paths, with nothing known of them yet. */
export function emptyStamps(paths: PathList): StampTable {
  const { length } = paths;
  return tableOf(paths, new Float64Array(length * 4), new Uint8Array(length * DIGEST_BYTES));
}

export function putStamp(table: StampTable, index: number, stamp: FileStamp, digest: Digest): void {
  table.sizes[index] = stamp.size;
  table.modified[index] = stamp.modified;
  table.changed[index] = stamp.changed;
  table.inodes[index] = stamp.inode;
  putDigest(table.digests, index, digest);
}

/** Those of both that are marked (1); of a path that both have marked, what the first one says. */
export function joinedStamps(first: StampTable, marks: Uint8Array, second: StampTable, secondMarks: Uint8Array): StampTable {
  if (second.paths.bytes.length === 0 && !marks.includes(0)) return first;
  const { list, here, there } = first.paths.joinedWith(second.paths);
  const kept = new Uint8Array(here.length);
  for (let index = 0; index < kept.length; index++) {
    kept[index] = marks[here[index]!] === 1 ? FROM_FIRST : secondMarks[there[index]!] === 1 ? FROM_SECOND : 0; // none at -1
  }
  const joined = emptyStamps(list.only(kept));
  for (let index = 0, to = 0; index < kept.length; index++) {
    if (kept[index] === 0) continue;
    const [table, from] = kept[index] === FROM_FIRST ? [first, here[index]!] : [second, there[index]!];
    joined.sizes[to] = table.sizes[from]!;
    joined.modified[to] = table.modified[from]!;
    joined.changed[to] = table.changed[from]!;
    joined.inodes[to] = table.inodes[from]!;
    joined.digests.set(table.digests.subarray(from * DIGEST_BYTES, (from + 1) * DIGEST_BYTES), to * DIGEST_BYTES);
    to++;
  }
  return joined;
}

const FROM_FIRST = 1;
const FROM_SECOND = 2;

export function stampIn({ sizes, modified, changed, inodes }: StampTable, index: number): FileStamp {
  return { size: sizes[index]!, modified: modified[index]!, changed: changed[index]!, inode: inodes[index]! };
}

function tableOf(paths: PathList, numbers: Float64Array, digests: Uint8Array): StampTable {
  const count = numbers.length / 4;
  const column = (number: number) => numbers.subarray(number * count, (number + 1) * count);
  return { paths, sizes: column(0), modified: column(1), changed: column(2), inodes: column(3), digests };
}
