/** Ends what stands still. The clock runs only while somebody waits for the other side, so a slow disk on ours is not held against it. */
import { interruption, unreachable } from "./network_failure.ts";

export class IdleTimer {
  readonly #controller = new AbortController();
  readonly #onAbort: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

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

  /** From now on, `milliseconds` may pass until `rest` or the next `expect`. */
  expect(milliseconds: number): void {
    this.rest();
    this.#timer = setTimeout(() => {
      const words = `nothing moved for ${Math.round(milliseconds / 1000)} s`;
      this.#controller.abort(unreachable(this.url.host, "silent", words));
    }, milliseconds);
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
 * @param release called once, when the stream has ended in any way.
 */
export function timedBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  timer: IdleTimer,
  milliseconds: number,
  broken: (error: unknown) => unknown,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const onAbort = () => void reader.cancel(timer.signal.reason).catch(() => {}); // the pending read tells
  timer.signal.addEventListener("abort", onAbort, { once: true });
  const end = () => {
    timer.signal.removeEventListener("abort", onAbort);
    timer.end();
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        timer.expect(milliseconds);
        const { done, value } = await reader.read();
        timer.rest();
        if (timer.signal.aborted) throw timer.signal.reason;
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(timer.signal.aborted ? timer.signal.reason : broken(error));
      }
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
