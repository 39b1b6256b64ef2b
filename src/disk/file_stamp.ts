/** What a file looks like from outside. Two equal stamps, the first one old enough: the file was not changed in between (D10). */
import { diskFailure, isAbsent } from "./disk_failure.ts";

export interface FileStamp {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970; Deno gives no finer time. */
  readonly modified: number;
  /** The same of the last change of content, mode or name count; Deno gives whole seconds. */
  readonly changed: number;
  /** 0 where the system has none. */
  readonly inode: number;
}

export function stampOf(info: Deno.FileInfo): FileStamp {
  return { size: info.size, modified: info.mtime?.getTime() ?? 0, changed: info.ctime?.getTime() ?? 0, inode: info.ino ?? 0 };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.modified === b.modified && a.changed === b.changed && a.inode === b.inode;
}

/** lstat, with null when nothing lies there. @throws Failure naming the path for everything else. */
export function lstatIfThere(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw diskFailure(error, "look at", path);
  }
}
