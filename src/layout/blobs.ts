/**
 * The blobs of a layout: one read-only file each, under the hex digits of its digest. A file gets that name only after its bytes were
 * verified, so a file that is there with the right size counts as present; readers verify again (D10).
 */
import { join } from "node:path";
import { type ByteSource, sourceOf, Verifier } from "../base/bytes.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { Failure, isFailure, stopIfInterrupted } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import { shellWord } from "../base/shell_word.ts";
import type { Blob, BlobPart, ContentStore, TransferOptions } from "../bundle/content.ts";
import { removeIfThere, renameOver, temporaryName, writeAtomic } from "../disk/atomic_file.ts";
import { diskFailure, isAbsent, onDiskDo } from "../disk/disk_failure.ts";
import { fileSource, openPart } from "../disk/file_source.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { hashFile } from "../disk/hash_file.ts";
import { leftBehindIn, removeLeftBehind } from "../disk/left_behind.ts";
import { syncFiles, syncFolder } from "../disk/sync_folder.ts";
import { writeVerified } from "../disk/write_verified.ts";
import type { LayoutFolder } from "./folder.ts";

const WHOLE = 1024 * 1024; // up to here a blob is read in one piece, which is three times as fast for small ones
const SYNCS = 64; // at once: they share the journal's commits, so 10,000 take 0.3 s (8 at once 0.9 s, one by one 3.4 s; ext4)
const ABANDONED = 24 * 3600_000; // ms: a writer touches its file with every piece, so nobody writes to such a file any more
const SETTLED = 10 * 60_000; // ms: what was written so long ago has reached the disk by itself (Linux writes back within 30 s)

export class LayoutBlobs implements ContentStore {
  /** Blobs that are known to be there, and known to survive a power cut. */
  readonly #settled = new Set<Digest>();
  #swept = false;

  constructor(readonly folder: LayoutFolder) {}

  async has(blob: Blob, options: TransferOptions = {}): Promise<boolean> {
    stopIfInterrupted(options.signal);
    return this.folder.exists() && (await this.#stat(blob.digest))?.size === blob.size;
  }

  async read(blob: Blob, options: TransferOptions = {}): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const what = `the blob ${blob.digest} of ${this.folder.directory}`;
    if (blob.size <= WHOLE) {
      const bytes = await this.readWhole(blob.digest, blob.size, what, options.signal);
      options.onBytes?.(bytes.byteLength);
      return await sourceOf(bytes).open();
    }
    await this.#expect(blob, what, options);
    const stream = await fileSource(this.folder.blobFile(blob.digest), blob.size).open();
    return stream.pipeThrough(watching(new Verifier(blob, what), options, (error) => this.#damaged(error.message, blob.digest, error)));
  }

  async readPart(blob: Blob, part: BlobPart, options: TransferOptions = {}): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    await this.#expect(blob, `the blob ${blob.digest} of ${this.folder.directory}`, options);
    if (part.length === 0) return await sourceOf(new Uint8Array(0)).open();
    const stream = await openPart(this.folder.blobFile(blob.digest), part.offset, part.length);
    return stream.pipeThrough(watching(null, options));
  }

  /** @throws Failure("not-found"), Failure("corrupt") for another size */
  async #expect(blob: Blob, what: string, { signal }: TransferOptions): Promise<void> {
    stopIfInterrupted(signal);
    const info = this.folder.exists() ? await this.#stat(blob.digest) : null;
    if (info === null) throw absent(blob.digest, what);
    if (info.size !== blob.size) throw this.#damaged(wrongSize(what, info.size, blob.size), blob.digest);
  }

