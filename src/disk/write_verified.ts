/**
 * A stream into a file, hashed on the way (D10). The caller gives a temporary name and renames afterwards, so a name that people see
 * always has the right bytes. Memory stays at a few pieces, whatever the size.
 */
import { type Expected, Verifier } from "../base/bytes.ts";
import { stopIfInterrupted } from "../base/failure.ts";
import { piecesOf } from "../base/pieces.ts";
import { removeIfThere } from "./atomic_file.ts";
import { onDiskDo } from "./disk_failure.ts";
import * as disk from "./effects.ts";
import type { HashedBehind, HashThreads } from "./hash_behind.ts";
import { LARGE_PIECE, PieceWriter } from "./piece_writer.ts";

export interface WriteVerifiedOptions {
  readonly expected: Expected;
  /** What the bytes are, for the message when they are not the right ones; the path by default. */
  readonly what?: string | undefined;
  /** Of the new file, less the umask; 0o666 by default. */
  readonly mode?: number | undefined;
  readonly onBytes?: ((count: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where a large file is hashed; on this thread by default. */
  readonly hashing?: HashThreads | undefined;
  /** fsync before it returns. */
  readonly sync?: boolean | undefined;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Above this a file is hashed behind its writer, where there are threads for that (bytes). */
const WORTH_A_THREAD = 4 * 1024 * 1024;

/**
 * `path` must not exist. It is removed again on every failure. @throws Failure("corrupt") when the bytes are not those expected, at the
 * first one too many; Failure("interrupted"); Failure of the disk, naming the path.
 */
export async function writeVerified(path: string, stream: ReadableStream<Bytes>, options: WriteVerifiedOptions): Promise<void> {
  const check = new Verifier(options.expected, options.what ?? path);
  const { size } = options.expected;
  const pieces = piecesOf(stream, Math.min(LARGE_PIECE, size + 1), size > LARGE_PIECE ? 2 : 1, () => performance.now());
  let behind: HashedBehind | null = null;
  const stop = () => {
    behind?.leave();
    void pieces.cancel(options.signal!.reason).catch(() => {}); // its outcome shows in the pending read
  };
  options.signal?.addEventListener("abort", stop, { once: true });
  let file: disk.OpenFile | null = null;
  let writer: PieceWriter | null = null;
  try {
    stopIfInterrupted(options.signal);
    file = openNew(path, options.mode ?? 0o666);
    if (size > WORTH_A_THREAD) behind = options.hashing?.follow(path) ?? null;
    if (size > LARGE_PIECE) writer = new PieceWriter(file, behind === null ? (piece) => check.update(piece) : null);
    let taken = 0;
    for (let piece = await pieces.next(); piece !== null; piece = await pieces.next()) {
      stopIfInterrupted(options.signal);
      if (writer !== null) await writer.take(piece);
      else {
        check.update(piece);
        onDiskDo("write", path, () => file!.write(piece));
      }
      taken += piece.byteLength;
      if (behind !== null && taken > size) break; // too many: no more of them
      behind?.upTo(writer!.written);
      options.onBytes?.(piece.byteLength);
    }
    await writer?.end();
    stopIfInterrupted(options.signal);
    if (behind === null) check.finish();
    else {
      behind.upTo(writer!.written);
      check.check(await behind.end());
    }
    if (options.sync) onDiskDo("sync", path, () => file!.sync());
    file.close();
  } catch (error) {
    if (file !== null) {
      await writer?.end().catch(() => {}); // the first error is the one that tells
      file.close();
      removeIfThere(path);
    }
    await pieces.cancel(error).catch(() => {}); // the first error is the one that tells
    if (error instanceof DOMException) stopIfInterrupted(options.signal); // the thread was told to leave it
    throw error;
  } finally {
    behind?.leave();
    options.signal?.removeEventListener("abort", stop);
  }
}

function openNew(path: string, mode: number): disk.OpenFile {
  return onDiskDo("write", path, () => disk.create(path, mode));
}
