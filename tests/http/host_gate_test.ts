/** How a host is left alone: exactly as long as it asked, by everybody, and how requests come back after that. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure, isFailure } from "../../src/base/failure.ts";
import { HostGate, type Place } from "../../src/http/host_gate.ts";
import { HandClock } from "../support/hand_clock.ts";

const HOST = new URL("http://registry.test/v2/a");
const OTHER = new URL("http://storage.test/b");

/** Asks for a place, and says whether it is there yet. */
function asking(gate: HostGate, url = HOST, signal?: AbortSignal, patience?: number) {
  const state: { place?: Place; error?: unknown } = {};
  gate.enter(url, signal, patience).then((place) => state.place = place, (error) => state.error = error);
  return state;
}

/** Lets everything run that can run without time passing. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("a closed gate opens at the millisecond that was asked for, for everybody, and for that host only", async () => {
  const clock = new HandClock();
  const gate = new HostGate(clock);
  const first = await gate.enter(HOST, undefined);
  first.leave();
  assert.equal(gate.refused(first, 7_000), 7_000);
  const waiting = [asking(gate), asking(gate)];
  const elsewhere = asking(gate, OTHER);
  await settle();
  assert.ok(elsewhere.place !== undefined);
  clock.pass(6_999);
  await settle();
  assert.deepEqual(waiting.map(({ place }) => place), [undefined, undefined]);
  clock.pass(1);
  await settle();
  assert.equal(waiting.filter(({ place }) => place !== undefined).length, 1, "one at once, since half of one is one");
});

Deno.test("what is spread out by chance is added, never taken away", async () => {
  for (const chance of [0, 0.5, 1]) {
    const clock = new HandClock(undefined, chance);
    const gate = new HostGate(clock);
    const first = await gate.enter(HOST, undefined);
    first.leave();
    gate.refused(first, 3_000);
    const next = asking(gate);
    await settle();
    assert.deepEqual(clock.asleep, [3_000 + chance * 250]);
    clock.pass(3_000 + chance * 250);
    await settle();
    assert.ok(next.place !== undefined);
  }
});

Deno.test("a later wish for less does not shorten an earlier one", async () => {
  const clock = new HandClock();
  const gate = new HostGate(clock);
  const [one, two] = [await gate.enter(HOST, undefined), await gate.enter(HOST, undefined)];
  one.leave();
  two.leave();
  assert.equal(gate.refused(one, 30_000), 30_000);
  assert.equal(gate.refused(two, 5_000), 30_000);
});

Deno.test("a host that does not say for how long is left alone twice as long each time, until it answers", async () => {
  const clock = new HandClock();
  const gate = new HostGate(clock);
  const rests: number[] = [];
  for (let time = 0; time < 8; time++) {
    const place = await gate.enter(HOST, undefined);
    place.leave();
    rests.push(gate.refused(place, null));
    clock.pass(rests.at(-1)!);
  }
  assert.deepEqual(rests, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  const fine = await gate.enter(HOST, undefined);
  fine.leave();
  gate.answered(fine);
  const again = await gate.enter(HOST, undefined);
  again.leave();
  assert.equal(gate.refused(again, null), 500);
});

Deno.test("eight refusals of one moment halve once; answers bring back one place a round, then the limit is gone", async () => {
  const clock = new HandClock();
  const gate = new HostGate(clock);
  const eight = await Promise.all(Array.from({ length: 8 }, () => gate.enter(HOST, undefined)));
  for (const place of eight) place.leave();
  for (const place of eight) gate.refused(place, 1_000);
  clock.pass(1_000);
  assert.equal(await atOnce(gate), 4);
  const widths = [];
  for (let round = 0; round < 5; round++) {
    const width = await atOnce(gate);
    widths.push(width);
    for (let answer = 0; answer < Math.min(width, 8); answer++) {
      const place = await gate.enter(HOST, undefined);
      place.leave();
      gate.answered(place);
    }
  }
  assert.deepEqual(widths, [4, 5, 6, 7, 8]);
  assert.equal(await atOnce(gate), 20, "as many as ask");
});

Deno.test("answers to what was sent before a refusal allow nothing", async () => {
  const clock = new HandClock();
  const gate = new HostGate(clock);
  const places = await Promise.all(Array.from({ length: 8 }, () => gate.enter(HOST, undefined)));
  places[0]!.leave();
  gate.refused(places[0]!, 1_000);
  for (const place of places.slice(1)) {
    place.leave();
    gate.answered(place);
  }
  clock.pass(1_000);
  assert.equal(await atOnce(gate), 4);
});

Deno.test("who may not wait so long is told at once, with the time", async () => {
  const clock = new HandClock();
  const gate = new HostGate(clock);
  const first = await gate.enter(HOST, undefined);
  first.leave();
  gate.refused(first, 600_000);
  const impatient = asking(gate);
  const patient = asking(gate, HOST, undefined, 600_000);
  await settle();
  assert.ok(isFailure(impatient.error, "rate-limited"));
  assert.match(impatient.error.message, /registry\.test asked to be left alone for another 600 s/);
  clock.pass(600_000);
  await settle();
  assert.ok(patient.place !== undefined);
});

Deno.test("who wants only so many at once has only so many, and nobody is forgotten", async () => {
  const gate = new HostGate(new HandClock());
  const asked = Array.from({ length: 7 }, () => {
    const state: { place?: Place } = {};
    void gate.enter(HOST, undefined, undefined, 2).then((place) => state.place = place);
    return state;
  });
  for (const passed of [2, 4, 6, 7]) {
    await settle();
    const inside = asked.filter(({ place }) => place !== undefined);
    assert.equal(inside.length, passed);
    for (const { place } of inside) place!.leave();
  }
});

Deno.test("an interruption ends every wait with its own reason, and takes nobody's place", async () => {
  const clock = new HandClock();
  const gate = new HostGate(clock);
  const first = await gate.enter(HOST, undefined);
  first.leave();
  gate.refused(first, 1_000);
  const reason = new Failure("interrupted", "stop");
  const stop = new AbortController();
  const closed = asking(gate, HOST, stop.signal);
  await settle();
  stop.abort(reason);
  await settle();
  assert.equal(closed.error, reason);
  clock.pass(1_000);
  const only = await gate.enter(HOST, undefined);
  const again = new AbortController();
  const inLine = asking(gate, HOST, again.signal);
  const next = asking(gate);
  await settle();
  again.abort(reason);
  await settle();
  assert.equal(inLine.error, reason);
  assert.equal(next.place, undefined);
  only.leave();
  await settle();
  assert.ok(next.place !== undefined);
});

Deno.test("law: whatever comes, nothing passes a closed gate, no more are at once than allowed, and in the end all pass", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.constant({ kind: "ask" as const }),
          fc.record({
            kind: fc.constant("answer" as const),
            refused: fc.boolean(),
            asked: fc.option(fc.integer({ min: 0, max: 100_000 })),
          }),
          fc.record({ kind: fc.constant("time" as const), milliseconds: fc.integer({ min: 0, max: 5_000 }) }),
        ),
        { maxLength: 60 },
      ),
      async (steps) => {
        const clock = new HandClock(undefined, 0.3);
        const gate = new HostGate(clock);
        const inside: Place[] = [];
        let asked = 0;
        let passed = 0;
        let closedUntil = 0;
        const ask = () =>
          void gate.enter(HOST, undefined).then((place) => {
            assert.ok(clock.now() >= closedUntil, "passed a closed gate");
            passed++;
            inside.push(place);
          });
        for (const step of steps) {
          if (step.kind === "ask") {
            asked++;
            ask();
          } else if (step.kind === "time") clock.pass(step.milliseconds);
          else {
            const place = inside.shift();
            if (place === undefined) continue;
            place.leave();
            if (step.refused) closedUntil = clock.now() + gate.refused(place, step.asked);
            else gate.answered(place);
          }
          await settle();
        }
        for (let turn = 0; passed < asked || inside.length > 0; turn++) {
          assert.ok(turn < 1_000, `${passed} of ${asked} passed`);
          for (const place of inside.splice(0)) {
            place.leave();
            gate.answered(place);
          }
          clock.pass(1_000);
          await settle();
        }
      },
    ),
    { numRuns: 200 },
  );
});

/** How many may be unanswered at once now, counted up to 20; nothing changes by it. */
async function atOnce(gate: HostGate): Promise<number> {
  const stop = new AbortController();
  const asked = Array.from({ length: 20 }, () => asking(gate, HOST, stop.signal));
  await settle();
  stop.abort();
  await settle();
  const places = asked.flatMap(({ place }) => place ?? []);
  for (const place of places) place.leave();
  return places.length;
}
