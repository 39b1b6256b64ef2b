/**
 * One blob on its way up (OCI distribution-spec, "Pushing Blobs"). First choice is one PUT; where a registry or a proxy before it refuses
 * that, pieces by PATCH. What a registry is found to refuse is remembered for the blobs that follow.
 */
import { type ByteSource, sourceOf } from "../base/bytes.ts";
import { isFailure, stopIfInterrupted } from "../base/failure.ts";
import type { Blob, TransferOptions } from "../bundle/content.ts";
import { discard, type HttpRequest } from "../http/message.ts";
import { reasonOf } from "../http/network_failure.ts";
import { checkedStream, readSource } from "./checked_source.ts";
import { sendInPieces } from "./chunked_upload.ts";
import type { Exchange } from "./exchange.ts";
import { uploadLocation, withParameter } from "./location.ts";
import { refusedStatus } from "./remote_failure.ts";
import type { Session, UploadProfile } from "./upload_session.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Up to here a blob is read into memory and sent in one piece (bytes). */
const SMALL = 4 * 1024 * 1024;
/** "Not in this way": too large, not this method, not at this place (rule R9, and 411 and 415 of proxies). */
const OTHER_WAY = [405, 411, 413, 415, 416];

export class BlobWriter {
  readonly profile: UploadProfile = { wholeUpTo: Infinity, takesPieces: true, piece: 8 * 1024 * 1024 };

  constructor(readonly exchange: Exchange) {}

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
        if (!refusesPieces && !this.#changesMethod(blob, error, broken) && !await this.#pause(attempt, error, options.signal)) throw error;
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
    const session = await this.#begin(blob, signal);
    if (session === null) return count(blob.size);
    try {
      if (this.#goesWhole(blob, bytes, session)) {
        const body = bytes ?? { size: blob.size, stream: await checkedStream(blob, source, count) };
        await this.#put(blob, session.url, body, signal);
        if (bytes !== null) count(blob.size);
      } else {
        const open = () => checkedStream(blob, bytes === null ? source : sourceOf(bytes), () => {});
        await sendInPieces({ exchange: this.exchange, blob, session, profile: this.profile, open, count, signal });
      }
    } catch (error) {
      await this.#giveUp(session.url, signal);
      throw error;
    }
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
    };
  }

  #goesWhole(blob: Blob, bytes: Bytes | null, session: Session): boolean {
    if (!this.profile.takesPieces || blob.size === 0) return true; // a piece of no bytes has no range (rule R11)
    if (blob.size > this.profile.wholeUpTo) return false;
    return bytes !== null || this.exchange.options.http.sendsLength(session.url);
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
  #changesMethod(blob: Blob, error: unknown, broken: number): boolean {
    const status = refusedStatus(error);
    const whole = this.profile.takesPieces && blob.size > 0 && blob.size <= this.profile.wholeUpTo;
    // Some gateways cut the line instead of saying that a body is too large.
    if (!whole || !(OTHER_WAY.includes(status ?? 0) || broken >= 2)) return false;
    this.profile.wholeUpTo = Math.min(this.profile.wholeUpTo, blob.size - 1);
    return true;
  }

  /** A session that was lost or got confused is no reason to fail: the next try begins a new one. */
  async #pause(attempt: number, error: unknown, signal: AbortSignal | undefined): Promise<boolean> {
    const status = refusedStatus(error);
    // A 404 says it also where its words were lost on the way.
    const lost = (status === 404 && isFailure(error, "remote-error")) ||
      (status === 400 && isFailure(error) && /^BLOB_UPLOAD_|^DIGEST_INVALID$/.test(String(error.facts.registryCode)));
    return (lost && attempt < 3) || await this.exchange.pause(attempt, error, signal);
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
