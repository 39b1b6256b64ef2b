/** Many things at once, but not too many; and what happens when one of them fails. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure, isFailure } from "../../src/base/failure.ts";
import { giveForerunner } from "../../src/base/forerunner.ts";
import { mapPool } from "../../src/base/pool.ts";

const turn = (turns: number) => new Promise<void>((resume) => turns <= 0 ? resume() : setTimeout(resume, 0));

Deno.test("results come in the order of the items, each item once, never more than the limit at a time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 3 })), fc.integer({ min: 1, max: 6 }), async (items, limit) => {
      let running = 0;
      let most = 0;
      const done = await mapPool(limit, items.entries(), async ([place, turns]) => {
        most = Math.max(most, ++running);
        await turn(turns);
        running--;
        return place;
      });
      assert.deepEqual(done, [...items.keys()]);
      assert.ok(most <= limit);
      if (items.length >= limit) assert.equal(most, limit);
    }),
    { numRuns: 30 },
  );
});

Deno.test("the first error is thrown, after everything that was running has ended and been told to stop", async () => {
  const started: number[] = [];
  let running = 0;
  let told = 0;
  const work = mapPool(3, [0, 1, 2, 3, 4, 5], async (item, signal) => {
    started.push(item);
    running++;
    try {
      if (item === 1) throw new Failure("corrupt", "the first");
      await new Promise<void>((_, stop) => signal.addEventListener("abort", () => stop(new Error("told to stop"))));
    } finally {
      if (signal.aborted) told++;
      await turn(1);
      running--;
    }
  });
  await assert.rejects(work, (error) => isFailure(error, "corrupt") && error.message === "the first");
  assert.equal(running, 0);
  assert.deepEqual(started, [0, 1, 2]);
  assert.equal(told, 2);
});

Deno.test("work that throws before it waits fails like all other", async () => {
  await assert.rejects(
    mapPool(2, [1], () => {
      throw new Failure("not-found", "at once");
    }),
    (error) => isFailure(error, "not-found"),
  );
});

Deno.test("an outer signal stops it with its reason; one that was aborted before starts nothing", async () => {
  const reason = new Failure("interrupted", "interrupted");
  const stop = new AbortController();
  let started = 0;
  const work = mapPool(2, [1, 2, 3, 4], async () => {
    started++;
    await turn(1);
    stop.abort(reason);
  }, stop.signal);
  await assert.rejects(work, (error) => error === reason);
  assert.equal(started, 2);
  await assert.rejects(mapPool(2, [1], async () => assert.fail("started"), AbortSignal.abort(reason)), (error) => error === reason);
});

Deno.test("an items list that fails while it is read fails the whole, once running work has ended", async () => {
  let running = 0;
  function* items() {
    yield 1;
    throw new Failure("invalid", "no second item");
  }
  const work = mapPool(2, items(), async () => {
    running++;
    await turn(1);
    running--;
  });
  await assert.rejects(work, (error) => isFailure(error, "invalid"));
  assert.equal(running, 0);
});

Deno.test("no items, and a limit below one, are no trouble; listeners are taken off again", async () => {
  const signal = new AbortController().signal;
  let listeners = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
  assert.deepEqual(await mapPool(3, [], async () => 1, signal), []);
  assert.deepEqual(await mapPool(0, [1, 2], async (item) => item * 2, signal), [2, 4]);
  assert.equal(listeners, 0);
});

Deno.test("asked to begin nothing new, it lets what runs end, begins nothing, and says so only if something was left", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 12 }),
      async (items, limit, at) => {
        const [now, soon] = [new AbortController(), new AbortController()];
        giveForerunner(now.signal, soon.signal);
        const reason = new Failure("interrupted", "soon");
        let begun = 0;
        let ended = 0;
        let begunThen = -1;
        const work = mapPool(limit, Array(items).keys(), async (item, signal) => {
          begun++;
          if (item === at) {
            soon.abort(reason);
            begunThen = begun;
          }
          await turn(2);
          assert.ok(!signal.aborted, "what runs is not stopped");
          ended++;
        }, now.signal);
        if (begunThen === -1 && at >= items) return void assert.equal((await work).length, items);
        const error = await work.then(() => null, (error) => error);
        assert.equal(begun, ended);
        // Those of the same turn may have begun before the one that asked.
        assert.ok(begun >= at + 1 && begun <= at + limit, `${begun} begun, asked at ${at}`);
        assert.equal(error, begun === items ? null : reason);
      },
    ),
  );
});
