/**
 * One request to the registry, answered or failed: finds the credentials, waits when the host asks for it, tries again where that makes
 * sense, follows redirects, and turns refusals into Failures. Everything that speaks to the registry goes through here.
 */
import type { Credentials } from "../bundle/credential.ts";
import type { Emit } from "../bundle/events.ts";
import type { HttpClient } from "../http/client.ts";
import type { HostGate } from "../http/host_gate.ts";
import { discard, type HttpRequest, type HttpResponse, isStreamed } from "../http/message.ts";
import { reasonOf, stopIfAborted } from "../http/network_failure.ts";
import { sendFollowing } from "../http/redirect.ts";
import { isRetryable, LONGEST_ASKED, type Outcome, retryAfter, retryDelay } from "../http/retry.ts";
import { type Access, Auth } from "./auth.ts";
import { readRefusal, type Refusal, Refused, remoteFailure } from "./remote_failure.ts";
import { warningsIn } from "./warning_header.ts";

export interface ExchangeOptions {
  readonly http: HttpClient;
  readonly gate: HostGate;
  readonly host: string;
  readonly path: string;
  readonly origin: URL;
  readonly credentials: Credentials;
  readonly emit: Emit;
  readonly attempts: number;
}

export interface Question {
  /** What follows "cannot": `read the tag v1`. */
  readonly operation: string;
  readonly access: Access;
  readonly method: HttpRequest["method"];
  /** Below `/v2/NAME/`, or a whole address that the registry gave. */
  readonly at: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpRequest["body"];
  /** Answers that are no failure besides 2xx. */
  readonly accept?: readonly number[];
  /** false: a redirect is an answer like any other. */
  readonly follow?: boolean;
  /** false: the caller tries again itself, with `pause`. A streamed body is never sent twice. */
  readonly again?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export class Exchange {
  readonly auth: Auth;
  readonly repository: string;

  constructor(readonly options: ExchangeOptions) {
    const { origin, host, path, credentials, gate } = options;
    this.repository = `${host}/${path}`;
    this.auth = new Auth({ origin, host, path, credentials, now: () => gate.clock.now(), ask: (request) => this.#askTokenServer(request) });
  }

  urlOf(at: string): URL {
    return new URL(`/v2/${this.options.path}/${at}`, this.options.origin);
  }

  /** @throws Failure that names the operation, the repository, the host, the status, and the registry's words. */
  async ask(question: Question): Promise<HttpResponse> {
    const once = question.again === false || isStreamed(question.body);
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#answer(question);
      } catch (error) {
        if (once || !await this.pause(attempt, error, question.signal)) throw error;
      }
    }
  }

  /**
   * After a failed try number `attempt`: waits and says true, or says false when another one makes no sense.
   * @param error as `ask` threw it
   */
  async pause(attempt: number, error: unknown, signal: AbortSignal | undefined): Promise<boolean> {
    const outcome = this.#outcomeOf(error);
    if (outcome === null) return false;
    const { gate, attempts, origin, emit } = this.options;
    const delay = retryDelay(attempt, outcome, { attempts, now: gate.clock.now(), jitter: gate.clock.random() });
    if (delay === null) return false;
    const words = error instanceof Error ? error.message : "";
    emit({ kind: "detail", message: `${words}; trying again in ${(delay / 1000).toFixed(1)} s` });
    await gate.clock.sleep(delay, signal, origin);
    return true;
  }

  /** Could the same request succeed a little later? */
  mayPass(error: unknown): boolean {
    const outcome = this.#outcomeOf(error);
    return outcome !== null && isRetryable(outcome);
  }

  /** Rule R23: learns what the registry asks for with a request that has no body, so that no body is sent in vain. */
  async greet(signal: AbortSignal | undefined): Promise<void> {
    this.#greeting ??= this.ask({
      operation: "speak with the registry",
      access: "push",
      method: "GET",
      at: new URL("/v2/", this.options.origin),
      accept: [404],
      signal,
    }).then(discard);
    try {
      await this.#greeting;
    } catch (error) {
      this.#greeting = null;
      throw error;
    }
  }
  #greeting: Promise<void> | null = null;

  /** Try once, and once more when the registry asks for credentials that were not sent yet. */
  async #answer(question: Question): Promise<HttpResponse> {
    const { origin, gate, http } = this.options;
    const url = typeof question.at === "string" ? this.urlOf(question.at) : question.at;
    const { method, body, signal } = question;
    const own = url.origin === origin.origin;
    for (let asked = 0;; asked++) {
      stopIfAborted(signal, url);
      await gate.pass(url, signal);
      const proof: Record<string, string> = own ? await this.auth.headers(question.access, signal) : {};
      const request = { method, url, headers: { ...question.headers, ...proof }, body, signal };
      const response = await (question.follow === false ? http.send(request) : sendFollowing(http.send, request));
      this.#warn(response);
      const { status } = response;
      if ((status >= 200 && status < 300) || question.accept?.includes(status)) return response;
      if (status === 401 && response.url.origin === origin.origin && asked < 2 && await this.auth.learn(response, proof.authorization)) {
        if (!isStreamed(body)) {
          await discard(response);
          continue;
        }
      }
      throw await this.#refused(question, response);
    }
  }

  async #refused(question: Question, response: HttpResponse): Promise<Refused> {
    const lacksPermission = response.status === 401 && this.auth.lacksPermission(response);
    const refusal = await readRefusal(response);
    this.#heed(response.url, refusal);
    const about = {
      operation: question.operation,
      repository: this.repository,
      host: this.options.origin.host,
      credential: this.auth.source,
    };
    return remoteFailure(lacksPermission ? { ...refusal, status: 403 } : refusal, about);
  }

  /** The wish of a host to be left alone for a while holds for every request to it. */
  #heed(url: URL, refusal: Refusal): void {
    const { gate } = this.options;
    const asked = retryAfter(refusal.retryAfter, gate.clock.now());
    if (refusal.throttled) gate.close(url, Math.min(asked ?? 1000, LONGEST_ASKED));
    else if (asked !== null && refusal.status === 503) gate.close(url, Math.min(asked, LONGEST_ASKED));
  }

  #outcomeOf(error: unknown): Outcome | null {
    if (error instanceof Refused) {
      const { status, throttled, retryAfter } = error.refusal;
      // A signed address of a storage host may have run out; the registry gives a new one (rule R14).
      if (error.elsewhere && (status === 400 || status === 403)) return { kind: "status", status: 503, retryAfter: null, throttled: false };
      return { kind: "status", status, retryAfter, throttled };
    }
    const reason = reasonOf(error);
    return reason === null ? null : { kind: "network", reason, known: this.options.http.knows(this.options.origin) };
  }

  async #askTokenServer(request: HttpRequest): Promise<HttpResponse> {
    const { http, gate } = this.options;
    for (let attempt = 1;; attempt++) {
      try {
        await gate.pass(request.url, request.signal);
        const response = await http.send(request);
        if (response.status < 500 && response.status !== 429) return response;
        const refusal = await readRefusal(response);
        this.#heed(request.url, refusal);
        const about = { operation: "get an access token", repository: this.repository, host: refusal.host, credential: this.auth.source };
        throw remoteFailure(refusal, about);
      } catch (error) {
        if (!await this.pause(attempt, error, request.signal)) throw error;
      }
    }
  }

  #warn(response: HttpResponse): void {
    for (const text of warningsIn(response.headers.get("warning"))) {
      this.options.emit({ kind: "warning", code: "registry-warning", message: `${this.options.host} says: ${text}` });
    }
  }
}
