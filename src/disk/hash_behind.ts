/**
 * Hashing files while they are written, on threads of their own: whoever writes says how far the file is right, and a thread reads that
 * much of it, which the system still has in memory, and hashes it. So the digest is that of the bytes that lie in the file, and the
 * thread that receives does nothing else. How a thread gets its program: `hash_worker.ts`.
 */
import { type Digest, parseDigest } from "../base/digest.ts";
import { diskFailure } from "./disk_failure.ts";

/** A file that is hashed behind its writer. */
export interface HashedBehind {
  /** So many bytes of it, from its start, are there and stay as they are. */
  upTo(size: number): void;
  /** The digest of what was said to be there, and how much of it there was. @throws Failure of the disk */
  end(): Promise<{ readonly digest: Digest; readonly size: number }>;
  /** Nobody wants to know any more. Has no effect after `end`. */
  leave(): void;
}

interface Order {
  readonly file: number;
  readonly path: string;
  /** null: the file is left as it is. */
  readonly upTo: number | null;
  readonly isLast: boolean;
}

interface Answer {
  readonly file: number;
  readonly hex: string;
  readonly size: number;
  readonly error?: { readonly message: string; readonly code: unknown };
}

/** How far the writer runs ahead before a thread is told (bytes): little enough to lie in memory, and in part in the processor's cache. */
const STEP = 4 * 1024 * 1024;
/** Two read, hash and receive what two processors can; more processors are kept busy by more files. */
const MOST_THREADS = 2;

/** Threads that are started when a file is there for them, and ended together. */
export class HashThreads implements Disposable {
  readonly #threads: Thread[] = [];
  #files = 0;

  /** @param path of a file that is there already */
  follow(path: string): HashedBehind {
    const file = this.#files++;
    if (this.#threads.length < MOST_THREADS && this.#threads.every(({ waiting }) => waiting.size > 0)) this.#threads.push(new Thread());
    const thread = this.#threads.reduce((one, other) => other.waiting.size < one.waiting.size ? other : one);
    const answer = thread.expect(file);
    answer.catch(() => {}); // met by `end`, where anybody waits for it
    let told = 0;
    let known = 0;
    return {
      upTo(size) {
        known = size;
        if (known - told < STEP) return;
        told = known;
        thread.order({ file, path, upTo: told, isLast: false });
      },
      async end() {
        thread.order({ file, path, upTo: known, isLast: true });
        const { error, hex, size } = await answer;
        if (error !== undefined) throw diskFailure(Object.assign(new Error(error.message), { code: error.code }), "read", path);
        return { digest: parseDigest(`sha256:${hex}`), size };
      },
      leave: () => thread.leave(file, path),
    };
  }

  [Symbol.dispose](): void {
    for (const thread of this.#threads.splice(0)) thread.end();
  }
}

class Thread {
  readonly waiting = new Map<number, PromiseWithResolvers<Answer>>();
  readonly #worker: Worker;

  constructor() {
    const url = `data:text/javascript,${encodeURIComponent(`(${hashingBehind.toString()})();`)}`;
    this.#worker = new Worker(url, { type: "module", name: "hashing" });
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      this.waiting.get(data.file)?.resolve(data);
      this.waiting.delete(data.file);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#stop(new Error(`the hashing thread stopped: ${event.message}`));
    };
  }

  expect(file: number): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    this.waiting.set(file, answer);
    return answer.promise;
  }

  order(order: Order): void {
    this.#worker.postMessage(order);
  }

  leave(file: number, path: string): void {
    const answer = this.waiting.get(file);
    if (answer === undefined) return;
    this.waiting.delete(file);
    answer.reject(new DOMException("nobody waits for the digest", "AbortError"));
    this.order({ file, path, upTo: null, isLast: true });
  }

  end(): void {
    this.#worker.terminate();
    this.#stop(new DOMException("the worker was stopped", "AbortError"));
  }

  #stop(error: Error): void {
    for (const answer of this.waiting.values()) answer.reject(error);
    this.waiting.clear();
  }
}

/** Runs in the worker. Uses nothing from outside itself: only its text travels. */
function hashingBehind(): void {
  const thread = self as unknown as Pick<Worker, "postMessage" | "onmessage">;
  const buffer = new Uint8Array(256 << 10); // stays in the processor's cache
  // deno-lint-ignore no-explicit-any -- the types of node:crypto cannot travel with the text
  type Opened = { readonly open: Deno.FsFile; readonly hash: any; size: number };
  const files = new Map<number, Opened>();
  const loading = import("node:crypto");
  thread.onmessage = async ({ data: { file, path, upTo, isLast } }: MessageEvent<Order>) => {
    const { createHash } = await loading; // in the order of the orders, since it is one promise
    let opened = files.get(file);
    try {
      if (opened === undefined && upTo !== null) {
        opened = { open: Deno.openSync(path, { read: true }), hash: createHash("sha256"), size: 0 };
        files.set(file, opened);
      }
      while (opened !== undefined && opened.size < (upTo ?? 0)) {
        const count = opened.open.readSync(buffer.subarray(0, Math.min(buffer.length, upTo! - opened.size)));
        if (count === null) break; // somebody has cut it: the size tells
        opened.hash.update(buffer.subarray(0, count));
        opened.size += count;
      }
      if (isLast && upTo !== null) thread.postMessage({ file, hex: opened!.hash.digest("hex"), size: opened!.size });
    } catch (error) {
      const { message, code } = error as { message: string; code?: unknown };
      thread.postMessage({ file, hex: "", size: 0, error: { message, code } });
      isLast = true;
    }
    if (isLast && opened !== undefined) {
      files.delete(file);
      opened.open.close();
    }
  };
}
