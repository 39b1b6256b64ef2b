/**
 * The bytes of a source on their way up, checked against the digest they were planned with. The last piece is given only when the digest
 * is known to be right, so that a server never has all of a wrong blob.
 */
import type { ByteSource } from "../base/bytes.ts";
import { type Digest, digestOf, Hasher } from "../base/digest.ts";
import { Failure, isFailure, stopIfInterrupted } from "../base/failure.ts";
import { filledStream, type Lender, lending, PIECE } from "../base/pieces.ts";
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
  #stream: Lender | null = null;
  /** Has seen what was given, and no more. */
  #hasher = new Hasher();
  /** A place to come back to without hashing all that lies before it. */
  #mark = new Hasher();

  constructor(readonly blob: Blob, readonly source: ByteSource, readonly signal: AbortSignal | undefined) {}

  /**
   * Goes to a byte of the source; all before it is hashed, now or earlier. The next call may name any place, but is cheap only for this
   * one and later ones. @throws Failure("changed-underneath")
   */
  async goTo(offset: number): Promise<void> {
    if (this.#stream === null || this.#hasher.size !== offset) {
      const from = offset >= this.#mark.size ? this.#mark : new Hasher();
      await this.close();
      this.#hasher = from.copy();
      this.#stream = await this.#open(from.size);
      let buffer = new ArrayBuffer(PIECE);
      while (this.#hasher.size < offset) {
        buffer = (await this.fill(new Uint8Array(buffer, 0, Math.min(PIECE, offset - this.#hasher.size)))).buffer;
      }
    }
    this.#mark = this.#hasher.copy();
  }

  /**
   * The next bytes, at least one and at most what the view takes, on the buffer that it lies in.
   * @throws Failure("changed-underneath") instead of the last ones
   */
  async fill(view: Bytes): Promise<Bytes> {
    const { size, digest } = this.blob;
    stopIfInterrupted(this.signal);
    const filled = await this.#stream!.fill(view);
    if (filled.byteLength === 0) throw changed(digest, `it has ${this.#hasher.size} bytes now, instead of ${size}`);
    this.#hasher.update(filled);
    if (this.#hasher.size >= size) await this.#checkEnd();
    return filled;
  }

  async #checkEnd(): Promise<void> {
    const { size, digest } = this.blob;
    const isLonger = this.#hasher.size > size || (await this.#stream!.fill(new Uint8Array(1))).byteLength > 0;
    if (isLonger) throw changed(digest, `it has more than ${size} bytes now`);
    if (this.#hasher.copy().digest() !== digest) throw changed(digest, "it has another digest now");
  }

  /** The next `size` bytes as a body that can be sent once. */
  body(size: number, onBytes: (count: number) => void): ReadableStream<Bytes> {
    let left = size;
    return filledStream({
      fill: async (view) => {
        if (left === 0) return view.subarray(0, 0);
        const piece = await this.fill(view.subarray(0, left));
        left -= piece.byteLength;
        onBytes(piece.byteLength);
        return piece;
      },
      cancel: () => {},
    });
  }

  /** The same in memory, for those roads that take no length with a stream. */
  async take(size: number): Promise<Bytes> {
    let buffer = new ArrayBuffer(size);
    for (let filled = 0; filled < size;) {
      const piece = await this.fill(new Uint8Array(buffer, filled));
      filled += piece.byteLength;
      buffer = piece.buffer;
    }
    return new Uint8Array(buffer);
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = null;
    try {
      await stream?.cancel(undefined);
    } catch (error) {
      if (!isFailure(error)) throw error; // it failed before, and that was told
    }
  }

  async #open(from: number): Promise<Lender> {
    const { source } = this;
    if (from > 0 && source.openAt !== undefined) return lending(await source.openAt(from));
    const stream = lending(await source.open());
    let buffer = new ArrayBuffer(Math.min(PIECE, from));
    for (let passed = 0; passed < from;) {
      const piece = await stream.fill(new Uint8Array(buffer, 0, Math.min(buffer.byteLength, from - passed)));
      if (piece.byteLength === 0) return stream; // whoever reads on sees the end
      passed += piece.byteLength;
      buffer = piece.buffer;
    }
    return stream;
  }
}

function changed(digest: Digest, how: string): Failure {
  return new Failure("changed-underneath", `what was planned as ${digest} changed before it was sent: ${how}`, {
    hint: "run the command again, once nothing writes to it any more",
    facts: { digest },
  });
}
