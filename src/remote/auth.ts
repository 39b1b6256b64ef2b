/**
 * How a request proves who sends it (distribution, "Token Authentication Specification"): not at all, Basic, or a Bearer token that the
 * registry's token server gives. Nothing is sent before the registry has asked, and then only to the registry and to that server.
 */
import { Failure } from "../base/failure.ts";
import type { Credential, Credentials } from "../bundle/credential.ts";
import { type HttpRequest, type HttpResponse, readStart } from "../http/message.ts";
import { type Challenge, parseChallenges, scopesIn } from "./challenge.ts";
import { harmless, readRefusal, remoteFailure } from "./remote_failure.ts";
import { isPrivateHost } from "./private_host.ts";

export type Access = "pull" | "push";

export interface AuthOptions {
  readonly origin: URL;
  /** The host as people write it: a registry may answer at another one. */
  readonly host: string;
  readonly path: string;
  readonly credentials: Credentials;
  /** Asks the token server: tries again where that makes sense, follows nothing, adds nothing. */
  readonly ask: (request: HttpRequest) => Promise<HttpResponse>;
  readonly now: () => number;
}

interface Token {
  readonly text: string;
  /** Milliseconds since the epoch: from here on a new one is fetched. */
  readonly staleAt: number;
}

const DEFAULT_LIFE = 60; // s, by the specification, when the answer does not say
const CLIENT = "mops";

export class Auth {
  #challenge: Challenge | null = null;
  #credential: Promise<Credential | null> | null = null;
  readonly #tokens = new Map<string, Promise<Token>>();
  #mayPush = false;
  /** Scopes that the registry asked for besides our own, as it does for a mount. */
  readonly #alsoAsked = new Set<string>();

  constructor(readonly options: AuthOptions) {}

  /** Where the credential in use came from; null when none is. */
  source: string | null = null;

  /** The headers for a request to the registry itself. Fetches a token when there is none, or when it ends soon. */
  async headers(access: Access, signal: AbortSignal | undefined): Promise<Record<string, string>> {
    if (access === "push") this.#mayPush = true;
    const challenge = this.#challenge;
    if (challenge === null) return {};
    if (challenge.scheme === "bearer") return { authorization: `Bearer ${await this.#token(challenge, access, signal)}` };
    const credential = await this.#find();
    return credential === null ? {} : { authorization: basic(credential) };
  }

