/** How blobs come down from registries with manners of their own; the rows are those of the list of registry behaviours. */
import assert from "node:assert/strict";
import { readAll } from "../../../src/base/bytes.ts";
import { digestOf } from "../../../src/base/digest.ts";
import type { Remote } from "../../../src/bundle/content.ts";
import { type FailureCode, isFailure } from "../../../src/base/failure.ts";
import { client, refusal, serve } from "../../support/scripted_server.ts";

const BYTES = new Uint8Array(300_000).map((_, place) => place * 7 + (place >> 8));
const BLOB = { digest: digestOf(BYTES), size: BYTES.byteLength };
const AT = `/v2/me/model/blobs/${BLOB.digest}`;

/** The blob from a place on, and the line cut after so many bytes. */
function broken(from: number, until: number, init: ResponseInit): Response {
  const headers = new Headers(init.headers);
  headers.set("content-length", String(BYTES.byteLength - from));
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(BYTES.slice(from, until));
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.error(new Error("cut"));
    },
  });
  return new Response(body, { ...init, headers });
}

function rangeFrom(headers: Headers): number {
  return Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
}

function part(from: number): Response {
  const headers = { "content-range": `bytes ${from}-${BYTES.byteLength - 1}/${BYTES.byteLength}` };
  return new Response(BYTES.slice(from), { status: 206, headers });
}

async function fails(work: Promise<unknown>, code: FailureCode, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isFailure(error, code), `${code} expected, but: ${error}`);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("R15: a body that breaks goes on where it stopped", async () => {
  let turn = 0;
  await using server = serve(({ headers }) => {
    const from = rangeFrom(headers);
    turn++;
    return turn === 1
      ? broken(0, 100_000, {})
      : turn === 2
      ? broken(from, from + 50_000, { status: 206, headers: { "content-range": `bytes ${from}-299999/300000` } })
      : part(from);
  });
  using it = client(server);
  let moved = 0;
  const stream = await it.remote.blobs.read(BLOB, { onBytes: (count) => moved += count });
  assert.deepEqual(await readAll(stream, BLOB.size, "blob"), BYTES);
  assert.equal(moved, BLOB.size, "no byte counts twice");
  const ranges = server.seen.map(({ headers }) => headers.get("range"));
  assert.equal(ranges[0], null, "the first request is an unconditional one");
  assert.ok(ranges.slice(1).every((range) => range !== null), ranges.join());
});

Deno.test("R15: where the server ignores the range, what came before is read again and dropped", async () => {
  await using server = serve(({ headers }) => headers.has("range") ? new Response(BYTES) : broken(0, 120_000, {}));
  using it = client(server);
  assert.deepEqual(await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), BYTES);
});

Deno.test("R15: an answer in many parts is refused, and all of it is asked for", async () => {
  let turn = 0;
  await using server = serve(({ headers }) => {
    if (++turn === 1) return broken(0, 120_000, {});
    if (!headers.has("range")) return new Response(BYTES);
    return new Response("--x\r\n", { status: 206, headers: { "content-type": "multipart/byteranges; boundary=x" } });
  });
  using it = client(server);
  assert.deepEqual(await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), BYTES);
});

async function readPart(remote: Remote, offset: number, length: number): Promise<Uint8Array> {
  return await readAll(await remote.blobs.readPart(BLOB, { offset, length }), length, "part");
}

Deno.test("R15: a part that breaks goes on where it stopped, and asks for no byte beside it", async () => {
  let turn = 0;
  await using server = serve(({ headers }) => {
    const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range")!)!.map(Number);
    const range = { status: 206, headers: { "content-range": `bytes ${from}-${last}/300000`, "content-length": `${last! - from! + 1}` } };
    if (++turn > 1) return new Response(BYTES.slice(from, last! + 1), range);
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(BYTES.slice(from, 140_000));
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.error(new Error("cut"));
      },
    });
    return new Response(body, range);
  });
  using it = client(server);
  assert.deepEqual(await readPart(it.remote, 100_000, 60_000), BYTES.slice(100_000, 160_000));
  const [first, second] = server.seen.map(({ headers }) => headers.get("range"));
  assert.equal(first, "bytes=100000-159999");
  assert.match(second!, /^bytes=1[0-4]\d{4}-159999$/);
});

