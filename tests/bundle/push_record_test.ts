/** A push record says the same in its blob and in its annotations, and is about exactly one bundle. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { digestOf, parseDigest } from "../../src/base/digest.ts";
import { decodeManifest } from "../../src/bundle/manifest.ts";
import { PUSH_RECORD_TYPE } from "../../src/bundle/media_types.ts";
import { decodePushRecord, encodePushRecord, type PushRecord, recordFromAnnotations } from "../../src/bundle/push_record.ts";
import { anyDigest, asFailure } from "../base/generators.ts";

const anyRecord: fc.Arbitrary<PushRecord> = fc.record({
  bundle: anyDigest,
  tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
  time: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  author: fc.string({ unit: "grapheme" }),
  tool: fc.string(),
  previous: fc.record({ bundle: fc.option(anyDigest), record: fc.option(anyDigest) }, { noNullPrototype: true }),
  git: fc.option(fc.record({ commit: fc.stringMatching(/^[0-9a-f]{40}$/), dirty: fc.boolean() }, { noNullPrototype: true })),
  message: fc.option(fc.string({ unit: "grapheme" })),
}, { noNullPrototype: true }).chain((record) => fc.constantFrom(record, { ...record, preflight: "skipped" as const }));

Deno.test("a record comes back from its blob, and from its annotations", () => {
  fc.assert(fc.property(anyRecord, (record) => {
    const encoded = encodePushRecord(record, { digest: record.bundle, size: 10 });
    const manifest = decodeManifest(encoded.manifest.bytes, "record");
    const blob = encoded.blobs.find(({ descriptor }) => descriptor.digest === manifest.layers[0]!.digest)!;
    assert.deepEqual(decodePushRecord(blob.bytes, "it"), record);
    assert.deepEqual(recordFromAnnotations(manifest.annotations, record.bundle), record);
  }));
});

Deno.test("a record is an artifact whose subject is the bundle, and brings every blob that it names", () => {
  fc.assert(fc.property(anyRecord, (record) => {
    const encoded = encodePushRecord(record, { digest: record.bundle, size: 4321 });
    const manifest = decodeManifest(encoded.manifest.bytes, "record");
    assert.equal(manifest.artifactType, PUSH_RECORD_TYPE);
    assert.deepEqual([manifest.subject!.digest, manifest.subject!.size], [record.bundle, 4321]);
    assert.deepEqual(encoded.blobs.map(({ descriptor }) => descriptor.digest), [
      manifest.config.digest,
      ...manifest.layers.map(({ digest }) => digest),
    ]);
    for (const { descriptor, bytes } of encoded.blobs) {
      assert.deepEqual([descriptor.digest, descriptor.size], [digestOf(bytes), bytes.byteLength]);
    }
    assert.equal(manifest.annotations["org.opencontainers.image.created"], record.time);
  }));
});

Deno.test("what has no tag or time in its annotations is no record", () => {
  const bundle = parseDigest(`sha256:${"0".repeat(64)}`);
  assert.equal(recordFromAnnotations(undefined, bundle), null);
  assert.equal(recordFromAnnotations({}, bundle), null);
  assert.equal(recordFromAnnotations({ "vnd.modelops.bundle.push.tag": "v1" }, bundle), null);
});

for (const text of ["", "null", "[]", "{}", '{"bundle":"sha256:1"}', '{"bundle":1}', "\ufffd{"]) {
  Deno.test(`${JSON.stringify(text)} is no push record`, () => {
    assert.match(
      asFailure(() => decodePushRecord(new TextEncoder().encode(text), "v1"), "invalid").message,
      /the push record v1 cannot be used/,
    );
  });
}
