/**
 * One request to the registry, answered or failed: finds the credentials, waits when the host asks for it, tries again where that makes
 * sense, follows redirects, and turns refusals into Failures. Everything that speaks to the registry goes through here.
 */
import type { Credentials } from "../bundle/credential.ts";
import type { Emit } from "../bundle/events.ts";
import type { HttpClient } from "../http/client.ts";
import { type HostGate, LONGEST_ASKED, type Place } from "../http/host_gate.ts";
import { discard, type HttpRequest, type HttpResponse, isStreamed, readStart } from "../http/message.ts";
import { reasonOf } from "../http/network_failure.ts";
import { sendFollowing } from "../http/redirect.ts";
import { isRetryable, type Outcome, retryAfter, retryDelay } from "../http/retry.ts";
import { type Access, Auth } from "./auth.ts";
import { isWebPage, readRefusal, type Refusal, Refused, remoteFailure, webPage } from "./remote_failure.ts";
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
  /** Requests without an answer at once, to each host; no limit by default. */
  readonly most?: number | undefined;
  /** The moment before which the command has to end, milliseconds since the epoch: what a host asks for is waited for until then. */
  readonly deadline?: number | undefined;
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
  /** Bytes that are expected to come back, as far as known. */
  readonly expects?: number;
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
    if (error instanceof Refused && this.#renewed.has(error)) return attempt < this.options.attempts;
    const outcome = this.#outcomeOf(error);
    if (outcome === null) return false;
    const { gate, origin, emit, deadline } = this.options;
    // Who was given a time limit waits for what the host asks as often as it asks, while there is time.
    const asksForTime = deadline !== undefined && outcome.kind === "status" && outcome.retryAfter !== null;
    const attempts = asksForTime ? Infinity : this.options.attempts;
    const patience = this.#patience();
    const delay = retryDelay(attempt, outcome, { attempts, now: gate.clock.now(), jitter: gate.clock.random(), patience });
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
    const operation = "speak with the registry";
    this.#greeting ??= this.ask({
      operation,
      access: "push",
      method: "GET",
      at: new URL("/v2/", this.options.origin),
      accept: [404],
      signal,
    }).then(async (response) => {
      const start = await readStart(response, 256);
      await discard(response);
      if (response.status !== 404 && isWebPage(start)) throw webPage(operation, this.repository, response.url.host);
    });
    try {
      await this.#greeting;
    } catch (error) {
      this.#greeting = null;
      throw error;
    }
  }
  #greeting: Promise<void> | null = null;
  /** Refusals of a body that can be sent only once, after which there are new credentials: whoever can begin again, should. */
  readonly #renewed = new WeakSet<Refused>();

  /** Try once, and once more when the registry asks for credentials that were not sent yet. */
  async #answer(question: Question): Promise<HttpResponse> {
    const { origin, gate } = this.options;
    for (let asked = 0;; asked++) {
      const { response, place, proof } = await this.#send(question);
      this.#warn(response);
      const { status } = response;
      if ((status >= 200 && status < 300) || question.accept?.includes(status)) {
        gate.answered(place);
        return response;
      }
      if (status === 401 && response.url.origin === origin.origin && asked < 2 && await this.auth.learn(response, proof.authorization)) {
        if (!isStreamed(question.body)) {
          await discard(response);
          continue;
        }
        const refused = await this.#refused(question, response, place);
        this.#renewed.add(refused);
        throw refused;
      }
      throw await this.#refused(question, response, place);
    }
  }

  /**
   * Through the gate of every host that redirects lead to, with proof for as long as they stay with the registry. The proof is made
   * after the wait, or a token might have run out meanwhile. `place` is that of the last host.
   */
  async #send(question: Question): Promise<{ response: HttpResponse; place: Place; proof: Record<string, string> }> {
    const { origin, gate, http } = this.options;
    const { method, headers, body, access, signal } = question;
    const url = typeof question.at === "string" ? this.urlOf(question.at) : question.at;
    let proof: Record<string, string> | undefined;
    let place: Place | undefined;
    let isOwn = true;
    const send = async (request: HttpRequest): Promise<HttpResponse> => {
      place = await gate.enter(request.url, signal, this.#patience(), this.options.most);
      try {
        isOwn &&= request.url.origin === origin.origin;
        proof ??= isOwn ? await this.auth.headers(access, signal) : {};
        return await http.send({ ...request, headers: { ...request.headers, ...(isOwn ? proof : {}) } });
      } finally {
        place.leave();
      }
    };
    const request = { method, url, ...(headers === undefined ? {} : { headers }), body, expects: question.expects, signal };
    const response = await (question.follow === false ? send(request) : sendFollowing(send, request));
    return { response, place: place!, proof: proof ?? {} };
  }

  async #refused(question: Question, response: HttpResponse, place: Place): Promise<Refused> {
    const lacksPermission = response.status === 401 && this.auth.lacksPermission(response);
    const refusal = await readRefusal(response);
    this.#heed(place, refusal);
    const about = {
      operation: question.operation,
      method: question.method,
      repository: this.repository,
      host: this.options.origin.host,
      credential: this.auth.source,
      now: this.options.gate.clock.now(),
      isUpload: question.access === "push" && question.at instanceof URL,
    };
    return remoteFailure(lacksPermission ? { ...refusal, status: 403 } : refusal, about);
  }

  /** The wish of a host to be left alone for a while holds for every request to it. */
  #heed(place: Place, refusal: Refusal): void {
    const { gate, emit } = this.options;
    const { host, status, throttled } = refusal;
    if (!throttled && status !== 503) return void (status < 500 && gate.answered(place));
    const asked = retryAfter(refusal.retryAfter, gate.clock.now());
    const milliseconds = gate.refused(place, asked);
    if (milliseconds <= this.#patience()) emit({ kind: "waiting", host, milliseconds, status });
  }

  /** How long may be waited for a host, in milliseconds. */
  #patience(): number {
    const { deadline, gate } = this.options;
    return deadline === undefined ? LONGEST_ASKED : Math.max(0, deadline - gate.clock.now());
  }

  #outcomeOf(error: unknown): Outcome | null {
    if (error instanceof Refused) {
      const { status, throttled, retryAfter } = error.refusal;
      // A signed address of a storage host may have run out; the registry gives a new one (rule R14). A HEAD may just not be allowed there.
      if (error.elsewhere && !error.wordless && (status === 400 || status === 403)) {
        return { kind: "status", status: 503, retryAfter: null, throttled: false };
      }
      return { kind: "status", status, retryAfter, throttled };
    }
    const reason = reasonOf(error);
    return reason === null ? null : { kind: "network", reason, known: this.options.http.knows(this.options.origin) };
  }

  async #askTokenServer(request: HttpRequest): Promise<HttpResponse> {
    const { http, gate } = this.options;
    for (let attempt = 1;; attempt++) {
      try {
        // It takes no place: whoever needs the token has one already, perhaps the only one.
        await gate.pass(request.url, request.signal, this.#patience());
        const response = await http.send(request);
        if (response.status < 500 && response.status !== 429) return response;
        const refusal = await readRefusal(response);
        this.#heed(gate.outside(request.url), refusal);
        throw remoteFailure(refusal, {
          operation: "get an access token",
          method: request.method,
          repository: this.repository,
          host: refusal.host,
          credential: this.auth.source,
          now: gate.clock.now(),
        });
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
