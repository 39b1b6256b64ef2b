/**
 * A registry that means well, behind a front that answers some requests itself: for faults that speak HTTP. What the script leaves alone
 * goes to the registry as it came, and its answer comes back; addresses in it lead through the front.
 */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly at: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** From 1, since the script was set. */
  readonly number: number;
}

export type Front = (asked: Asked, forward: () => Promise<Response>) => Response | null | Promise<Response | null>;

export class Relay implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #front: Front = () => null;
  requests = 0;

  /** @param upstream `localhost:41234` */
  constructor(readonly upstream: string) {
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => this.#answer(request));
  }

  get host(): string {
    return `localhost:${this.#server.addr.port}`;
  }

  /** The same front under another name of this machine: to a client it is another origin. */
  get otherHost(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  set(front: Front | null): void {
    this.#front = front ?? (() => null);
    this.requests = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const body = await request.bytes().catch(() => new Uint8Array(0)); // the client may go away in the middle
    const forward = () => this.#forward(method, pathname + search, headers, body);
    return await this.#front({ method, at: pathname + search, headers, body, number: ++this.requests }, forward) ?? await forward();
  }

  async #forward(method: string, at: string, given: Headers, body: Uint8Array<ArrayBuffer>): Promise<Response> {
    const headers = new Headers(given);
    for (const name of ["host", "connection", "content-length", "transfer-encoding", "authorization"]) headers.delete(name);
    const hasBody = method !== "GET" && method !== "HEAD";
    const answer = await fetch(`http://${this.upstream}${at}`, { method, headers, redirect: "manual", ...(hasBody ? { body } : {}) });
    const back = new Headers(answer.headers);
    const location = back.get("location");
    if (location !== null) back.set("location", location.replace(`http://${this.upstream}`, `http://${this.host}`));
    const bytes = method === "HEAD" ? null : await answer.bytes();
    const isBare = bytes === null || [101, 204, 205, 304].includes(answer.status);
    return new Response(isBare ? null : bytes, { status: answer.status, headers: back });
  }
}
