/** Registries that ask for patience, in all the ways in which they do. The clock of these tests never waits. */
import assert from "node:assert/strict";
import { sourceOf } from "../../../src/base/bytes.ts";
import { digestOf } from "../../../src/base/digest.ts";
import { isFailure } from "../../../src/base/failure.ts";
import { encodeManifest } from "../../../src/bundle/manifest.ts";
import { INDEX_TYPE } from "../../../src/bundle/media_types.ts";
import { client, json, PASSWORD, refusal, serve } from "../../support/scripted_server.ts";
import { made, MiB, Sessions } from "./sessions.ts";

const MANIFEST = encodeManifest({ config: { mediaType: INDEX_TYPE, digest: digestOf(new Uint8Array(1)), size: 1 }, layers: [] });
const DIGEST = MANIFEST.digest;
const found = () => new Response(MANIFEST.bytes, { headers: { "content-type": MANIFEST.mediaType, "docker-content-digest": DIGEST } });
const text = (status: number, words: string, headers: Record<string, string> = {}) => new Response(words, { status, headers });

/** What a registry says, the least time in ms that it asks for, and the code when it never says anything else. */
const MANNERS = [
  ["429 and seconds", () => text(429, "slow down", { "retry-after": "20" }), 20_000, "rate-limited"],
  ["429 and a date", () => text(429, "", { "retry-after": new Date("2026-01-01T00:00:30Z").toUTCString() }), 30_000, "rate-limited"],
  ["429 and nothing", () => new Response(null, { status: 429 }), 500, "rate-limited"],
  [
    "429 and a plain text",
    () => text(429, "You have reached your pull rate limit.", { "content-type": "text/plain" }),
    500,
    "rate-limited",
  ],
  ["429 and JSON of its own", () => json({ message: "API rate limit exceeded" }, { status: 429 }), 500, "rate-limited"],
  ["429 and microseconds in words", () => text(429, "retry-after: 571.112µs, allowed: 44000/minute"), 500, "rate-limited"],
  ["TOOMANYREQUESTS with another status", () => refusal(400, "TOOMANYREQUESTS", "slow down"), 500, "rate-limited"],
  ["403 that means the same", () => text(403, "You have exceeded a secondary rate limit."), 500, "rate-limited"],
  [
    "403 with its own Retry-After",
    () => text(403, "You have exceeded a secondary rate limit.", { "retry-after": "60" }),
    60_000,
    "rate-limited",
  ],
  ["503 and seconds", () => text(503, "<html>busy</html>", { "retry-after": "7", "content-type": "text/html" }), 7_000, "remote-error"],
] as const;

for (const [manner, answer, least, code] of MANNERS) {
  Deno.test(`R22: ${manner}: the whole host waits, and it is never told as a matter of credentials`, async () => {
    let refusals = 2; // a HEAD may not say what it is about
    await using server = serve(() => refusals-- > 0 ? answer() : found());
    using it = client(server, { credential: PASSWORD });
    assert.equal(await it.remote.resolve("v1"), DIGEST);
    assert.ok(it.slept[0]! >= least, `${it.slept[0]} ms, instead of ${least}`);
    refusals = Infinity;
    const before = server.seen.length;
    await assert.rejects(it.remote.resolve("v1"), (error) => {
      assert.ok(isFailure(error, code), String(error));
      assert.ok(error.hint !== undefined && !/login/.test(error.hint), error.hint);
      return true;
    });
    assert.ok(server.seen.length - before <= 6, `${server.seen.length - before} requests: five tries, and one HEAD that says nothing`);
  });
}

Deno.test("R22: while one request waits, no other one goes out to that host", async () => {
  let [time, until, early] = [0, 0, 0];
  await using server = serve(({ at }) => {
    if (at === "/elsewhere") return new Response();
    if (until === 0) return until = time + 30_000, text(429, "", { "retry-after": "30" });
    if (time < until) early++;
    return found();
  });
  let others: Promise<unknown> | undefined;
  let slept = 0;
  const sleep = async (ms: number) => {
    if (slept++ === 0) {
      others = Promise.all(Array.from({ length: 4 }, (_, number) => it.remote.resolve(`t${number}`)));
      // Long enough for them to come, if they were let through.
      for (let turn = 0; turn < 5; turn++) await (await fetch(`${server.url}/elsewhere`)).body?.cancel();
    }
    time += ms;
  };
  using it = client(server, { clock: { now: () => time, random: () => 0, sleep } });
  await it.remote.resolve("v1");
  await others;
  assert.equal(early, 0);
});

Deno.test("R22: who asks for more than two minutes is told to the user, with the time, after one request", async () => {
  for (const asked of ["3600", new Date("2026-01-01T02:00:00Z").toUTCString()]) {
    await using server = serve(() => text(429, "", { "retry-after": asked }));
    using it = client(server);
    await assert.rejects(it.remote.resolve("v1"), (error) => {
      assert.ok(isFailure(error, "rate-limited"), String(error));
      assert.match(error.hint!, asked === "3600" ? /after 3600 s\b/ : /after Thu, 01 Jan 2026 02:00:00 GMT\b/);
      return true;
    });
    assert.equal(server.seen.length, 1);
    assert.deepEqual(it.slept, []);
  }
});

