/**
 * A registry in this process that keeps to the distribution specification, whose whole state can be put back in a moment: exhaustive tests
 * ask thousands of times. Referrers by the tag schema only, as with registries of version 2.8.
 */
import { digestOf } from "../../src/base/digest.ts";

export interface Stored {
  readonly blobs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly manifests: ReadonlyMap<string, { readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> }>;
  readonly tags: ReadonlyMap<string, string>;
}

export class MemoryRegistry implements AsyncDisposable {
  #blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  #manifests = new Map<string, { type: string; bytes: Uint8Array<ArrayBuffer> }>();
  #tags = new Map<string, string>();
  #uploads = new Map<string, Uint8Array<ArrayBuffer>>();
  #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => this.#answer(request));

  get host(): string {
    return `localhost:${this.#server.addr.port}`;
  }

  stored(): Stored {
    return { blobs: new Map(this.#blobs), manifests: new Map(this.#manifests), tags: new Map(this.#tags) };
  }

  restore({ blobs, manifests, tags }: Stored): void {
    this.#blobs = new Map(blobs);
    this.#manifests = new Map(manifests);
    this.#tags = new Map(tags);
    this.#uploads.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const [, name, kind, rest] = /^\/v2\/(.+?)\/(blobs|manifests|tags|referrers)\/(.+)$/.exec(url.pathname) ?? [];
    if (url.pathname === "/v2/") return Response.json({});
    let body: Uint8Array<ArrayBuffer>;
    try {
      body = await request.bytes();
    } catch (error) {
      if (error instanceof Error) return new Response(null, { status: 400 }); // the client went away in the middle
      throw error;
    }
    if (kind === "blobs" && rest!.startsWith("uploads/")) return this.#upload(request, url, name!, rest!.slice("uploads/".length), body);
    if (kind === "blobs") return this.#blob(request, rest!);
    if (kind === "manifests") return this.#manifest(request, name!, rest!, body);
    if (kind === "tags") return Response.json({ name, tags: [...this.#tags.keys()].sort() });
    return refusal(404, "NOT_FOUND");
  }

  #upload(request: Request, url: URL, name: string, session: string, body: Uint8Array<ArrayBuffer>): Response {
    const location = (id: string) => ({ location: `/v2/${name}/blobs/uploads/${id}` });
    if (request.method === "POST") {
      const id = crypto.randomUUID();
      this.#uploads.set(id, new Uint8Array(0));
      return new Response(null, { status: 202, headers: location(id) });
    }
    const before = this.#uploads.get(session);
    if (before === undefined) return refusal(404, "BLOB_UPLOAD_UNKNOWN");
    const bytes = new Uint8Array([...before, ...body]);
    this.#uploads.set(session, bytes);
    const range = { ...location(session), range: `0-${Math.max(0, bytes.byteLength - 1)}` };
    if (request.method === "GET") return new Response(null, { status: 204, headers: range });
    if (request.method === "PATCH") return new Response(null, { status: 202, headers: range });
    if (request.method !== "PUT") return refusal(405, "UNSUPPORTED");
    const digest = url.searchParams.get("digest")!;
    this.#uploads.delete(session);
    if (digestOf(bytes) !== digest) return refusal(400, "DIGEST_INVALID");
    this.#blobs.set(digest, bytes);
    return new Response(null, { status: 201, headers: { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest } });
  }

  #blob(request: Request, digest: string): Response {
    const bytes = this.#blobs.get(digest);
    if (bytes === undefined) return refusal(404, "BLOB_UNKNOWN");
    const headers = { "docker-content-digest": digest, "content-type": "application/octet-stream" };
    return content(request, bytes, headers);
  }

  #manifest(request: Request, name: string, reference: string, body: Uint8Array<ArrayBuffer>): Response {
    if (request.method === "PUT") {
      const digest = digestOf(body);
      if (reference.includes(":") && reference !== digest) return refusal(400, "DIGEST_INVALID");
      const manifest = JSON.parse(new TextDecoder().decode(body));
      const parts: { digest: string }[] = [...manifest.config === undefined ? [] : [manifest.config], ...manifest.layers ?? []];
      if (parts.some((part) => !this.#blobs.has(part.digest))) return refusal(404, "MANIFEST_BLOB_UNKNOWN");
      this.#manifests.set(digest, { type: request.headers.get("content-type")!, bytes: body });
      if (!reference.includes(":")) this.#tags.set(reference, digest);
      return new Response(null, { status: 201, headers: { location: `/v2/${name}/manifests/${digest}`, "docker-content-digest": digest } });
    }
    const digest = reference.includes(":") ? reference : this.#tags.get(reference);
    const found = digest === undefined ? undefined : this.#manifests.get(digest);
    if (found === undefined) return refusal(404, "MANIFEST_UNKNOWN");
    if (request.method === "DELETE") {
      if (reference.includes(":")) this.#manifests.delete(reference);
      else this.#tags.delete(reference);
      return new Response(null, { status: 202 });
    }
    return content(request, found.bytes, { "docker-content-digest": digest!, "content-type": found.type });
  }
}

function content(request: Request, bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>): Response {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
  if (from !== undefined && Number(from) >= bytes.byteLength) return refusal(416, "RANGE_INVALID");
  const end = to === undefined || to === "" ? bytes.byteLength : Math.min(Number(to) + 1, bytes.byteLength);
  const part = from === undefined ? bytes : bytes.subarray(Number(from), end);
  const range = from === undefined ? {} : { "content-range": `bytes ${from}-${end - 1}/${bytes.byteLength}` };
  return new Response(request.method === "HEAD" ? null : part, {
    status: from === undefined ? 200 : 206,
    headers: { ...headers, ...range, "content-length": String(part.byteLength) },
  });
}

function refusal(status: number, code: string): Response {
  return Response.json({ errors: [{ code, message: code.toLowerCase() }] }, { status });
}
