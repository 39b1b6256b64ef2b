/** How blobs go up to registries with manners of their own; the rows are those of the list of registry behaviours. */
import assert from "node:assert/strict";
import { sourceOf } from "../../../src/base/bytes.ts";
import { type FailureCode, isFailure } from "../../../src/base/failure.ts";
import { client, PASSWORD, refusal, serve } from "../../support/scripted_server.ts";
import { made, methods, MiB, Sessions } from "./sessions.ts";

async function fails(work: Promise<unknown>, code: FailureCode, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isFailure(error, code), `${code} expected, but: ${error}`);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("a small blob is one POST and one PUT, a big one is looked for first, and goes with its length", async () => {
  const sessions = new Sessions();
  await using server = serve((seen) => sessions.answer(seen));
  using it = client(server);
  const [small, big] = [made(1000), made(5 * MiB)];
  await it.remote.blobs.write(small.blob, small.source);
  assert.equal(methods(server.seen), "POST PUT");
  let moved = 0;
  await it.remote.blobs.write(big.blob, big.source, { onBytes: (count) => moved += count });
  assert.equal(methods(server.seen.slice(2)), "HEAD GET POST PUT");
  const put = server.seen.at(-1)!;
  assert.equal(put.headers.get("content-length"), String(5 * MiB));
  assert.equal(put.headers.get("content-type"), "application/octet-stream");
  assert.match(put.at, /^\/v2\/me\/model\/blobs\/uploads\/2\?_state=a%2Fb&digest=sha256%3A/, "R1: the state in the query is kept");
  assert.equal(moved, 5 * MiB);
  const before = server.seen.length;
  await it.remote.blobs.write(big.blob, big.source);
  assert.equal(server.seen.length, before, "what this process wrote is not sent again");
});

Deno.test("R11: a blob of no bytes is a PUT with the length 0", async () => {
  const sessions = new Sessions();
  await using server = serve((seen) => sessions.answer(seen));
  using it = client(server);
  const empty = made(0);
  await it.remote.blobs.write(empty.blob, empty.source);
  assert.equal(server.seen.at(-1)!.headers.get("content-length"), "0");
  assert.equal(sessions.stored.get(empty.blob.digest), 0);
});

Deno.test("R3: a POST that answers 201 is the end of it", async () => {
  await using server = serve(({ method }) => method === "POST" ? new Response(null, { status: 201 }) : null);
  using it = client(server);
  const small = made(10);
  await it.remote.blobs.write(small.blob, small.source);
  assert.equal(methods(server.seen), "POST");
});

Deno.test("R5: 204 for a PUT and 201 for a PATCH are fine", async () => {
  const sessions = new Sessions();
  await using server = serve((seen) => {
    if (seen.method === "PUT" && seen.body.byteLength > 0) return new Response(null, { status: 413 });
    if (seen.method === "PATCH") return sessions.patch(seen, 201);
    return seen.method === "PUT" ? sessions.put(seen, 204) : sessions.answer(seen);
  });
  using it = client(server);
  const big = made(9 * MiB);
  await it.remote.blobs.write(big.blob, big.source);
  assert.equal(sessions.stored.get(big.blob.digest), 9 * MiB);
  assert.match(methods(server.seen), /PATCH PATCH PUT$/);
});

for (const status of [405, 411, 413, 416]) {
  Deno.test(`R9: where one PUT is refused with ${status}, pieces go instead, and the next blob does not try again`, async () => {
    const sessions = new Sessions();
    await using server = serve((seen) =>
      seen.method === "PUT" && seen.body.byteLength > 0 ? new Response(null, { status }) : sessions.answer(seen)
    );
    using it = client(server);
    const [first, second] = [made(5 * MiB), made(5 * MiB + 1)];
    let moved = 0;
    await it.remote.blobs.write(first.blob, first.source, { onBytes: (count) => moved += count });
    assert.equal(moved, 5 * MiB, "what was sent in vain is taken back");
    assert.equal(sessions.stored.get(first.blob.digest), 5 * MiB);
    const before = server.seen.length;
    await it.remote.blobs.write(second.blob, second.source);
    assert.equal(methods(server.seen.slice(before)), "HEAD POST PATCH PUT");
    assert.ok(sessions.open.size === 0, "the session that was of no use was ended");
  });
}