  /**
   * Takes in what a 401 asks for. true: it is worth asking again, with new headers; false: what was sent was all there is.
   * @param sent the Authorization header that was refused
   */
  async learn(response: HttpResponse, sent: string | undefined): Promise<boolean> {
    const offered = parseChallenges(response.headers.get("www-authenticate"));
    const chosen = offered.find(({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm")) ??
      offered.find(({ scheme }) => scheme === "basic");
    if (chosen === undefined) return false;
    const news = sent === undefined || chosen.scheme !== this.#challenge?.scheme;
    const before = this.#alsoAsked.size;
    for (const scope of scopesIn(chosen)) if (!scope.startsWith(`repository:${this.options.path}:`)) this.#alsoAsked.add(scope);
    this.#challenge = chosen;
    if (chosen.scheme === "basic") return news && await this.#find() !== null;
    // A token may have been revoked, or have ended by a clock that runs ahead: one new one is worth a try.
    this.#tokens.clear();
    return news || this.#alsoAsked.size > before || /invalid_token/.test(chosen.parameters.get("error") ?? "invalid_token");
  }

  /** Signed in, but the token does not cover the request: another account may be needed, not another login. */
  lacksPermission(response: HttpResponse): boolean {
    return this.source !== null &&
      parseChallenges(response.headers.get("www-authenticate")).some(({ parameters }) => parameters.get("error") === "insufficient_scope");
  }

  async #token(challenge: Challenge, access: Access, signal: AbortSignal | undefined): Promise<string> {
    // Whoever pushes also reads: one token for both, once it is needed.
    const actions = access === "push" || this.#mayPush ? "pull,push" : "pull";
    const scopes = [`repository:${this.options.path}:${actions}`, ...this.#alsoAsked];
    const key = scopes.join(" ");
    for (;;) {
      const kept = this.#tokens.get(key);
      const pending = kept ?? this.#fetch(challenge, scopes, signal);
      this.#tokens.set(key, pending);
      try {
        const token = await pending;
        // A new one is used at least once, however short its life.
        if (kept === undefined || this.options.now() < token.staleAt) return token.text;
        if (this.#tokens.get(key) === pending) this.#tokens.delete(key);
      } catch (error) {
        if (this.#tokens.get(key) === pending) this.#tokens.delete(key);
        // Whoever waited for a token that another one's interruption stopped, fetches it itself.
        if (error instanceof Failure && error.code === "interrupted" && !signal?.aborted) continue;
        throw error;
      }
    }
  }

  async #fetch(challenge: Challenge, scopes: readonly string[], signal: AbortSignal | undefined): Promise<Token> {
    const realm = this.#realm(challenge);
    const credential = await this.#find();
    const service = challenge.parameters.get("service");
    const asked = this.options.now();
    const response = credential?.kind === "refresh-token"
      ? await this.options.ask(refreshRequest(realm, service, scopes, credential.token, signal))
      : await this.options.ask(tokenRequest(realm, service, scopes, credential, signal));
    if (response.status !== 200) {
      const refusal = await readRefusal(response);
      throw remoteFailure(refusal, {
        operation: "get an access token",
        method: credential?.kind === "refresh-token" ? "POST" : "GET",
        repository: `${this.options.host}/${this.options.path}`,
        host: refusal.host,
        credential: this.source,
        now: this.options.now(),
      });
    }
    return readToken(await readStart(response, 1024 * 1024), realm, asked);
  }

  /** Rule R24: a realm may lie on another host, but credentials travel only over https there, and not into a private network. */
  #realm(challenge: Challenge): URL {
    const { origin, host } = this.options;
    const realm = URL.parse(challenge.parameters.get("realm") ?? "", origin);
    const unsafe = realm === null || !/^https?:$/.test(realm.protocol)
      ? "is no web address"
      : realm.protocol === "http:" && origin.protocol === "https:"
      ? "is not encrypted"
      : realm.protocol === "http:" && realm.hostname !== origin.hostname && !isPrivateHost(realm.hostname)
      ? "is not encrypted"
      : isPrivateHost(realm.hostname) && !isPrivateHost(origin.hostname)
      ? "lies in a private network"
      : null;
    if (unsafe === null) return realm!;
    throw new Failure("remote-error", `${host} names a token server that ${unsafe}; no credentials were sent to it`, {
      hint: "mops bundle env show   (says which remote is asked, and why)",
      facts: { host, realm: realm?.host ?? null },
    });
  }

  #find(): Promise<Credential | null> {
    this.#credential ??= this.options.credentials(this.options.host, this.options.path).then((credential) => {
      this.source = credential?.source ?? null;
      return credential;
    });
    return this.#credential;
  }
}

function basic(credential: Credential): string {
  const pair = credential.kind === "password" ? `${credential.username}:${credential.password}` : `<token>:${credential.token}`;
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
}

function tokenRequest(
  realm: URL,
  service: string | undefined,
  scopes: readonly string[],
  credential: Credential | null,
  signal: AbortSignal | undefined,
): HttpRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  return { method: "GET", url, headers: credential === null ? {} : { authorization: basic(credential) }, signal };
}

function refreshRequest(
  realm: URL,
  service: string | undefined,
  scopes: readonly string[],
  token: string,
  signal: AbortSignal | undefined,
): HttpRequest {
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token, client_id: CLIENT, scope: scopes.join(" ") });
  if (service !== undefined) form.set("service", service);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", url: realm, headers, body: new TextEncoder().encode(form.toString()), signal };
}

/** Life counts from before the request, by our own clock, so that neither delay nor a wrong clock there makes it look longer. */
function readToken(bytes: Uint8Array, realm: URL, asked: number): Token {
  let answer: { token?: unknown; access_token?: unknown; expires_in?: unknown } | null = null;
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // told below, with the host
  }
  const text = [answer?.token, answer?.access_token].find((field): field is string => typeof field === "string" && field !== "");
  if (text === undefined || harmless(text).includes(" ")) {
    throw new Failure("remote-error", `the token server ${realm.host} answered without a token`, {
      hint: "mops bundle env show   (says which remote is asked, and why)",
    });
  }
  const seconds = typeof answer?.expires_in === "number" && answer.expires_in > 0 ? answer.expires_in : DEFAULT_LIFE;
  // Refreshed a while before its end, so that a request that is under way does not meet it.
  const margin = Math.min(30, seconds / 3);
  return { text, staleAt: asked + (seconds - margin) * 1000 };
}
