/** Who may speak to a registry with manners: nobody asks, Basic, or tokens of a server here or elsewhere (rules R23, R24). */
import type { Credential } from "../../../src/bundle/credential.ts";
import { json, refusal, type Scripted, type Seen, serve } from "../scripted_server.ts";
import type { Manners } from "./manners.ts";

const PASSWORD = "s3cret:pa55";

export class Gatekeeper implements AsyncDisposable {
  readonly #elsewhere: Scripted | null;
  /** Scope and uses of every token that was given. */
  readonly #tokens = new Map<string, { readonly scope: string; uses: number }>();

  constructor(readonly manners: Manners, readonly url: string, readonly path: string) {
    const { auth } = manners;
    this.#elsewhere = auth.kind === "token" && auth.elsewhere ? serve((seen) => this.#token(seen), "127.0.0.1") : null;
  }

  get credential(): Credential | null {
    if (this.manners.auth.kind === "none") return null;
    return { kind: "password", username: this.manners.user, password: PASSWORD, source: "the test" };
  }

  /** null: come in. */
  answer(seen: Seen): Response | null {
    const { auth } = this.manners;
    if (auth.kind === "none" || seen.at.startsWith("/moved/")) return null;
    if (seen.at.startsWith("/token")) return this.#token(seen);
    if (auth.kind === "basic") {
      return seen.headers.get("authorization") === this.#basic() ? null : this.#refused(`Basic realm="${this.path}"`);
    }
    const [, text = ""] = /^Bearer (.+)$/.exec(seen.headers.get("authorization") ?? "") ?? [];
    const token = this.#tokens.get(text);
    const needs = seen.method === "GET" || seen.method === "HEAD" ? "pull" : "push";
    const covers = token !== undefined && (seen.at === "/v2/" || token.scope.split(":")[2]?.split(",").includes(needs));
    if (covers && (auth.uses === null || token.uses++ < auth.uses)) return null;
    const service = auth.service ? ',service="registry.test"' : "";
    const error = text === "" ? "" : `,error="${covers ? "invalid_token" : "insufficient_scope"}"`;
    const realm = `${this.#elsewhere?.url ?? this.url}/token`;
    return this.#refused(
      `Bearer realm="${realm}"${service},scope="repository:${this.path}:${needs === "pull" ? "pull" : "pull,push"}"${error}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#elsewhere?.[Symbol.asyncDispose]();
  }

  #token(seen: Seen): Response {
    const { auth } = this.manners;
    if (auth.kind !== "token") return new Response(null, { status: 404 });
    if (seen.headers.get("authorization") !== this.#basic()) return refusal(401, "UNAUTHORIZED", "incorrect username or password");
    const query = new URLSearchParams(seen.at.split("?")[1]);
    if (auth.service !== query.has("service")) return refusal(400, "UNSUPPORTED", "service");
    const text = `token-${this.#tokens.size + 1}`;
    this.#tokens.set(text, { scope: query.get("scope") ?? "", uses: 0 });
    return json({ [auth.field]: text, ...(auth.expiresIn === null ? {} : { expires_in: auth.expiresIn }) });
  }

  #basic(): string {
    return `Basic ${btoa(`${this.manners.user}:${PASSWORD}`)}`;
  }

  #refused(challenge: string): Response {
    return refusal(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": challenge });
  }
}
