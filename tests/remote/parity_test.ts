/** The parity scenarios that are about HTTP, by their numbers; where the design differs from the old tool, the new behaviour. */
import assert from "node:assert/strict";
import { digestOf } from "../../src/base/digest.ts";
import { encodeManifest } from "../../src/bundle/manifest.ts";
import { INDEX_TYPE } from "../../src/bundle/media_types.ts";
import { client, refusal, type Seen, serve } from "../support/scripted_server.ts";

const CONFIG = { mediaType: INDEX_TYPE, digest: digestOf(new TextEncoder().encode("index")), size: 5 };
const BUNDLE = encodeManifest({ config: CONFIG, layers: [] });
const HEADERS = { "content-type": BUNDLE.mediaType, "content-length": String(BUNDLE.bytes.byteLength) };

Deno.test("scenario 32: without a Docker-Content-Digest header the digest is that of the manifest's bytes", async () => {
  await using server = serve(({ method }) => new Response(method === "HEAD" ? null : BUNDLE.bytes, { headers: HEADERS }));
  using it = client(server);
  assert.equal(await it.remote.resolve("v1"), BUNDLE.digest);
});

Deno.test("scenario 33: a tag that answers 404 is absent at once, without pauses", async () => {
  await using server = serve(() => refusal(404, "MANIFEST_UNKNOWN", "manifest unknown"));
  using it = client(server);
  assert.equal(await it.remote.resolve("v1"), null);
  assert.deepEqual(it.slept, []);
  assert.ok(manifestRequests(server.seen).length <= 2, "HEAD, and GET for registries whose HEAD says 404 of everything");
});

Deno.test("scenario 35: where only the digest is needed, HEAD is asked and no GET", async () => {
  await using server = serve(() => new Response(null, { headers: { ...HEADERS, "docker-content-digest": BUNDLE.digest } }));
  using it = client(server);
  assert.equal(await it.remote.resolve("v1"), BUNDLE.digest);
  assert.deepEqual(manifestRequests(server.seen).map(({ method }) => method), ["HEAD"]);
});

function manifestRequests(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ at }) => at.includes("/manifests/"));
}
