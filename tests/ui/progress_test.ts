import assert from "node:assert/strict";
import { type Clock, makeProgress } from "../../src/ui/progress.ts";
import { fakeConsole } from "./fake_console.ts";

const MiB = 1024 ** 2;

/** Time that passes when the test says so. */
function fakeClock(): Clock & { pass(milliseconds: number): void } {
  let now = 0;
  let waiting: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    after(milliseconds, callback) {
      const entry = { at: now + milliseconds, callback };
      waiting.push(entry);
      return () => void (waiting = waiting.filter((other) => other !== entry));
    },
    pass(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        waiting = waiting.filter((entry) => entry !== next);
        now = next.at;
        next.callback();
      }
      now = end;
    },
  };
}

Deno.test("in a log, short work is silent, and long work has a beginning, a heartbeat and an end", () => {
  const console = fakeConsole();
  const clock = fakeClock();
  const { emit, stop } = makeProgress(console, { clock });
  emit({ kind: "begin", activity: "hashing", items: 3, bytes: 300 });
  clock.pass(400);
  emit({ kind: "end", activity: "hashing" });
  assert.equal(console.stderr, "");

  emit({ kind: "begin", activity: "uploading", items: 2, bytes: 600 * MiB });
  for (let second = 0; second < 60; second++) {
    clock.pass(1000);
    emit({ kind: "bytes", activity: "uploading", count: 10 * MiB });
    if (second % 30 === 29) emit({ kind: "item", activity: "uploading", name: "big.bin" });
  }
  emit({ kind: "end", activity: "uploading" });
  stop();
  clock.pass(100_000);
  assert.deepEqual(console.stderr.trimEnd().split("\n"), [
    "uploading 2 files, 600 MiB",
    "uploading: 0 of 2 files, 260 MiB of 600 MiB, 9.1 MiB/s, 37 s left",
    "uploading: 1 of 2 files, 510 MiB of 600 MiB, 9.1 MiB/s, 10 s left",
    "uploaded 2 files, 600 MiB in 1 min (10 MiB/s)",
  ]);
  assert.equal(console.stdout, "");
});

Deno.test("no half minute without a sign of life, whatever happens", () => {
  const console = fakeConsole();
  const clock = fakeClock();
  const { stop } = makeProgress(console, { clock });
  clock.pass(61_000);
  stop();
  assert.equal(console.stderr, "still working, 25 s so far\nstill working, 50 s so far\n");
});

Deno.test("work that never yields to timers still shows a heartbeat", () => {
  const console = fakeConsole();
  let now = 0;
  const { emit, stop } = makeProgress(console, { clock: { now: () => now, after: () => () => {} } });
  emit({ kind: "begin", activity: "hashing", items: 1, bytes: 0 });
  now = 3_000;
  emit({ kind: "item", activity: "hashing", name: "a" });
  now = 29_000;
  emit({ kind: "item", activity: "hashing", name: "b" });
  stop();
  assert.match(console.stderr, /^hashing 1 file\nhashing: 2 of 1 file\n$/);
});

Deno.test("a warning is printed once per text, even with --quiet; details only with --verbose", () => {
  for (const quiet of [false, true]) {
    const console = fakeConsole();
    const { emit, stop } = makeProgress(console, { quiet, clock: fakeClock() });
    emit({ kind: "warning", code: "link", message: "skipped a\x1b[2Jb" });
    emit({ kind: "warning", code: "link", message: "skipped a\x1b[2Jb" });
    emit({ kind: "detail", message: "hidden" });
    stop();
    assert.equal(console.stderr, "warning: skipped a\\x1b[2Jb\n");
  }
  const console = fakeConsole();
  const { emit, stop } = makeProgress(console, { verbose: true, clock: fakeClock() });
  emit({ kind: "detail", message: "PUT manifest" });
  stop();
  assert.equal(console.stderr, "PUT manifest\n");
});

Deno.test("quiet means no heartbeat either, and JSON means lines instead of a bar", () => {
  const clock = fakeClock();
  const console = fakeConsole({ terminal: 80 });
  const quiet = makeProgress(console, { quiet: true, clock });
  clock.pass(100_000);
  quiet.stop();
  assert.equal(console.stderr + console.drawn, "");
  const json = makeProgress(console, { json: true, clock });
  json.emit({ kind: "begin", activity: "uploading", items: 1, bytes: 5 });
  clock.pass(3_000);
  json.stop();
  assert.equal(console.stderr, "uploading 1 file, 5 B\n");
  assert.equal(console.drawn, "");
});

Deno.test("on a terminal a bar appears after half a second, steps aside for a warning, and leaves nothing behind", async () => {
  for (const terminal of [80, 0]) {
    const console = fakeConsole({ terminal });
    const { emit, stop } = makeProgress(console);
    emit({ kind: "begin", activity: "hashing", items: 1, bytes: 10 });
    emit({ kind: "end", activity: "hashing" });
    emit({ kind: "begin", activity: "uploading", items: 4, bytes: 100 });
    emit({ kind: "bytes", activity: "uploading", count: 50 });
    assert.equal(console.drawn, "");
    await until(() => console.drawn.includes("uploading"));
    assert.match(console.drawn, /uploading \[=+ +\] +50%/);
    emit({ kind: "warning", code: "x", message: "careful" });
    assert.equal(console.stderr, "warning: careful\n");
    emit({ kind: "end", activity: "uploading" });
    stop();
    stop();
    assert.ok(console.drawn.endsWith("\x1b[2K"), JSON.stringify(console.drawn.slice(-30)));
  }
});

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !condition(); attempt++) await new Promise((resolve) => setTimeout(resolve, 25));
  assert.ok(condition());
}
