/** Ends what stands still. The clock runs only while somebody waits for the other side, so a slow disk on ours is not held against it. */
import { filledStream, lending, WORTH_LENDING } from "../base/pieces.ts";
import type { Bytes } from "./message.ts";
import { interruption, unreachable } from "./network_failure.ts";

export class IdleTimer {
  readonly #controller = new AbortController();
  readonly #onAbort: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When something moved for the last time. */
  #moved = 0;

  /** @param outer an outer signal ends the same work; its reason becomes a Failure. */
  constructor(readonly url: URL, readonly outer: AbortSignal | undefined) {
    this.#onAbort = () => this.#controller.abort(interruption(outer!.reason, url));
    if (outer?.aborted) this.#onAbort();
    else outer?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Aborted with a Failure as its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on, `milliseconds` may pass until `moved`, `rest` or the next `expect`. */
  expect(milliseconds: number): void {
    this.rest();
    this.moved();
    this.#wait(milliseconds, milliseconds);
  }

  /** Something has: the time begins anew. Cheaper than `expect`, for those who say it thousands of times a second. */
  moved(): void {
    this.#moved = performance.now();
  }

  #wait(left: number, milliseconds: number): void {
    this.#timer = setTimeout(() => {
      const more = milliseconds - (performance.now() - this.#moved);
      if (more > 1) return this.#wait(more, milliseconds);
      const words = `nothing moved for ${Math.round(milliseconds / 1000)} s`;
      this.#controller.abort(unreachable(this.url.host, "silent", words));
    }, left);
  }

  /** Nobody waits. */
  rest(): void {
    clearTimeout(this.#timer);
  }

  end(): void {
    this.rest();
    this.outer?.removeEventListener("abort", this.#onAbort);
  }
}

/**
 * The same bytes; each read may take `milliseconds`. Ends the timer with the stream. A break becomes a Failure.
 * @param size as far as known; a small body is not worth buffers of its own
 */
export function timedBody(
  body: ReadableStream<Bytes>,
  timer: IdleTimer,
  milliseconds: number,
  broken: (error: unknown) => unknown,
  size: number,
): ReadableStream<Bytes> {
  if (size > WORTH_LENDING) {
    const lender = lending(body);
    const timed = timing(timer, milliseconds, broken, (reason) => lender.cancel(reason));
    return filledStream({ fill: (view) => timed.read(() => lender.fill(view), (piece) => piece.byteLength === 0), cancel: timed.cancel });
  }
  const reader = body.getReader();
  const timed = timing(timer, milliseconds, broken, (reason) => reader.cancel(reason));
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await timed.read(() => reader.read(), ({ done }) => done);
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: timed.cancel,
  }, { highWaterMark: 0 });
}

function timing(timer: IdleTimer, milliseconds: number, broken: (error: unknown) => unknown, stop: (reason: unknown) => Promise<void>) {
  const onAbort = () => void stop(timer.signal.reason).catch(() => {}); // the pending read tells
  timer.signal.addEventListener("abort", onAbort, { once: true });
  const end = () => {
    timer.signal.removeEventListener("abort", onAbort);
    timer.end();
  };
  return {
    async read<T>(read: () => Promise<T>, isEnd: (result: T) => boolean): Promise<T> {
      try {
        timer.expect(milliseconds);
        const result = await read();
        timer.rest();
        if (timer.signal.aborted) throw timer.signal.reason;
        if (isEnd(result)) end();
        return result;
      } catch (error) {
        end();
        throw timer.signal.aborted ? timer.signal.reason : broken(error);
      }
    },
    async cancel(reason: unknown): Promise<void> {
      end();
      await stop(reason);
    },
  };
}
