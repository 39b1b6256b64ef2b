/**
 * Files out of packs: of each pack what is needed is fetched, all of it or ranges, verified by its own digest where it is whole, and cut
 * into files, each verified by its own. A pack is in memory while it is cut, 8 MiB at the most by the rules of layout 1.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { readAll } from "../base/bytes.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { Failure, isFailure, stopIfInterrupted } from "../base/failure.ts";
import type { Blob, BlobPart, TransferOptions } from "../bundle/content.ts";
import type { PackedAt } from "../bundle/pack.ts";
import type { FileContent } from "../bundle/snapshot.ts";
import { LOST } from "./fetch_file.ts";
import { isWhole, partsToFetch } from "../bundle/pack_ranges.ts";
import { writeNew } from "../disk/atomic_file.ts";
import type { SmallFile, SmallFilesThread } from "../disk/small_files_thread.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface PackSource {
  /** undefined: the digest has a blob of its own. */
  at(digest: Digest): PackedAt | undefined;
  /** All of it, verified (as `ContentStore.read`). */
  read(pack: Blob, options: TransferOptions): Promise<ReadableStream<Bytes>>;
  /** Some of it, not verified (as `ContentStore.readPart`). */
  readPart(pack: Blob, part: BlobPart, options: TransferOptions): Promise<ReadableStream<Bytes>>;
}

export interface WantedOfPack {
  readonly path: BundlePath;
  readonly content: FileContent;
  readonly place: PackedAt;
  /** Where the file is to be written. */
  readonly to: string;
}

/** One request, and the files that it brings. */
export interface PackFetch {
  readonly pack: Blob;
  readonly part: BlobPart;
  readonly files: readonly WantedOfPack[];
}

/** Larger ones are no packs of ours, and would fill the memory. */
const LARGEST_PART = 64 * 1024 * 1024;

/** In the order of the packs. */
export function packFetches(wanted: readonly WantedOfPack[]): PackFetch[] {
  const byPack = new Map<Digest, WantedOfPack[]>();
  for (const file of wanted) {
    const others = byPack.get(file.place.pack.digest);
    if (others === undefined) byPack.set(file.place.pack.digest, [file]);
    else others.push(file);
  }
  return [...byPack.values()].flatMap((files) => {
    const { pack } = files[0]!.place;
    const ordered = files.sort((a, b) => a.place.offset - b.place.offset);
    const parts = partsToFetch(pack.size, ordered.map(({ place, content }) => ({ offset: place.offset, length: content.size })));
    const fetches = parts.map((part) => ({ pack, part, files: [] as WantedOfPack[] }));
    let next = 0;
    for (const file of ordered) {
      while (file.place.offset >= fetches[next]!.part.offset + fetches[next]!.part.length && next < fetches.length - 1) next++;
      fetches[next]!.files.push(file);
    }
    return fetches;
  });
}

/**
 * @param thread makes files beside this one, if there is one
 * @throws Failure("corrupt") naming the files; what the source throws; Failure of the disk
 */
export async function fetchFromPack(
  fetch: PackFetch,
  source: PackSource,
  options: TransferOptions,
  thread: SmallFilesThread | null = null,
): Promise<void> {
  const { pack, part, files } = fetch;
  if (part.length > LARGEST_PART) {
    throw new Failure("unsupported", `the pack ${pack.digest} has ${pack.size} bytes, and at most ${LARGEST_PART} are read at once`, {
      hint: "a newer mops may read it",
      facts: { digest: pack.digest, size: pack.size },
    });
  }
  let bytes: Bytes;
  try {
    const whole = isWhole(pack.size, [part]);
    const stream = whole ? await source.read(pack, options) : await source.readPart(pack, part, options);
    bytes = await readAll(stream, part.length, `the pack ${pack.digest}`);
    if (bytes.byteLength !== part.length) {
      throw new Failure("corrupt", `${bytes.byteLength} bytes came instead of ${part.length}`, { facts: { digest: pack.digest } });
    }
  } catch (error) {
    throw isFailure(error, "corrupt", "not-found") ? unreadable(fetch, error) : error;
  }
  let made = 0;
  if (thread !== null && thread.waiting < BUSY) {
    const answer = await thread.write(bytes, files.map(({ to, content, place }) => ({ ...asSmallFile(fetch, place, content), path: to })));
    bytes = answer.bytes;
    made = answer.done;
  }
  for (const { to, path, content, place } of files.slice(made)) {
    stopIfInterrupted(options.signal);
    const { offset, size, digest, mode } = asSmallFile(fetch, place, content);
    const own = bytes.subarray(offset, offset + size);
    if (digestOf(own) !== digest) {
      throw new Failure("corrupt", `${path} is corrupt: what stands in its place in the pack ${pack.digest} has another digest`, {
        hint: await hintOfDamage(pack, source, options) ?? PUSH_AGAIN,
        facts: { path, digest, pack: pack.digest },
      });
    }
    writeNew(to, own, mode);
  }
}

/** Packs that wait for the thread: beyond them this one does its part. */
const BUSY = 2;

function asSmallFile({ part }: PackFetch, place: PackedAt, { size, digest, executable }: FileContent): Omit<SmallFile, "path"> {
  return { offset: place.offset - part.offset, size, digest, mode: executable ? 0o777 : 0o666 }; // less the umask
}

const PUSH_AGAIN = "mops bundle push   (from a folder that has the files; then ask who runs the remote)";

/** Only who reads all of a pack can say that it is damaged, and what to do about it. */
async function hintOfDamage(pack: Blob, source: PackSource, options: TransferOptions): Promise<string | undefined> {
  try {
    await readAll(await source.read(pack, { ...options, onBytes: undefined }), pack.size, `the pack ${pack.digest}`);
    return undefined;
  } catch (error) {
    if (isFailure(error, "corrupt")) return error.hint;
    throw error;
  }
}

function unreadable({ pack, files }: PackFetch, error: Failure): Failure {
  const [first] = files;
  const others = files.length === 1 ? "" : ` and ${files.length - 1} more`;
  return new Failure(error.code, `${first!.path}${others} cannot be fetched: the pack ${pack.digest}, which holds them: ${error.message}`, {
    hint: error.code === "not-found" ? LOST : error.hint ?? PUSH_AGAIN,
    facts: { ...error.facts, pack: pack.digest, paths: files.map(({ path }) => path) },
    cause: error,
  });
}
