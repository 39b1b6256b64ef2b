/**
 * A big file from the remote, through a partial: what a process that was killed has fetched already is hashed again, the rest is fetched,
 * and all of it is verified before it gets its place. Where a beginning that was left by somebody turns out wrong, it is thrown away, and
 * the file is fetched once from its start before the remote is blamed.
 */
import { Failure, stopIfInterrupted } from "../base/failure.ts";
import { type Pieces, piecesOf } from "../base/pieces.ts";
import type { Blob, BlobPart, TransferOptions } from "../bundle/content.ts";
import { removeIfThere, renameOver } from "../disk/atomic_file.ts";
import { onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import type { HashedBehind, HashThreads } from "../disk/hash_behind.ts";
import { LARGE_PIECE, PieceWriter } from "../disk/piece_writer.ts";
import { release, takePartial } from "./partials.ts";

export type ReadPart = (blob: Blob, part: BlobPart, options: TransferOptions) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;

export interface BigFileOptions extends TransferOptions {
  readonly readPart: ReadPart;
  /** The folder of partials. */
  readonly partials: string;
  readonly hashing: HashThreads;
  /** What the bytes are, for messages. */
  readonly what: string;
}

/** Above this a file that was cut off in the middle is worth going on with (bytes). */
export const BIG = 64 * 1024 * 1024;

/** @throws Failure("corrupt") when the remote's bytes are not the blob's; what `readPart` throws; then what has come stays in the partial. */
export async function fetchBigFile(to: string, blob: Blob, options: BigFileOptions): Promise<void> {
  const partial = takePartial(options.partials, blob.digest);
  try {
    let fill = await fillPartial(partial, blob, options);
    if (!fill.isRight && fill.began > 0) fill = await fillPartial(partial, blob, options);
    if (!fill.isRight) {
      throw new Failure("corrupt", `${options.what} is corrupt: it has another digest`, { facts: { digest: blob.digest } });
    }
    onDiskDo("write", to, () => renameOver(partial, to));
  } finally {
    release(options.partials, partial);
  }
}

interface Fill {
  /** Bytes that were there before. */
  readonly began: number;
  readonly isRight: boolean;
}

/** A partial that turns out wrong is gone afterwards. */
async function fillPartial(path: string, blob: Blob, options: BigFileOptions): Promise<Fill> {
  const file = onDiskDo("write", path, () => disk.open(path, { read: true, write: true, create: true, mode: 0o666 }));
  const hashed = options.hashing.follow(path);
  let began = 0;
  let counted = 0;
  const count = (bytes: number) => {
    counted += bytes;
    options.onBytes?.(bytes);
  };
  options.signal?.addEventListener("abort", hashed.leave, { once: true });
  try {
    stopIfInterrupted(options.signal);
    began = goToEnd(file, blob);
    hashed.upTo(began); // while the rest is fetched
    count(began);
    if (began < blob.size) await append(file, began, hashed, blob, { ...options, onBytes: count });
    const { digest, size } = await hashed.end();
    const isRight = size === blob.size && digest === blob.digest;
    if (!isRight) {
      removeIfThere(path);
      options.onBytes?.(-counted);
    }
    return { began, isRight };
  } catch (error) {
    stopIfInterrupted(options.signal); // who waits for the digest is told that nobody will give it, but that is not why
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", hashed.leave);
    hashed.leave();
    file.close();
  }
}

/** Where the rest goes. One that is longer than the blob is no beginning of it. */
function goToEnd(file: disk.OpenFile, blob: Blob): number {
  if (file.file.statSync().size > blob.size) onDiskDo("write", file.path, () => file.truncate(0));
  return file.file.seekSync(0, Deno.SeekMode.End);
}

async function append(file: disk.OpenFile, began: number, hashed: HashedBehind, blob: Blob, options: BigFileOptions): Promise<void> {
  const { signal } = options;
  const part = { offset: began, length: blob.size - began };
  const pieces: Pieces = piecesOf(await options.readPart(blob, part, { signal }), LARGE_PIECE, 2, () => performance.now());
  const writer = new PieceWriter(file, null);
  const stop = () => void pieces.cancel(signal!.reason).catch(() => {}); // its outcome shows in the pending read
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (let piece = await pieces.next(); piece !== null; piece = await pieces.next()) {
      stopIfInterrupted(signal);
      await writer.take(piece);
      hashed.upTo(began + writer.written);
      options.onBytes?.(piece.byteLength);
    }
    await writer.end();
    hashed.upTo(began + writer.written);
    stopIfInterrupted(signal);
  } catch (error) {
    await writer.end().catch(() => {}); // the first error is the one that tells
    await pieces.cancel(error).catch(() => {}); // the first error is the one that tells
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
