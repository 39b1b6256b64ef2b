/**
 * Everything that a change to the folder needs, fetched aside and verified before the first file is touched (D6). One transfer for each
 * digest, however many paths want it; none where the folder holds the bytes already and is about to give them up (a renamed file).
 */
import { join } from "node:path";
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { Failure, isFailure, stopIfInterrupted } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import type { TransferOptions } from "../bundle/content.ts";
import type { Emit } from "../bundle/events.ts";
import type { FileContent } from "../bundle/snapshot.ts";
import { onDiskDo } from "../disk/disk_failure.ts";
import { fileSource } from "../disk/file_source.ts";
import { writeVerified } from "../disk/write_verified.ts";
import { setExecutable } from "./carry_out.ts";

export type ReadContent = (content: FileContent, options: TransferOptions) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;

export interface Wanted {
  readonly path: BundlePath;
  readonly content: FileContent;
}

export interface StageOptions {
  readonly read: ReadContent;
  /** Files on disk that hold these bytes, as far as known; they are verified like everything else. */
  readonly local: ReadonlyMap<Digest, string>;
  readonly parallel: number;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
  readonly step: (name: string) => void;
}

/** Each path's file or link in `folder`, by name. @throws what `read` throws; Failure("corrupt"); Failure of the disk. */
export async function stage(folder: string, wanted: readonly Wanted[], options: StageOptions): Promise<ReadonlyMap<BundlePath, string>> {
  const names = new Map(wanted.map(({ path }, index) => [path, String(index)]));
  const groups = new Map<Digest, Wanted[]>();
  for (const item of wanted) {
    if (item.content.link !== undefined) makeLink(join(folder, names.get(item.path)!), item.content.link, options);
    else groups.set(item.content.digest, [...groups.get(item.content.digest) ?? [], item]);
  }
  await fetchAll([...groups.values()].map(([first]) => first!), (path) => join(folder, names.get(path)!), options);
  for (const [first, ...others] of groups.values()) {
    for (const other of others) copy(join(folder, names.get(first!.path)!), join(folder, names.get(other.path)!), other, options);
  }
  return names;
}

async function fetchAll(wanted: readonly Wanted[], placeOf: (path: BundlePath) => string, options: StageOptions): Promise<void> {
  if (wanted.length === 0) return;
  const { emit } = options;
  emit({ kind: "begin", activity: "downloading", items: wanted.length, bytes: wanted.reduce((sum, { content }) => sum + content.size, 0) });
  try {
    await mapPool(options.parallel, wanted, async ({ path, content }, signal) => {
      options.step(`fetch ${path}`);
      await fetchOne(placeOf(path), path, content, { ...options, signal });
      emit({ kind: "item", activity: "downloading", name: path });
    }, options.signal);
  } catch (error) {
    stopIfInterrupted(options.signal);
    throw error;
  } finally {
    emit({ kind: "end", activity: "downloading" });
  }
}

async function fetchOne(to: string, path: BundlePath, content: FileContent, options: StageOptions): Promise<void> {
  const { emit, local, read, signal } = options;
  const told = (count: number) => emit({ kind: "bytes", activity: "downloading", count });
  const expected = { digest: content.digest, size: content.size };
  const mode = content.executable ? 0o777 : 0o666; // less the umask
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
    const stream = await read(content, { signal, onBytes: told });
    await writeVerified(to, stream, { expected, what: path, mode, signal });
  } catch (error) {
    if (!isFailure(error, "corrupt", "not-found") || error.message.startsWith(path)) throw error;
    throw new Failure(error.code, `${path} cannot be fetched: ${error.message}`, {
      hint: error.hint,
      facts: { ...error.facts, path },
      cause: error,
    });
  }
}

function makeLink(to: string, text: string, { step }: StageOptions): void {
  step(`stage the link ${to}`);
  onDiskDo("make the link", to, () => Deno.symlinkSync(text, to));
}

/** A clone without further space where the file system can (btrfs, XFS). */
function copy(from: string, to: string, { path, content }: Wanted, { step }: StageOptions): void {
  step(`copy ${path}`);
  onDiskDo("write", to, () => Deno.copyFileSync(from, to));
  setExecutable(to, content.executable);
}
