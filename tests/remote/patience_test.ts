/**
 * R22: a registry that asks for patience gets it: to the millisecond, from every request of this process, and no longer than it asked.
 * Time passes by hand; the server is real.
 */
import assert from "node:assert/strict";
import { digestOf } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { mapPool } from "../../src/base/pool.ts";
import type { Event } from "../../src/bundle/events.ts";
import type { RemoteOptions } from "../../src/remote/open_remote.ts";
import { HandClock } from "../support/hand_clock.ts";
import { client, refusal, type Script, serve } from "../support/scripted_server.ts";

const SMALL = new TextEncoder().encode("small");
const BLOB = { digest: digestOf(SMALL), size: SMALL.byteLength };
const NOW = Date.parse("2026-01-01T00:00:00Z");

/** A server that refuses as long as `refuse` gives an answer; the times of all requests by the clock. */
function setting(refuse: (count: number) => Response | null, options: Partial<RemoteOptions> = {}) {
  const clock = new HandClock(NOW);
  const times: number[] = [];
  const script: Script = ({ method, at }) => {
    times.push(clock.now() - NOW);
    const no = refuse(times.length);
    if (no !== null) return no;
    if (at === "/v2/") return new Response("{}");
    if (method === "POST") return new Response(null, { status: 202, headers: { location: "/v2/me/model/blobs/uploads/1" } });
    if (method === "PUT") return new Response(null, { status: 201 });
    return at.includes("/blobs/") && method !== "HEAD" ? new Response(SMALL) : new Response(null, { status: 200 });
  };
  const server = serve(script);
  const it = client(server, { clock, ...options });
  return { clock, times, server, it };
}

/** Time passes, as far as somebody waits, until the work is done. The naps are what everybody slept. */
async function untilDone<T>(clock: HandClock, work: Promise<T>): Promise<T> {
  let done = false;
  const ended = work.finally(() => done = true);
  ended.catch(() => {}); // it is awaited below
  while (!done) {
    await Promise.race([clock.untilAsleep(1), ended.catch(() => {})]);
    const [next] = clock.asleep;
    if (!done && next !== undefined) clock.pass(next);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return await ended;
}

for (
  const [name, header, milliseconds] of [
    ["seconds", "7", 7_000],
    ["a date", "Thu, 01 Jan 2026 00:00:07 GMT", 7_000],
    ["a date that is past", "Wed, 31 Dec 2025 00:00:00 GMT", 500],
    ["nothing", null, 500],
    ["nonsense", "soon", 500],
  ] as const
) {
  for (const status of [429, 503]) {
    Deno.test(`${status} with ${name}: the next request comes after ${milliseconds} ms, not a millisecond earlier or later`, async () => {
      const { clock, times, server, it } = setting((count) =>
        count === 1 ? refusal(status, "TOOMANYREQUESTS", "slow down", header === null ? {} : { "retry-after": header }) : null
      );
      await using _server = server;
      using _it = it;
      // The policy's own wait is a part of chance; with Retry-After it is longer than that.
      await untilDone(clock, it.remote.resolve("v1"));
      assert.equal(times[0], 0);
      assert.equal(times[1], milliseconds);
      const waiting = it.events.filter((event): event is Extract<Event, { kind: "waiting" }> => event.kind === "waiting");
      assert.deepEqual(waiting, [{ kind: "waiting", host: server.host, milliseconds, status }]);
    });
  }
}

Deno.test("while the host rests nobody else asks it; then half as many come at once", async () => {
  let held: (() => void)[] = [];
  let isPatient = false;
  const clock = new HandClock(NOW);
  const times: number[] = [];
  await using server = serve(async ({ method }) => {
    if (method !== "GET") return new Response(null, { status: 404 });
    times.push(clock.now() - NOW);
    const refused = times.length <= 8;
    if (!isPatient) await new Promise<void>((resolve) => held.push(resolve));
    return refused ? refusal(429, "TOOMANYREQUESTS", "slow down", { "retry-after": "30" }) : new Response(SMALL);
  });
  const unanswered = async (count: number) => {
    while (held.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 20)); // one more would be here by now
    assert.equal(held.length, count);
    const all = held;
    held = [];
    return () => all.forEach((answer) => answer());
  };
  using it = client(server, { clock });
  const blobs = Array.from({ length: 24 }, () => BLOB);
  const work = mapPool(8, blobs, async (blob) => await new Response(await it.remote.blobs.read(blob)).bytes());
  (await unanswered(8))();
  await clock.untilAsleep(8);
  assert.deepEqual(clock.asleep, Array(8).fill(30_000));
  clock.pass(29_999);
  const early = await unanswered(0);
  early();
  clock.pass(1);
  const four = await unanswered(4);
  isPatient = true;
  four();
  await work;
  assert.deepEqual(times.slice(8).filter((time) => time !== 30_000), []);
  assert.equal(times.length, 8 + 24);
});

