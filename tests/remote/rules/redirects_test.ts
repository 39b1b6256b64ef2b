/** Redirects and content encodings: what lies between the registry and the bytes. */
import assert from "node:assert/strict";
import { readAll } from "../../../src/base/bytes.ts";
import { digestOf } from "../../../src/base/digest.ts";
import { isFailure } from "../../../src/base/failure.ts";
import { encodeManifest } from "../../../src/bundle/manifest.ts";
import { INDEX_TYPE } from "../../../src/bundle/media_types.ts";
import { client, PASSWORD, refusal, type Seen, serve } from "../../support/scripted_server.ts";

const BYTES = new Uint8Array(200_000).map((_, place) => place * 11 + (place >> 9));
const BLOB = { digest: digestOf(BYTES), size: BYTES.byteLength };
const AT = `/v2/me/model/blobs/${BLOB.digest}`;
const MANIFEST = encodeManifest({ config: { mediaType: INDEX_TYPE, ...BLOB }, layers: [] });

const redirect = (location: string, status = 307) => new Response(null, { status, headers: { location } });
const anonymous = ({ headers }: Seen) =>
  headers.has("authorization") ? null : refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": 'Basic realm="x"' });

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`R14: a blob behind ${status} is found and read, also behind a relative address`, async () => {
    await using storage = serve(
      ({ headers }) => headers.has("authorization") ? new Response(null, { status: 400 }) : new Response(BYTES),
      "127.0.0.1",
    );
    for (const location of [`${storage.url}/o?sig=1`, "../../../../moved?x=1"]) {
      await using server = serve((seen) =>
        anonymous(seen) ?? (seen.at === AT ? redirect(location, status) : seen.at === "/moved?x=1" ? new Response(BYTES) : null)
      );
      using it = client(server, { credential: PASSWORD });
      assert.equal(await it.remote.blobs.has(BLOB), true);
      assert.deepEqual(await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), BYTES);
    }
    assert.deepEqual(storage.seen.map(({ method }) => method), ["HEAD", "GET"]);
  });
}

Deno.test("R14: a storage host that takes its signed address for GET only is asked by GET", async () => {
  await using storage = serve(({ method }) => method === "HEAD" ? new Response(null, { status: 403 }) : new Response(BYTES), "127.0.0.1");
  await using server = serve(() => redirect(`${storage.url}/o?sig=1`));
  using it = client(server);
  assert.equal(await it.remote.blobs.has(BLOB), true);
  assert.deepEqual(storage.seen.map(({ method }) => method), ["HEAD", "GET"]);
});

Deno.test("R14: a redirect to another host and back brings no credentials back, and ends as unauthorized", async () => {
  await using stranger = serve(() => redirect(`${server.url}/secret`), "127.0.0.1");
  await using server = serve((seen) => anonymous(seen) ?? (seen.at === AT ? redirect(stranger.url) : new Response(BYTES)));
  using it = client(server, { credential: PASSWORD });
  await assert.rejects(it.remote.blobs.read(BLOB), (error) => isFailure(error, "unauthorized"));
  const inner = server.seen.filter(({ at }) => at === "/secret");
  assert.ok(inner.length > 0 && inner.every(({ headers }) => !headers.has("authorization")));
  assert.ok(server.seen.length < 10, String(server.seen.length));
});

Deno.test("R14: redirects in a circle, to nothing and away from the web are remote errors after a few requests", async () => {
  for (const location of [AT, "ftp://localhost/o", "http://", "data:,x"]) {
    await using server = serve(() => redirect(location));
    using it = client(server);
    for (const work of [() => it.remote.blobs.read(BLOB), () => it.remote.blobs.has(BLOB), () => it.remote.resolve("v1")]) {
      const before = server.seen.length;
      await assert.rejects(work(), (error) => {
        assert.ok(isFailure(error, "remote-error"), String(error));
        assert.match(error.message, /redirects .*; that was not followed$/);
        return true;
      });
      assert.ok(server.seen.length - before <= 6, `${location}: ${server.seen.length}`);
    }
  }
});

Deno.test("R14: a redirect of an upload or a tag is not followed: nothing is sent to where it leads", async () => {
  await using stranger = serve(() => new Response(null, { status: 201 }), "127.0.0.1");
  await using server = serve(({ method }) => method === "GET" || method === "HEAD" ? null : redirect(`${stranger.url}/there`));
  using it = client(server);
  await assert.rejects(
    it.remote.blobs.write(BLOB, { size: BLOB.size, open: () => Promise.resolve(new Blob([BYTES]).stream()) }),
    (error) => {
      assert.ok(isFailure(error, "remote-error"), String(error));
      return true;
    },
  );
  await assert.rejects(it.remote.writeManifest(MANIFEST), (error) => isFailure(error, "remote-error"));
  assert.deepEqual(stranger.seen, []);
});

Deno.test("R16: a proxy that compresses whatever it may is asked not to, for blobs, manifests and tags", async () => {
  const mayCompress = (seen: Seen) => !/^\s*identity\s*$/.test(seen.headers.get("accept-encoding") ?? "gzip");
  await using server = serve((seen) => {
    const [body, headers]: [Uint8Array<ArrayBuffer>, Record<string, string>] = seen.at === AT
      ? [BYTES, {}]
      : seen.at.includes("/tags/")
      ? [new TextEncoder().encode('{"tags":["a"]}'), {}]
      : [MANIFEST.bytes, { "content-type": MANIFEST.mediaType }];
    if (!mayCompress(seen)) return new Response(seen.method === "HEAD" ? null : body, { headers });
    return new Response(new Blob([body]).stream().pipeThrough(new CompressionStream("gzip")), {
      headers: { ...headers, "content-encoding": "gzip" },
    });
  });
  using it = client(server);
  assert.deepEqual(await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), BYTES);
  assert.deepEqual(await it.remote.readManifest(MANIFEST.digest), MANIFEST);
  assert.deepEqual(await it.remote.tags(), ["a"]);
  assert.ok(!server.seen.some(mayCompress));
});

Deno.test("R16: what is compressed all the same is never taken for the blob", async () => {
  const gzip = new Response(new Blob([BYTES]).stream().pipeThrough(new CompressionStream("gzip")));
  const packed = await gzip.bytes();
  await using server = serve(() => new Response(packed, { headers: { "content-encoding": "gzip" } }));
  using it = client(server);
  await assert.rejects(async () => await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), (error) => {
    assert.ok(isFailure(error, "corrupt", "unreachable"), String(error));
    return true;
  });
  assert.ok(server.seen.length <= 5);
});
