/** The bytes of one file of a bundle, wherever they lie: a blob of their own, or a part of a pack. */
import { verifying } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import type { ContentStore, TransferOptions } from "../bundle/content.ts";
import type { PackedAt } from "../bundle/pack.ts";
import type { FileContent } from "../bundle/snapshot.ts";

/** Verified in the stream, as `ContentStore.read` does. @throws Failure("not-found") | Failure("corrupt") */
export async function readContent(
  blobs: ContentStore,
  packed: ReadonlyMap<Digest, PackedAt>,
  content: FileContent,
  options: TransferOptions = {},
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const place = packed.get(content.digest);
  if (place === undefined) return await blobs.read(content, options);
  const what = `what stands in its place in the pack ${place.pack.digest}`;
  const stream = await blobs.readPart(place.pack, { offset: place.offset, length: content.size }, options);
  return stream.pipeThrough(verifying(content, what));
}
