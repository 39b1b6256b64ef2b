/**
 * One blob, or a part of one, on its way down: continued with a Range request when the connection breaks in the middle (rule R15); a whole
 * one is verified in the stream. Bytes that were handed on are never asked for again, unless the server cannot do ranges; then they are
 * read and dropped.
 */
import { Verifier } from "../base/bytes.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { filledStream, type Lender, lending, PIECE, WORTH_LENDING } from "../base/pieces.ts";
import type { Blob, BlobPart, TransferOptions } from "../bundle/content.ts";
import { discard, type HttpResponse } from "../http/message.ts";
import { unreachable } from "../http/network_failure.ts";
import type { Exchange } from "./exchange.ts";
import { DAMAGED_HINT, refusedStatus } from "./remote_failure.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A try that brought at least so many bytes does not count as failed: a bad line may break a 10 GB download many times. */
const PROGRESS = 1024 * 1024;
/** What was written a moment ago may not be seen everywhere yet (rule R29): so many looks, so far apart (ms). */
const LOOKS = 4;
const LOOK_PAUSE = 300;

/** How servers refuse a range that they cannot give, beside 416. */
const NO_RANGES = [400, 500, 501];

export class BlobReader {
  /** null for a part, which has no digest. */
  readonly #check: Verifier | null;
  /** Where the part ends in the blob. */
  readonly #end: number;
  #body: Lender | null = null;
  /** The next byte of the blob that is wanted. */
  #at: number;
  /** Bytes of the present body that are not wanted: they were received before, or come before the part. */
  #skip = 0;
  /** Does the present body end where the part ends? One from a server that knows no ranges goes on to the end of the blob. */
  #isExact = true;
  #attempt = 1;
  #attemptBegan: number;

  /** @param part null for all of it, verified */
  constructor(
    readonly exchange: Exchange,
    readonly blob: Blob,
    part: BlobPart | null,
    readonly wasWritten: boolean,
    readonly options: TransferOptions,
  ) {
    this.#check = part === null ? new Verifier(blob, this.#what()) : null;
    this.#at = this.#attemptBegan = part?.offset ?? 0;
    this.#end = part === null ? blob.size : part.offset + part.length;
  }

