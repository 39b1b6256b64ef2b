/**
 * A streamed request body with a Content-Length. `fetch` drops that header and sends chunks of unknown number, which object stores and
 * some registries refuse; node:http keeps it. Plain-HTTP proxies are spoken to here; a tunnel through a proxy works on some versions of
 * the runtime only, so `canStream` says no to it, and the caller sends pieces from memory through `fetch`.
 */
import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { IdleTimer, timedBody } from "./idle_timer.ts";
import type { Bytes, HttpRequest, HttpResponse, StreamedBody } from "./message.ts";
import { networkFailure } from "./network_failure.ts";

export interface KnownLengthOptions {
  readonly proxy: URL | null;
  readonly agents: { readonly http: http.Agent; readonly https: https.Agent };
  readonly idleMilliseconds: number;
}

/** What a server may take to digest the body before it answers: some read back what they were given (bytes a millisecond). */
const DIGESTING = 20_000;

export function canStream(url: URL, proxy: URL | null): boolean {
  return proxy === null || (url.protocol === "http:" && proxy.protocol === "http:");
}

/**
 * Sends exactly `body.size` bytes; the stream is cancelled when the server answers before it has all of them.
 * @throws Failure("unreachable" | "interrupted"), and whatever the stream itself fails with.
 */
export async function sendKnownLength(request: HttpRequest, body: StreamedBody, options: KnownLengthOptions): Promise<HttpResponse> {
  const timer = new IdleTimer(request.url, request.signal);
  const outgoing = open(request, body, options);
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.once("error", reject);
    timer.signal.addEventListener("abort", () => reject(timer.signal.reason), { once: true });
  });
  let incoming: http.IncomingMessage | undefined;
  answer.then((message) => incoming = message, () => {}); // a failure is met below
  try {
    await pump(body, outgoing, timer, options.idleMilliseconds, () => incoming !== undefined);
    timer.expect(options.idleMilliseconds + body.size / DIGESTING);
    incoming = await answer;
    timer.rest();
  } catch (error) {
    timer.end();
    outgoing.destroy();
    if (error instanceof SourceBroke) throw error.reason;
    throw timer.signal.aborted ? timer.signal.reason : networkFailure(error, request.url);
  }
  return toResponse(incoming, outgoing, request.url, timer, options.idleMilliseconds);
}

function open(request: HttpRequest, body: StreamedBody, options: KnownLengthOptions): http.ClientRequest {
  const { url } = request;
  const headers: Record<string, string> = { ...request.headers, "content-length": String(body.size), host: url.host };
  if (options.proxy === null) {
    const common = { method: request.method, headers };
    return url.protocol === "https:"
      ? https.request(url, { ...common, agent: options.agents.https })
      : http.request(url, { ...common, agent: options.agents.http });
  }
  const { hostname, port, username, password } = options.proxy;
  if (username !== "") headers["proxy-authorization"] = `Basic ${btoa(decodeURIComponent(`${username}:${password}`))}`;
  const target = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80), path: url.href };
  return http.request({ ...target, method: request.method, headers, agent: options.agents.http });
}

/** A failure of the body's own stream: it is the caller's, and passed on untouched. */
class SourceBroke {
  constructor(readonly reason: unknown) {}
}

/** Returns early, with the source let go, when the server answers before it has everything. */
async function pump(
  body: StreamedBody,
  outgoing: http.ClientRequest,
  timer: IdleTimer,
  idle: number,
  isAnswered: () => boolean,
): Promise<void> {
  const reader = body.stream.getReader();
  let broken: { readonly error: unknown } | null = null;
  let wake = () => {};
  const onBreak = (error: unknown) => {
    broken ??= { error };
    wake();
    void reader.cancel(error).catch(() => {}); // ends a pending read; if it broke itself, the read tells
  };
  const onAbort = () => onBreak(timer.signal.reason);
  outgoing.once("error", onBreak);
  outgoing.on("drain", () => wake());
  outgoing.once("response", () => wake());
  timer.signal.addEventListener("abort", onAbort, { once: true });
  if (timer.signal.aborted) onAbort();
  const stopIfBroken = () => {
    if (broken !== null) throw broken.error;
  };
  try {
    for (;;) {
      stopIfBroken();
      if (isAnswered()) return void await reader.cancel();
      const step = await read(reader);
      stopIfBroken();
      if (step.done) break;
      if (outgoing.write(step.value)) continue;
      timer.expect(idle);
      await new Promise<void>((resolve) => wake = resolve);
      timer.rest();
    }
    outgoing.end();
  } finally {
    timer.signal.removeEventListener("abort", onAbort);
  }
}

async function read(reader: ReadableStreamDefaultReader<Bytes>): Promise<ReadableStreamReadResult<Bytes>> {
  try {
    return await reader.read();
  } catch (error) {
    throw new SourceBroke(error);
  }
}

function toResponse(incoming: http.IncomingMessage, outgoing: http.ClientRequest, url: URL, timer: IdleTimer, idle: number): HttpResponse {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const text of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, text);
  }
  const body = Readable.toWeb(incoming) as unknown as ReadableStream<Bytes>;
  const broken = (error: unknown) => {
    outgoing.destroy();
    return networkFailure(error, url);
  };
  return { url, status: incoming.statusCode ?? 0, headers, body: timedBody(body, timer, idle, broken) };
}
