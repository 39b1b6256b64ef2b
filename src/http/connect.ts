/** Connections for what is large, up or down: straight or through a proxy, with or without TLS. Every wait here ends when the signal says so. */
import { readStatus } from "./answer.ts";
import type { HttpRequest } from "./message.ts";
import { unreachable } from "./network_failure.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What is needed of a connection; TCP and TLS both have it. */
export type Connection = Pick<Deno.Conn, "read" | "write" | "close">;

export interface ConnectOptions {
  readonly proxy: URL | null;
  /** PEM texts, trusted beside those of the runtime. */
  readonly caCerts: readonly string[];
  readonly signal: AbortSignal;
}

/** One request and its answer over a connection of their own. */
export interface ConversationOptions extends Omit<ConnectOptions, "signal"> {
  readonly idleMilliseconds: number;
  readonly connectMilliseconds: number;
}

/** Can a connection be made on this road? Proxies that want TLS or SOCKS themselves are for `fetch` alone. */
export function canConnect(proxy: URL | null): boolean {
  return proxy === null || proxy.protocol === "http:";
}

/** @throws the runtime's own errors, the reason of the signal, Failure("unreachable") when the proxy refuses */
export async function connect(url: URL, options: ConnectOptions): Promise<Connection> {
  const next = options.proxy ?? url;
  const plain = await unlessAborted(options.signal, Deno.connect({ hostname: bare(next.hostname), port: portOf(next) }), close);
  if (url.protocol === "http:") return plain;
  const stop = () => close(plain);
  options.signal.addEventListener("abort", stop, { once: true });
  try {
    if (options.proxy !== null) await openTunnel(plain, url, options.proxy);
    const secure = await Deno.startTls(plain, { hostname: bare(url.hostname), caCerts: [...options.caCerts], alpnProtocols: ["http/1.1"] });
    try {
      await unlessAborted(options.signal, secure.handshake(), () => {});
      return secure;
    } catch (error) {
      close(secure);
      throw error;
    }
  } catch (error) {
    close(plain);
    throw error;
  } finally {
    options.signal.removeEventListener("abort", stop);
  }
}

/** The Proxy-Authorization header for a proxy whose address holds a password; null for any other one. */
function proxyAuthorization(proxy: URL): string | null {
  if (proxy.username === "") return null;
  const pair = new TextEncoder().encode(decodeURIComponent(`${proxy.username}:${proxy.password}`));
  return `Basic ${btoa(String.fromCharCode(...pair))}`;
}

/** The head of a request after which the connection is closed. */
export function requestHead({ method, url, headers }: HttpRequest, proxy: URL | null, more: Readonly<Record<string, string>> = {}): Bytes {
  // `Headers` refuses what would break out of a line.
  const fields = new Headers({ ...headers, ...more, host: url.host, connection: "close" });
  const isForwarded = proxy !== null && url.protocol === "http:";
  const authorization = isForwarded ? proxyAuthorization(proxy) : null;
  if (authorization !== null) fields.set("proxy-authorization", authorization);
  const target = isForwarded ? url.origin + url.pathname + url.search : url.pathname + url.search;
  const lines = [`${method} ${target} HTTP/1.1`, ...[...fields].map(([name, value]) => `${name}: ${value}`)];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

export async function writeAll(connection: Connection, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += await connection.write(bytes.subarray(at));
}

export function reading(connection: Connection): () => Promise<Bytes | null> {
  const buffer = new Uint8Array(16 * 1024);
  return async () => {
    const count = await connection.read(buffer);
    return count === null ? null : buffer.slice(0, count);
  };
}

/** Closing twice, or after the other side did, is no fault. */
export function close(connection: Connection): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

async function openTunnel(connection: Connection, url: URL, proxy: URL): Promise<void> {
  const target = `${url.hostname}:${portOf(url)}`;
  const authorization = proxyAuthorization(proxy);
  const lines = [
    `CONNECT ${target} HTTP/1.1`,
    `host: ${target}`,
    ...(authorization === null ? [] : [`proxy-authorization: ${authorization}`]),
  ];
  await writeAll(connection, new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  const status = await readStatus(reading(connection));
  if (status >= 200 && status < 300) return;
  const words = status === 407 ? "the proxy asks for a password" : `the proxy does not let it through (${status})`;
  throw unreachable(url.host, "refused", words, { hint: "HTTPS_PROXY=http://USER:PASSWORD@PROXY:PORT mops bundle …" });
}

/** @param late what to do with a result that comes when nobody waits any more */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>, late: (result: T) => void): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    work.then(late, () => {}); // its own failure is the one that is thrown, or nobody's
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function portOf(url: URL): number {
  return Number(url.port || (url.protocol === "https:" ? 443 : 80));
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