Deno.test("R15: where the server ignores the range, a part is taken from the middle of the whole", async () => {
  await using server = serve(() => new Response(BYTES));
  using it = client(server);
  assert.deepEqual(await readPart(it.remote, 100_000, 60_000), BYTES.slice(100_000, 160_000));
  assert.deepEqual(await readPart(it.remote, 299_999, 1), BYTES.slice(299_999));
});

Deno.test("a part of a blob that has another size, or an answer longer than asked for, is corrupt", async () => {
  const answers = [
    new Response(BYTES.slice(1)),
    new Response(BYTES.slice(10, 20), { status: 206, headers: { "content-range": "bytes 10-19/299999" } }),
    new Response(null, { status: 416, headers: { "content-range": "bytes */5" } }),
    new Response(BYTES.slice(10, 21), { status: 206, headers: { "content-range": "bytes 10-19/*" } }),
  ];
  await using server = serve(() => answers.shift() ?? null);
  using it = client(server);
  await fails(readPart(it.remote, 10, 10), "corrupt", /299999 bytes instead of 300000/);
  await fails(readPart(it.remote, 10, 10), "corrupt", /299999 bytes instead of 300000/);
  await fails(readPart(it.remote, 10, 10), "corrupt", /no byte 10/);
  await fails(readPart(it.remote, 10, 10), "corrupt", /more than the 10 bytes/);
  assert.equal(server.seen.length, 4, "none is asked for again");
});

Deno.test("a line that always breaks ends with unreachable, after a bounded number of tries", async () => {
  await using server = serve(({ headers }) => {
    const from = rangeFrom(headers);
    return broken(from, from + 10, { status: from === 0 ? 200 : 206, headers: { "content-range": `bytes ${from}-299999/300000` } });
  });
  using it = client(server);
  await fails(readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), "unreachable", /cannot reach localhost:\d+/);
  assert.equal(server.seen.length, 5);
});

Deno.test("bytes of another digest are corrupt, and are not asked for again", async () => {
  await using server = serve(() => new Response(new Uint8Array(BLOB.size)));
  using it = client(server);
  await fails(readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), "corrupt", /digest/);
  assert.equal(server.seen.length, 1);
});

Deno.test("R14: a blob may lie on a storage host, which sees no credentials, also when it is resumed", async () => {
  let turn = 0;
  await using storage = serve(({ headers }) => ++turn === 1 ? broken(0, 50_000, {}) : part(rangeFrom(headers)), "127.0.0.1");
  await using server = serve(({ headers }) => {
    if (!headers.has("authorization")) return refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": 'Basic realm="x"' });
    return new Response(null, { status: 307, headers: { location: `${storage.url}/o?sig=secret${turn}` } });
  });
  using it = client(server, { credential: { kind: "password", username: "me", password: "pw", source: "test" } });
  assert.deepEqual(await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), BYTES);
  assert.deepEqual(storage.seen.map(({ headers }) => headers.get("authorization")), [null, null]);
  assert.deepEqual(storage.seen.map(({ at }) => at), ["/o?sig=secret0", "/o?sig=secret1"], "each try gets a new address from the registry");
});

Deno.test("R14: a signed address that has run out is replaced, and names no signature when it fails for good", async () => {
  let good = false;
  await using storage = serve(() => good ? new Response(BYTES) : new Response("expired", { status: 403 }), "127.0.0.1");
  await using server = serve(() => new Response(null, { status: 307, headers: { location: `${storage.url}/o?sig=secret` } }));
  using it = client(server);
  await assert.rejects(it.remote.blobs.read(BLOB), (error) => {
    assert.ok(isFailure(error, "remote-error"), String(error));
    assert.match(error.message, /127\.0\.0\.1:\d+ answered 403: expired/);
    assert.doesNotMatch(Deno.inspect([error, it.events], { depth: 9 }), /secret/);
    return true;
  });
  good = true;
  assert.deepEqual(await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), BYTES);
});

