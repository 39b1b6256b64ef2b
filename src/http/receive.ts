/**
 * A large answer over a connection of its own, read straight into the buffers of whoever wants it. `fetch` hands on what comes by TLS in
 * pieces of 16 KiB, each through queues of its own, and takes more than twice as long (decision 0009). What has no plain length (chunks,
 * a compression) is left to `fetch`.
 */
import { filledStream, GATHERING } from "../base/pieces.ts";
import { Inbox, readHead, readShortBody } from "./answer.ts";
import { close, connect, type Connection, type ConversationOptions, reading, requestHead, writeAll } from "./connect.ts";
import { IdleTimer } from "./idle_timer.ts";
import type { Bytes, HttpRequest, HttpResponse } from "./message.ts";
import { networkFailure } from "./network_failure.ts";

export interface ReceiveOptions extends ConversationOptions {
  /** For the head of the answer, once there is a connection. */
  readonly answerMilliseconds: number;
}

/**
 * Why it is left to `fetch`: the answer is one that only `fetch` can read, or no connection could be made, at once or for as long as one may
 * take. `fetch` knows more ways to make one, and says better what is wrong.
 */
export type ForFetch = "odd answer" | "no connection" | "silent connection";

/** @throws Failure("unreachable" | "interrupted") */
export async function receiveLarge(request: HttpRequest, options: ReceiveOptions): Promise<HttpResponse | ForFetch> {
  const { url } = request;
  const timer = new IdleTimer(url, request.signal);
  let connection: Connection | null = null;
  const end = () => {
    timer.signal.removeEventListener("abort", end);
    timer.end();
    if (connection !== null) close(connection);
  };
  timer.signal.addEventListener("abort", end, { once: true });
  try {
    if (timer.signal.aborted) throw timer.signal.reason;
    timer.expect(options.connectMilliseconds);
    connection = await connect(url, { ...options, signal: timer.signal }).catch(() => null);
    if (request.signal?.aborted) throw timer.signal.reason;
    if (connection === null) {
      const isSilent = timer.signal.aborted;
      end();
      return isSilent ? "silent connection" : "no connection";
    }
    timer.expect(options.answerMilliseconds);
    await writeAll(connection, requestHead(request, options.proxy));
    const inbox = new Inbox(reading(connection));
    const head = await readHead(inbox);
    if (head.status >= 200 && head.status < 300) {
      const length = plainLength(head.headers);
      timer.rest();
      if (length !== null) {
        const body = new Incoming(connection, inbox.rest(), length, timer, options.idleMilliseconds, end);
        return { url, ...head, body: filledStream({ fill: (view) => body.fill(view), cancel: end }) };
      }
      end();
      return "odd answer";
    }
    const words = await readShortBody(head, inbox);
    end();
    return { url, ...head, body: new Blob([words]).stream() };
  } catch (error) {
    end();
    throw timer.signal.aborted ? timer.signal.reason : networkFailure(error, url);
  }
}

/** null where the bytes that come are not simply those of the body. */
function plainLength(headers: Headers): number | null {
  const length = headers.get("content-length") ?? "";
  if (headers.has("transfer-encoding") || !/^\d{1,15}$/.test(length)) return null;
  return (headers.get("content-encoding") ?? "identity") === "identity" ? Number(length) : null;
}

class Incoming {
  #broken: { readonly error: unknown } | null = null;

  constructor(
    readonly connection: Connection,
    private early: Bytes,
    private left: number,
    readonly timer: IdleTimer,
    readonly idle: number,
    readonly end: () => void,
  ) {}

  /** What comes before a break is handed on before the break is told. Empty: the end. */
  async fill(view: Bytes): Promise<Bytes> {
    const room = view.subarray(0, Math.min(view.byteLength, this.left));
    const began = performance.now();
    let filled = 0;
    this.timer.expect(this.idle);
    try {
      while (this.#broken === null && filled < room.byteLength && (filled === 0 || performance.now() - began < GATHERING)) {
        filled += await this.#read(room.subarray(filled));
        this.timer.moved();
      }
    } catch (error) {
      this.#broken = { error };
    }
    this.timer.rest();
    this.left -= filled;
    if (this.#broken !== null && filled === 0) {
      this.end();
      const { error } = this.#broken;
      throw this.timer.signal.aborted ? this.timer.signal.reason : networkFailure(error, this.timer.url);
    }
    if (this.left === 0) this.end();
    return room.subarray(0, filled);
  }

  async #read(room: Bytes): Promise<number> {
    if (this.early.byteLength > 0) {
      const piece = this.early.subarray(0, room.byteLength);
      room.set(piece);
      this.early = this.early.subarray(piece.byteLength);
      return piece.byteLength;
    }
    const count = await this.connection.read(room);
    if (count === null) throw new Error("the connection was closed in the middle of a body");
    return count;
  }
}
