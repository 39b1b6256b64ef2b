/** The limit on bytes a second: kept over every span of time, for all who share it, and by what goes over the wire. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure, isFailure } from "../../src/base/failure.ts";
import { Bandwidth, type Clock } from "../../src/http/bandwidth.ts";
import { openHttp } from "../../src/http/client.ts";
import { discard } from "../../src/http/message.ts";

const BURST = 0.25; // seconds at the full rate

/** Sleeping is over at once, and the time has passed. */
function quickClock(): Clock & { time: number } {
  const clock = {
    time: 0,
    now: () => clock.time,
    sleep: (milliseconds: number) => {
      clock.time += milliseconds;
      return Promise.resolve();
    },
  };
  return clock;
}

Deno.test("law: over any span, no more moves than the rate allows and one burst, whatever is asked when", async () => {
  const step = fc.record({ pause: fc.integer({ min: 0, max: 3_000 }), bytes: fc.integer({ min: 0, max: 100_000 }) });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 100, max: 1_000_000 }), fc.array(step, { minLength: 1, maxLength: 30 }), async (rate, steps) => {
      const clock = quickClock();
      clock.time = 10_000;
      const bandwidth = new Bandwidth(rate, clock);
      const moved: { at: number; bytes: number }[] = [];
      for (const { pause, bytes } of steps) {
        clock.time += pause;
        await bandwidth.take(bytes);
        moved.push({ at: clock.time, bytes });
      }
      for (let from = 0; from < moved.length; from++) {
        let sum = 0;
        for (let to = from; to < moved.length; to++) {
          sum += moved[to]!.bytes;
          const seconds = (moved[to]!.at - moved[from]!.at) / 1000;
          // What moves at the start of the span was waited for before it.
          const most = rate * (seconds + BURST) + moved[from]!.bytes;
          assert.ok(sum <= most + 1, `${sum} bytes in ${seconds} s at ${rate}`);
        }
      }
    }),
  );
});

Deno.test("law: it never makes anybody wait longer than the rate asks for", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 100, max: 1e6 }),
      fc.array(fc.integer({ min: 0, max: 1e5 }), { minLength: 1 }),
      async (rate, all) => {
        const clock = quickClock();
        clock.time = 10_000;
        const bandwidth = new Bandwidth(rate, clock);
        for (const bytes of all) await bandwidth.take(bytes);
        const sum = all.reduce((a, b) => a + b, 0);
        const passed = clock.time - 10_000;
        assert.ok(Math.abs(passed - Math.max(0, sum / rate * 1000 - BURST * 1000)) < 1, `${passed} ms for ${sum} bytes at ${rate}`);
      },
    ),
  );
});

Deno.test("a paced stream is the same bytes, in pieces that suit the rate; it ends with the signal's reason, and closes its source", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const bandwidth = new Bandwidth(80_000, quickClock());
  const pieces: Uint8Array[] = await Array.fromAsync(bandwidth.paceBytes(bytes));
  assert.ok(pieces.every((piece) => piece.byteLength <= 10_000));
  assert.deepEqual(new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer()), bytes);

  let closed: unknown;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (c) => c.enqueue(new Uint8Array(1000)),
    cancel: (why) => void (closed = why),
  });
  const stop = new AbortController();
  const slow = new Bandwidth(1, {
    now: () => 0,
    sleep: (_, signal) => new Promise((_resolve, no) => signal!.addEventListener("abort", () => no(signal!.reason))),
  });
  const reading = slow.pace(source, stop.signal).getReader().read();
  const reason = new Failure("interrupted", "stop");
  setTimeout(() => stop.abort(reason), 0);
  await assert.rejects(reading, (error) => error === reason);
  assert.equal(closed, reason);
});

Deno.test("requests and answers are paced on the wire, both from one allowance, streamed or in memory", async () => {
  const size = 40_000;
  const got: number[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const bytes = await request.bytes();
    got.push(bytes.byteLength);
    assert.equal(Number(request.headers.get("content-length")), bytes.byteLength);
    return new Response(new Uint8Array(request.method === "GET" ? size : 0));
  });
  const clock = quickClock();
  const http = openHttp({ userAgent: "mops/test", bandwidth: new Bandwidth(10_000, clock) });
  const url = new URL(`http://127.0.0.1:${server.addr.port}/`);
  const answer = await http.send({ method: "GET", url });
  assert.equal((await new Response(answer.body).bytes()).byteLength, size);
  const afterOne = clock.time;
  const stream = new Blob([new Uint8Array(size)]).stream();
  await discard(await http.send({ method: "PUT", url, body: { size, stream } }));
  const afterTwo = clock.time;
  await discard(await http.send({ method: "PATCH", url, body: new Uint8Array(size) }));
  await discard(await http.send({ method: "POST", url, body: new Uint8Array(10) }));
  http.close();
  assert.deepEqual(got, [0, size, size, 10]);
  assert.ok(Math.abs(afterOne - 3_750) < 2, `${afterOne} ms for the answer`);
  assert.ok(Math.abs(afterTwo - afterOne - 4_000) < 2, `${afterTwo - afterOne} ms for the stream`);
  assert.ok(Math.abs(clock.time - afterTwo - 4_001) < 2, `${clock.time - afterTwo} ms for what was in memory`);
});

Deno.test("an interruption ends a paced answer and a paced request with its own reason", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    await request.bytes().catch(() => {});
    return new Response(new Uint8Array(1_000_000));
  });
  const url = new URL(`http://127.0.0.1:${server.addr.port}/`);
  for (const body of [undefined, new Uint8Array(1_000_000), new Uint8Array(900)]) {
    const http = openHttp({ userAgent: "mops/test", bandwidth: new Bandwidth(1000) });
    const stop = new AbortController();
    const work = (async () => {
      const response = await http.send({ method: body === undefined ? "GET" : "PUT", url, body, signal: stop.signal });
      return await new Response(response.body).bytes();
    })();
    setTimeout(() => stop.abort(new Failure("interrupted", "stop", { facts: { checkpoint: true } })), 50);
    await assert.rejects(work, (error) => isFailure(error, "interrupted") && error.facts.checkpoint === true);
    http.close();
  }
});
