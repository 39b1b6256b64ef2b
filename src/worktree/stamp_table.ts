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
  const paths = PathList.of(byPath.keys());
  const numbers = new Float64Array(paths.length * 4);
  const digests = new Uint8Array(paths.length * DIGEST_BYTES);
  paths.strings().forEach((path, index) => {
    const { stamp: { size, modified, changed, inode }, digest } = byPath.get(path)!;
    [size, modified, changed, inode].forEach((value, column) => numbers[column * paths.length + index] = value);
    putDigest(digests, index, digest);
  });
  return encodeSections(NAME, [paths.bytes, bytesOf(numbers), digests]);
}

export function stampIn({ sizes, modified, changed, inodes }: StampTable, index: number): FileStamp {
  return { size: sizes[index]!, modified: modified[index]!, changed: changed[index]!, inode: inodes[index]! };
}

function tableOf(paths: PathList, numbers: Float64Array, digests: Uint8Array): StampTable {
  const count = numbers.length / 4;
  const column = (number: number) => numbers.subarray(number * count, (number + 1) * count);
  return { paths, sizes: column(0), modified: column(1), changed: column(2), inodes: column(3), digests };
}
