/**
 * One call that makes all that was written to a file system durable: syncfs(2), which the runtime does not offer and the C library does. For
 * thousands of small files it replaces as many fsyncs; it also waits for what others wrote, so few files are synced one by one.
 */
import { act } from "../base/effect.ts";

/** From so many files on it is worth it. */
export const MANY_FILES = 64;

const READ_ONLY = 0;
const CLOSE_ON_EXEC = 0o2000000;

/** The file system that `folder` lies on. false: cannot be done here, and nothing was synced. */
export function syncFileSystem(folder: string): boolean {
  return act({ kind: "sync-all", on: folder }, () => {
    const library = openLibrary();
    if (library === null) return false;
    const { open, syncfs, close } = library.symbols;
    const descriptor = open(new TextEncoder().encode(`${folder}\0`), READ_ONLY | CLOSE_ON_EXEC);
    if (descriptor < 0) return false;
    try {
      return syncfs(descriptor) === 0;
    } finally {
      close(descriptor);
    }
  });
}

/** null where there is none: another system, another C library, a runtime without the right to call it. */
function openLibrary() {
  if (Deno.build.os !== "linux") return null;
  try {
    return Deno.dlopen("libc.so.6", {
      open: { parameters: ["buffer", "i32"], result: "i32" },
      syncfs: { parameters: ["i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
    });
  } catch (error) {
    if (
      error instanceof Deno.errors.NotCapable || error instanceof TypeError ||
      error instanceof Error && /dlopen|library|symbol/i.test(error.message)
    ) {
      return null;
    }
    throw error;
  }
}
