/** How long what was begun may go on once a command is asked to stop. The clock is not waited for: what timers are set to is looked at. */
import assert from "node:assert/strict";
import { Stopping } from "../../src/cli/stopping.ts";

/** Delays (ms) of the timers that `work` sets, none of which runs; it is `at` (ms since the epoch). */
function delaysOf(work: (stopping: Stopping) => void, at = 0): number[] {
  const delays: number[] = [];
  const [real, now] = [globalThis.setTimeout, Date.now];
  Date.now = () => at;
  globalThis.setTimeout = ((_: () => void, delay: number) => delays.push(delay)) as unknown as typeof setTimeout;
  try {
    work(new Stopping(() => assert.fail("the process was to live")));
  } finally {
    [globalThis.setTimeout, Date.now] = [real, now];
  }
  return delays;
}

/** As if the system sent these signals. */
function signalled(stopping: Stopping, ...signals: Deno.Signal[]): void {
  const listeners = new Map<Deno.Signal, () => void>();
  const real = [Deno.addSignalListener, Deno.removeSignalListener] as const;
  Deno.addSignalListener = (name, listener) => void listeners.set(name, listener);
  Deno.removeSignalListener = () => {};
  try {
    stopping.listen();
    for (const signal of signals) listeners.get(signal)!();
  } finally {
    [Deno.addSignalListener, Deno.removeSignalListener] = real;
  }
}

Deno.test("a deadline keeps its last tenth, at least 1 s, at most 15 s and never more than half of it, for what was begun", () => {
  const cases = [[1, 0.5], [3, 1], [8, 1], [60, 6], [100, 10], [3600, 15]] as const; // seconds until the deadline, and for ending
  for (const [left, end] of cases) {
    const at = 1_000_000;
    const delays = delaysOf((stopping) => stopping.before({ at: at + left * 1000, text: "then" }), at);
    assert.deepEqual(delays, [(left - end) * 1000, (left - end / 2) * 1000], `${left} s`);
  }
});

Deno.test("after SIGTERM there are 3 s, after SIGUSR1 10 s, after Ctrl-C and after any second signal none", () => {
  assert.deepEqual(delaysOf((stopping) => signalled(stopping, "SIGTERM")), [3_000]);
  assert.deepEqual(delaysOf((stopping) => signalled(stopping, "SIGUSR1")), [10_000]);
  for (const signals of [["SIGINT"], ["SIGTERM", "SIGUSR1"], ["SIGUSR1", "SIGINT"]] as const) {
    let isStopped = false;
    delaysOf((stopping) => {
      signalled(stopping, ...signals);
      isStopped = stopping.signal.aborted;
    });
    assert.ok(isStopped, signals.join(" and "));
  }
});
