/**
 * rename(2) that never replaces: `renameat2` with RENAME_NOREPLACE, which the runtime does not offer and the C library does (glibc 2.28). It
 * closes the moment between looking and renaming, and saves the look: "nothing there" is an error to the runtime, dearer than a rename.
 */
import { act } from "../base/effect.ts";
import { AT_FDCWD, openCLibrary } from "./c_library.ts";

const NO_REPLACE = 1;
const LONGEST = 8192; // bytes of a path; PATH_MAX is 4,096

let opened: ReturnType<typeof open> | undefined;
const encoder = new TextEncoder();
const names = [new Uint8Array(LONGEST), new Uint8Array(LONGEST)] as const;

/**
 * false: not done, since something stands there, or since this system cannot do it, or for whatever `rename` will say. @throws what a hook
 * on effects throws, and nothing else
 */
export function renameNew(from: string, to: string): boolean {
  if (opened === undefined) opened = open();
  const library = opened;
  if (library === null || !write(from, names[0]) || !write(to, names[1])) return false;
  try {
    act({ kind: "rename", on: from, to }, () => {
      if (library.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], NO_REPLACE) !== 0) throw NOT_DONE;
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

function open() {
  return openCLibrary({ renameat2: { parameters: ["i32", "buffer", "i32", "buffer", "u32"], result: "i32" } });
}
