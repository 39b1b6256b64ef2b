/**
 * lstat of a hundred thousand files of one folder, in columns: on Linux by the C library's `statx`, relative to the open folder, with
 * names where they lie. Whatever is not answered that way (any error, a time before 1970, few files, another system) is `UNASKED`, and Deno
 * is to be asked, so that errors are Deno's.
 */
import type { PathList } from "../base/path_list.ts";
import { CLOSE_ON_EXEC, openCLibrary, READ_ONLY } from "./c_library.ts";
import { DIRECTORY, emptyLooks, FILE, LINK, type Looks, OTHER } from "./looks.ts";
import { AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS } from "./quick_look.ts";

const WORTH_OPENING = 2000; // files; the library takes 2 to 3 ms to open
const LOOKS_PER_TURN = 20_000; // some 40 ms: then progress and Ctrl-C get their turn
const HIGH = 2 ** 32;

/** @param turn is called now and then; what it throws ends the looking. */
export async function lookAtAll(folder: string, list: PathList, turn: () => void): Promise<Looks> {
  const { length } = list; // asking for it a hundred thousand times takes 20 ms
  const looks = emptyLooks(length);
  const library = length < WORTH_OPENING ? null : openCLibrary({
    open: { parameters: ["buffer", "i32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
    statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  });
  const directory = library?.open(new TextEncoder().encode(`${folder}\0`), READ_ONLY | CLOSE_ON_EXEC) ?? -1;
  if (library === null || directory < 0) return looks;
  const lookAt = looker(library.statx, directory, list, looks);
  try {
    for (let index = 0; index < length; index++) {
      if (index % LOOKS_PER_TURN === LOOKS_PER_TURN - 1) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        turn();
      }
      lookAt(index);
    }
    return looks;
  } finally {
    library.close(directory);
  }
}

type Bytes = Uint8Array<ArrayBuffer>;
type Statx = (directory: number, name: Bytes, flags: number, mask: number, answer: Bytes) => number;

function looker(statx: Statx, directory: number, { bytes, ends }: PathList, looks: Looks): (index: number) => void {
  const { kinds, executable, sizes, modified, changed, inodes } = looks;
  const names = bytes.slice();
  for (let index = 0; index < ends.length; index++) names[ends[index]!] = 0;
  // struct statx is the same on all processors: mode at byte 28, inode 32, size 40, ctime 96, mtime 112 (seconds, then nanoseconds)
  const answer = new Uint8Array(256);
  const [halves, words, signed] = [new Uint16Array(answer.buffer), new Uint32Array(answer.buffer), new Int32Array(answer.buffer)];
  let start = 0;
  return (index) => {
    const name = names.subarray(start);
    start = ends[index]! + 1;
    if (statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, answer) !== 0 || signed[29]! < 0) return;
    const mode = halves[14]!;
    const type = mode & 0o170000;
    kinds[index] = type === 0o100000 ? FILE : type === 0o120000 ? LINK : type === 0o040000 ? DIRECTORY : OTHER;
    executable[index] = (mode & 0o100) === 0 ? 0 : 1;
    inodes[index] = words[8]! + words[9]! * HIGH;
    sizes[index] = words[10]! + words[11]! * HIGH;
    changed[index] = (words[24]! + signed[25]! * HIGH) * 1000;
    modified[index] = (words[28]! + words[29]! * HIGH) * 1000 + Math.floor(words[30]! / 1e6);
  };
}
