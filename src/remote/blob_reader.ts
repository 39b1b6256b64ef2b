/**
 * One blob on its way down: verified in the stream, and continued with a Range request when the connection breaks in the middle (rule
 * R15). Bytes that were handed on are never asked for again, unless the server cannot do ranges; then they are read and dropped.
 */
import { Verifier } from "../base/bytes.ts";
import { isFailure } from "../base/failure.ts";
import type { Blob, TransferOptions } from "../bundle/content.ts";
import { discard, type HttpResponse } from "../http/message.ts";
import { unreachable } from "../http/network_failure.ts";
import type { Exchange } from "./exchange.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A try that brought at least so many bytes does not count as failed: a bad line may break a 10 GB download many times. */
const PROGRESS = 1024 * 1024;
/** What was written a moment ago may not be seen everywhere yet (rule R29): so many looks, so far apart (ms). */
const LOOKS = 4;
const LOOK_PAUSE = 300;

export class BlobReader {
  readonly #check: Verifier;
  #body: ReadableStreamDefaultReader<Bytes> | null = null;
  #received = 0;
  /** Bytes of the present body that were received before. */
  #skip = 0;
  #attempt = 1;
  #attemptBegan = 0;

  constructor(readonly exchange: Exchange, readonly blob: Blob, readonly wasWritten: boolean, readonly options: TransferOptions) {
    this.#check = new Verifier(blob, `the blob ${blob.digest} from ${exchange.options.host}`);
  }

  /** Resolves when the registry has said yes. @throws Failure("not-found") */
  async open(): Promise<ReadableStream<Bytes>> {
    await this.#request();
    return new ReadableStream({
      pull: async (controller) => {
        const piece = await this.#next();
        if (piece === null) controller.close();
        else controller.enqueue(piece);
      },
      cancel: (reason) => this.#body?.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** null at the verified end. */
  async #next(): Promise<Bytes | null> {
    for (;;) {
      try {
        const { done, value } = await this.#body!.read();
        if (!done) {
          const fresh = this.#fresh(value);
          if (fresh.byteLength > 0) return fresh;
        } else if (this.#received >= this.blob.size) {
          this.#check.finish();
          return null;
        } else {
          const words = `it ended the body after ${this.#received} of ${this.blob.size} bytes`;
          throw unreachable(this.exchange.options.origin.host, "broken", words);
        }
      } catch (error) {
        await this.#resume(error);
      }
    }
  }

  #fresh(piece: Bytes): Bytes {
    const dropped = Math.min(this.#skip, piece.byteLength);
    this.#skip -= dropped;
    const fresh = piece.subarray(dropped);
    if (fresh.byteLength === 0) return fresh;
    this.#check.update(fresh);
    this.#received += fresh.byteLength;
    this.options.onBytes?.(fresh.byteLength);
    return fresh;
  }

  /** @throws the error again, when going on makes no sense. */
  async #resume(error: unknown): Promise<void> {
    await this.#body?.cancel().catch(() => {}); // it may be what broke
    if (isFailure(error, "corrupt")) throw error;
    if (this.#received - this.#attemptBegan >= PROGRESS) this.#attempt = 1;
    if (!await this.exchange.pause(this.#attempt++, error, this.options.signal)) throw error;
    this.#attemptBegan = this.#received;
    await this.#request();
  }

  async #request(): Promise<void> {
    let response = await this.#get(this.#received);
    // A multipart answer, or one that begins elsewhere, is of no use: ask for all of it.
    if (response.status === 206 && !this.#continues(response)) {
      await discard(response);
      response = await this.#get(0);
    }
    this.#skip = response.status === 206 ? 0 : this.#received;
    this.#body = response.body?.getReader() ?? new ReadableStream<Bytes>({ start: (controller) => controller.close() }).getReader();
  }

  async #get(from: number): Promise<HttpResponse> {
    const headers: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
    for (let look = 1;; look++) {
      try {
        return await this.exchange.ask({
          operation: `read the blob ${this.blob.digest}`,
          access: "pull",
          method: "GET",
          at: `blobs/${this.blob.digest}`,
          headers,
          signal: this.options.signal,
        });
      } catch (error) {
        if (!this.wasWritten || look === LOOKS || !isFailure(error, "not-found")) throw error;
        const { clock } = this.exchange.options.gate;
        await clock.sleep(LOOK_PAUSE * look, this.options.signal, this.exchange.options.origin);
      }
    }
  }

  #continues(response: HttpResponse): boolean {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
    return range !== null && Number(range[1]) === this.#received;
  }
}
