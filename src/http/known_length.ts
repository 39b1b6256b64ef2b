/**
 * A streamed request body with a Content-Length, over a connection of its own. `fetch` drops that header and sends chunks of unknown
 * number, which object stores and some registries refuse. The runtime's node:http keeps it, but ends the whole program with a rejection
 * that nobody can catch when a server hangs up in the middle of a body, and cannot use a proxy for https (seen with 2.6).
 */
import { PIECE, type Pieces, piecesOf } from "../base/pieces.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { close, connect, type Connection, type ConversationOptions, reading, requestHead, writeAll } from "./connect.ts";
import { IdleTimer } from "./idle_timer.ts";
import type { Bytes, HttpRequest, HttpResponse, StreamedBody } from "./message.ts";
import { networkFailure } from "./network_failure.ts";

/** What a server may take to digest the body before it answers: some read back what they were given (bytes a millisecond). */
const DIGESTING = 20_000;
/** After a broken line, how long the words that were said before it may take to be read (ms). */
const LAST_WORDS = 500;

/**
 * Sends exactly `body.size` bytes; the stream is cancelled when the server answers before it has all of them.
 * @throws Failure("unreachable" | "interrupted"), and whatever the stream itself fails with.
 */
export async function sendKnownLength(request: HttpRequest, body: StreamedBody, options: ConversationOptions): Promise<HttpResponse> {
  const { url } = request;
  const timer = new IdleTimer(url, request.signal);
  const source = piecesOf(body.stream, PIECE, 2);
  let connection: Connection | null = null;
  const onAbort = () => {
    if (connection !== null) close(connection);
    void source.cancel(timer.signal.reason).catch(() => {}); // ends a pending read; if the source broke, the read tells
  };
  timer.signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (timer.signal.aborted) throw timer.signal.reason;
    timer.expect(options.connectMilliseconds);
    connection = await connect(url, { ...options, signal: timer.signal });
    timer.expect(options.idleMilliseconds);
    const { status, headers, body: words } = await converse(
      connection,
      requestHead(request, options.proxy, { "content-length": String(body.size) }),
      source,
      timer,
      body.size,
      options,
    );
    return { url, status, headers, body: new Blob([words]).stream() };
  } catch (error) {
    void source.cancel(error).catch(() => {}); // it may be what broke
    if (timer.signal.aborted) throw timer.signal.reason;
    throw error instanceof SourceBroke ? error.reason : networkFailure(error, url);
  } finally {
    timer.signal.removeEventListener("abort", onAbort);
    timer.end();
    if (connection !== null) close(connection);
  }
}

/** A failure of the body's own stream: it is the caller's, and passed on untouched. */
class SourceBroke {
  constructor(readonly reason: unknown) {}
}

async function converse(
  connection: Connection,
  head: Bytes,
  source: Pieces,
  timer: IdleTimer,
  size: number,
  { idleMilliseconds: idle }: ConversationOptions,
): Promise<Answer> {
  let isAnswered = false;
  const answer = readAnswer(reading(connection)).finally(() => isAnswered = true);
  answer.catch(() => {}); // met below, after the bytes
  const send = (bytes: Bytes): Promise<void> => {
    timer.expect(idle);
    const sending = writeAll(connection, bytes).finally(() => timer.rest());
    sending.catch(() => {}); // met where it is waited for
    return sending;
  };
  try {
    let sending = send(head);
    while (!isAnswered) {
      const piece = await next(source); // while the one before is on its way
      await sending;
      if (timer.signal.aborted) throw timer.signal.reason;
      if (piece === null) break;
      sending = send(piece);
    }
    await sending;
  } catch (error) {
    if (error instanceof SourceBroke || timer.signal.aborted) throw error;
    // A server that has heard enough says why, and hangs up.
    timer.expect(LAST_WORDS);
    return await answer.catch(() => Promise.reject(error));
  }
  if (isAnswered) void source.cancel(undefined).catch(() => {}); // nobody wants the rest
  timer.expect(idle + size / DIGESTING);
  return await answer;
}

async function next(source: Pieces): Promise<Bytes | null> {
  try {
    return await source.next();
  } catch (error) {
    throw new SourceBroke(error);
  }
}
