/**
 * The one door to the network: sends a request once, and gives what is answered. Sets what every request has (user agent, identity
 * encoding), counts, and ends what stands still. Reads no environment: proxies and certificates come as values. (The runtime itself
 * heeds HTTP_PROXY and its kin for `fetch`, and DENO_CERT and DENO_TLS_CA_STORE for certificates, here as well.)
 */
import { act } from "../base/effect.ts";
import type { Bandwidth } from "./bandwidth.ts";
import { canConnect } from "./connect.ts";
import { IdleTimer, timedBody } from "./idle_timer.ts";
import { sendKnownLength } from "./known_length.ts";
import { type Bytes, type HttpRequest, type HttpResponse, isStreamed, type Send } from "./message.ts";
import { networkFailure } from "./network_failure.ts";
import { proxyFor, type ProxyVariables } from "./proxy.ts";
import { receiveLarge, type ReceiveOptions } from "./receive.ts";

export interface HttpOptions {
  readonly userAgent: string;
  /** PEM texts, trusted beside those of the runtime. */
  readonly caCerts?: readonly string[] | undefined;
  /** The variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY. */
  readonly proxies?: ProxyVariables | undefined;
  /** How long no byte may move. Default 60. */
  readonly idleSeconds?: number | undefined;
  /** How long a host that has never answered may take to answer. Default 10. */
  readonly connectSeconds?: number | undefined;
  /** A limit for bodies in both directions; none by default. */
  readonly bandwidth?: Bandwidth | undefined;
  /** From so many expected bytes on an answer has a connection of its own, which takes two or three round trips to make. Default 32 MiB. */
  readonly largeFrom?: number | undefined;
}

export interface HttpClient {
  readonly send: Send;
  /** Whether a streamed body can travel there with its length; if not, it goes out in chunks of unknown number. */
  sendsLength(url: URL): boolean;
  /** Has anything ever been answered from there? */
  knows(url: URL): boolean;
  requests(): number;
  close(): void;
}

/** A body in memory may be sent no slower than this (bytes a millisecond); how much of it has gone cannot be seen. */
const SLOWEST = 50;

/** Bytes. Up to here two or three more round trips weigh as much as what is saved, on the links that there are. */
const LARGE = 32 * 1024 * 1024;

export function openHttp(options: HttpOptions): HttpClient {
  const clients = new Map<string, Deno.HttpClient>();
  const caCerts = [...options.caCerts ?? []];
  const idle = (options.idleSeconds ?? 60) * 1000;
  const connect = Math.min(idle, (options.connectSeconds ?? 10) * 1000);
  const largeFrom = Math.max(1, options.largeFrom ?? LARGE);
  const known = new Set<string>();
  /** Origins that give large bodies in a form that only `fetch` reads, or take no connection of ours. */
  const forFetch = new Set<string>();
  let count = 0;

  const proxyOf = (url: URL) => proxyFor(url, options.proxies ?? {});

  function clientFor(proxy: URL | null): Deno.HttpClient {
    const name = proxy?.href ?? "";
    const made = clients.get(name) ?? Deno.createHttpClient({ caCerts, ...(proxy === null ? {} : { proxy: proxyOption(proxy) }) });
    clients.set(name, made);
    return made;
  }

  /** How long may be waited for the head of an answer (ms). */
  const patience = (url: URL) => known.has(url.origin) ? idle : connect;

  /** @param waited what was waited for an answer already (ms) */
  async function sendByFetch(request: HttpRequest, waited = 0): Promise<HttpResponse> {
    const { method, url, headers, body } = request;
    const timer = new IdleTimer(url, request.signal);
    try {
      const size = body === undefined ? 0 : isStreamed(body) ? Infinity : body.byteLength;
      if (timer.signal.aborted) throw timer.signal.reason;
      if (size !== Infinity) timer.expect(Math.max(1, patience(url) - waited) + size / SLOWEST);
      const response = await fetch(url, {
        method,
        headers: headers ?? {},
        redirect: "manual",
        signal: timer.signal,
        client: clientFor(proxyOf(url)),
        ...(body === undefined ? {} : { body: isStreamed(body) ? body.stream : body }),
      });
      timer.rest();
      if (response.body === null) timer.end();
      const length = Number(response.headers.get("content-length") ?? Infinity);
      const incoming = response.body as ReadableStream<Bytes> | null;
      return {
        url,
        status: response.status,
        headers: response.headers,
        body: incoming === null ? null : timedBody(incoming, timer, idle, (error) => networkFailure(error, url), length),
      };
    } catch (error) {
      timer.end();
      throw timer.signal.aborted ? timer.signal.reason : networkFailure(error, url);
    }
  }

  function sendOnce(request: HttpRequest): Promise<HttpResponse> {
    const { body, expects = 0, method, url } = request;
    const proxy = proxyOf(url);
    if (!canConnect(proxy)) return sendByFetch(request);
    const options = { proxy, caCerts, idleMilliseconds: idle };
    if (isStreamed(body)) return sendKnownLength(request, body, { ...options, connectMilliseconds: connect });
    if (method !== "GET" || expects < largeFrom || forFetch.has(url.origin)) return sendByFetch(request);
    return receiveOrFetch(request, { ...options, connectMilliseconds: connect / 2, answerMilliseconds: patience(url) });
  }

  async function receiveOrFetch(request: HttpRequest, options: ReceiveOptions): Promise<HttpResponse> {
    const began = performance.now();
    const response = await receiveLarge(request, options);
    if (typeof response !== "string") return response;
    if (response !== "no connection") forFetch.add(request.url.origin);
    if (response === "odd answer") count++; // it was asked, and is asked again
    return await sendByFetch(request, response === "odd answer" ? 0 : performance.now() - began);
  }

  /** The request as the bandwidth allows it: a body in memory goes out in pieces where that can be done. */
  async function pacedRequest(request: HttpRequest, bandwidth: Bandwidth): Promise<HttpRequest> {
    const { body, signal, url } = request;
    if (body === undefined) return request;
    if (isStreamed(body)) return { ...request, body: { size: body.size, stream: bandwidth.pace(body.stream, signal) } };
    if (body.byteLength > bandwidth.piece && canConnect(proxyOf(url))) {
      return { ...request, body: { size: body.byteLength, stream: bandwidth.paceBytes(body, signal) } };
    }
    try {
      await bandwidth.take(body.byteLength, signal);
    } catch (error) {
      throw networkFailure(error, url, signal);
    }
    return request;
  }

  return {
    async send(given) {
      const { url, signal } = given;
      const { bandwidth } = options;
      const whole = { ...given, headers: { ...given.headers, "user-agent": options.userAgent, "accept-encoding": "identity" } };
      const request = bandwidth === undefined ? whole : await pacedRequest(whole, bandwidth);
      count++;
      const on = `${given.method} ${url.href}`;
      const response = await act({ kind: "send", on }, () => sendOnce(request));
      known.add(url.origin);
      const paced = bandwidth === undefined || response.body === null
        ? response
        : { ...response, body: bandwidth.pace(response.body, signal, (error) => networkFailure(error, url, signal)) };
      return act({ kind: "answer", on }, () => paced);
    },
    sendsLength: (url) => canConnect(proxyOf(url)),
    knows: (url) => known.has(url.origin),
    requests: () => count,
    close() {
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}

function proxyOption(proxy: URL): Deno.Proxy {
  const { username, password } = proxy;
  const bare = new URL(proxy.href);
  bare.username = bare.password = "";
  const basicAuth = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { url: bare.href, ...(username === "" ? {} : { basicAuth }) } as Deno.Proxy;
}
