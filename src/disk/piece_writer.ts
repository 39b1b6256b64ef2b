/**
 * A big file piece by piece. Where this thread hashes, too, each piece is written on another one meanwhile: both take about as long as each
 * other, so where a processor is idle the file is there in little more than half the time. Where it does not, it writes itself, which
 * costs less than waking another, until the disk turns out to be slow.
 */
import { diskFailure, onDiskDo } from "./disk_failure.ts";
import type { OpenFile } from "./effects.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of one piece; a thread is not worth waking for less, and of more the processor's cache holds nothing. Whoever reads them needs two buffers. */
export const LARGE_PIECE = 512 * 1024;

/** A write that takes longer holds up what this thread has to do besides, like Ctrl-C and progress (ms). */
const SLOW = 50;

export class PieceWriter {
  #writing: Promise<void> = Promise.resolve();
  #isSlow = false;
  #written = 0;

  /** @param hash called with each piece, in their order, while it is written; null: nobody hashes here */
  constructor(readonly file: OpenFile, readonly hash: ((piece: Bytes) => void) | null) {}

  /** Bytes that are in the file. */
  get written(): number {
    return this.#written;
  }

  /** The piece must stay as it is until the next call has resolved. @throws Failure of the disk, of this piece or the one before */
  async take(piece: Bytes): Promise<void> {
    await this.#writing;
    if (this.hash === null && !this.#isSlow) {
      const began = performance.now();
      onDiskDo("write", this.file.path, () => this.file.write(piece));
      this.#written += piece.byteLength;
      this.#isSlow = performance.now() - began > SLOW;
      return;
    }
    this.#writing = this.#write(piece);
    this.#writing.catch(() => {}); // met by the next call, or by `end`
    this.hash?.(piece);
  }

  /** Resolves when all of it is written; only then may the file be closed. @throws Failure of the disk */
  async end(): Promise<void> {
    await this.#writing;
  }

  async #write(piece: Bytes): Promise<void> {
    try {
      await this.file.writeLater(piece);
      this.#written += piece.byteLength;
    } catch (error) {
      throw diskFailure(error, "write", this.file.path);
    }
  }
}
