/**
 * Names whose bytes are no UTF-8. The runtime has texts for names: it lists such a one with U+FFFD for what it cannot read, or, before version
 * 2.9, not at all, and finds no file of either. The C library (`getdents64`) tells the bytes, so that a person can be told the name.
 */
import { CLOSE_ON_EXEC, openCLibrary, READ_ONLY } from "./c_library.ts";

export interface OddName {
  /** As the runtime lists it: with U+FFFD for each piece that is no UTF-8. */
  readonly name: string;
  /** As bash takes it between $' and ': "caf\xe9.csv". */
  readonly escaped: string;
  readonly kind: Pick<Deno.DirEntry, "isFile" | "isDirectory" | "isSymlink">;
}

const NO_WAITING = 0o4000; // whatever stands there by now
const BUFFER_BYTES = 65_536n; // some 1,500 names a call
const NAME_AT = 19; // struct linux_dirent64: inode 8, offset 8, length of the record 2, type 1, name
const FILE = 8, DIRECTORY = 4, LINK = 10;

let opened: ReturnType<typeof open> | undefined;

/** In the order of the folder; none where the C library cannot be asked, or the folder not be read. 50 µs for 100 names. */
export function oddNamesIn(folder: string): OddName[] {
  if (opened === undefined) opened = open();
  if (opened === null) return [];
  const { library, buffer } = opened;
  const descriptor = library.open(new TextEncoder().encode(`${folder}\0`), READ_ONLY | NO_WAITING | CLOSE_ON_EXEC);
  if (descriptor < 0) return [];
  const odd: OddName[] = [];
  try {
    for (;;) {
      const end = Number(library.getdents64(descriptor, buffer, BUFFER_BYTES));
      if (end <= 0) return odd;
      for (let at = 0; at < end; at += buffer[at + 16]! | buffer[at + 17]! << 8) {
        const name = nameAt(buffer, at + NAME_AT);
        if (name !== null) odd.push({ ...name, kind: kindOf(buffer[at + 18]!) });
      }
    }
  } finally {
    library.close(descriptor);
  }
}

/** Whether the runtime lists them at all. */
export function listsOddNames(version = Deno.version.deno): boolean {
  const [major, minor] = version.split(".").map(Number);
  return major! > 2 || (major === 2 && minor! >= 9);
}

/** null when it is a text. */
function nameAt(buffer: Uint8Array<ArrayBuffer>, start: number): Pick<OddName, "name" | "escaped"> | null {
  let end = start;
  let plain = true;
  for (; buffer[end] !== 0; end++) plain &&= buffer[end]! < 0x80;
  if (plain) return null;
  const bytes = buffer.subarray(start, end);
  const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  if (!name.includes("\ufffd") || sameBytes(new TextEncoder().encode(name), bytes)) return null;
  return { name, escaped: escaped(bytes) };
}

function escaped(bytes: Uint8Array): string {
  const letter = (byte: number) =>
    byte < 0x20 || byte >= 0x7f || byte === 0x27 || byte === 0x5c ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte);
  return Array.from(bytes, letter).join("");
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}

function kindOf(type: number): OddName["kind"] {
  return { isFile: type === FILE, isDirectory: type === DIRECTORY, isSymlink: type === LINK };
}

/** glibc has it since 2.30. */
function open() {
  const library = openCLibrary({
    open: { parameters: ["buffer", "i32"], result: "i32" },
    getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });
  return library === null ? null : { library, buffer: new Uint8Array(Number(BUFFER_BYTES)) };
}
