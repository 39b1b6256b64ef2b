/** An upload that a registry has begun, and what was found out about the registry by uploads before. */
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import type { HostMemory, HostProfile, UploadJournal, UploadSession } from "../bundle/upload_journal.ts";
import type { HttpResponse } from "../http/message.ts";
import { uploadLocation } from "./location.ts";

export interface Session {
  readonly url: URL;
  /** The smallest piece but the last that it takes, bytes (OCI-Chunk-Min-Length). */
  readonly smallestPiece: number;
  /** How many bytes the registry has said it has. */
  readonly offset: number;
}

/** 128 MiB: what a break costs at most, where the registry keeps no part of a piece. */
export const DEFAULT_PIECE = 128 * 1024 * 1024;
/** Where a large piece, or all of it, was refused for its size (bytes): few take less. */
const MODEST_PIECE = 8 * 1024 * 1024;
/** Whoever refuses pieces of this size refuses pieces (bytes). */
export const SMALLEST_PIECE = 256 * 1024;

/** What was found out about a registry while sending, kept where there is a memory for it. */
export class UploadProfile {
  #known: HostProfile;
  /** What the line lets through, which says nothing of the host: for this process only. */
  #throughLine = Infinity;
  #lostInARow = 0;

  constructor(readonly host: string, readonly memory: HostMemory | undefined, piece: number) {
    this.#known = memory?.find(host) ?? { wholeUpTo: null, takesPieces: true, piece };
  }

  /** One PUT is refused above this size (bytes). */
  get wholeUpTo(): number {
    return this.#known.wholeUpTo ?? Infinity;
  }

  get takesPieces(): boolean {
    return this.#known.takesPieces;
  }

  /** Bytes of one piece. */
  get piece(): number {
    return Math.min(this.#known.piece, this.#throughLine);
  }

  refusesWhole(size: number): void {
    this.#learn({ wholeUpTo: Math.min(this.wholeUpTo, size - 1), piece: Math.min(this.piece, MODEST_PIECE) });
  }

  refusesPieces(): void {
    this.#learn({ takesPieces: false });
  }

  /** @param size of a piece that was refused for being too large */
  refusesPieceOf(size: number): void {
    const next = size > MODEST_PIECE ? MODEST_PIECE : Math.floor(size / 2);
    this.#learn({ piece: Math.max(SMALLEST_PIECE, Math.min(this.piece, next)) });
  }

  /**
   * The line was cut after so many bytes of a piece, and the registry kept nothing of it. Where that happens again before a piece gets
   * through, the next ones are half of what the line took.
   */
  losesPieceAfter(size: number): void {
    this.#lostInARow++;
    if (size > MODEST_PIECE) return this.#learn({ piece: Math.max(MODEST_PIECE, Math.min(this.#known.piece, Math.floor(size / 2))) });
    if (this.#lostInARow > 1) this.#throughLine = Math.max(SMALLEST_PIECE, Math.floor(Math.min(size, this.piece) / 2));
  }

  /** A piece got through. */
  keepsPiece(): void {
    this.#lostInARow = 0;
  }

  #learn(news: Partial<HostProfile>): void {
    this.#known = { ...this.#known, ...news };
    this.memory?.keep(this.host, this.#known);
  }
}

/** The journal of one repository; a session in it is no safer than the Location that a registry sends, and is looked at like one. */
export class SessionJournal {
  constructor(readonly journal: UploadJournal, readonly remote: string, readonly origin: URL) {}

  find(digest: Digest): Session | null {
    const known = this.journal.find(this.remote, digest);
    try {
      return known === null ? null : { ...known, url: uploadLocation(known.url, this.origin, this.origin) };
    } catch (error) {
      if (!isFailure(error, "remote-error")) throw error;
      this.drop(digest);
      return null;
    }
  }

  keep(digest: Digest, { url, offset, smallestPiece }: Session): void {
    this.journal.keep(this.remote, digest, { url: url.href, offset, smallestPiece });
  }

  drop(digest: Digest): void {
    this.journal.drop(this.remote, digest);
  }
}

/** For who has no project to keep it in: good for this process. */
export function journalInMemory(): UploadJournal {
  const sessions = new Map<string, UploadSession>();
  const key = (remote: string, digest: Digest) => `${remote} ${digest}`;
  return {
    find: (remote, digest) => sessions.get(key(remote, digest)) ?? null,
    keep: (remote, digest, session) => void sessions.set(key(remote, digest), session),
    drop: (remote, digest) => void sessions.delete(key(remote, digest)),
  };
}

/** The address where an upload goes on after an answer; the one before, when the answer names none. */
export function movedOn(response: HttpResponse, asked: URL, origin: URL): URL {
  const location = response.headers.get("location");
  return location === null ? asked : uploadLocation(location, asked, origin);
}
