/**
 * One file of a bundle into the staging folder, verified while it is written: out of memory where it was read for the plan, from the folder
 * where it holds the bytes already, else from the remote.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Blob, TransferOptions } from "../bundle/content.ts";
import type { Emit } from "../bundle/events.ts";
import type { FileContent } from "../bundle/snapshot.ts";
import type { HashThreads } from "../disk/hash_behind.ts";
import { writeNew } from "../disk/atomic_file.ts";
import { fileSource } from "../disk/file_source.ts";
import { writeVerified } from "../disk/write_verified.ts";
import { setExecutable } from "./carry_out.ts";
import { BIG, fetchBigFile, type ReadPart } from "./fetch_big_file.ts";

export type ReadContent = (content: FileContent, options: TransferOptions) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;

export interface FetchOptions {
  readonly read: ReadContent;
  /** Parts of blobs, for big files that are gone on with in the middle; where there are no parts, they are read whole. */
  readonly readPart?: ReadPart | undefined;
  /** Bytes that were read before, by the digest that was told from them. */
  readonly inMemory?: ReadonlyMap<Digest, Uint8Array<ArrayBuffer>> | undefined;
  /** What makes a blob good whose bytes turned out wrong. */
  readonly hintOfDamage?: ((blob: Blob) => string) | undefined;
  /** Where the beginnings of big files lie. */
  readonly partials: string;
  readonly hashing: HashThreads;
  /** Files on disk that hold these bytes, as far as known; they are verified like everything else. */
  readonly local: ReadonlyMap<Digest, string>;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/** Above this a file is verified only while it is written, and not by who reads it, too (bytes). */
const HASHED_ONCE = 1024 * 1024;

/** Of a blob that a bundle names and its remote has not. */
export const LOST = "mops bundle push --force   (from a folder that is in step with the tag: it sends again what the remote has lost)";

/** @param to does not exist yet. @throws what `read` throws; Failure("corrupt"); Failure of the disk. */
export async function fetchFile(to: string, path: BundlePath, content: FileContent, options: FetchOptions): Promise<void> {
  const { emit, local, read, signal } = options;
  const told = (count: number) => emit({ kind: "bytes", activity: "downloading", count });
  const expected = { digest: content.digest, size: content.size };
  const mode = content.executable ? 0o777 : 0o666; // less the umask
  const own = options.inMemory?.get(content.digest);
  if (own !== undefined) {
    writeNew(to, own, mode);
    return told(content.size);
  }
  const here = local.get(content.digest);
  if (here !== undefined) {
    try {
      const stream = await fileSource(here, content.size).open();
      await writeVerified(to, stream, { expected, what: here, mode, signal });
      return told(content.size);
    } catch (error) {
      if (!isFailure(error, "corrupt", "changed-underneath", "not-found")) throw error; // else it is not what it was: fetch it
    }
  }
  try {
    const { readPart, partials, hashing } = options;
    if (content.size > BIG && readPart !== undefined) {
      await fetchBigFile(to, expected, { readPart, partials, hashing, what: path, signal, onBytes: told });
      setExecutable(to, content.executable);
      return;
    }
    const isHashedOnce = content.size > HASHED_ONCE && readPart !== undefined;
    const stream = await (isHashedOnce
      ? readPart(expected, { offset: 0, length: content.size }, { signal, onBytes: told })
      : read(content, { signal, onBytes: told }));
    await writeVerified(to, stream, { expected, what: path, mode, hashing, signal });
  } catch (error) {
    if (!isFailure(error, "corrupt", "not-found")) throw error;
    const isNamed = error.message.startsWith(path);
    if (isNamed && error.hint !== undefined) throw error;
    throw new Failure(error.code, isNamed ? error.message : `${path} cannot be fetched: ${error.message}`, {
      hint: error.code === "not-found" ? LOST : error.hint ?? options.hintOfDamage?.(expected),
      facts: { ...error.facts, path },
      cause: error,
    });
  }
}
