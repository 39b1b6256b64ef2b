/**
 * Two kinds of rename(2) that lose nothing: one that never replaces, and one that exchanges two names. The runtime does not offer
 * `renameat2`, the C library does (glibc 2.28). Each closes the moment between looking and renaming; the first saves the look, too:
 * "nothing there" is an error to the runtime, dearer than a rename.
 */
import { act, type EffectKind } from "../base/effect.ts";
import { AT_FDCWD, openCLibrary } from "./c_library.ts";

const NO_REPLACE = 1;
const EXCHANGE = 2;
const LONGEST = 8192; // bytes of a path; PATH_MAX is 4,096

let opened: ReturnType<typeof open> | undefined;
const encoder = new TextEncoder();
const names = [new Uint8Array(LONGEST), new Uint8Array(LONGEST)] as const;

/**
 * false: not done, since something stands there, or since this system cannot do it, or for whatever `rename` will say. @throws what a hook
 * on effects throws, and nothing else
 */
export function renameNew(from: string, to: string): boolean {
  return renameat2("rename", from, to, NO_REPLACE);
}

/**
 * Each path has what the other had, in one step. false: not done, since one of them is gone, or since this system or file system (NFS) cannot
 * do it. @throws what a hook on effects throws, and nothing else
 */
export function exchange(one: string, other: string): boolean {
  return renameat2("exchange", one, other, EXCHANGE);
}

function renameat2(kind: EffectKind, from: string, to: string, flags: number): boolean {
  if (opened === undefined) opened = open();
  const library = opened;
  if (library === null || !write(from, names[0]) || !write(to, names[1])) return false;
  try {
    act({ kind, on: from, to }, () => {
      if (library.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], flags) !== 0) throw NOT_DONE;
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
