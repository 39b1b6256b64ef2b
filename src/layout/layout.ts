/**
 * An OCI image layout directory as a remote: one directory, one repository (D7). It is made by the first write and needs no server, no
 * root and no network; any number of processes may read and write it at once.
 *
 * Order of a write, so that a crash or a power cut leaves nothing that lies: blobs under temporary names, verified, renamed; all blobs
 * of a manifest on the disk before the manifest is listed; tags moved last, compare-and-swap under a lock.
 */
import { sourceOf } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { Failure, stopIfInterrupted } from "../base/failure.ts";
import type { Blob, EncodedManifest, Remote } from "../bundle/content.ts";
import type { Emit } from "../bundle/events.ts";
import { MAX_MANIFEST_BYTES } from "../bundle/media_types.ts";
import { LayoutBlobs } from "./blobs.ts";
import { LayoutFolder } from "./folder.ts";
import { type LayoutIndex, listedAs, taggedDigest, tagsIn, withManifest, withoutTag, withTag } from "./layout_index.ts";
import { type About, aboutManifest, blobsOf, referrersIn } from "./referrers.ts";

const PARALLEL = 8; // more makes small blobs no faster on two cores

/** Nothing is read or made until something is asked of it. `directory` is absolute; `parallel`: transfers at once, 8 by default. */
export function openLayout(directory: string, options: { readonly emit: Emit; readonly parallel?: number | undefined }): Remote {
  const folder = new LayoutFolder(directory);
  const blobs = new LayoutBlobs(folder);
  const abouts = new Map<string, About | null>();

  async function readManifest(digest: Digest, signal?: AbortSignal): Promise<EncodedManifest> {
    const bytes = await blobs.readWhole(digest, MAX_MANIFEST_BYTES, `the manifest ${digest}`, signal);
    return { mediaType: aboutManifest(bytes, { digest, size: bytes.byteLength }).descriptor.mediaType, digest, bytes };
  }

  /** The manifest and everything that it names is on the disk afterwards. */
  async function store(manifest: EncodedManifest, signal?: AbortSignal): Promise<About> {
    const blob: Blob = { digest: manifest.digest, size: manifest.bytes.byteLength };
    await blobs.write(blob, sourceOf(manifest.bytes), { signal });
    await blobs.settle([...blobsOf(manifest.bytes), blob], signal);
    return aboutManifest(manifest.bytes, blob);
  }

  return {
    repository: { kind: "layout", directory },
    blobs,
    parallel: options.parallel ?? PARALLEL,

    async resolve(tag, signal) {
      stopIfInterrupted(signal);
      return taggedDigest(folder.readIndex(), tag);
    },

    readManifest,

    async writeManifest(manifest, signal) {
      const entry = listedAs(await store(manifest, signal));
      await folder.changeIndex((index) => withManifest(index, entry), signal);
    },

    async setTag(tag, manifest, expect, signal) {
      const entry = listedAs(await store(manifest, signal));
      await folder.changeIndex((index) => {
        const found = taggedDigest(index, tag);
        if (found === manifest.digest) return index;
        expectTag(directory, tag, expect, found);
        return withTag(index, tag, entry);
      }, signal);
    },

    async removeTag(tag, expect, signal) {
      const absent = new Failure("not-found", `oci:${directory} has no tag ${tag}`, { facts: { tag } });
      if (!folder.exists()) throw absent;
      blobs.sweep();
      await folder.changeIndex((index: LayoutIndex) => {
        const found = taggedDigest(index, tag);
        if (found === null) throw absent;
        expectTag(directory, tag, expect, found);
        return withoutTag(index, tag);
      }, signal);
    },

    async tags(signal) {
      stopIfInterrupted(signal);
      return tagsIn(folder.readIndex());
    },

    referrers(digest, artifactType, signal) {
      const read = (blob: Blob) => blobs.readWhole(blob.digest, blob.size, `the manifest ${blob.digest}`, signal);
      return referrersIn(
        folder.readIndex(),
        digest,
        artifactType,
        read,
        abouts,
        (damaged, reason) =>
          options.emit({
            kind: "warning",
            code: "damaged-manifest",
            message: `oci:${directory} lists ${damaged}, which cannot be read: ${reason}`,
          }),
      );
    },

    requests: () => 0,
    close() {},
  };
}

function expectTag(directory: string, tag: string, expect: Digest | null | "any", found: Digest | null): void {
  if (expect === "any" || expect === found) return;
  const now = found === null ? "is gone" : `holds ${found}`;
  throw new Failure("tag-moved", `oci:${directory}:${tag} ${now}, and not ${expect ?? "free"} any more`, { facts: { tag, expect, found } });
}
