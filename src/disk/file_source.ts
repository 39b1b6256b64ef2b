/** A file as a source of bytes: opened as often as needed, read in big pieces, memory independent of its size. */
import { Failure } from "../base/failure.ts";
import { type ByteSource, sourceOf } from "../base/bytes.ts";
import { filledStream } from "../base/pieces.ts";
import { diskFailure, onDiskDo } from "./disk_failure.ts";

/** Up to here a file is read in one go (bytes). */
const WHOLE = 1 << 20;
/** A read on this thread costs half of one on another; every so many are there all the same, and let others run (Ctrl-C, progress). */
const TURN = 8;

/**
 * A reader that brings its own buffer (BYOB) has it filled and handed back, so one buffer serves the whole file. The stream errors with
 * Failure("changed-underneath") when the file does not have exactly `size` bytes; whether they are the right ones, the reader's digest
 * tells.
 */
export function fileSource(path: string, size: number): ByteSource {
  if (size <= WHOLE) return { size, open: () => openSmall(path, size) };
  return { size, open: () => openStream(path, size), openAt: (offset) => openStream(path, size, offset) };
}

/**
 * The bytes of a file from `offset` on, `length` of them; the file may have more. The stream errors with Failure("changed-underneath")
 * when it has fewer.
 */
export async function openPart(path: string, offset: number, length: number): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  return await openStream(path, offset + length, offset, false);
}

/** All of a small file. @throws Failure("changed-underneath") when it does not have exactly `size` bytes; Failure of the disk */
export function readBytes(path: string, size: number): Uint8Array<ArrayBuffer> {
  refuseUnlessFile(path);
  const bytes = onDiskDo("read", path, () => Deno.readFileSync(path));
  if (bytes.byteLength !== size) throw changed(path, size, bytes.byteLength);
  return bytes;
}

/** One read: several times cheaper than a stream with a buffer of its own, where files are many. */
async function openSmall(path: string, size: number): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  return await sourceOf(readBytes(path, size)).open();
}

/** @param end where the bytes end; the file, too, where it `mustEnd` */
async function openStream(path: string, end: number, offset = 0, mustEnd = true): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  refuseUnlessFile(path);
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
    if (offset > 0) file.seekSync(offset, Deno.SeekMode.Start);
  } catch (error) {
    throw diskFailure(error, "read", path);
  }
  let at = offset;
  let reads = 0;
  let closed = false;
  const close = () => {
    if (!closed) file.close();
    closed = true;
  };
  async function fill(view: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const room = mustEnd ? view : view.subarray(0, Math.min(view.byteLength, end - at));
      const count = room.byteLength === 0 ? null : ++reads % TURN === 0 ? await file.read(room) : file.readSync(room);
      at += count ?? 0;
      if (at > end || (count === null && at < end)) throw changed(path, end, at);
      if (count === null) close();
      return view.subarray(0, count ?? 0);
    } catch (error) {
      close();
      throw diskFailure(error, "read", path);
    }
  }
  return filledStream({ fill, cancel: close });
}

/** A fifo in the place of what was a file a moment ago would be waited for, by a thread that nothing can wake. */
function refuseUnlessFile(path: string): void {
  if (onDiskDo("read", path, () => Deno.statSync(path)).isFile) return;
  throw new Failure("changed-underneath", `${path} changed before it was read: it is no regular file any more`, {
    hint: "run the command again when nothing writes to it",
    facts: { path },
  });
}

function changed(path: string, size: number, found: number): Failure {
  return new Failure(
    "changed-underneath",
    `${path} changed while it was read: it had ${size} bytes, and now has ${found > size ? "more" : found}`,
    {
      hint: "run the command again when nothing writes to it",
      facts: { path },
    },
  );
}
