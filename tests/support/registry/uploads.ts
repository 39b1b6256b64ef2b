/** The upload sessions of a registry with manners (rules R1, R5 to R11). */
import { digestOf } from "../../../src/base/digest.ts";
import { refusal, type Seen } from "../scripted_server.ts";
import type { Manners } from "./manners.ts";
import { PATH } from "./server.ts";

type Bytes = Uint8Array<ArrayBuffer>;

interface Session {
  readonly pieces: Bytes[];
  size: number;
  /** Counts the answers, where addresses move. */
  turn: number;
  /** A piece smaller than the least was taken: it must have been the last one. */
  isClosed: boolean;
}

export class Uploads {
  readonly sessions = new Map<string, Session>();
  /** The sizes of the pieces that were taken. */
  readonly taken: number[] = [];
  #next = 0;

  constructor(
    readonly manners: Manners["uploads"],
    readonly url: string,
    readonly blobs: Map<string, Bytes>,
    readonly offences: string[],
  ) {}

  answer(seen: Seen): Response {
    if (seen.method === "POST") return this.#begin(seen);
    const [path = "", query = ""] = seen.at.split("?");
    const id = path.split("/").at(-1)!;
    const session = this.sessions.get(id);
    if (session === undefined) return refusal(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
    if (this.manners.moves && new URLSearchParams(query).get("_state") !== `s=${session.turn}`) {
      if (seen.method !== "DELETE") this.offences.push(`${seen.method} went to an address of before`);
      return refusal(404, "BLOB_UPLOAD_UNKNOWN", "an address of before");
    }
    if (seen.body.byteLength > this.manners.mostBody) return new Response("<html>413</html>", { status: 413 });
    if (seen.method === "PATCH") return this.#patch(id, session, seen);
    if (seen.method === "PUT") return this.#put(id, session, seen);
    if (seen.method === "GET") return this.#told(id, session, 204);
    if (seen.method === "DELETE") return this.sessions.delete(id), new Response(null, { status: 204 });
    return new Response(null, { status: 405 });
  }

  #begin(seen: Seen): Response {
    if (seen.at.includes("mount=")) this.offences.push("a mount was asked for");
    const id = String(++this.#next);
    const session: Session = { pieces: [], size: 0, turn: 0, isClosed: false };
    this.sessions.set(id, session);
    const response = this.#told(id, session, 202);
    if (this.manners.leastPiece > 0) response.headers.set("oci-chunk-min-length", String(this.manners.leastPiece));
    return response;
  }

  #patch(id: string, session: Session, seen: Seen): Response {
    const { piece, mostPiece, leastPiece } = this.manners;
    if (piece === null) return refusal(405, "UNSUPPORTED", "The operation is unsupported.");
    const range = seen.headers.get("content-range");
    const at = /^(\d+)-(\d+)$/.exec(range ?? "");
    // Without a range it is one stream: the spec allows that, and so do registries.
    if (at !== null && seen.body.byteLength === 0) return new Response(null, { status: 400 }); // the line was cut, and nobody hears this
    if (range !== null && (at === null || Number(at[2]) - Number(at[1]) + 1 !== seen.body.byteLength)) {
      this.offences.push(`a piece of ${seen.body.byteLength} bytes had the range ${range}`);
      return refusal(416, "BLOB_UPLOAD_INVALID", "range");
    }
    if (seen.body.byteLength > mostPiece) return new Response(null, { status: 416 });
    if (at !== null && Number(at[1]) !== session.size) return refusal(416, "BLOB_UPLOAD_INVALID", "not in order");
    if (session.isClosed) return refusal(416, "BLOB_UPLOAD_INVALID", "a piece before was too small");
    if (seen.body.byteLength < leastPiece) session.isClosed = true;
    session.pieces.push(seen.body);
    session.size += seen.body.byteLength;
    this.taken.push(seen.body.byteLength);
    return this.#told(id, session, piece);
  }

  #put(id: string, session: Session, seen: Seen): Response {
    const bytes = new Uint8Array(session.size + seen.body.byteLength);
    let at = 0;
    for (const piece of [...session.pieces, seen.body]) {
      bytes.set(piece, at);
      at += piece.byteLength;
    }
    const digest = new URLSearchParams(seen.at.split("?")[1]).get("digest") ?? "";
    if (digestOf(bytes) !== digest) return refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
    this.blobs.set(digest, bytes);
    this.sessions.delete(id);
    return new Response(null, { status: this.manners.done, headers: { location: `/v2/${PATH}/blobs/${digest}` } });
  }

  /** An answer that says where to go on, and how far the session came. */
  #told(id: string, session: Session, status: number): Response {
    session.turn++;
    const root = this.manners.location === "absolute" ? this.url : "";
    const state = this.manners.moves ? `?_state=s%3D${session.turn}` : "";
    const last = session.pieces.at(-1)?.byteLength ?? 0;
    const place = this.manners.range === "right"
      ? session.size
      : this.manners.range === "tells the last piece"
      ? last
      : session.pieces[0]?.byteLength ?? 0;
    const headers = { location: `${root}/v2/${PATH}/blobs/uploads/${id}${state}`, range: `0-${Math.max(0, place - 1)}` };
    return new Response(null, { status, headers });
  }
}
