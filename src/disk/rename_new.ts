/**
 * rename(2) that never replaces: `renameat2` with RENAME_NOREPLACE, which the runtime does not offer and the C library does (glibc 2.28). It
 * closes the moment between looking and renaming, and saves the look: "nothing there" is an error to the runtime, dearer than a rename.
 */
import { act } from "../base/effect.ts";

const AT_FDCWD = -100;
const NO_REPLACE = 1;
const LONGEST = 8192; // bytes of a path; PATH_MAX is 4,096

type RenameAt = (fromFolder: number, from: Uint8Array<ArrayBuffer>, toFolder: number, to: Uint8Array<ArrayBuffer>, flags: number) => number;

let opened: RenameAt | null | undefined;
const encoder = new TextEncoder();
const names = [new Uint8Array(LONGEST), new Uint8Array(LONGEST)] as const;

/**
 * false: not done, since something stands there, or since this system cannot do it, or for whatever `rename` will say. @throws what a hook
 * on effects throws, and nothing else
 */
export function renameNew(from: string, to: string): boolean {
  const renameAt = open();
  if (renameAt === null || !write(from, names[0]) || !write(to, names[1])) return false;
  try {
    act({ kind: "rename", on: from, to }, () => {
      if (renameAt(AT_FDCWD, names[0], AT_FDCWD, names[1], NO_REPLACE) !== 0) throw NOT_DONE;
    });
    return true;
  } catch (error) {
    if (error !== NOT_DONE) throw error;
    return false;
  }
}

const NOT_DONE = new Error("not renamed");

function write(path: string, into: Uint8Array<ArrayBuffer>): boolean {
  if (path.length * 3 >= LONGEST) return false;
  into[encoder.encodeInto(path, into).written] = 0;
  return true;
}

function open(): RenameAt | null {
  if (opened !== undefined) return opened;
  if (Deno.build.os !== "linux") return opened = null;
  try {
    const { symbols } = Deno.dlopen("libc.so.6", {
      renameat2: { parameters: ["i32", "buffer", "i32", "buffer", "u32"], result: "i32" },
    });
    return opened = symbols.renameat2 as RenameAt;
  } catch {
    return opened = null; // whatever kept it away, looking and renaming does the same work
  }
}
