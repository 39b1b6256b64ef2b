/**
 * A blob in pieces (OCI distribution-spec, "Pushing a blob in chunks"): PATCH by PATCH, each streamed, then an empty PUT. After a break,
 * or in a later process, the registry is asked how far it came; what its answers say about that is trusted only where they are clear
 * (rules R5 to R9): the digest decides in the end.
 */
import type { ByteSource } from "../base/bytes.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Blob } from "../bundle/content.ts";
import { discard, type HttpRequest } from "../http/message.ts";
import { reasonOf } from "../http/network_failure.ts";
import { CheckedSource } from "./checked_source.ts";
import type { Exchange } from "./exchange.ts";
import { nextOffset, withParameter } from "./location.ts";
import { refusedStatus } from "./remote_failure.ts";
import { movedOn, type Session, SMALLEST_PIECE, type UploadProfile } from "./upload_session.ts";

export interface PiecesOptions {
  readonly exchange: Exchange;
  readonly blob: Blob;
  readonly session: Session;
  readonly profile: UploadProfile;
  readonly source: ByteSource;
  /** Bytes that are there now; what counted before and is not there is taken back. */
  readonly count: (moved: number) => void;
  /** Where the upload stands, after each step. */
  readonly keep: (session: Session) => void;
  readonly signal: AbortSignal | undefined;
}

/** What is this small goes from memory, over a connection that is used again (bytes). */
const FROM_MEMORY = 4 * 1024 * 1024;
/** Where a stream cannot travel with its length, this much is in memory at a time (bytes). */
const MOST_IN_MEMORY = 8 * 1024 * 1024;
const TOO_LARGE = [413, 416];
const NO_PIECES = [405, 501];
const LOST = [400, 404, 410];
/** How often a registry may say that it has less than it had. */
const STEPS_BACK = 3;

/** @throws Failure; `profile` then says what to do otherwise. */
export async function sendInPieces(options: PiecesOptions): Promise<void> {
  const { exchange, blob, keep, count, signal } = options;
  const source = new CheckedSource(blob, options.source, signal);
  let session = options.session;
  let stepsBack = 0;
  count(session.offset);
  try {
    while (session.offset < blob.size) {
      const next = await sendPiece(options, source, session, stepsBack > 0);
      if (next.offset < session.offset && ++stepsBack > STEPS_BACK) throw confused(options, next.offset);
      session = next;
      keep(session);
    }
    await source.goTo(blob.size); // what an earlier process sent was checked against its own reading of the file
  } finally {
    await source.close();
  }
  const at = withParameter(session.url, "digest", blob.digest);
  await discard(
    await exchange.ask({ operation: `complete the blob ${blob.digest}`, access: "push", method: "PUT", at, again: false, signal }),
  );
}

/**
 * One piece: where the upload stands afterwards, which may be in its middle, or even before it.
 * @param isDoubtful the registry has said already that it has less than it had
 */
async function sendPiece(options: PiecesOptions, source: CheckedSource, session: Session, isDoubtful: boolean): Promise<Session> {
  const { exchange, blob, count, profile, signal } = options;
  for (let attempt = 1;; attempt++) {
    const length = Math.min(sizeOfPiece(options, session), blob.size - session.offset);
    let moved = 0;
    try {
      await source.goTo(session.offset);
      const response = await exchange.ask({
        operation: `send a piece of the blob ${blob.digest}`,
        access: "push",
        method: "PATCH",
        at: session.url,
        headers: { "content-type": "application/octet-stream", "content-range": `${session.offset}-${session.offset + length - 1}` },
        body: await bodyOf(options, source, session, length, (bytes) => {
          moved += bytes;
          count(bytes);
        }),
        again: false,
        signal,
      });
      await discard(response);
      count(length - moved);
      profile.keepsPiece();
      return { ...session, url: movedOn(response, session.url, exchange.options.origin), offset: session.offset + length };
    } catch (error) {
      count(-moved);
      const lost = reasonOf(error) === "broken" ? moved || Math.min(length, FROM_MEMORY) : 0; // of what goes from memory nobody knows how much went
      if (isFailure(error, "changed-underneath", "interrupted")) throw error;
      const status = refusedStatus(error) ?? 0;
      if (status === 416 && isDoubtful) throw confused(options, session.offset);
      if (status !== 416) learn(options, session, error, length);
      if (status === 401 && attempt === 1) continue; // the credentials ran out, and are new now
      if (!TOO_LARGE.includes(status) && !await exchange.pause(attempt, error, signal)) throw error;
      if (attempt >= exchange.options.attempts) throw error;
      const now = await standing(options, session).catch((noSession) => {
        if (lost > 0 && LOST.includes(refusedStatus(noSession) ?? 0)) profile.losesPieceAfter(lost);
        throw noSession;
      });
      // A place before ours is often just not kept up to date; only a registry that refuses to go on from ours means it (rule R7).
      const isBehind = now.offset !== null && now.offset < session.offset && status !== 416;
      const offset = isBehind ? session.offset : now.offset ?? session.offset;
      if (offset > session.offset + length) throw confused(options, offset);
      if (offset !== session.offset) {
        count(offset - session.offset);
        return { ...session, url: now.url, offset };
      }
      if (lost > 0) profile.losesPieceAfter(lost);
      // Pieces of this size were taken before, and where it stands nobody says: only a new session knows its place.
      if (status === 416 && now.offset === null && session.offset >= length) throw confused(options, null);
      if (status === 416) learn(options, session, error, length); // the place is right, so it must be the size
      session = { ...session, url: now.url };
    }
  }
}

/** How far the registry says it came. `offset` is null where it says nothing clear. */
export async function standing(
  { exchange, blob, signal }: Pick<PiecesOptions, "exchange" | "blob" | "signal">,
  { url }: Session,
): Promise<{ url: URL; offset: number | null }> {
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

function sizeOfPiece({ exchange, profile }: PiecesOptions, { url, smallestPiece }: Session): number {
  const most = exchange.options.http.sendsLength(url) ? profile.piece : Math.min(profile.piece, MOST_IN_MEMORY);
  return Math.max(most, smallestPiece);
}

async function bodyOf(
  { exchange }: PiecesOptions,
  source: CheckedSource,
  { url }: Session,
  length: number,
  onBytes: (count: number) => void,
): Promise<NonNullable<HttpRequest["body"]>> {
  if (length <= FROM_MEMORY || !exchange.options.http.sendsLength(url)) return await source.take(length);
  return { size: length, stream: source.body(length, onBytes) };
}

/** What a refusal teaches about this registry. @throws the error, when no piece will ever be taken */
function learn({ profile }: PiecesOptions, session: Session, error: unknown, size: number): void {
  const status = refusedStatus(error) ?? 0;
  const isSmallest = size <= Math.max(SMALLEST_PIECE, session.smallestPiece);
  if (NO_PIECES.includes(status) || (status === 413 && isSmallest)) {
    profile.refusesPieces();
    throw error;
  }
  if (TOO_LARGE.includes(status) && !isSmallest) profile.refusesPieceOf(size);
}

function confused({ exchange, blob }: PiecesOptions, offset: number | null): Failure {
  const { host } = exchange.options.origin;
  return new Failure(
    "unreachable",
    `${host} lost its place in the blob ${blob.digest}: it ${offset === null ? "does not say what it has" : `says it has ${offset} bytes`}`,
    {
      hint: "run the command again",
      facts: { host, reason: "broken", lostPlace: true },
    },
  );
}
