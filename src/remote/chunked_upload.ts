/**
 * A blob in pieces (OCI distribution-spec, "Pushing a blob in chunks"): PATCH by PATCH, then an empty PUT. One piece is in memory at a
 * time. After a break the registry is asked how far it came; what its answers say about that is trusted only where they are clear
 * (rules R5 to R9): the digest decides in the end.
 */
import { Failure, isFailure } from "../base/failure.ts";
import type { Blob } from "../bundle/content.ts";
import { discard } from "../http/message.ts";
import type { Exchange } from "./exchange.ts";
import { nextOffset, withParameter } from "./location.ts";
import { refusedStatus } from "./remote_failure.ts";
import { movedOn, type Session, type UploadProfile } from "./upload_session.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface PiecesOptions {
  readonly exchange: Exchange;
  readonly blob: Blob;
  readonly session: Session;
  readonly profile: UploadProfile;
  readonly open: () => Promise<ReadableStream<Bytes>>;
  readonly count: (moved: number) => void;
  readonly signal: AbortSignal | undefined;
}

const SMALLEST = 256 * 1024; // bytes; whoever refuses pieces of this size refuses pieces
const TOO_LARGE = [413, 416];
const NO_PIECES = [405, 501];

/** @throws Failure; `profile` then says what to do otherwise. */
export async function sendInPieces(options: PiecesOptions): Promise<void> {
  const { exchange, blob, session, signal } = options;
  const queue = new PieceQueue((await options.open()).getReader());
  let url = session.url;
  let offset = 0;
  try {
    while (offset < blob.size) {
      const piece = await queue.peek(Math.max(options.profile.piece, session.smallestPiece));
      const step = await sendPiece(options, url, offset, piece);
      url = step.url;
      queue.drop(step.taken);
      offset += step.taken;
      options.count(step.taken);
    }
    await queue.expectEnd();
  } finally {
    await queue.close();
  }
  const at = withParameter(url, "digest", blob.digest);
  await discard(
    await exchange.ask({ operation: `complete the blob ${blob.digest}`, access: "push", method: "PUT", at, again: false, signal }),
  );
}

/** One piece, or a part of it: how many bytes the registry has taken, and where to go on. */
async function sendPiece(options: PiecesOptions, url: URL, offset: number, piece: Bytes): Promise<{ url: URL; taken: number }> {
  const { exchange, blob, signal } = options;
  for (let attempt = 1;; attempt++) {
    try {
      const response = await exchange.ask({
        operation: `send a piece of the blob ${blob.digest}`,
        access: "push",
        method: "PATCH",
        at: url,
        headers: { "content-type": "application/octet-stream", "content-range": `${offset}-${offset + piece.byteLength - 1}` },
        body: piece,
        again: false,
        signal,
      });
      await discard(response);
      return { url: movedOn(response, url, exchange.options.origin), taken: piece.byteLength };
    } catch (error) {
      learn(options, error, piece.byteLength);
      if (!TOO_LARGE.includes(refusedStatus(error) ?? 0) && !await exchange.pause(attempt, error, signal)) throw error;
      if (attempt >= exchange.options.attempts) throw error;
      const now = await progress(options, url);
      // A place before ours is often just not kept up to date; only a registry that refuses to go on from ours means it (rule R7).
      const isBehind = now.offset !== null && now.offset < offset && refusedStatus(error) !== 416;
      const taken = isBehind ? 0 : (now.offset ?? offset) - offset;
      if (taken < 0 || taken > piece.byteLength) throw confused(options, now.offset!);
      if (taken > 0) return { url: now.url, taken };
      url = now.url;
      piece = piece.subarray(0, Math.max(options.session.smallestPiece, options.profile.piece));
    }
  }
}

/** What a refusal teaches about this registry. @throws the error, when no piece will ever be taken */
function learn({ profile, session }: PiecesOptions, error: unknown, size: number): void {
  const status = refusedStatus(error) ?? 0;
  const isSmallest = size <= Math.max(SMALLEST, session.smallestPiece);
  if (NO_PIECES.includes(status) || (status === 413 && isSmallest)) {
    profile.takesPieces = false;
    throw error;
  }
  if (TOO_LARGE.includes(status) && !isSmallest) profile.piece = Math.max(SMALLEST, Math.min(profile.piece, Math.floor(size / 2)));
}

/** How far the registry says it came. `offset` is null where it says nothing clear. */
async function progress({ exchange, blob, signal }: PiecesOptions, url: URL): Promise<{ url: URL; offset: number | null }> {
  const response = await exchange.ask({
    operation: `go on sending the blob ${blob.digest}`,
    access: "push",
    method: "GET",
    at: url,
    signal,
  });
  await discard(response);
  return { url: movedOn(response, url, exchange.options.origin), offset: nextOffset(response.headers.get("range")) };
}

function confused({ exchange, blob }: PiecesOptions, offset: number): Failure {
  const { host } = exchange.options.origin;
  return new Failure("unreachable", `${host} lost its place in the blob ${blob.digest}: it says it has ${offset} bytes`, {
    hint: "run the command again",
    facts: { host, reason: "broken" },
  });
}

/** Pieces of any length from a stream, kept until they are dropped. */
class PieceQueue {
  #kept: Bytes = new Uint8Array(0);
  /** What was read after it. */
  #rest: Bytes = new Uint8Array(0);

  constructor(readonly reader: ReadableStreamDefaultReader<Bytes>) {}

  /** The next `size` bytes, fewer at the end. */
  async peek(size: number): Promise<Bytes> {
    if (this.#kept.byteLength >= size) return this.#kept.subarray(0, size);
    const piece = new Uint8Array(size);
    piece.set(this.#kept);
    let filled = this.#kept.byteLength;
    while (filled < size) {
      if (this.#rest.byteLength === 0) {
        const { done, value } = await this.reader.read();
        if (done) break;
        this.#rest = value;
      }
      const fits = this.#rest.subarray(0, size - filled);
      piece.set(fits, filled);
      filled += fits.byteLength;
      this.#rest = this.#rest.subarray(fits.byteLength);
    }
    return this.#kept = piece.subarray(0, filled);
  }

  drop(size: number): void {
    this.#kept = this.#kept.subarray(size);
  }

  /** Reads to the end, so that the check at the end of the stream is made. */
  async expectEnd(): Promise<void> {
    while (!(await this.reader.read()).done);
  }

  async close(): Promise<void> {
    try {
      await this.reader.cancel();
    } catch (error) {
      if (!isFailure(error)) throw error; // it failed before, and that was told
    }
  }
}
