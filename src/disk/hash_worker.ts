/**
 * Hashing big files on threads of their own. The worker's program is one self-contained function turned into text, so that it survives
 * bundling, minifying and compiling into one binary, where no second file can be loaded (and no blob: URL either: measured on Deno 2.6.10,
 * a data: URL works in all of them).
 */
import type { FileStamp } from "./file_stamp.ts";

/** One reading of a file: its digest in hex, and its stamps before and after. */
export interface Reading {
  readonly hex: string;
  readonly size: number;
  readonly before: FileStamp;
  readonly after: FileStamp;
}

export interface HashWorker {
  /** One file at a time. Errors carry the system's `code`. */
  read(path: string, onBytes: (count: number) => void): Promise<Reading>;
  close(): void;
}

interface Answer {
  readonly bytes?: number;
  readonly reading?: Reading;
  readonly error?: { readonly message: string; readonly code: unknown };
}

export function startHashWorker(): HashWorker {
  const source = `(${hashingThread.toString()})();`;
  const url = `data:text/javascript,${encodeURIComponent(source)}`;
  const worker = new Worker(url, { type: "module", name: "hashing" });
  let close = () => worker.terminate();
  return {
    read: (path, onBytes) =>
      new Promise((resolve, reject) => {
        close = () => {
          worker.terminate();
          reject(new DOMException("the worker was stopped", "AbortError"));
        };
        worker.onmessage = ({ data }: MessageEvent<Answer>) => {
          if (data.bytes !== undefined) onBytes(data.bytes);
          if (data.reading !== undefined) resolve(data.reading);
          if (data.error !== undefined) reject(Object.assign(new Error(data.error.message), { code: data.error.code }));
        };
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(`the hashing thread stopped: ${event.message}`));
        };
        worker.postMessage(path);
      }),
    close: () => close(),
  };
}

/** Runs in the worker. Uses nothing from outside itself: only its text travels. */
function hashingThread(): void {
  const stamp = (info: Deno.FileInfo) => ({
    size: info.size,
    modified: info.mtime ? info.mtime.getTime() : 0,
    changed: info.ctime ? info.ctime.getTime() : 0,
    inode: info.ino || 0,
  });
  const thread = self as unknown as Pick<Worker, "postMessage" | "onmessage">;
  const answer = (message: unknown) => thread.postMessage(message);
  const buffer = new Uint8Array(4 << 20);
  const told = 32 << 20;
  thread.onmessage = async (event: MessageEvent<string>) => {
    let file: Deno.FsFile | null = null;
    try {
      const { createHash } = await import("node:crypto");
      file = Deno.openSync(event.data, { read: true });
      const before = stamp(file.statSync());
      const hash = createHash("sha256");
      let size = 0;
      let untold = 0;
      for (let count = file.readSync(buffer); count !== null; count = file.readSync(buffer)) {
        hash.update(buffer.subarray(0, count));
        size += count;
        untold += count;
        if (untold >= told) {
          answer({ bytes: untold });
          untold = 0;
        }
      }
      answer({ bytes: untold });
      answer({ reading: { hex: hash.digest("hex"), size, before, after: stamp(file.statSync()) } });
    } catch (error) {
      answer({ error: { message: (error as Error).message, code: (error as { code?: unknown }).code } });
    } finally {
      if (file !== null) file.close();
    }
  };
}
