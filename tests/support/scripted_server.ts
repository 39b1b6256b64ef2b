/**
 * A registry that behaves as a test says, request by request: for the manners of registries that cannot be had here. What nobody
 * scripted is answered 404, as an empty registry would.
 */
import type { Credential } from "../../src/bundle/credential.ts";
import type { Event } from "../../src/bundle/events.ts";
import type { Remote } from "../../src/bundle/content.ts";
import type { Clock } from "../../src/http/host_gate.ts";
import { openRemote, type RemoteOptions } from "../../src/remote/open_remote.ts";

export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly at: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** null: not for me, ask the next one. */
export type Script = (seen: Seen, request: Request) => Response | Promise<Response> | null;

export interface Scripted extends AsyncDisposable {
  /** `localhost:41234` */
  readonly host: string;
  readonly url: string;
  readonly seen: Seen[];
}

/** @param hostname another name of this machine makes another origin @param tls PEM texts; without them it is plain HTTP */
export function serve(script: Script, hostname = "localhost", tls?: { readonly cert: string; readonly key: string }): Scripted {
  const seen: Seen[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {}, ...tls }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const entry: Seen = { method: request.method, at: pathname + search, headers: request.headers, body: await bodyOf(request) };
    seen.push(entry);
    return await script(entry, request) ?? new Response(null, { status: 404 });
  });
  const host = `${hostname}:${server.addr.port}`;
  return { host, url: `${tls === undefined ? "http" : "https"}://${host}`, seen, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A client may well go away in the middle. */
async function bodyOf(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await request.bytes();
  } catch (error) {
    if (error instanceof Error) return new Uint8Array(0);
    throw error;
  }
}

export interface Client extends Disposable {
  readonly remote: Remote;
  readonly events: Event[];
  /** What it slept, milliseconds; it never really sleeps. */
  readonly slept: number[];
}

/** The repository `me/model` on a scripted server, with a clock that never waits. */
export function client(
  server: { readonly host: string },
  options: Partial<RemoteOptions> & { readonly credential?: Credential; readonly path?: string } = {},
): Client {
  const events: Event[] = [];
  const slept: number[] = [];
  let time = Date.parse("2026-01-01T00:00:00Z");
  const clock: Clock = {
    now: () => time,
    random: () => 1,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      time += milliseconds;
      return Promise.resolve();
    },
  };
  const remote = openRemote({ kind: "registry", host: server.host, path: options.path ?? "me/model" }, {
    plainHttp: true,
    credentials: () => Promise.resolve(options.credential ?? null),
    emit: (event) => events.push(event),
    userAgent: "mops/test",
    clock,
    ...options,
  });
  return { remote, events, slept, [Symbol.dispose]: () => remote.close() };
}

export function json(value: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(value), { ...init, headers: { "content-type": "application/json", ...init.headers } });
}

/** A refusal as registries write it. */
export function refusal(status: number, code: string, message: string, headers: HeadersInit = {}): Response {
  return json({ errors: [{ code, message }] }, { status, headers: headers as Record<string, string> });
}

export const PASSWORD: Credential = { kind: "password", username: "me", password: "s3cret:pa55", source: "the test" };
