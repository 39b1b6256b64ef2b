/**
 * One blob on its way up (OCI distribution-spec, "Pushing Blobs"). A small one is one PUT. A big one goes in pieces by PATCH, and its
 * session is kept, so that a push that was cut off or killed goes on where it was. What a registry is found to refuse is remembered for
 * the blobs that follow (decision 0009).
 */
import { type ByteSource, sourceOf } from "../base/bytes.ts";
import { isFailure, stopIfInterrupted } from "../base/failure.ts";
import type { Blob, TransferOptions } from "../bundle/content.ts";
import { formatRepository } from "../bundle/reference.ts";
import type { HostMemory, UploadJournal } from "../bundle/upload_journal.ts";
import { discard, type HttpRequest } from "../http/message.ts";
import { reasonOf } from "../http/network_failure.ts";
import { CheckedSource, readSource } from "./checked_source.ts";
import { sendInPieces, standing } from "./chunked_upload.ts";
import type { Exchange } from "./exchange.ts";
import { uploadLocation, withParameter } from "./location.ts";
import { refusedStatus } from "./remote_failure.ts";
import { DEFAULT_PIECE, journalInMemory, type Session, SessionJournal, UploadProfile } from "./upload_session.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Up to here a blob is read into memory and sent in one piece (bytes). */
const SMALL = 4 * 1024 * 1024;
/** Above this a blob goes in pieces, so that what has arrived is kept when the line breaks (bytes). */
const RESUMABLE = 64 * 1024 * 1024;
/** "Not in this way": too large, not this method, not at this place (rule R9, and 411 and 415 of proxies). */
const OTHER_WAY = [405, 411, 413, 415, 416];

/** The session is of no use any more: the registry does not know it, or it holds something else. */
const SESSION_ENDED = [400, 404, 410, 416];

/** How often a blob is begun anew because its session was lost. */
const MOST_SESSIONS = 4;

export interface WriterOptions {
  readonly uploads?: UploadJournal | undefined;
  readonly hosts?: HostMemory | undefined;
  /** Bytes of one piece, where the host has not refused such. Default 128 MiB. */
  readonly uploadPiece?: number | undefined;
}

export class BlobWriter {
  readonly profile: UploadProfile;
  readonly #journal: SessionJournal;

  constructor(readonly exchange: Exchange, options: WriterOptions) {
    const { host, path, origin } = exchange.options;
    this.profile = new UploadProfile(host, options.hosts, options.uploadPiece ?? DEFAULT_PIECE);
    const remote = formatRepository({ kind: "registry", host, path });
    this.#journal = new SessionJournal(options.uploads ?? journalInMemory(), remote, origin);
  }

  /** @param isThere asked before another try, since an answer may have been lost after the blob was stored. */
  async write(blob: Blob, source: ByteSource, options: TransferOptions, isThere: () => Promise<boolean>): Promise<void> {
    stopIfInterrupted(options.signal);
    const bytes = blob.size <= SMALL ? await readSource(blob, source, options.signal) : null;
    let broken = 0;
    for (let attempt = 1;; attempt++) {
      let sent = 0;
      const tookPieces = this.profile.takesPieces;
      const count = (moved: number) => {
        sent += moved;
        options.onBytes?.(moved);
      };
      try {
        return await this.#try(blob, bytes, source, count, options.signal);
      } catch (error) {
        if (sent > 0) options.onBytes?.(-sent);
        if (isFailure(error, "changed-underneath", "interrupted")) throw error;
        if (reasonOf(error) === "broken" && sent > SMALL) broken++;
        const refusesPieces = tookPieces && !this.profile.takesPieces && blob.size <= this.profile.wholeUpTo;
        if (!refusesPieces && !this.#changesMethod(blob, error, broken, sent) && !await this.#pause(attempt, error, options.signal)) {
          throw error;
        }
        if (sent > 0 && await isThere()) return void options.onBytes?.(blob.size);
      }
    }
  }

  async #try(
    blob: Blob,
    bytes: Bytes | null,
    source: ByteSource,
    count: (moved: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const kept = this.#goesInPieces(blob) ? await this.#resumed(blob, signal) : null;
    const session = kept ?? await this.#begin(blob, signal);
    if (session === null) return count(blob.size);
    const inPieces = this.#goesInPieces(blob, session);
    try {
      if (inPieces) {
        const keep = (session: Session) => this.#journal.keep(blob.digest, session);
        keep(session);
        const from = bytes === null ? source : sourceOf(bytes);
        await sendInPieces({ exchange: this.exchange, blob, session, profile: this.profile, source: from, count, keep, signal });
        this.#journal.drop(blob.digest);
      } else if (bytes !== null) {
        await this.#put(blob, session.url, bytes, signal);
        count(blob.size);
      } else {
        await this.#putStream(blob, session.url, source, count, signal);
      }
    } catch (error) {
      if (inPieces && !this.#isForGood(error)) throw error; // the next try, or the next process, goes on with it
      this.#journal.drop(blob.digest);
      await this.#giveUp(session.url, signal);
      throw error;
    }
  }

  /** An upload that an earlier try or process began, where the registry still knows it. */
  async #resumed(blob: Blob, signal: AbortSignal | undefined): Promise<Session | null> {
    const known = this.#journal.find(blob.digest);
    if (known === null) return null;
    try {
      const now = await standing({ exchange: this.exchange, blob, signal }, known);
      // Less than was acknowledged is often just not kept up to date (rule R7); the digest decides in the end.
      const offset = Math.max(known.offset, now.offset ?? 0);
      if (offset <= blob.size) {
        this.exchange.options.emit({ kind: "detail", message: `${blob.digest} goes on after ${offset} of ${blob.size} bytes` });
        return { ...known, url: now.url, offset };
      }
    } catch (error) {
      const status = refusedStatus(error);
      if (status === null || status === 401 || status === 403 || this.exchange.mayPass(error)) throw error;
    }
    this.#journal.drop(blob.digest);
    return null;
  }