  /** Resolves when the registry has said yes. @throws Failure("not-found") */
  async open(): Promise<ReadableStream<Bytes>> {
    await this.#request();
    const cancel = (reason: unknown) => this.#body?.cancel(reason);
    const length = this.#end - this.#at;
    if (length > WORTH_LENDING) return filledStream({ fill: (view) => this.#fill(view), cancel });
    return new ReadableStream({
      pull: async (controller) => {
        const piece = await this.#fill(new Uint8Array(length + 1));
        if (piece.byteLength === 0) controller.close();
        else controller.enqueue(piece);
      },
      cancel,
    }, { highWaterMark: 0 });
  }

  /** Empty at the verified end. */
  async #fill(view: Bytes): Promise<Bytes> {
    const { byteOffset, byteLength, buffer: { byteLength: whole } } = view;
    for (;;) {
      try {
        if (!this.#isExact && this.#at === this.#end) { // the rest of the body is of no use
          await this.#body!.cancel(undefined).catch(() => {}); // it may break while it ends
          return view.subarray(0, 0);
        }
        await this.#passOver();
        const filled = await this.#body!.fill(view);
        if (filled.byteLength > 0) {
          return this.#fresh(filled);
        } else if (this.#at >= this.#end) {
          this.#check?.finish();
          return filled;
        } else {
          const words = `it ended the body after ${this.#at} of ${this.blob.size} bytes`;
          throw unreachable(this.exchange.options.origin.host, "broken", words);
        }
      } catch (error) {
        await this.#resume(error);
        view = new Uint8Array(new ArrayBuffer(whole), byteOffset, byteLength); // the one that was lent went down with the line
      }
    }
  }

  /** Reads what is not wanted, in large pieces, however small the part is that follows. */
  async #passOver(): Promise<void> {
    let buffer = new ArrayBuffer(Math.min(PIECE, this.#skip));
    while (this.#skip > 0) {
      const filled = await this.#body!.fill(new Uint8Array(buffer, 0, Math.min(buffer.byteLength, this.#skip)));
      if (filled.byteLength === 0) return; // the end came too early, and the next one to read will see it
      this.#skip -= filled.byteLength;
      buffer = filled.buffer;
    }
  }

  /** What of it belongs to the part. */
  #fresh(piece: Bytes): Bytes {
    let fresh = piece;
    this.#check?.update(fresh);
    if (this.#at + fresh.byteLength > this.#end) {
      if (this.#isExact) throw this.#corrupt(`it sends more than the ${this.#end - this.#at} bytes that were asked for`);
      fresh = fresh.subarray(0, this.#end - this.#at);
    }
    this.#at += fresh.byteLength;
    this.options.onBytes?.(fresh.byteLength);
    return fresh;
  }

  /** @throws the error again, when going on makes no sense. */
  async #resume(error: unknown): Promise<void> {
    await this.#body?.cancel(error).catch(() => {}); // it may be what broke
    if (isFailure(error, "corrupt")) throw error;
    if (this.#at - this.#attemptBegan >= PROGRESS) this.#attempt = 1;
    if (!await this.exchange.pause(this.#attempt++, error, this.options.signal)) throw error;
    this.#attemptBegan = this.#at;
    await this.#request();
  }

  async #request(): Promise<void> {
    let response = await this.#get(this.#at > 0 || this.#end < this.blob.size);
    // A multipart answer, or one that begins elsewhere, is of no use: ask for all of it.
    if (response.status === 206 && !this.#continues(response)) {
      await discard(response);
      response = await this.#get(false);
    }
    const isPart = response.status === 206;
    this.#skip = isPart ? 0 : this.#at;
    this.#isExact = isPart || this.#end === this.blob.size;
    this.#body = lending(response.body ?? new ReadableStream<Bytes>({ start: (controller) => controller.close() }));
    if (this.#check !== null) return; // a digest says more
    const length = isPart ? totalOf(response) : lengthOf(response);
    if (length === null || length === this.blob.size) return;
    await this.#body.cancel(undefined).catch(() => {}); // it may have ended
    throw this.#corrupt(`it has ${length} bytes instead of ${this.blob.size}`);
  }

  async #get(range: boolean): Promise<HttpResponse> {
    const last = this.#end === this.blob.size ? "" : this.#end - 1;
    const headers: Record<string, string> = range ? { range: `bytes=${this.#at}-${last}` } : {};
    for (let look = 1;; look++) {
      try {
        return await this.exchange.ask({
          operation: `read the blob ${this.blob.digest}`,
          access: "pull",
          method: "GET",
          at: `blobs/${this.blob.digest}`,
          headers,
          expects: this.#end - this.#at,
          signal: this.options.signal,
        });
      } catch (error) {
        const status = refusedStatus(error) ?? 0;
        if (range && status === 416) throw this.#corrupt(`it has no byte ${this.#at}`);
        if (range && NO_RANGES.includes(status)) return await this.#get(false);
        if (!this.wasWritten || look === LOOKS || !isFailure(error, "not-found")) throw error;
        const { clock } = this.exchange.options.gate;
        await clock.sleep(LOOK_PAUSE * look, this.options.signal, this.exchange.options.origin);
      }
    }
  }

  #continues(response: HttpResponse): boolean {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
    return range !== null && Number(range[1]) === this.#at;
  }

  #what(): string {
    return `the blob ${this.blob.digest} from ${this.exchange.options.host}`;
  }

  #corrupt(how: string): Failure {
    return new Failure("corrupt", `${this.#what()} is corrupt: ${how}`, {
      hint: DAMAGED_HINT,
      facts: { digest: this.blob.digest },
    });
  }
}

function totalOf(response: HttpResponse): number | null {
  const total = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  return total === null ? null : Number(total[1]);
}

function lengthOf(response: HttpResponse): number | null {
  const length = response.headers.get("content-length");
  return length === null ? null : Number(length);
}
