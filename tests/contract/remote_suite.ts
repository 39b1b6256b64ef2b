/**
 * What every Remote promises (`src/bundle/content.ts`), as one suite. An implementation calls it with a way to open a new, empty
 * repository; each test gets one of its own.
 */
import assert from "node:assert/strict";
import { type ByteSource, readAll, sourceOf } from "../../src/base/bytes.ts";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import { Failure, type FailureCode, isFailure } from "../../src/base/failure.ts";
import type { Blob, EncodedManifest, Remote } from "../../src/bundle/content.ts";
import { encodeManifest } from "../../src/bundle/manifest.ts";
import { INDEX_TYPE, OCI_EMPTY_TYPE, OCI_MANIFEST_TYPE, RAW_FILE_TYPE } from "../../src/bundle/media_types.ts";

export interface OpenedRemote extends AsyncDisposable {
  readonly remote: Remote;
  /** Another way into the same repository, as another process would have it; the same object where that makes no difference. */
  readonly again?: () => Promise<Remote>;
}

export interface ContractOptions {
  /** What `removeTag` does here; "unsupported" where the server refuses to forget tags. */
  readonly removeTag?: "supported" | "unsupported";
}

type Bytes = Uint8Array<ArrayBuffer>;

export function remoteContract(name: string, open: () => Promise<OpenedRemote>, options: ContractOptions = {}): void {
  const promise = (sentence: string, test: (remote: Remote, opened: OpenedRemote) => Promise<void>) =>
    Deno.test(`${name}: ${sentence}`, async () => {
      await using opened = await open();
      await test(opened.remote, opened);
    });

  promise("what was written can be read, and writing it again is success", async (remote) => {
    const bytes = text("hello");
    const blob = blobOf(bytes);
    assert.equal(await remote.blobs.has(blob), false);
    await remote.blobs.write(blob, sourceOf(bytes));
    await remote.blobs.write(blob, sourceOf(bytes));
    assert.equal(await remote.blobs.has(blob), true);
    assert.deepEqual(await readBlob(remote, blob), bytes);
  });

  for (const size of [0, 1, 65_536, 5_000_003]) {
    promise(`a blob of ${size} bytes comes back as it went`, async (remote) => {
      const bytes = noise(size);
      await remote.blobs.write(blobOf(bytes), sourceOf(bytes));
      assert.equal(digestOf(await readBlob(remote, blobOf(bytes))), digestOf(bytes));
    });
  }

  promise("transfers tell how many bytes moved, and the sum is the size", async (remote) => {
    const bytes = noise(300_000);
    let sent = 0;
    await remote.blobs.write(blobOf(bytes), sourceOf(bytes), { onBytes: (count) => sent += count });
    assert.equal(sent, bytes.byteLength);
    let received = 0;
    const stream = await remote.blobs.read(blobOf(bytes), { onBytes: (count) => received += count });
    await readAll(stream, bytes.byteLength, "blob");
    assert.equal(received, bytes.byteLength);
  });

  promise("any part of a blob can be read, and no byte beside it", async (remote) => {
    const bytes = noise(3_000_000);
    const blob = blobOf(bytes);
    await remote.blobs.write(blob, sourceOf(bytes));
    const places: [number, number][] = [
      [0, 1],
      [0, 3_000_000],
      [2_999_999, 1],
      [1_048_575, 2],
      [70_000, 1_500_000],
      [1_000_000, 2_000_000],
      [5, 0],
      [3_000_000, 0],
    ];
    for (const [offset, length] of places) {
      let moved = 0;
      const stream = await remote.blobs.readPart(blob, { offset, length }, { onBytes: (count) => moved += count });
      const part = await readAll(stream, length, "part");
      assert.equal(digestOf(part), digestOf(bytes.subarray(offset, offset + length)), `${length} bytes from ${offset} on`);
      assert.equal(moved, length);
    }
  });

  promise("a part of a blob that is not there is not-found, and of a blob that should be larger corrupt", async (remote) => {
    await fails(readPart(remote, blobOf(text("absent")), 2, 3), "not-found");
    const bytes = noise(100_000);
    await remote.blobs.write(blobOf(bytes), sourceOf(bytes));
    const larger = { digest: digestOf(bytes), size: 200_000 };
    await fails(readPart(remote, larger, 50_000, 100_000), "corrupt");
    await fails(readPart(remote, larger, 150_000, 50_000), "corrupt");
    await fails(readPart(remote, { digest: larger.digest, size: 50_000 }, 10, 20), "corrupt");
  });

  promise("a blob that is not there is not-found, in a repository that does not exist and in one that does", async (remote) => {
    const absent = blobOf(text("absent"));
    assert.equal(await remote.blobs.has(absent), false);
    await fails(readBlob(remote, absent), "not-found");
    await remote.blobs.write(blobOf(text("present")), sourceOf(text("present")));
    assert.equal(await remote.blobs.has(absent), false);
    await fails(readBlob(remote, absent), "not-found");
  });

  promise("bytes that are not those of the digest never become visible", async (remote) => {
    const right = text("right");
    const wrong: [string, Bytes][] = [["same size", text("wrong")], ["shorter", text("rig")], ["longer", text("right and more")], [
      "nothing",
      text(""),
    ]];
    for (const [what, bytes] of wrong) {
      await fails(remote.blobs.write(blobOf(right), { size: right.byteLength, open: sourceOf(bytes).open }), "changed-underneath", what);
      assert.equal(await remote.blobs.has(blobOf(right)), false, what);
    }
    await remote.blobs.write(blobOf(right), sourceOf(right));
    assert.deepEqual(await readBlob(remote, blobOf(right)), right);
  });

  promise("a big source that changes while it is sent is refused, and nothing of it becomes visible", async (remote) => {
    const bytes = noise(3_000_000);
    const changed = bytes.slice();
    changed[2_900_000]! ^= 1;
    await fails(remote.blobs.write(blobOf(bytes), sourceOf(changed)), "changed-underneath");
    assert.equal(await remote.blobs.has(blobOf(bytes)), false);
  });

  promise("a source that breaks takes its own failure out, and nothing becomes visible", async (remote) => {
    const bytes = noise(200_000);
    await assert.rejects(
      remote.blobs.write(blobOf(bytes), breaking(bytes, 100_000, new Failure("changed-underneath", "the file is gone"))),
    );
    assert.equal(await remote.blobs.has(blobOf(bytes)), false);
  });

  promise("twenty writers of one blob all succeed", async (remote) => {
    const bytes = noise(400_000);
    await Promise.all(Array.from({ length: 20 }, () => remote.blobs.write(blobOf(bytes), sourceOf(bytes))));
    assert.deepEqual(await readBlob(remote, blobOf(bytes)), bytes);
  });

  promise("an interrupted write leaves nothing, and can be done again", async (remote) => {
    const bytes = noise(2_000_000);
    const stop = new AbortController();
    const source = stopping(bytes, 1_000_000, () => stop.abort(new Failure("interrupted", "interrupted")));
    await fails(remote.blobs.write(blobOf(bytes), source, { signal: stop.signal }), "interrupted");
    assert.equal(await remote.blobs.has(blobOf(bytes)), false);
    await remote.blobs.write(blobOf(bytes), sourceOf(bytes));
    assert.equal(await remote.blobs.has(blobOf(bytes)), true);
  });

  promise("a signal that was aborted before stops everything before it begins", async (remote) => {
    const signal = AbortSignal.abort(new Failure("interrupted", "interrupted"));
    const bytes = text("late");
    await fails(remote.blobs.write(blobOf(bytes), sourceOf(bytes), { signal }), "interrupted");
    assert.equal(await remote.blobs.has(blobOf(bytes)), false);
  });

  promise("a tag of an empty repository resolves to null, and there are no tags", async (remote) => {
    assert.equal(await remote.resolve("latest"), null);
    assert.deepEqual(await remote.tags(), []);
    await fails(remote.readManifest(digestOf(text("absent"))), "not-found");
  });

  promise("a manifest is read by digest, byte for byte, before any tag names it", async (remote) => {
    const manifest = await putArtifact(remote, "one");
    await remote.writeManifest(manifest);
    const read = await remote.readManifest(manifest.digest);
    assert.deepEqual(read, manifest);
    assert.deepEqual(await remote.tags(), []);
  });

  promise("a manifest whose bytes are not those of its digest is refused", async (remote) => {
    const manifest = await putArtifact(remote, "one");
    const other = await putArtifact(remote, "two");
    await assert.rejects(remote.writeManifest({ ...manifest, bytes: other.bytes }), (error) => isFailure(error));
    await fails(remote.readManifest(manifest.digest), "not-found");
  });

  promise("a new tag is set when it is expected to be absent, and holds the manifest", async (remote, opened) => {
    const manifest = await putArtifact(remote, "one");
    await remote.setTag("v1", manifest, null);
    assert.equal(await remote.resolve("v1"), manifest.digest);
    assert.equal(await (await opened.again?.() ?? remote).resolve("v1"), manifest.digest);
    assert.deepEqual(await remote.readManifest(manifest.digest), manifest);
  });

  promise("a tag moves only from what it is expected to hold", async (remote) => {
    const [one, two, three] = [await putArtifact(remote, "one"), await putArtifact(remote, "two"), await putArtifact(remote, "three")];
    await remote.setTag("v1", one, null);
    await remote.setTag("v1", two, one.digest);
    assert.equal(await remote.resolve("v1"), two.digest);
    await moved(remote.setTag("v1", three, one.digest), two.digest);
    await moved(remote.setTag("v1", three, null), two.digest);
    await moved(remote.setTag("absent", three, one.digest), null);
    assert.equal(await remote.resolve("v1"), two.digest);
    assert.equal(await remote.resolve("absent"), null);
    await remote.setTag("v1", three, "any");
    assert.equal(await remote.resolve("v1"), three.digest);
    assert.deepEqual(await remote.readManifest(one.digest), one, "what a tag held before stays");
  });

  promise("setting a tag to what it holds already is success, whatever was expected", async (remote) => {
    const one = await putArtifact(remote, "one");
    await remote.setTag("v1", one, null);
    await remote.setTag("v1", one, null);
    await remote.setTag("v1", one, one.digest);
    await remote.setTag("v1", one, "any");
    assert.equal(await remote.resolve("v1"), one.digest);
  });

  promise("tags are listed sorted by their bytes, without those that hold lists of referrers", async (remote) => {
    const one = await putArtifact(remote, "one");
    for (const tag of ["v10", "v2", "Latest", "a_b", "a.b", "a-b"]) await remote.setTag(tag, one, null);
    await remote.writeManifest(await putReferrer(remote, one, "test/record", "r"));
    assert.deepEqual(await remote.tags(), ["Latest", "a-b", "a.b", "a_b", "v10", "v2"]);
  });

  promise("two tags of one manifest move apart", async (remote) => {
    const [one, two] = [await putArtifact(remote, "one"), await putArtifact(remote, "two")];
    await remote.setTag("a", one, null);
    await remote.setTag("b", one, null);
    await remote.setTag("a", two, one.digest);
    assert.equal(await remote.resolve("a"), two.digest);
    assert.equal(await remote.resolve("b"), one.digest);
  });

  promise(
    `a tag is taken away${options.removeTag === "unsupported" ? " only where the server can" : ", and what it held stays"}`,
    async (remote) => {
      const [one, two] = [await putArtifact(remote, "one"), await putArtifact(remote, "two")];
      await remote.setTag("keep", one, null);
      await remote.setTag("drop", one, null);
      if (options.removeTag === "unsupported") return await fails(remote.removeTag("drop", one.digest), "unsupported");
      await moved(remote.removeTag("drop", two.digest), one.digest);
      await remote.removeTag("drop", one.digest);
      assert.equal(await remote.resolve("drop"), null);
      assert.equal(await remote.resolve("keep"), one.digest);
      assert.deepEqual(await remote.tags(), ["keep"]);
      await fails(remote.removeTag("drop", "any"), "not-found");
      await remote.removeTag("keep", "any");
      assert.deepEqual(await remote.tags(), []);
      assert.deepEqual(await remote.readManifest(one.digest), one);
    },
  );

  promise("referrers of nothing are none", async (remote) => {
    assert.deepEqual(await remote.referrers(digestOf(text("absent")), "test/record"), []);
    const one = await putArtifact(remote, "one");
    await remote.setTag("v1", one, null);
    assert.deepEqual(await remote.referrers(one.digest, "test/record"), []);
  });

  promise("a referrer is found by its subject and type, with its annotations", async (remote, opened) => {
    const [one, two] = [await putArtifact(remote, "one"), await putArtifact(remote, "two")];
    await remote.setTag("v1", one, null);
    await remote.setTag("v2", two, null);
    const first = await putReferrer(remote, one, "test/record", "first");
    await remote.writeManifest(first);
    const [found, ...none] = await remote.referrers(one.digest, "test/record");
    assert.deepEqual(none, []);
    assert.equal(found!.digest, first.digest);
    assert.equal(found!.size, first.bytes.byteLength);
    assert.equal(found!.mediaType, OCI_MANIFEST_TYPE);
    assert.equal(found!.artifactType, "test/record");
    assert.equal(found!.annotations?.["test.note"], "first");
    assert.deepEqual(await remote.referrers(two.digest, "test/record"), []);
    assert.deepEqual(await remote.referrers(one.digest, "test/other"), []);
    const second = await putReferrer(remote, one, "test/record", "second");
    await remote.writeManifest(second);
    await remote.writeManifest(second);
    await remote.writeManifest(await putReferrer(remote, one, "test/other", "third"));
    const other = await opened.again?.() ?? remote;
    assert.deepEqual(digests(await other.referrers(one.digest, "test/record")), digests([first, second]));
    assert.equal((await other.referrers(one.digest, "test/other")).length, 1);
  });

  promise("a referrer may come before its subject, and stays after the content returns to an old digest", async (remote) => {
    const [one, two] = [await putArtifact(remote, "one"), await putArtifact(remote, "two")];
    const early = await putReferrer(remote, one, "test/record", "early");
    await remote.writeManifest(early);
    await remote.setTag("v1", one, null);
    await remote.setTag("v1", two, one.digest);
    await remote.setTag("v1", one, two.digest);
    const late = await putReferrer(remote, one, "test/record", "late");
    await remote.writeManifest(late);
    assert.deepEqual(digests(await remote.referrers(one.digest, "test/record")), digests([early, late]));
    assert.deepEqual(await remote.tags(), ["v1"]);
  });

  promise("many tags set at once are all there", async (remote) => {
    const one = await putArtifact(remote, "one");
    await remote.writeManifest(one);
    const names = Array.from({ length: 12 }, (_, number) => `t${String(number).padStart(2, "0")}`);
    await Promise.all(names.map((tag) => remote.setTag(tag, one, null)));
    assert.deepEqual(await remote.tags(), names);
  });
}