  /** null when the registry says that the blob is there already. */
  async #begin(blob: Blob, signal: AbortSignal | undefined): Promise<Session | null> {
    const at = "blobs/uploads/";
    const response = await this.exchange.ask({
      operation: `begin to send the blob ${blob.digest}`,
      access: "push",
      method: "POST",
      at,
      signal,
    });
    await discard(response);
    if (response.status === 201) return null;
    const smallest = Number(response.headers.get("oci-chunk-min-length") ?? 0);
    return {
      url: uploadLocation(response.headers.get("location"), this.exchange.urlOf(at), this.exchange.options.origin),
      smallestPiece: Number.isSafeInteger(smallest) && smallest > 0 ? smallest : 0,
      offset: 0,
    };
  }

  /** @param session where it is known already; a stream may not travel there with its length */
  #goesInPieces(blob: Blob, session?: Session): boolean {
    if (blob.size === 0) return false; // a piece of no bytes has no range (rule R11)
    if (!this.profile.takesPieces) {
      if (blob.size > RESUMABLE) this.#sayTakesNoPieces();
      return false;
    }
    if (blob.size > Math.min(RESUMABLE, this.profile.wholeUpTo)) return true;
    return session !== undefined && blob.size > SMALL && !this.exchange.options.http.sendsLength(session.url);
  }

  #sayTakesNoPieces(): void {
    const { host, emit } = this.exchange.options;
    emit({
      kind: "warning",
      code: "no-pieces",
      message: `${host} takes no blob in pieces: a file above 64 MiB whose push is cut off is sent again from its start`,
    });
  }

  async #putStream(
    blob: Blob,
    url: URL,
    from: ByteSource,
    count: (moved: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const source = new CheckedSource(blob, from, signal);
    try {
      await source.goTo(0);
      await this.#put(blob, url, { size: blob.size, stream: source.body(blob.size, count) }, signal);
    } finally {
      await source.close();
    }
  }

  async #put(blob: Blob, url: URL, body: NonNullable<HttpRequest["body"]>, signal: AbortSignal | undefined): Promise<void> {
    await discard(
      await this.exchange.ask({
        operation: `send the blob ${blob.digest}`,
        access: "push",
        method: "PUT",
        at: withParameter(url, "digest", blob.digest),
        headers: { "content-type": "application/octet-stream" },
        body,
        again: false,
        signal,
      }),
    );
  }

  /** Learns from a refusal. true: another try is worth it at once, since it will go another way. */
  #changesMethod(blob: Blob, error: unknown, broken: number, sent: number): boolean {
    const status = refusedStatus(error);
    const whole = this.profile.takesPieces && blob.size > 0 && blob.size <= Math.min(RESUMABLE, this.profile.wholeUpTo);
    // Some gateways cut the line instead of saying that a body is too large.
    if (!whole || !(OTHER_WAY.includes(status ?? 0) || broken >= 2)) return false;
    this.profile.refusesWhole(blob.size);
    if (broken >= 2) this.profile.losesPieceAfter(sent); // or it was the line
    return true;
  }

  /** Will no later try go on with this session? */
  #isForGood(error: unknown): boolean {
    if (isFailure(error, "changed-underneath") || !this.profile.takesPieces) return true;
    return SESSION_ENDED.includes(refusedStatus(error) ?? 0) || isFailure(error) && error.facts.lostPlace === true;
  }

  /** A session that was lost or got confused is no reason to fail: the next try begins a new one. */
  async #pause(attempt: number, error: unknown, signal: AbortSignal | undefined): Promise<boolean> {
    const status = refusedStatus(error);
    // A 404 says it also where its words were lost on the way.
    const lost = (status === 404 && isFailure(error, "remote-error")) ||
      (status === 400 && isFailure(error) && /^BLOB_UPLOAD_|^DIGEST_INVALID$/.test(String(error.facts.registryCode)));
    return (lost && attempt < MOST_SESSIONS) || await this.exchange.pause(attempt, error, signal);
  }

  /** Tells the registry that the rest will not come. A courtesy: whether it works changes nothing. */
  async #giveUp(url: URL, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return;
    try {
      const patience = AbortSignal.timeout(2_000);
      await discard(
        await this.exchange.ask({ operation: "end an upload", access: "push", method: "DELETE", at: url, again: false, signal: patience }),
      );
    } catch (error) {
      if (!isFailure(error)) throw error;
    }
  }
}