Deno.test("R9, R10: pieces are halved until they fit, never below what the registry wants, and their ranges have no unit", async () => {
  const sessions = new Sessions();
  const [least, most] = [2.5 * MiB, 3 * MiB];
  await using server = serve((seen) => {
    if (seen.method === "POST") return sessions.begin({ "oci-chunk-min-length": String(least) });
    if (seen.body.byteLength > most) return new Response(null, { status: seen.method === "PUT" ? 413 : 416 });
    return sessions.answer(seen);
  });
  using it = client(server);
  const big = made(11 * MiB);
  await it.remote.blobs.write(big.blob, big.source);
  assert.equal(sessions.stored.get(big.blob.digest), 11 * MiB);
  const taken = server.seen.filter(({ method, body }) => method === "PATCH" && body.byteLength <= most);
  assert.equal(taken[0]!.headers.get("content-range"), `0-${least - 1}`);
  assert.ok(taken.slice(0, -1).every(({ body }) => body.byteLength >= least));
});

Deno.test("R7: a place that is stuck at the first piece does not stop an upload", async () => {
  const sessions = new Sessions();
  await using server = serve((seen) => {
    if (seen.method === "PUT" && seen.body.byteLength > 0) return new Response(null, { status: 413 });
    const response = sessions.answer(seen);
    if (seen.method !== "PATCH") return response;
    return new Response(null, { status: 202, headers: { location: seen.at, range: "0-99" } });
  });
  using it = client(server);
  const big = made(20 * MiB);
  await it.remote.blobs.write(big.blob, big.source);
  assert.equal(sessions.stored.get(big.blob.digest), 20 * MiB);
});

Deno.test("R8: a piece that was stored although its answer was lost is not sent twice", async () => {
  const sessions = new Sessions();
  let patches = 0;
  await using server = serve((seen) => {
    if (seen.method === "PUT" && seen.body.byteLength > 0) return new Response(null, { status: 413 });
    const response = sessions.answer(seen);
    return seen.method === "PATCH" && ++patches === 1 ? new Response(null, { status: 502 }) : response;
  });
  using it = client(server);
  const big = made(17 * MiB);
  await it.remote.blobs.write(big.blob, big.source);
  assert.equal(sessions.stored.get(big.blob.digest), 17 * MiB);
  assert.equal(patches, 3);
});

Deno.test("R8: a session that the registry has deleted is begun again", async () => {
  const sessions = new Sessions();
  let patches = 0;
  await using server = serve((seen) => {
    if (seen.method === "PUT" && seen.body.byteLength > 0) return new Response(null, { status: 413 });
    if (seen.method === "PATCH" && ++patches === 2) {
      sessions.open.clear();
      return new Response(null, { status: 416 });
    }
    return sessions.answer(seen);
  });
  using it = client(server);
  const big = made(17 * MiB);
  await it.remote.blobs.write(big.blob, big.source);
  assert.equal(sessions.stored.get(big.blob.digest), 17 * MiB);
});