  /** What is there already is read again, since it may have rotted, which takes no longer than to write it; damage is replaced. */
  async write(blob: Blob, source: ByteSource, options: TransferOptions = {}): Promise<void> {
    stopIfInterrupted(options.signal);
    await this.folder.make(options.signal);
    this.sweep();
    if ((await this.#stat(blob.digest))?.size === blob.size && await this.#isWhole(blob, options)) return;
    const temporary = join(this.folder.blobFolder, temporaryName());
    try {
      const what = `the content of the blob ${blob.digest}`;
      await writeVerified(temporary, await source.open(), { ...options, expected: blob, what, mode: 0o444 });
    } catch (error) {
      if (!isFailure(error, "corrupt")) throw error;
      throw new Failure("changed-underneath", `${blob.digest} was not written: the source gave other bytes`, {
        facts: { digest: blob.digest },
        cause: error,
      });
    }
    try {
      renameOver(temporary, this.folder.blobFile(blob.digest));
    } catch (error) {
      removeIfThere(temporary);
      throw diskFailure(error, "write", this.folder.blobFile(blob.digest));
    }
  }

  /**
   * All bytes, verified. @throws Failure("not-found"), Failure("corrupt") also when there are more than `limit`.
   */
  async readWhole(digest: Digest, limit: number, what: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    stopIfInterrupted(signal);
    const info = this.folder.exists() ? await this.#stat(digest) : null;
    if (info === null) throw absent(digest, what);
    if (info.size > limit) throw this.#damaged(wrongSize(what, info.size, limit), digest);
    const file = this.folder.blobFile(digest);
    const bytes = await Deno.readFile(file).catch((error) => {
      throw diskFailure(error, "read", file);
    });
    stopIfInterrupted(signal);
    if (digestOf(bytes) !== digest) {
      throw this.#damaged(`${what} is corrupt: its bytes have another digest`, digest);
    }
    return bytes;
  }

  /**
   * Afterwards every one of the blobs is there and survives a power cut, whoever wrote it. @throws Failure("not-found") naming a blob
   * that is absent or damaged.
   */
  async settle(blobs: readonly Blob[], signal?: AbortSignal): Promise<void> {
    const unsettled = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()].filter(({ digest }) => !this.#settled.has(digest));
    const fresh: string[] = [];
    const now = this.#diskTime();
    await mapPool(SYNCS, unsettled, async (blob) => {
      const info = await this.#stat(blob.digest);
      if (info?.size !== blob.size) throw absent(blob.digest, `a blob that the manifest names, ${blob.digest},`);
      if ((info.mtime?.getTime() ?? now) > now - SETTLED) fresh.push(this.folder.blobFile(blob.digest));
    }, signal);
    await syncFiles(this.folder.blobFolder, fresh, { parallel: SYNCS, signal });
    if (fresh.length > 0) syncFolder(this.folder.blobFolder);
    for (const { digest } of unsettled) this.#settled.add(digest);
  }

  /** Takes away, once, what killed writers left behind. Reads the folder's names only: 5 ms for 10,000 blobs. */
  sweep(): void {
    if (this.#swept) return;
    this.#swept = true;
    const folders = [this.folder.directory, this.folder.blobFolder];
    if (folders.every((folder) => leftBehindIn(folder, Infinity).length === 0)) return;
    const before = this.#diskTime() - ABANDONED;
    for (const folder of folders) removeLeftBehind(folder, before);
  }

  async #isWhole({ digest }: Blob, { signal }: TransferOptions): Promise<boolean> {
    return (await hashFile(this.folder.blobFile(digest), { signal, parallel: 1 })).digest === digest;
  }

  /** Of damage: how it is made good. */
  #damaged(message: string, digest: Digest, cause?: unknown): Failure {
    const file = this.folder.blobFile(digest);
    return new Failure("corrupt", message, { hint: this.hintOfDamage({ digest }), facts: { digest, file }, cause });
  }

  hintOfDamage({ digest }: Pick<Blob, "digest">): string {
    const file = this.folder.blobFile(digest);
    const how = lstatIfThere(file)?.isDirectory ? "-r" : "-f";
    return `rm ${how} ${shellWord(file)}   (then mops bundle push from a folder that has the content puts it back)`;
  }

  /** null when it is not there. @throws Failure("corrupt") when something else than a file is */
  async #stat(digest: Digest): Promise<Deno.FileInfo | null> {
    const file = this.folder.blobFile(digest);
    try {
      const info = await Deno.stat(file);
      if (info.isFile) return info;
      throw this.#damaged(`${file} is damaged: it is no regular file`, digest); // a fifo would be waited for
    } catch (error) {
      if (isAbsent(error)) return null;
      throw diskFailure(error, "read", file);
    }
  }

  /** The file system's own clock, in ms: on a network it need not be ours. */
  #diskTime(): number {
    const probe = join(this.folder.blobFolder, temporaryName());
    writeAtomic(probe, "");
    try {
      return onDiskDo("read", probe, () => Deno.statSync(probe).mtime?.getTime() ?? 0);
    } finally {
      removeIfThere(probe);
    }
  }
}

/** Verifies while it passes bytes on (a part has nothing to verify by), tells how many, and ends when it should. */
function watching(
  check: Verifier | null,
  options: TransferOptions,
  damaged: (error: Failure) => Failure = (error) => error,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform(piece, controller) {
      stopIfInterrupted(options.signal);
      check?.update(piece);
      options.onBytes?.(piece.byteLength);
      controller.enqueue(piece);
    },
    flush() {
      try {
        check?.finish();
      } catch (error) {
        throw isFailure(error, "corrupt") ? damaged(error) : error;
      }
    },
  });
}

function absent(digest: Digest, what: string): Failure {
  return new Failure("not-found", `${what} is not there`, { facts: { digest } });
}

function wrongSize(what: string, found: number, size: number): string {
  return `${what} is corrupt: it has ${found} bytes instead of ${size}`;
}
