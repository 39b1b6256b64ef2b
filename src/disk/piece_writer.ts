/**
 * A big file piece by piece: while one piece is written on another thread, this one hashes it and waits for the next. Hashing and writing
 * take about as long as each other, so where a processor is idle the file is there in little more than half the time.
 */
import { diskFailure } from "./disk_failure.ts";
import type { OpenFile } from "./effects.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of one piece; a thread is not worth waking for less, and of more the processor's cache holds nothing. Whoever reads them needs two buffers. */
export const LARGE_PIECE = 512 * 1024;

export class PieceWriter {
  #writing: Promise<void> = Promise.resolve();

  /** @param hash called with each piece, in their order, while it is written */
  constructor(readonly file: OpenFile, readonly hash: (piece: Bytes) => void) {}

  /** The piece must stay as it is until the next call has resolved. @throws Failure of the disk, of this piece or the one before */
  async take(piece: Bytes): Promise<void> {
    await this.#writing;
    this.#writing = this.#write(piece);
    this.#writing.catch(() => {}); // met by the next call, or by `end`
    this.hash(piece);
  }

  /** Resolves when all of it is written; only then may the file be closed. @throws Failure of the disk */
  async end(): Promise<void> {
    await this.#writing;
  }

  async #write(piece: Bytes): Promise<void> {
    try {
      await this.file.writeLater(piece);
    } catch (error) {
      throw diskFailure(error, "write", this.file.path);
    }
  }
}