Deno.test("R8: a registry that loses every upload fails, whether it says so or not; that is not something which was not found", async () => {
  const answers = [() => refusal(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"), () => new Response(null, { status: 404 })];
  for (const words of answers) await losing(words);
});

async function losing(words: () => Response): Promise<void> {
  await using server = serve(({ method, at }) => {
    if (at === "/v2/") return new Response("{}");
    if (method === "POST") return new Response(null, { status: 202, headers: { location: "/v2/me/model/blobs/uploads/1" } });
    return method === "PUT" ? words() : null;
  });
  using door = client(server);
  const { blob, source } = made(10);
  await assert.rejects(door.remote.blobs.write(blob, source), (error) => isFailure(error, "remote-error"));
  assert.ok(server.seen.filter(({ method }) => method === "POST").length > 1, "it was tried again");
}

Deno.test("R9: a registry that takes no pieces at all is never sent one", async () => {
  const sessions = new Sessions();
  await using server = serve((seen) => seen.method === "PATCH" ? new Response(null, { status: 405 }) : sessions.answer(seen));
  using it = client(server);
  const big = made(5 * MiB);
  await it.remote.blobs.write(big.blob, big.source);
  assert.equal(sessions.stored.get(big.blob.digest), 5 * MiB);
  assert.doesNotMatch(methods(server.seen), /PATCH/);
});

Deno.test("a server error in the middle is tried again from the start, and a blob that is there by then is not sent again", async () => {
  const sessions = new Sessions();
  let puts = 0;
  await using server = serve((seen) => {
    const response = sessions.answer(seen);
    return seen.method === "PUT" && ++puts === 1 ? new Response(null, { status: 504 }) : response;
  });
  using it = client(server);
  const big = made(6 * MiB);
  let moved = 0;
  await it.remote.blobs.write(big.blob, big.source, { onBytes: (count) => moved += count });
  assert.equal(puts, 1);
  assert.equal(moved, 6 * MiB);
});

Deno.test("R2: an upload on another host gets the bytes and no credentials", async () => {
  const sessions = new Sessions();
  await using storage = serve(() => new Response(null, { status: 201 }), "127.0.0.1");
  await using server = serve((seen) => {
    if (!seen.headers.has("authorization")) return refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": 'Basic realm="x"' });
    if (seen.method === "POST") return new Response(null, { status: 202, headers: { location: `${storage.url}/put?sig=1` } });
    return sessions.answer(seen);
  });
  using it = client(server, { credential: PASSWORD });
  for (const size of [1000, 5 * MiB]) {
    const { blob, source } = made(size);
    await it.remote.blobs.write(blob, source);
    assert.equal(storage.seen.at(-1)!.body.byteLength, size);
    assert.equal(storage.seen.at(-1)!.headers.get("authorization"), null);
  }
});

Deno.test("R23: a 401 never meets a body: the first request has none, and no body is sent twice", async () => {
  const sessions = new Sessions();
  await using server = serve((seen) => {
    if (!seen.headers.has("authorization")) return refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": 'Basic realm="x"' });
    return seen.method === "GET" && seen.at === "/v2/"
      ? new Response()
      : seen.at.includes("/manifests/")
      ? new Response(null, { status: 201 })
      : sessions.answer(seen);
  });
  using it = client(server, { credential: PASSWORD });
  const big = made(5 * MiB);
  await it.remote.blobs.write(big.blob, big.source);
  const manifest = made(1000);
  using other = client(server, { credential: PASSWORD });
  await other.remote.writeManifest({ mediaType: "application/json", digest: manifest.blob.digest, bytes: manifest.bytes });
  for (const { headers, body } of server.seen) if (body.byteLength > 0) assert.ok(headers.has("authorization"));
  assert.equal(server.seen.filter(({ body }) => body.byteLength > 0).length, 2);
});

Deno.test("a source that changed is told apart from a registry that fails, and leaves no session behind", async () => {
  const sessions = new Sessions();
  await using server = serve((seen) => sessions.answer(seen));
  using it = client(server);
  for (const size of [1000, 5 * MiB]) {
    const planned = made(size);
    const changed = planned.bytes.slice();
    changed[size - 1]! ^= 1;
    await fails(
      it.remote.blobs.write(planned.blob, sourceOf(changed)),
      "changed-underneath",
      /changed before it was sent: it has another digest/,
    );
  }
  assert.equal(sessions.stored.size, 0);
  assert.equal(sessions.open.size, 0);
});

Deno.test("a registry that takes nothing says so once, with its own words", async () => {
  await using server = serve(({ method }) => method === "POST" ? refusal(403, "DENIED", "quota of project me exceeded") : null);
  using it = client(server, { credential: PASSWORD });
  const small = made(10);
  await fails(it.remote.blobs.write(small.blob, small.source), "unauthorized", /answered 403 DENIED: quota of project me exceeded$/);
  assert.equal(server.seen.length, 1);
});
