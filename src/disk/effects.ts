/**
 * Every change to the disk, as one function each: thin covers over the system's, which tell the hook of `base/effect.ts` first. The house
 * allows changing files in no other way, so that tests can stop or spoil any of them. Errors are the system's, unchanged; reading is
 * everybody's.
 */
import { dirname, join } from "node:path";
import { act, isHooked } from "../base/effect.ts";

/** A file that is open for writing. */
export class OpenFile implements Disposable {
  constructor(readonly path: string, readonly file: Deno.FsFile) {}

  /** All of them: the system may take less than it was given. */
  write(bytes: Uint8Array): void {
    act({ kind: "write", on: this.path, bytes }, () => {
      for (let done = 0; done < bytes.byteLength;) done += this.file.writeSync(bytes.subarray(done));
    });
  }

  /** The same on another thread: they must stay as they are until it is done. */
  writeLater(bytes: Uint8Array): Promise<void> {
    return act({ kind: "write", on: this.path, bytes }, async () => {
      for (let done = 0; done < bytes.byteLength;) done += await this.file.write(bytes.subarray(done));
    });
  }

  truncate(size: number): void {
    act({ kind: "truncate", on: this.path }, () => this.file.truncateSync(size));
  }

  sync(): void {
    act({ kind: "sync", on: this.path }, () => this.file.syncSync());
  }

  close(): void {
    this.file.close();
  }

  [Symbol.dispose](): void {
    this.file.close();
  }
}

/** A new file; there must be none of that name. `mode` less the umask. */
export function create(path: string, mode = 0o666): OpenFile {
  return open(path, { write: true, createNew: true, mode });
}

export function open(path: string, options: Deno.OpenOptions & { readonly write: true }): OpenFile {
  return act({ kind: "open", on: path }, () => new OpenFile(path, Deno.openSync(path, options)));
}

/** `mode` less the umask. */
export function writeNew(path: string, bytes: Uint8Array, mode = 0o666): void {
  // One call of the runtime's interface instead of three. Not for other modes: it would set them whatever the umask says.
  if (!isHooked() && mode === 0o666) return Deno.writeFileSync(path, bytes, { createNew: true });
  using file = create(path, mode);
  if (bytes.byteLength > 0) file.write(bytes);
}

export function rename(from: string, to: string): void {
  act({ kind: "rename", on: from, to }, () => Deno.renameSync(from, to));
}

export function link(from: string, to: string): void {
  act({ kind: "link", on: from, to }, () => Deno.linkSync(from, to));
}

export function symlink(text: string, path: string): void {
  act({ kind: "symlink", on: path }, () => Deno.symlinkSync(text, path));
}

/** A file, a link, or an empty folder. */
export function remove(path: string): void {
  act({ kind: "remove", on: path }, () => Deno.removeSync(path));
}

/** A folder with all that is in it; links are not followed. */
export function removeTree(path: string): void {
  if (!isHooked()) return Deno.removeSync(path, { recursive: true });
  if (Deno.lstatSync(path).isDirectory) {
    for (const { name } of [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1)) removeTree(join(path, name));
  }
  remove(path);
}

export function mkdir(path: string): void {
  act({ kind: "mkdir", on: path }, () => Deno.mkdirSync(path));
}

/** With what is missing above it; a folder that is there already is no error. */
export function mkdirAll(path: string): void {
  if (!isHooked()) return Deno.mkdirSync(path, { recursive: true });
  try {
    if (Deno.statSync(path).isDirectory) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    mkdirAll(dirname(path));
  }
  mkdir(path);
}

export function chmod(path: string, mode: number): void {
  act({ kind: "chmod", on: path }, () => Deno.chmodSync(path, mode));
}

/** Content and mode; a clone without further space where the file system can (btrfs, XFS). */
export function copy(from: string, to: string): void {
  act({ kind: "copy", on: from, to }, () => Deno.copyFileSync(from, to));
}

export function utime(path: string, accessed: Date, modified: Date): void {
  act({ kind: "utime", on: path }, () => Deno.utimeSync(path, accessed, modified));
}

/** fsync of what lies there, a file or a folder. */
export function sync(path: string): void {
  act({ kind: "sync", on: path }, () => {
    using file = Deno.openSync(path, { read: true });
    file.syncSync();
  });
}

/** The same without holding up this thread: several wait for the disk at once. */
export function syncLater(path: string): Promise<void> {
  return act({ kind: "sync", on: path }, async () => {
    using file = await Deno.open(path, { read: true });
    await file.sync();
  });
}
