/**
 * Thousands of small files, read into one buffer or written out of one, on a thread beside this one: nearly all of that time is the system's,
 * file by file. The thread never says why something failed: it stops there, and whoever asked does the rest itself, and sees.
 * As for `hash_worker.ts`, the thread's program is one self-contained function turned into text.
 */
import type { Digest } from "../base/digest.ts";
import { isHooked } from "../base/effect.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A file, and where its bytes lie in the buffer. */
export interface SmallFile {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  readonly digest: Digest;
  /** Of a file that is written: less the umask. */
  readonly mode: number;
}

/** The buffer given back, and how many files were done, from the first on: where not all, the next one could not be. */
export interface DoneFiles {
  readonly bytes: Bytes;
  readonly done: number;
}

/** From so many files on a thread earns what it costs to start, some 40 ms. */
const WORTH = 4000;

/** null for a few files; and where effects are listened to, which another thread cannot tell. */
export function startSmallFilesThread(files: number): SmallFilesThread | null {
  return files < WORTH || isHooked() ? null : new SmallFilesThread();
}

interface Task {
  readonly write: boolean;
  readonly bytes: Bytes;
  readonly files: readonly SmallFile[];
}

export class SmallFilesThread implements Disposable {
  readonly #worker: Worker;
  /** Who waits for an answer, in the order of the questions, which is that of the answers. */
  readonly #waiting: { readonly resolve: (done: DoneFiles) => void; readonly reject: (error: unknown) => void }[] = [];

  constructor() {
    const url = `data:text/javascript,${encodeURIComponent(`(${smallFilesThread.toString()})();`)}`;
    this.#worker = new Worker(url, { type: "module", name: "small files" });
    this.#worker.onmessage = ({ data }: MessageEvent<DoneFiles>) => this.#waiting.shift()!.resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`the thread of small files stopped: ${event.message}`));
    };
  }

  /** Tasks that it has not done yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Reads each file to its place. Done is one of exactly that size and digest. @param into all of its buffer, which is gone until it is given back */
  read(into: Bytes, files: readonly SmallFile[]): Promise<DoneFiles> {
    return this.#ask({ write: false, bytes: into, files });
  }

  /** Makes each file, which must not exist, of bytes that have its digest. Of one that could not be written nothing is left. @param from as above */
  write(from: Bytes, files: readonly SmallFile[]): Promise<DoneFiles> {
    return this.#ask({ write: true, bytes: from, files });
  }

  /** To be called when nobody waits. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  #ask(task: Task): Promise<DoneFiles> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(task, [task.bytes.buffer]);
    });
  }
}

/** Runs in the worker. Uses nothing from outside itself: only its text travels. */
function smallFilesThread(): void {
  const thread = self as unknown as {
    onmessage: (event: MessageEvent<Task>) => void;
    postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  };
  thread.onmessage = async ({ data: { write, bytes, files } }) => {
    const { hash } = await import("node:crypto");
    let done = 0;
    try {
      for (const { path, offset, size, digest, mode } of files) {
        if (!write && !Deno.statSync(path).isFile) break; // a fifo would be waited for
        const own = write ? bytes.subarray(offset, offset + size) : Deno.readFileSync(path);
        if (own.byteLength !== size || `sha256:${hash("sha256", own, "hex")}` !== digest) break;
        if (write) writeWhole(path, own, mode);
        else bytes.set(own, offset);
        done++;
      }
    } catch (error) {
      if ((error as { code?: unknown }).code === undefined) throw error; // not the system's: nobody else would tell it
    }
    thread.postMessage({ bytes, done }, [bytes.buffer]);
  };
  function writeWhole(path: string, own: Bytes, mode: number): void {
    try {
      if (mode === 0o666) return Deno.writeFileSync(path, own, { createNew: true }); // given a mode, it sets it whatever the umask says
      const file = Deno.openSync(path, { write: true, createNew: true, mode });
      try {
        for (let done = 0; done < own.byteLength;) done += file.writeSync(own.subarray(done));
      } finally {
        file.close();
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) removeHalf(path);
      throw error;
    }
  }
  function removeHalf(path: string): void {
    try {
      Deno.removeSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
