/**
 * The upload sessions of a scripted registry, for the tests of this folder: what one without quirks does, so that a test needs to say
 * only where its own one differs.
 */
import type { ByteSource } from "../../../src/base/bytes.ts";
import { digestOf } from "../../../src/base/digest.ts";
import { refusal, type Seen } from "../../support/scripted_server.ts";

export const MiB = 1024 * 1024;

/** A big blob comes from a stream in pieces, a small one from memory. */
export function made(size: number) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 97) bytes[at] = at >> 7;
  const source: ByteSource = {
    size,
    open: () => {
      let at = 0;
      return Promise.resolve(
        new ReadableStream({
          pull(controller) {
            if (at >= size) return controller.close();
            controller.enqueue(bytes.slice(at, at += 65_536));
          },
        }, { highWaterMark: 0 }),
      );
    },
  };
  return { bytes, source, blob: { digest: digestOf(bytes), size } };
}

/** The sessions of a registry: bytes by address. Tells what is stored in the end. */
export class Sessions {
  readonly open = new Map<string, Uint8Array<ArrayBuffer>[]>();
  readonly stored = new Map<string, number>();
  #next = 0;

  begin(headers: HeadersInit = {}): Response {
    const at = `/v2/me/model/blobs/uploads/${++this.#next}`;
    this.open.set(at, []);
    return new Response(null, { status: 202, headers: { ...headers as Record<string, string>, location: `${at}?_state=a%2Fb` } });
  }

  size(at: string): number {
    return this.open.get(path(at))?.reduce((sum, piece) => sum + piece.byteLength, 0) ?? -1;
  }

  patch(seen: Seen, status = 202): Response {
    const from = Number(/^(\d+)-\d+$/.exec(seen.headers.get("content-range") ?? "")?.[1]);
    if (!this.open.has(path(seen.at))) return refusal(404, "BLOB_UPLOAD_UNKNOWN", "no such session");
    if (from !== this.size(seen.at)) return refusal(416, "BLOB_UPLOAD_INVALID", "not in order");
    this.open.get(path(seen.at))!.push(seen.body);
    return new Response(null, { status, headers: { location: seen.at, range: `0-${this.size(seen.at) - 1}` } });
  }

  put(seen: Seen, status = 201): Response {
    const pieces = this.open.get(path(seen.at));
    if (pieces === undefined) return refusal(404, "BLOB_UPLOAD_UNKNOWN", "no such session");
    const bytes = new Uint8Array(this.size(seen.at) + seen.body.byteLength);
    let at = 0;
    for (const piece of [...pieces, seen.body]) {
      bytes.set(piece, at);
      at += piece.byteLength;
    }
    const digest = new URLSearchParams(seen.at.split("?")[1]).get("digest")!;
    if (digestOf(bytes) !== digest) return refusal(400, "DIGEST_INVALID", "wrong digest");
    this.stored.set(digest, bytes.byteLength);
    this.open.delete(path(seen.at));
    return new Response(null, { status });
  }

  status(seen: Seen): Response {
    if (!this.open.has(path(seen.at))) return refusal(404, "BLOB_UPLOAD_UNKNOWN", "no such session");
    return new Response(null, { status: 204, headers: { location: seen.at, range: `0-${Math.max(0, this.size(seen.at) - 1)}` } });
  }

  /** What a registry without quirks does. */
  answer(seen: Seen): Response | null {
    if (seen.method === "POST") return this.begin();
    if (seen.method === "PATCH") return this.patch(seen);
    if (seen.method === "PUT") return this.put(seen);
    if (seen.method === "GET" && seen.at.includes("/uploads/")) return this.status(seen);
    if (seen.method === "DELETE") return new Response(null, { status: this.open.delete(path(seen.at)) ? 204 : 404 });
    const size = this.stored.get(seen.at.split("/").at(-1)!);
    return size === undefined ? null : new Response(null, { headers: { "content-length": String(size) } });
  }
}

export const path = (at: string) => at.split("?")[0]!;
export const methods = (seen: readonly Seen[]) => seen.map(({ method }) => method).join(" ");