Deno.test("R22: a Retry-After that is nonsense counts as none", async () => {
  for (const nonsense of ["soon", "-5", "1e9", "NaN", "9".repeat(400), "Thu, 99 Foo 2026"]) {
    const answers = [text(429, "", { "retry-after": nonsense })];
    await using server = serve(() => answers.shift() ?? found());
    using it = client(server);
    if (/^9+$/.test(nonsense)) await assert.rejects(it.remote.resolve("v1"), (error) => isFailure(error, "rate-limited"));
    else assert.equal(await it.remote.resolve("v1"), DIGEST, nonsense);
    assert.ok(it.slept.every((ms) => ms >= 0 && ms <= 120_000), it.slept.join());
  }
});

Deno.test("R22: uploads wait as well, and are not sent more often than five times", async () => {
  const sessions = new Sessions();
  let refusals = 2;
  await using server = serve((seen) =>
    seen.method === "PUT" && refusals-- > 0 ? text(429, "", { "retry-after": "9" }) : sessions.answer(seen)
  );
  using it = client(server);
  for (const size of [1000, 5 * MiB]) {
    refusals = 2;
    const { blob, source } = made(size);
    await it.remote.blobs.write(blob, source);
    assert.equal(sessions.stored.get(blob.digest), size);
  }
  assert.ok(it.slept.filter((ms) => ms >= 9000).length >= 4, it.slept.join());
  refusals = Infinity;
  const before = server.seen.filter(({ method }) => method === "PUT").length;
  await assert.rejects(
    it.remote.blobs.write({ digest: digestOf(MANIFEST.bytes), size: MANIFEST.bytes.byteLength }, sourceOf(MANIFEST.bytes)),
    (error) => isFailure(error, "rate-limited"),
  );
  assert.equal(server.seen.filter(({ method }) => method === "PUT").length - before, 5);
});

Deno.test("R21: a manifest that is too large for a registry is unsupported, with its words, and is sent once", async () => {
  await using server = serve(({ method }) =>
    method === "PUT" ? refusal(413, "MANIFEST_INVALID", "manifest payload size limit exceeded") : new Response()
  );
  using it = client(server);
  await assert.rejects(it.remote.writeManifest(MANIFEST), (error) => {
    assert.ok(isFailure(error, "unsupported"), String(error));
    assert.match(error.message, /answered 413 MANIFEST_INVALID: manifest payload size limit exceeded$/);
    return true;
  });
  assert.equal(server.seen.filter(({ method }) => method === "PUT").length, 1);
});

Deno.test("R23: a token that ends during a long upload is renewed between two pieces, before the registry would refuse it", async () => {
  const sessions = new Sessions();
  let [time, tokens, refused] = [0, 0, 0];
  const ends = new Map<string, number>();
  await using server = serve((seen) => {
    if (seen.at.startsWith("/token")) {
      ends.set(`Bearer t${++tokens}`, time + 60_000);
      return json({ token: `t${tokens}`, expires_in: 60 });
    }
    const held = seen.headers.get("authorization");
    if (held === null || time >= ends.get(held)!) {
      if (held !== null) refused++;
      return refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": `Bearer realm="${server.url}/token"` });
    }
    if (seen.body.byteLength > MiB) return new Response(null, { status: 413 });
    if (seen.method === "PATCH") time += 25_000; // a slow line
    return sessions.answer(seen);
  });
  using it = client(server, { credential: PASSWORD, clock: { now: () => time, random: () => 0, sleep: () => Promise.resolve() } });
  const { blob, source } = made(6 * MiB);
  await it.remote.blobs.write(blob, source);
  assert.equal(sessions.stored.get(blob.digest), 6 * MiB);
  assert.equal(refused, 0, "no request met a token that had ended");
  assert.ok(tokens >= 3, `${tokens} tokens for 150 s`);
});

Deno.test("R23: a token that ends in the middle of a body that is sent once only: that blob begins again, with a new token", async () => {
  for (const pieces of [false, true]) {
    const sessions = new Sessions();
    let [tokens, ended, bodies] = [0, 0, 0];
    await using server = serve((seen) => {
      if (seen.at.startsWith("/token")) return json({ token: `t${++tokens}`, expires_in: 3600 });
      if (pieces && seen.method === "PUT" && seen.body.byteLength > 0) return new Response(null, { status: 413 });
      if (seen.body.byteLength > 0 && bodies++ === (pieces ? 1 : 0)) ended = tokens; // all of them, though they were said to live for an hour
      if (Number(/^Bearer t(\d+)$/.exec(seen.headers.get("authorization") ?? "")?.[1] ?? 0) > ended) return sessions.answer(seen);
      return refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": `Bearer realm="${server.url}/token",error="invalid_token"` });
    });
    using it = client(server, { credential: PASSWORD });
    const { blob, source } = made(9 * MiB);
    let moved = 0;
    await it.remote.blobs.write(blob, source, { onBytes: (count) => moved += count });
    assert.equal(sessions.stored.get(blob.digest), 9 * MiB);
    assert.equal(moved, 9 * MiB);
    ended = Infinity; // and one that is never believed ends, after a few tries
    const before = server.seen.length;
    const other = made(9 * MiB + 1);
    await assert.rejects(it.remote.blobs.write(other.blob, other.source), (error) => isFailure(error, "unauthorized"));
    assert.ok(server.seen.length - before < 20, String(server.seen.length - before));
  }
});
