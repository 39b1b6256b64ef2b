/**
 * lstat of very many files of one folder: on Linux by the C library's `statx`, half the price of Deno's own call, which makes an object
 * with five dates for each file (100,000 files: 0.2 instead of 0.4 s of processor time). Tells exactly what Deno tells, to the rounding of
 * its times; whatever `statx` does not answer, or what is before 1970, Deno is asked for, so that errors are Deno's too.
 */
import { AT_FDCWD, openCLibrary } from "./c_library.ts";
import { type FileStamp, lstatIfThere, stampOf } from "./file_stamp.ts";

export interface Glance extends FileStamp {
  readonly kind: "file" | "link" | "directory" | "other";
  /** The owner's bit. */
  readonly executable: boolean;
}

/**
 * What lies at a path below the folder; null when nothing does. The same object is given every time, with new values in it.
 * @throws Failure naming the path for everything but absence.
 */
export type Look = (path: string) => Glance | null;

const WORTH_OPENING = 2000; // files; the library takes 2 to 3 ms to open

/** @param folder absolute, with its slash; "" for paths that are absolute themselves. @param count how many looks there will be, about. */
export function looksFrom(folder: string, count: number): Look {
  const statx = count < WORTH_OPENING ? null : openStatx();
  return statx === null ? (path) => lookedByDeno(folder + path) : looksByStatx(folder, statx);
}

function lookedByDeno(path: string): Glance | null {
  const info = lstatIfThere(path);
  if (info === null) return null;
  const kind = info.isFile ? "file" : info.isSymlink ? "link" : info.isDirectory ? "directory" : "other";
  return { ...stampOf(info), kind, executable: ((info.mode ?? 0) & 0o100) !== 0 };
}

/** `int statx(int dirfd, const char *pathname, int flags, unsigned int mask, struct statx *buf)`: 0, or -1 for any error. */
type Statx = (directory: number, path: Uint8Array<ArrayBuffer>, flags: number, mask: number, answer: Uint8Array<ArrayBuffer>) => number;

let opened: Statx | null | undefined;

function openStatx(): Statx | null {
  if (opened === undefined) {
    opened = openCLibrary({ statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" } })?.statx ?? null;
  }
  return opened;
}

export const AT_SYMLINK_NOFOLLOW = 0x100;
export const STATX_BASIC_STATS = 0x7ff;
const LONGEST = 16_384; // bytes of a path; PATH_MAX is 4,096
const KINDS: Readonly<Record<number, Glance["kind"]>> = { 0o100000: "file", 0o120000: "link", 0o040000: "directory" };
const HIGH = 2 ** 32;

function looksByStatx(folder: string, statx: Statx): Look {
  const name = new Uint8Array(LONGEST);
  const encoder = new TextEncoder();
  const start = encoder.encodeInto(folder, name).written;
  // struct statx is the same on all processors: mode at byte 28, inode 32, size 40, ctime 96, mtime 112 (seconds, then nanoseconds)
  const answer = new Uint8Array(256);
  const [halves, words, signed] = [new Uint16Array(answer.buffer), new Uint32Array(answer.buffer), new Int32Array(answer.buffer)];
  const glance = { kind: "file" as Glance["kind"], size: 0, modified: 0, changed: 0, inode: 0, executable: false };
  return (path) => {
    if (start + 3 * path.length >= LONGEST) return lookedByDeno(folder + path);
    let end = start;
    for (let at = 0; at < path.length; at++) {
      const unit = path.charCodeAt(at);
      if (unit >= 0x80) {
        end = start + encoder.encodeInto(path, name.subarray(start)).written;
        break;
      }
      name[end++] = unit;
    }
    name[end] = 0;
    if (statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, answer) !== 0 || signed[29]! < 0) {
      return lookedByDeno(folder + path);
    }
    const mode = halves[14]!;
    glance.kind = KINDS[mode & 0o170000] ?? "other";
    glance.executable = (mode & 0o100) !== 0;
    glance.inode = words[8]! + words[9]! * HIGH;
    glance.size = words[10]! + words[11]! * HIGH;
    glance.changed = (words[24]! + signed[25]! * HIGH) * 1000;
    glance.modified = (words[28]! + words[29]! * HIGH) * 1000 + Math.floor(words[30]! / 1e6);
    return glance;
  };
}
