/**
 * The bytes of a source on their way up, checked against the digest they were planned with. The last piece is held back until the digest
 * is known to be right, so that a server is never given all of a wrong blob.
 */
import type { ByteSource } from "../base/bytes.ts";
import { type Digest, digestOf, Hasher } from "../base/digest.ts";
import { Failure, stopIfInterrupted } from "../base/failure.ts";
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

/** @param onBytes told when a piece is taken on. */
export async function checkedStream(blob: Blob, source: ByteSource, onBytes: (count: number) => void): Promise<ReadableStream<Bytes>> {
  const reader = (await source.open()).getReader();
  const hasher = new Hasher();
  let held: Bytes | null = null;

  async function next(): Promise<Bytes | null> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        if (hasher.size !== blob.size) throw changed(blob.digest, `it has ${hasher.size} bytes now, instead of ${blob.size}`);
        if (hasher.digest() !== blob.digest) throw changed(blob.digest, "it has another digest now");
        return null;
      }
      if (value.byteLength === 0) continue;
      hasher.update(value);
      if (hasher.size > blob.size) throw changed(blob.digest, `it has more than ${blob.size} bytes now`);
      return value;
    }
  }

  return new ReadableStream({
    async pull(controller) {
      held ??= await next();
      const after = held === null ? null : await next();
      if (held !== null) {
        controller.enqueue(held);
        onBytes(held.byteLength);
      }
      held = after;
      if (after === null) controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function changed(digest: Digest, how: string): Failure {
  return new Failure("changed-underneath", `what was planned as ${digest} changed before it was sent: ${how}`, {
    hint: "run the command again, once nothing writes to it any more",
    facts: { digest },
  });
}