/** An artifact of one small file and an index of its own, blobs written, manifest not. */
export async function putArtifact(remote: Remote, content: string): Promise<EncodedManifest> {
  const [config, layer] = [text(`{"index of":${JSON.stringify(content)}}`), text(content)];
  for (const bytes of [config, layer]) await remote.blobs.write(blobOf(bytes), sourceOf(bytes));
  return encodeManifest({
    config: { mediaType: INDEX_TYPE, ...blobOf(config) },
    layers: [{ mediaType: RAW_FILE_TYPE, ...blobOf(layer) }],
  });
}

/** A manifest about another one, blobs written, manifest not. */
export async function putReferrer(remote: Remote, subject: EncodedManifest, artifactType: string, note: string): Promise<EncodedManifest> {
  const [empty, layer] = [text("{}"), text(note)];
  for (const bytes of [empty, layer]) await remote.blobs.write(blobOf(bytes), sourceOf(bytes));
  return encodeManifest({
    artifactType,
    config: { mediaType: OCI_EMPTY_TYPE, ...blobOf(empty) },
    layers: [{ mediaType: RAW_FILE_TYPE, ...blobOf(layer) }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.bytes.byteLength },
    annotations: { "test.note": note },
  });
}

function text(content: string): Bytes {
  return new TextEncoder().encode(content);
}

