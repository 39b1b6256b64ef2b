/**
 * A limit on bytes a second, for everything that this process sends and gets, together. Whoever moves bytes says how many, and waits
 * until it is their turn: over any span of time no more move than the rate allows for it, and one burst.
 */

export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number;
  /** Ends early, by throwing the signal's reason, when it is aborted. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** What may move at once after a pause, as time at the full rate (ms). */
const BURST = 250;
/** Pieces are cut to what moves in this time, or a slow rate would come in jolts (ms). */
const PIECE_TIME = 125;
const [SMALLEST_PIECE, LARGEST_PIECE] = [1024, 256 * 1024]; // bytes

export class Bandwidth {
  /** From this moment on the next bytes may move. */
  #free = -Infinity;

  /** @param rate bytes a second */
  constructor(readonly rate: number, readonly clock: Clock = REAL_CLOCK) {}

  /** Bytes at most that should be asked for at once. */
  get piece(): number {
    return Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, Math.floor(this.rate * PIECE_TIME / 1000)));
  }

  /** Resolves when so many bytes may move. Turns are taken in the order of the calls. */
  async take(count: number, signal?: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const mine = Math.max(this.#free, now - BURST);
    this.#free = mine + count / this.rate * 1000;
    const wait = this.#free - now;
    if (wait > 0) await this.clock.sleep(wait, signal);
    else signal?.throwIfAborted();
  }

  /**
   * The same bytes, in smaller pieces, each after its turn. An aborted signal breaks it off.
   * @param broken what the stream fails with, from what was thrown
   */
  pace(stream: ReadableStream<Bytes>, signal?: AbortSignal, broken = (error: unknown): unknown => error): ReadableStream<Bytes> {
    const reader = stream.getReader();
    let rest: Bytes | null = null;
    return new ReadableStream({
      pull: async (controller) => {
        try {
          if (rest === null || rest.byteLength === 0) {
            const { done, value } = await reader.read();
            if (done) return controller.close();
            rest = value;
          }
          const piece: Bytes = rest.subarray(0, this.piece);
          await this.take(piece.byteLength, signal);
          rest = rest.subarray(piece.byteLength);
          controller.enqueue(piece);
        } catch (error) {
          void reader.cancel(error).catch(() => {}); // it may be what broke
          controller.error(broken(error));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** Bytes in memory as such a stream. */
  paceBytes(bytes: Bytes, signal?: AbortSignal): ReadableStream<Bytes> {
    return this.pace(
      new ReadableStream({
        start(controller) {
          if (bytes.byteLength > 0) controller.enqueue(bytes);
          controller.close();
        },
      }),
      signal,
    );
  }
}

const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};
