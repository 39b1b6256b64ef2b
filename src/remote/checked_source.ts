/**
 * The bytes of a source on their way up, checked against the digest they were planned with. The last piece is given only when the digest
 * is known to be right, so that a server never has all of a wrong blob.
 */
import type { ByteSource } from "../base/bytes.ts";
import { type Digest, digestOf, Hasher } from "../base/digest.ts";
import { Failure, isFailure, stopIfInterrupted } from "../base/failure.ts";
import { filledStream, PIECE, type Pieces, piecesOf } from "../base/pieces.ts";
import type { Blob } from "../bundle/content.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** @throws Failure("changed-underneath"), and whatever the source itself fails with. */
export async function readSource(blob: Blob, source: ByteSource, signal: AbortSignal | undefined): Promise<Bytes> {
  const bytes = new Uint8Array(blob.size);
  let size = 0;
  for await (const piece of await source.open()) {
    stopIfInterrupted(signal);
    if (size + piece.byteLength > blob.size) throw changed(blob.digest, `it has more than ${blob.size} bytes now`);
    bytes.set(piece, size);
    size += piece.byteLength;
  }
  if (size !== blob.size) throw changed(blob.digest, `it has ${size} bytes now, instead of ${blob.size}`);
  if (digestOf(bytes) !== blob.digest) throw changed(blob.digest, "it has another digest now");
  return bytes;
}

/** A source that is sent in parts, one after the other, and from a place before once more when the line broke there. */
export class CheckedSource {
  #pieces: Pieces | null = null;
  /** Has seen what was given, and no more. */
  #hasher = new Hasher();
  /** What was read, and not given yet. */
  #rest: Bytes = new Uint8Array(0);
  /** A place to come back to without hashing all that lies before it. */
  #mark = new Hasher();

  constructor(readonly blob: Blob, readonly source: ByteSource, readonly signal: AbortSignal | undefined) {}

  /**
   * Goes to a byte of the source; all before it is hashed, now or earlier. The next call may name any place, but is cheap only for this
   * one and later ones. @throws Failure("changed-underneath")
   */
  async goTo(offset: number): Promise<void> {
    if (this.#pieces === null || this.#hasher.size !== offset) {
      const from = offset >= this.#mark.size ? this.#mark : new Hasher();
      await this.close();
      this.#hasher = from.copy();
      this.#rest = new Uint8Array(0);
      this.#pieces = await this.#open(from.size);
      while (this.#hasher.size < offset) await this.next(offset - this.#hasher.size);
    }
    this.#mark = this.#hasher.copy();
  }

  /** At most `most` bytes, valid until the next call. @throws Failure("changed-underneath") instead of the last ones */
  async next(most: number): Promise<Bytes> {
    const { size, digest } = this.blob;
    if (this.#rest.byteLength === 0) {
      stopIfInterrupted(this.signal);
      const piece = await this.#pieces!.next();
      if (piece === null) throw changed(digest, `it has ${this.#hasher.size} bytes now, instead of ${size}`);
      this.#rest = piece;
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.byteLength);
    this.#hasher.update(taken);
    return this.#hasher.size < size ? taken : await this.#last(taken);
  }

  async #last(taken: Bytes): Promise<Bytes> {
    const { size, digest } = this.blob;
    const last = taken.slice(); // the buffer that it lies in is about to be lent again
    const isLonger = this.#rest.byteLength > 0 || this.#hasher.size > size || await this.#pieces!.next() !== null;
    if (isLonger) throw changed(digest, `it has more than ${size} bytes now`);
    if (this.#hasher.copy().digest() !== digest) throw changed(digest, "it has another digest now");
    return last;
  }

  /** The next `size` bytes as a body that can be sent once. */
  body(size: number, onBytes: (count: number) => void): ReadableStream<Bytes> {
    let left = size;
    return filledStream({
      fill: async (view) => {
        if (left === 0) return view.subarray(0, 0);
        const piece = await this.next(Math.min(left, view.byteLength));
        view.set(piece);
        left -= piece.byteLength;
        onBytes(piece.byteLength);
        return view.subarray(0, piece.byteLength);
      },
      cancel: () => {},
    });
  }

  /** The same in memory, for those roads that take no length with a stream. */
  async take(size: number): Promise<Bytes> {
    const all = new Uint8Array(size);
    for (let filled = 0; filled < size;) {
      const piece = await this.next(size - filled);
      all.set(piece, filled);
      filled += piece.byteLength;
    }
    return all;
  }

  async close(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = null;
    try {
      await pieces?.cancel(undefined);
    } catch (error) {
      if (!isFailure(error)) throw error; // it failed before, and that was told
    }
  }

  async #open(from: number): Promise<Pieces> {
    const { source } = this;
    if (from === 0 || source.openAt !== undefined) {
      return piecesOf(from === 0 ? await source.open() : await source.openAt!(from), PIECE);
    }
    const pieces = piecesOf(await source.open(), PIECE);
    for (let passed = 0; passed < from;) {
      const piece = await pieces.next();
      if (piece === null) return pieces;
      passed += piece.byteLength;
      if (passed > from) return withFirst(piece.subarray(piece.byteLength - (passed - from)), pieces);
    }
    return pieces;
  }
}

function withFirst(first: Bytes, pieces: Pieces): Pieces {
  let isFirst = true;
  return {
    async next() {
      if (!isFirst) return await pieces.next();
      isFirst = false;
      return first;
    },
    cancel: (reason) => pieces.cancel(reason),
  };
}

function changed(digest: Digest, how: string): Failure {
  return new Failure("changed-underneath", `what was planned as ${digest} changed before it was sent: ${how}`, {
    hint: "run the command again, once nothing writes to it any more",
    facts: { digest },
  });
}
