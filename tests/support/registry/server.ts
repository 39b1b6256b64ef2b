/**
 * A registry with manners (`manners.ts`): one repository in memory, that keeps what it is given and answers as its manners say. It also
 * watches the client: what no client may do lands in `offences`.
 */
import { type Digest, digestOf, isDigest } from "../../../src/base/digest.ts";
import { OCI_IMAGE_INDEX_TYPE } from "../../../src/bundle/media_types.ts";
import { refusal, type Scripted, type Seen, serve } from "../scripted_server.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import type { Manners } from "./manners.ts";
import { Uploads } from "./uploads.ts";

type Bytes = Uint8Array<ArrayBuffer>;

interface Held {
  readonly type: string;
  readonly bytes: Bytes;
}

export const PATH = "lab/seir";
const ROOT = `/v2/${PATH}/`;

export class RegistryServer implements AsyncDisposable {
  readonly blobs = new Map<string, Bytes>();
  readonly manifests = new Map<string, Held>();
  readonly tags = new Map<string, string>();
  /** What a client did that none may do: credentials at the storage host, an address of before, a range with a unit. */
  readonly offences: string[] = [];
  /** Bytes of blobs that were sent out, the storage host's included. */
  given = 0;
  readonly #uploads: Uploads;
  readonly #gate: Gatekeeper;
  readonly #front: Scripted;
  readonly #storage: Scripted;
  #made: boolean;
  /** What was put a moment ago: how often it still looks as it did before, and how that was. */
  readonly #late = new Map<string, { looks: number; readonly before: string | undefined }>();
  #asked = 0;

  constructor(readonly manners: Manners) {
    this.#made = !manners.repositoryMustExist;
    this.#storage = serve((seen) => this.#store(seen), "127.0.0.1");
    this.#front = serve((seen, request) => this.#answer(seen, request));
    this.#uploads = new Uploads(manners.uploads, this.#front.url, this.blobs, this.offences);
    this.#gate = new Gatekeeper(manners, this.#front.url, PATH);
  }

  get host(): string {
    return this.#front.host;
  }

  get seen(): readonly Seen[] {
    return this.#front.seen;
  }

  get stored(): readonly Seen[] {
    return this.#storage.seen;
  }

  /** The sizes of the pieces of blobs that were taken. */
  get pieces(): readonly number[] {
    return this.#uploads.taken;
  }

  get credential() {
    return this.#gate.credential;
  }

  makeRepository(): void {
    this.#made = true;
  }

  /** Time passes: everything that was put is seen. */
  settle(): void {
    this.#late.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#front[Symbol.asyncDispose]();
    await this.#storage[Symbol.asyncDispose]();
    await this.#gate[Symbol.asyncDispose]();
  }

