/** The manifest: its bytes are a pure function of the files, and what is no bundle is told apart from what is broken. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { digestOf } from "../../src/base/digest.ts";
import { indexOf } from "../../src/bundle/bundle_index.ts";
import { decodeBundleManifest, decodeManifest, encodeBundle, encodeManifest } from "../../src/bundle/manifest.ts";
import { anyDigest, anySnapshot, asFailure } from "../base/generators.ts";

const encode = (document: unknown) => new TextEncoder().encode(typeof document === "string" ? document : JSON.stringify(document));
const D = `sha256:${"ab".repeat(32)}`;
const config = { mediaType: "application/vnd.modelops.bundle.index.v1+json", digest: D, size: 2 };

Deno.test("a bundle has its index as config and one raw layer for each file, titled by its path, and nothing else", () => {
  fc.assert(fc.property(anySnapshot, (snapshot) => {
    const { manifest, index } = encodeBundle(indexOf(snapshot));
    assert.equal(manifest.digest, digestOf(manifest.bytes));
    assert.equal(index.descriptor.digest, digestOf(index.bytes));
    const document = JSON.parse(new TextDecoder().decode(manifest.bytes));
    assert.deepEqual(Object.keys(document), ["config", "layers", "mediaType", "schemaVersion"]);
    assert.deepEqual(document.config, { ...config, digest: index.descriptor.digest, size: index.bytes.byteLength });
    const decoded = decodeBundleManifest(manifest.bytes, "it");
    assert.deepEqual(
      decoded.layers.map((
        { mediaType, digest, size, annotations },
      ) => [mediaType, digest, size, annotations!["org.opencontainers.image.title"]]),
      Array.from(indexOf(snapshot), ({ path, digest, size }) => ["application/octet-stream", digest, size, path]),
    );
    assert.equal(decoded.subject, undefined);
    assert.equal(decoded.artifactType, undefined);
  }));
});

Deno.test("the digest of a bundle of one file is this one, for ever", () => {
  const { manifest } = encodeBundle(
    indexOf(new Map([["a.txt" as never, { digest: digestOf(encode("a")), size: 1, executable: false, link: undefined }]])),
  );
  assert.equal(manifest.digest, "sha256:586f9b09b05f7001ebe1c63bca551854a65485093d7c94582c8cc08aaf5be064");
});

Deno.test("what is put into a manifest comes out of it", () => {
  const descriptor = fc.record({ mediaType: fc.string(), digest: anyDigest, size: fc.maxSafeNat() });
  const annotated = fc.record({
    mediaType: fc.string(),
    digest: anyDigest,
    size: fc.maxSafeNat(),
    annotations: fc.dictionary(fc.string(), fc.string()),
  });
  const parts = fc.record(
    {
      config: descriptor,
      layers: fc.array(annotated),
      artifactType: fc.string(),
      subject: descriptor,
      annotations: fc.dictionary(fc.string(), fc.string()),
    },
    { requiredKeys: ["config", "layers"] },
  );
  fc.assert(fc.property(parts, (given) => {
    const decoded = decodeManifest(encodeManifest(given as Parameters<typeof encodeManifest>[0]).bytes, "it");
    assert.deepEqual(
      JSON.parse(JSON.stringify(decoded)),
      JSON.parse(JSON.stringify({
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        annotations: {},
        ...given,
      })),
    );
  }));
});

Deno.test("the manifest of the Python tool is read, tar media type and all", () => {
  const manifest = decodeBundleManifest(
    encode({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { ...config, size: 3158 },
      layers: [{
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        size: 187,
        digest: D,
        annotations: { "org.opencontainers.image.title": "targets/inc.py" },
      }],
      annotations: {},
    }),
    "theirs",
  );
  assert.equal(manifest.layers[0]!.annotations!["org.opencontainers.image.title"], "targets/inc.py");
});

Deno.test("manifests that leave out what they may are read", () => {
  const manifest = decodeBundleManifest(encode({ schemaVersion: 2, config, layers: null, annotations: null, subject: null }), "it");
  assert.deepEqual([manifest.layers, manifest.annotations, manifest.subject], [[], {}, undefined]);
});

for (
  const [what, document, message] of [
    ["an image index", { mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] }, /image index/],
    ["a Docker list", { mediaType: "application/vnd.docker.distribution.manifest.list.v2+json" }, /image index/],
    ["anything with manifests", { manifests: [], config }, /image index/],
    [
      "a container image",
      { config: { ...config, mediaType: "application/vnd.oci.image.config.v1+json" }, layers: [] },
      /its config is "application\/vnd\.oci\.image\.config/,
    ],
    ["an HTML page", "<html>", /not JSON/],
    ["nothing", "", /not JSON/],
    ["a number", "1", /not a mapping/],
    ["null", "null", /not a mapping/],
    ["a list", [], /not a mapping/],
  ] as const
) {
  Deno.test(`${what} is not a bundle`, () => {
    const failure = asFailure(() => decodeBundleManifest(encode(document), "seir:v1"), "not-a-bundle");
    assert.match(failure.message, /^seir:v1 is not a bundle/);
    assert.match(failure.message, message);
  });
}

for (
  const [what, document] of [
    ["no config", { layers: [] }],
    ["a media type that is no text", { mediaType: 1, config, layers: [] }],
    ["a config without digest", { config: { mediaType: "x", size: 1 } }],
    ["a digest of another form", { config: { ...config, digest: "sha256:x" } }],
    ["a negative size", { config: { ...config, size: -1 } }],
    ["layers that are a mapping", { config, layers: {} }],
    ["a layer that is a text", { config, layers: ["x"] }],
    ["a subject without size", { config, layers: [], subject: { mediaType: "x", digest: D } }],
  ] as const
) {
  Deno.test(`a manifest with ${what} is invalid, and the place is named`, () => {
    assert.match(
      asFailure(() => decodeBundleManifest(encode(document), "seir:v1"), "invalid").message,
      /the manifest of seir:v1 cannot be used: /,
    );
  });
}