Deno.test("R12: HEAD that always says 404 is seen through, once", async () => {
  await using server = serve(({ method, at }) =>
    method === "HEAD" ? null : at === AT ? new Response(BYTES) : refusal(404, "BLOB_UNKNOWN", "no")
  );
  using it = client(server);
  assert.equal(await it.remote.blobs.has(BLOB), true);
  const absent = { digest: digestOf(new Uint8Array(1)), size: 1 };
  assert.equal(await it.remote.blobs.has(absent), false);
  assert.deepEqual(server.seen.map(({ method }) => method), ["HEAD", "GET", "GET"]);
});

Deno.test("R12: HEAD that is not allowed is replaced by GET", async () => {
  await using server = serve(({ method }) => method === "HEAD" ? new Response(null, { status: 405 }) : new Response(BYTES));
  using it = client(server);
  assert.equal(await it.remote.blobs.has(BLOB), true);
});

Deno.test("a blob of another size is neither there nor absent", async () => {
  await using server = serve(() => new Response(BYTES.slice(5)));
  using it = client(server);
  await fails(it.remote.blobs.has(BLOB), "corrupt", /299995 bytes instead of 300000/);
});

Deno.test("a server error is tried again, a refusal is not, and absent is not-found", async () => {
  const answers = [new Response(null, { status: 502 }), new Response(null, { status: 503 }), new Response(BYTES)];
  await using server = serve(() => answers.shift() ?? refusal(404, "BLOB_UNKNOWN", "blob unknown\u001b[2J to registry"));
  using it = client(server);
  assert.deepEqual(await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), BYTES);
  assert.deepEqual(it.slept, [500, 1000]);
  await fails(
    it.remote.blobs.read(BLOB),
    "not-found",
    /^cannot read the blob sha256:\w+ in localhost:\d+\/me\/model: localhost:\d+ answered 404 BLOB_UNKNOWN: blob unknown \[2J to registry$/,
  );
  assert.equal(server.seen.length, 4);
});

Deno.test("R22: 429 holds back the whole host for as long as it asks, in words, seconds or not at all", async () => {
  const answers = [
    new Response("slow down", { status: 429, headers: { "retry-after": "20" } }),
    new Response("secondary rate limit exceeded", { status: 403 }),
    new Response(BYTES),
  ];
  await using server = serve(() => answers.shift() ?? new Response("slow down", { status: 429, headers: { "retry-after": "3600" } }));
  using it = client(server);
  assert.deepEqual(await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), BYTES);
  assert.ok(it.slept[0]! >= 20_000, it.slept.join());
  await assert.rejects(it.remote.tags(), (error) => {
    assert.ok(isFailure(error, "rate-limited"), String(error));
    assert.match(error.hint!, /3600 s/);
    return true;
  });
});

Deno.test("a registry that is not there is unreachable, with few tries", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const host = `localhost:${listener.addr.port}`;
  listener.close();
  using it = client({ host });
  await fails(it.remote.resolve("v1"), "unreachable", /^cannot reach localhost:\d+: nobody listens there on port \d+$/);
  assert.ok(it.slept.reduce((a, b) => a + b, 0) <= 2000);
});

Deno.test("a time limit of the caller makes a silent registry unreachable, an interruption stays one", async () => {
  const never = Promise.withResolvers<Response>();
  await using server = serve(() => never.promise);
  using it = client(server);
  await fails(it.remote.resolve("v1", AbortSignal.timeout(50)), "unreachable", /did not answer in time/);
  await fails(it.remote.resolve("v1", AbortSignal.abort()), "interrupted", /interrupted/);
  never.resolve(new Response());
});

Deno.test("R15: one byte at the end of a large blob, from a server that ignores ranges: what comes before is passed over in large pieces", async () => {
  const bytes = new Uint8Array(32 * 1024 * 1024); // 32 million steps of one byte each would take minutes
  bytes[bytes.byteLength - 1] = 7;
  await using server = serve(() => new Response(bytes));
  using it = client(server);
  const blob = { digest: digestOf(bytes), size: bytes.byteLength };
  const stream = await it.remote.blobs.readPart(blob, { offset: blob.size - 1, length: 1 });
  assert.deepEqual(await readAll(stream, 1, "part"), new Uint8Array([7]));
});
