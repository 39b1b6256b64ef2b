/**
 * The bytes of a pack: a tar archive (POSIX.1-2017, pax, "ustar Interchange Format") with everything in it fixed that could differ
 * between two machines: owner 0, time 0, modes 644 and 755, no names of users. Written here and by no library, since packs are hashed: their
 * bytes must never change with one. Any tar reads them (docs/formats.md, "Packs").
 */
import type { FileContent } from "./snapshot.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export const BLOCK = 512;
/** Two blocks of zeros. */
export const TAR_END = 2 * BLOCK;

const NAME_BYTES = 100; // of `name` and `linkname` in a header; what is longer stands in a pax record before it
const encoder = new TextEncoder();

/** Bytes of the header, pax records included; the file's own bytes follow it. */
export function headerSize(path: string, link: string | undefined): number {
  const records = paxRecordsSize(path, link);
  return BLOCK + (records === 0 ? 0 : BLOCK + padded(records));
}

/** Bytes that follow the header, padding included. A link has none of its own. */
export function bodySize({ size, link }: Pick<FileContent, "size" | "link">): number {
  return link === undefined ? padded(size) : 0;
}

/** Writes the header into `into` at `at`, which must hold zeros there. Gives the place behind it. */
export function writeHeader(into: Bytes, at: number, name: string, content: Pick<FileContent, "size" | "executable" | "link">): number {
  const path = encoder.encode(name);
  const link = content.link === undefined ? null : encoder.encode(content.link);
  const records = paxRecords(path, link);
  if (records !== null) {
    writeBlock(into, at, { name: PAX_NAME, link: null, size: records.byteLength, mode: 0o644, type: "x" });
    into.set(records, at + BLOCK);
    at += BLOCK + padded(records.byteLength);
  }
  const mode = link !== null ? 0o777 : content.executable ? 0o755 : 0o644;
  writeBlock(into, at, {
    name: path.subarray(0, NAME_BYTES),
    link: link?.subarray(0, NAME_BYTES) ?? null,
    size: link === null ? content.size : 0,
    mode,
    type: link === null ? "0" : "2",
  });
  return at + BLOCK;
}

/** `size` rounded up to whole blocks. */
function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

const PAX_NAME = encoder.encode("././@PaxHeader");

interface Block {
  readonly name: Uint8Array;
  readonly link: Uint8Array | null;
  readonly size: number;
  readonly mode: number;
  /** "0": a file; "2": a symbolic link; "x": pax records for the next member. */
  readonly type: "0" | "2" | "x";
}

function writeBlock(into: Bytes, at: number, { name, link, size, mode, type }: Block): void {
  const blank = blankOf(mode, type);
  into.set(blank.bytes, at);
  into.set(name, at);
  writeOctal(into, at + 124, 12, size);
  if (link !== null) into.set(link, at + 157);
  let sum = blank.sum - 11 * 0x30; // the size of the blank is eleven zeros
  for (let i = at + 124; i < at + 135; i++) sum += into[i]!;
  for (const byte of name) sum += byte;
  for (const byte of link ?? []) sum += byte;
  writeOctal(into, at + 148, 7, sum); // six digits and a NUL; the blank after it stays
}

interface Blank {
  readonly bytes: Bytes;
  readonly sum: number;
}

const blanks = new Map<string, Blank>();

/** A header without name, link and checksum, of a file of no bytes; there are a handful of them. */
function blankOf(mode: number, type: Block["type"]): Blank {
  const key = `${type}${mode}`;
  const known = blanks.get(key);
  if (known !== undefined) return known;
  const bytes = new Uint8Array(BLOCK);
  writeOctal(bytes, 100, 8, mode);
  writeOctal(bytes, 108, 8, 0); // user
  writeOctal(bytes, 116, 8, 0); // group
  writeOctal(bytes, 124, 12, 0); // size
  writeOctal(bytes, 136, 12, 0); // time
  bytes.fill(0x20, 148, 156); // the checksum counts itself as blanks
  bytes[156] = type.charCodeAt(0);
  bytes.set(USTAR, 257);
  writeOctal(bytes, 329, 8, 0); // device
  writeOctal(bytes, 337, 8, 0);
  const blank = { bytes, sum: bytes.reduce((sum, byte) => sum + byte, 0) };
  blanks.set(key, blank);
  return blank;
}

const USTAR = encoder.encode("ustar\u000000");

/** Octal digits with leading zeros and a NUL at the end, `width` bytes in all. */
function writeOctal(into: Bytes, at: number, width: number, value: number): void {
  for (let i = at + width - 2; i >= at; i--) {
    into[i] = 0x30 + value % 8;
    value = Math.floor(value / 8);
  }
}

function paxRecordsSize(path: string, link: string | undefined): number {
  if (path.length * 3 <= NAME_BYTES && (link === undefined || link.length * 3 <= NAME_BYTES)) return 0; // the usual case, without encoding
  return paxRecords(encoder.encode(path), link === undefined ? null : encoder.encode(link))?.byteLength ?? 0;
}

/** Names that do not fit (pax, "pax Extended Header"): `LENGTH linkpath=TEXT` and `LENGTH path=TEXT`, a line each, by the order of their keys. */
function paxRecords(path: Uint8Array, link: Uint8Array | null): Bytes | null {
  const records: Bytes[] = [];
  if (link !== null && link.byteLength > NAME_BYTES) records.push(paxRecord("linkpath", link));
  if (path.byteLength > NAME_BYTES) records.push(paxRecord("path", path));
  if (records.length === 0) return null;
  const all = new Uint8Array(records.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const record of records) {
    all.set(record, at);
    at += record.byteLength;
  }
  return all;
}

/** The length counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Bytes {
  const rest = key.length + value.byteLength + 3; // a blank, "=" and a line end
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  const record = new Uint8Array(length);
  const { written } = encoder.encodeInto(`${length} ${key}=`, record);
  record.set(value, written);
  record[length - 1] = 0x0a;
  return record;
}