/** Bytes that look random and are the same every time. */
function noise(size: number): Bytes {
  const bytes = new Uint8Array(size);
  let state = size + 1;
  for (let place = 0; place < size; place++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[place] = state >>> 24;
  }
  return bytes;
}

function blobOf(bytes: Bytes): Blob {
  return { digest: digestOf(bytes), size: bytes.byteLength };
}

async function readBlob(remote: Remote, blob: Blob): Promise<Bytes> {
  return await readAll(await remote.blobs.read(blob), blob.size, "blob");
}

async function readPart(remote: Remote, blob: Blob, offset: number, length: number): Promise<Bytes> {
  return await readAll(await remote.blobs.readPart(blob, { offset, length }), length, "part");
}

function digests(of: readonly { readonly digest: Digest }[]): Digest[] {
  return of.map(({ digest }) => digest).sort();
}

async function fails(work: Promise<unknown>, code: FailureCode, message?: string): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    if (!isFailure(error, code)) throw new assert.AssertionError({ message: `${message ?? ""} should fail with ${code}, but: ${error}` });
    return true;
  });
}

async function moved(work: Promise<unknown>, found: Digest | null): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    if (!isFailure(error, "tag-moved")) throw new assert.AssertionError({ message: `should fail with tag-moved, but: ${error}` });
    assert.equal(error.facts.found, found);
    return true;
  });
}

/** Gives `good` bytes, then what `then` does. */
function stopping(bytes: Bytes, good: number, then: () => void): ByteSource {
  return {
    size: bytes.byteLength,
    open: () => {
      let sent = 0;
      return Promise.resolve(
        new ReadableStream({
          async pull(controller) {
            if (sent >= good) then();
            if (sent >= bytes.byteLength) return controller.close();
            controller.enqueue(bytes.slice(sent, sent + 50_000));
            sent += 50_000;
            await new Promise((resume) => setTimeout(resume, 1)); // a slow disk, so that a signal is seen between two pieces
          },
        }, { highWaterMark: 0 }),
      );
    },
  };
}

function breaking(bytes: Bytes, good: number, failure: Failure): ByteSource {
  return stopping(bytes, good, () => {
    throw failure;
  });
}
