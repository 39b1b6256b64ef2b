/**
 * The bytes of the stat cache: one column after the other, so that a hundred thousand entries are read in the time of reading the file
 * (docs/formats.md, "stat-cache"). A digest over all of it stands in front: bytes that a disk changed are never believed.
 */
import { hash } from "node:crypto";
import { compareUtf8 } from "../base/utf8_order.ts";
import type { Digest } from "../base/digest.ts";
import type { FileStamp } from "../disk/file_stamp.ts";

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

const MAGIC = "mops stamps 2\n\0\0"; // 16 bytes
const COUNT_AT = 16; // two 32-bit numbers: entries, bytes of the paths
const CHECK_AT = 24; // SHA-256 of all that follows, as bytes; and of the two numbers
const COLUMNS_AT = 56;
const DIGEST_LENGTH = 71; // "sha256:" and 64 digits

export const NO_STAMPS: StampTable = tableOf([], new Float64Array(0), "");

/** null for what is damaged, of another version, or no such table at all. */
export function decodeStamps(bytes: Uint8Array<ArrayBuffer>): StampTable | null {
  if (bytes.byteLength < COLUMNS_AT || latin1(bytes.subarray(0, MAGIC.length)) !== MAGIC) return null;
  const header = new DataView(bytes.buffer, bytes.byteOffset, COLUMNS_AT);
  const count = header.getUint32(COUNT_AT, true);
  const digestsAt = COLUMNS_AT + count * 4 * 8;
  const pathsAt = digestsAt + count * DIGEST_LENGTH;
  if (pathsAt + header.getUint32(COUNT_AT + 4, true) !== bytes.byteLength) return null;
  if (checkOf(bytes) !== hexOf(bytes.subarray(CHECK_AT, COLUMNS_AT))) return null;
  const text = new TextDecoder().decode(bytes.subarray(pathsAt));
  const paths = text === "" ? [] : text.split("\n");
  paths.pop(); // every path ends with a newline
  if (paths.length !== count) return null;
  const numbers = new Float64Array(bytes.buffer.slice(bytes.byteOffset + COLUMNS_AT, bytes.byteOffset + digestsAt));
  return tableOf(paths, numbers, latin1(bytes.subarray(digestsAt, pathsAt)));
}

/** @param entries in the order of their paths. */
export function encodeStamps(entries: readonly StampEntry[]): Uint8Array<ArrayBuffer> {
  const count = entries.length;
  const paths = new TextEncoder().encode(entries.map(({ path }) => `${path}\n`).join(""));
  const digestsAt = COLUMNS_AT + count * 4 * 8;
  const pathsAt = digestsAt + count * DIGEST_LENGTH;
  const bytes = new Uint8Array(pathsAt + paths.byteLength);
  const view = new DataView(bytes.buffer);
  new TextEncoder().encodeInto(MAGIC, bytes);
  view.setUint32(COUNT_AT, count, true);
  view.setUint32(COUNT_AT + 4, paths.byteLength, true);
  entries.forEach(({ stamp }, index) => {
    [stamp.size, stamp.modified, stamp.changed, stamp.inode].forEach((value, column) =>
      view.setFloat64(COLUMNS_AT + (column * count + index) * 8, value, true)
    );
  });
  new TextEncoder().encodeInto(entries.map(({ digest }) => digest).join(""), bytes.subarray(digestsAt, pathsAt));
  bytes.set(paths, pathsAt);
  bytes.set(Uint8Array.from(checkOf(bytes).match(/../g)!, (pair) => parseInt(pair, 16)), CHECK_AT);
  return bytes;
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

/** Of the two numbers and of all that follows the digest itself. */
function checkOf(bytes: Uint8Array<ArrayBuffer>): string {
  return hash("sha256", `${hash("sha256", bytes.subarray(COLUMNS_AT), "hex")}${hexOf(bytes.subarray(COUNT_AT, CHECK_AT))}`, "hex");
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