  #answer(seen: Seen, _request: Request): Response | Promise<Response> | null {
    return this.#throttled() ?? this.#gate.answer(seen) ?? this.#route(seen);
  }

  #throttled(): Response | null {
    const { throttles } = this.manners;
    if (throttles === null || ++this.#asked % throttles.every !== 0) return null;
    if (throttles.with === "403 and words") {
      return new Response("You have exceeded a secondary rate limit. Please wait a few minutes.", { status: 403 });
    }
    const headers: HeadersInit = throttles.with === "429 and Retry-After" ? { "retry-after": "3" } : {};
    return new Response("toomanyrequests: retry-after: 571.112µs", { status: 429, headers });
  }

  #route(seen: Seen): Response | null {
    const [path = "", query = ""] = seen.at.split("?");
    if (path === "/v2/") return new Response("true", { headers: { "content-type": "text/html; charset=utf-8" } });
    if (path === "/login") return new Response("<html>log in</html>", { headers: { "content-type": "text/html" } });
    if (path.startsWith("/moved/")) return this.#bytesOf(seen, path.slice("/moved/".length));
    if (!path.startsWith(ROOT)) return null;
    const [kind, ...rest] = path.slice(ROOT.length).split("/");
    const name = rest.join("/");
    if (!this.#made) return refusal(404, "NAME_UNKNOWN", `The repository with name '${PATH}' does not exist`);
    if (kind === "blobs" && name.startsWith("uploads/")) return this.#uploads.answer(seen);
    if (kind === "blobs") return this.#blob(seen, name);
    if (kind === "manifests") return this.#manifest(seen, name);
    if (kind === "tags" && name === "list") return this.#list(new URLSearchParams(query));
    if (kind === "referrers") return this.#referrers(name, new URLSearchParams(query));
    return null;
  }

  #blob(seen: Seen, digest: string): Response | null {
    const { head, blobs } = this.manners;
    if (seen.method === "HEAD" && head === "404") return null;
    if (seen.method === "HEAD" && head === "405") return new Response(null, { status: 405 });
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) return refusal(404, "BLOB_UNKNOWN", "blob unknown to registry");
    const isLed = blobs.redirect !== null && (seen.method === "GET" || blobs.redirectsHead);
    if (!isLed) return this.#bytesOf(seen, digest);
    const location = blobs.relative ? `/moved/${digest}` : `${this.#storage.url}/${digest}?X-Signature=secret`;
    return new Response(null, { status: blobs.redirect!, headers: { location } });
  }

  /** The storage host: knows signatures, and no credentials. */
  #store(seen: Seen): Response | null {
    const digest = seen.at.slice(1).split("?")[0]!;
    if (seen.headers.has("authorization")) {
      this.offences.push("the storage host was shown credentials");
      return new Response("<Error><Code>InvalidArgument</Code></Error>", { status: 400 });
    }
    if (!seen.at.endsWith("?X-Signature=secret")) return new Response(null, { status: 403 });
    if (seen.method === "HEAD" && this.manners.blobs.getOnly) return new Response(null, { status: 403 });
    return this.#bytesOf(seen, digest);
  }

  #bytesOf(seen: Seen, digest: string): Response | null {
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) return null;
    const headers: Record<string, string> = { "content-type": "application/octet-stream", "content-length": String(bytes.byteLength) };
    if (seen.method === "HEAD") return new Response(null, { headers });
    const range = /^bytes=(\d+)-(\d*)$/.exec(seen.headers.get("range") ?? "");
    const { ranges } = this.manners.blobs;
    if (range === null || ranges === "ignored") return this.given += bytes.byteLength, new Response(bytes, { headers });
    const from = Number(range[1]);
    if (ranges !== "served" && from === 0) return new Response("range", { status: 500 });
    if (from >= bytes.byteLength) return new Response(null, { status: 416, headers: { "content-range": `bytes */${bytes.byteLength}` } });
    const to = Math.min(range[2] === "" ? Infinity : Number(range[2]), bytes.byteLength - 1);
    this.given += to + 1 - from;
    return new Response(bytes.slice(from, to + 1), {
      status: 206,
      headers: { "content-type": "application/octet-stream", "content-range": `bytes ${from}-${to}/${bytes.byteLength}` },
    });
  }

  #manifest(seen: Seen, reference: string): Response | null {
    if (seen.method === "PUT") return this.#put(seen, reference);
    if (seen.method === "DELETE") return this.#remove(reference);
    const { head, manifests, referrers } = this.manners;
    if (seen.method === "HEAD" && head === "404") return null;
    if (seen.method === "HEAD" && head === "405") return new Response(null, { status: 405 });
    if (!/vnd\.oci\.image\.manifest/.test(seen.headers.get("accept") ?? "")) {
      return refusal(404, "MANIFEST_UNKNOWN", "OCI manifest found, but accept header does not support OCI manifests");
    }
    const subject = /^sha256-([0-9a-f]{64})$/.exec(reference)?.[1];
    const late = this.#late.get(reference);
    const isLate = late !== undefined && late.looks-- > 0;
    const digest = isLate
      ? late.before ?? ""
      : isDigest(reference)
      ? reference
      : this.tags.get(reference) ?? (subject !== undefined && referrers.fallbackGivesSubject ? `sha256:${subject}` : "");
    const held = this.manifests.get(digest);
    if (held === undefined) return refusal(404, "MANIFEST_UNKNOWN", "manifest unknown");
    const says = manifests.saysDigest && !(seen.method === "HEAD" && head === "no digest");
    const headers = { "content-type": held.type, ...(says ? { "docker-content-digest": digest } : {}) };
    return new Response(seen.method === "HEAD" ? null : held.bytes, { headers });
  }

  #put(seen: Seen, reference: string): Response {
    const { manifests, referrers, tags } = this.manners;
    if (seen.body.byteLength > manifests.most) return refusal(413, "MANIFEST_INVALID", "payload too large");
    const document = JSON.parse(new TextDecoder().decode(seen.body));
    const type = seen.headers.get("content-type") ?? "";
    if (document.mediaType !== type || (document.manifests === undefined) === (type === OCI_IMAGE_INDEX_TYPE)) {
      return refusal(400, "MANIFEST_INVALID", "the manifest is not of the type that was said");
    }
    const digest = digestOf(seen.body);
    if (isDigest(reference) && reference !== digest) return refusal(400, "DIGEST_INVALID", "provided digest did not match");
    if ((document.layers?.length ?? 0) > manifests.mostLayers) return refusal(405, "UNSUPPORTED", "too many layers");
    const named: { digest: string }[] = document.manifests === undefined ? [document.config, ...document.layers] : [];
    const missing = manifests.checksBlobs ? named.find(({ digest }) => !this.blobs.has(digest)) : undefined;
    if (missing !== undefined) return refusal(404, "MANIFEST_BLOB_UNKNOWN", `blob unknown to registry: ${missing.digest}`);
    if (!isDigest(reference)) {
      const holds = this.tags.get(reference);
      const isFallback = /^sha256-[0-9a-f]{64}$/.test(reference);
      if (holds !== undefined && tags.move !== "moves" && !isFallback) {
        return refusal(
          tags.move,
          "TAG_INVALID",
          "The image tag already exists and cannot be overwritten because the repository is immutable.",
        );
      }
    }
    const before = isDigest(reference) ? this.manifests.has(reference) ? reference : undefined : this.tags.get(reference);
    this.#late.set(reference, { looks: manifests.lateBy, before });
    if (!isDigest(reference)) this.tags.set(reference, digest);
    this.manifests.set(digest, { type, bytes: seen.body });
    const subject = document.subject?.digest;
    const headers: Record<string, string> = { location: `${ROOT}manifests/${digest}` };
    if (manifests.saysDigest) headers["docker-content-digest"] = digest;
    if (subject !== undefined && referrers.saysSubject) headers["oci-subject"] = subject;
    return new Response(null, { status: 201, headers });
  }

  #remove(reference: string): Response {
    if (isDigest(reference)) this.offences.push("a manifest was deleted by its digest");
    const { remove } = this.manners.tags;
    if (remove === 400 || remove === 405) return refusal(remove, "UNSUPPORTED", "The operation is unsupported.");
    const digest = this.tags.get(reference);
    if (digest === undefined) return refusal(404, "MANIFEST_UNKNOWN", "manifest unknown");
    this.tags.delete(reference);
    if (remove === "takes the manifest") this.manifests.delete(digest);
    return new Response(null, { status: 202 });
  }

  #list(query: URLSearchParams): Response {
    const { page, mostAsked, link } = this.manners.tags;
    const asked = Number(query.get("n") ?? page);
    if (asked > mostAsked) return refusal(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested");
    const names = [...this.tags.keys()].sort();
    const last = query.get("last") ?? (query.has("next_page") ? atob(query.get("next_page")!) : null);
    const from = last === null ? 0 : names.findIndex((name) => name > last);
    const size = Math.min(asked, page);
    const tags = from < 0 ? [] : names.slice(from, from + size);
    const isLast = from < 0 || from + size >= names.length;
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (!isLast && link !== "none") {
      const root = link === "without /v2" ? `/${PATH}/tags/list` : `${link === "absolute" ? this.#front.url : ""}${ROOT}tags/list`;
      const token = link === "opaque" ? `next_page=${encodeURIComponent(btoa(tags.at(-1)!))}` : `last=${encodeURIComponent(tags.at(-1)!)}`;
      headers.link = `<${root}?n=${size}&${token}>; rel="next"`;
    }
    return new Response(JSON.stringify({ name: PATH, tags: names.length === 0 ? null : tags }), { headers });
  }

  #referrers(subject: string, query: URLSearchParams): Response | null {
    const { answer, filters } = this.manners.referrers;
    if (answer === "404") return new Response("404 page not found\n", { status: 404 });
    if (answer === "400") return refusal(400, "UNSUPPORTED", "no");
    if (answer === "a web page") return new Response("<html>not here</html>", { headers: { "content-type": "text/html" } });
    if (answer === "a login page elsewhere") {
      return new Response(null, { status: 302, headers: { location: `${this.#storage.url}/login?continue=x` } });
    }
    const type = query.get("artifactType");
    const found = [...this.manifests].flatMap(([digest, { type: mediaType, bytes }]) => {
      const { subject: about, artifactType, config, annotations } = JSON.parse(new TextDecoder().decode(bytes));
      if (about?.digest !== subject) return [];
      return [{
        mediaType,
        digest: digest as Digest,
        size: bytes.byteLength,
        artifactType: artifactType ?? config?.mediaType,
        annotations,
      }];
    });
    const manifests = filters && type !== null ? found.filter(({ artifactType }) => artifactType === type) : found;
    return new Response(JSON.stringify({ schemaVersion: 2, mediaType: OCI_IMAGE_INDEX_TYPE, manifests }), {
      headers: { "content-type": OCI_IMAGE_INDEX_TYPE, ...(filters && type !== null ? { "oci-filters-applied": "artifactType" } : {}) },
    });
  }
}
