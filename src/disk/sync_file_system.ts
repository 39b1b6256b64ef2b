/**
 * One call that makes all that was written to a file system durable: syncfs(2), which the runtime does not offer and the C library does. For
 * thousands of small files it replaces as many fsyncs; it also waits for what others wrote, so few files are synced one by one.
 */
import { act } from "../base/effect.ts";
import { CLOSE_ON_EXEC, openCLibrary, READ_ONLY } from "./c_library.ts";

/** From so many files on it is worth it. */
export const MANY_FILES = 64;

let opened: ReturnType<typeof open> | undefined;

/** The file system that `folder` lies on. false: cannot be done here, and nothing was synced. */
export function syncFileSystem(folder: string): boolean {
  return act({ kind: "sync-all", on: folder }, () => {
    if (opened === undefined) opened = open();
    const library = opened;
    if (library === null) return false;
    const descriptor = library.open(new TextEncoder().encode(`${folder}\0`), READ_ONLY | CLOSE_ON_EXEC);
    if (descriptor < 0) return false;
    try {
      return library.syncfs(descriptor) === 0;
    } finally {
      library.close(descriptor);
    }
  });
}

function open() {
  return openCLibrary({
    open: { parameters: ["buffer", "i32"], result: "i32" },
    syncfs: { parameters: ["i32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });
}