Deno.test("a storage host rests on its own account, not the registry that led to it", async () => {
  await using storage = serve(() => refusal(503, "SLOWDOWN", "reduce your request rate", { "retry-after": "9" }), "127.0.0.1");
  const clock = new HandClock(NOW);
  await using server = serve(({ at }) =>
    at.includes("/blobs/") ? new Response(null, { status: 307, headers: { location: `${storage.url}/x` } }) : new Response(null)
  );
  using it = client(server, { clock });
  const stop = new AbortController();
  const reading = it.remote.blobs.read(BLOB, { signal: stop.signal });
  reading.catch(() => {}); // it is stopped below
  await clock.untilAsleep(1);
  assert.deepEqual(clock.asleep, [9_000]);
  const before = server.seen.length;
  await it.remote.resolve("v1");
  assert.ok(server.seen.length > before, "the registry itself is asked meanwhile");
  assert.equal(storage.seen.length, 1);
  stop.abort();
  await assert.rejects(reading);
});

Deno.test("a time to try again that is past or no time is not told as one", async () => {
  for (
    const [header, hint] of [
      ["Sat, 01 Jan 2000 00:00:00 GMT", /^wait a minute, then/],
      ["0", /^wait a minute, then/],
      ["soon", /^wait a minute, then/],
      ["Fri, 01 Jan 2100 00:00:00 GMT", /^run the command again after Fri, 01 Jan 2100/],
    ] as const
  ) {
    const { clock, server, it } = setting(() => refusal(429, "TOOMANYREQUESTS", "slow down", { "retry-after": header }));
    await using _server = server;
    using _it = it;
    await assert.rejects(untilDone(clock, it.remote.resolve("v1")), (error) => isFailure(error, "rate-limited") && hint.test(error.hint!));
  }
});

Deno.test("what is asked beyond two minutes is told at once, with the time; with a deadline it is waited for", async () => {
  const slow = () => refusal(429, "TOOMANYREQUESTS", "slow down", { "retry-after": "600" });
  {
    const { clock, times, server, it } = setting(slow);
    await using _server = server;
    using _it = it;
    await assert.rejects(it.remote.resolve("v1"), (error) => {
      assert.ok(isFailure(error, "rate-limited"));
      assert.match(error.hint!, /^run the command again after 600 s, or with a --deadline/);
      return true;
    });
    assert.deepEqual(clock.asleep, []);
    await assert.rejects(it.remote.resolve("v2"), (error) => isFailure(error, "rate-limited") && /another 600 s/.test(error.message));
    assert.equal(times.length, 1, "the second one was never sent");
  }
  {
    const { clock, times, server, it } = setting((count) => count <= 6 ? slow() : null, { deadline: NOW + 2 * 3600_000 });
    await using _server = server;
    using _it = it;
    await untilDone(clock, it.remote.resolve("v1"));
    assert.deepEqual(times.slice(0, 7), [0, 1, 2, 3, 4, 5, 6].map((count) => count * 600_000), "also more often than the usual five tries");
  }
  {
    const { clock, times, server, it } = setting(slow, { deadline: NOW + 1500_000 });
    await using _server = server;
    using _it = it;
    await assert.rejects(untilDone(clock, it.remote.resolve("v1")), (error) => isFailure(error, "rate-limited"));
    assert.deepEqual(times, [0, 600_000, 1_200_000], "nothing is waited for that comes after the deadline");
  }
});
