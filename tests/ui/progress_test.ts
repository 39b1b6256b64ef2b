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

Deno.test("a host that asks for patience is named at once, in a log, and in each sign of life until it may be asked", () => {
  const console = fakeConsole();
  const clock = fakeClock();
  const { emit, stop } = makeProgress(console, { clock });
  emit({ kind: "begin", activity: "uploading", items: 2, bytes: 2 * MiB });
  clock.pass(3_000);
  emit({ kind: "bytes", activity: "uploading", count: MiB });
  // Every request that is under way hears the same.
  for (let request = 0; request < 8; request++) emit({ kind: "waiting", host: "ghcr.io\x1b[2J", milliseconds: 60_000, status: 429 });
  emit({ kind: "waiting", host: "ghcr.io\x1b[2J", milliseconds: 1_000, status: 503 });
  clock.pass(60_000);
  emit({ kind: "bytes", activity: "uploading", count: MiB });
  emit({ kind: "end", activity: "uploading" });
  stop();
  assert.deepEqual(console.stderr.trimEnd().split("\n"), [
    "uploading 2 files, 2.0 MiB",
    "ghcr.io\\x1b[2J asks for patience (429): nothing is sent there for 1 min",
    "uploading: 0 of 2 files, 1.0 MiB of 2.0 MiB, waiting for ghcr.io\\x1b[2J, 36 s more",
    "uploading: 0 of 2 files, 1.0 MiB of 2.0 MiB, waiting for ghcr.io\\x1b[2J, 11 s more",
    "uploaded 0 files, 2.0 MiB in 1 min 3 s (33 KiB/s)",
  ]);
});

Deno.test("with nothing under way but a wait, the wait is the sign of life", () => {
  const console = fakeConsole();
  const clock = fakeClock();
  const { emit, stop } = makeProgress(console, { clock });
  emit({ kind: "waiting", host: "ghcr.io", milliseconds: 40_000, status: 429 });
  clock.pass(51_000);
  stop();
  assert.deepEqual(console.stderr.trimEnd().split("\n"), [
    "ghcr.io asks for patience (429): nothing is sent there for 40 s",
    "waiting for ghcr.io, 15 s more",
    "still working, 50 s so far",
  ]);
});

Deno.test("--progress plain says every beginning and end at once, on a terminal too; none says nothing but warnings", () => {
  const console = fakeConsole({ terminal: 80 });
  const clock = fakeClock();
  const plain = makeProgress(console, { mode: "plain", clock });
  plain.emit({ kind: "begin", activity: "hashing", items: 1, bytes: 5 });
  assert.equal(console.stderr, "hashing 1 file, 5 B\n");
  plain.emit({ kind: "end", activity: "hashing" });
  plain.stop();
  assert.equal(console.stderr, "hashing 1 file, 5 B\nhashed 0 files in 0.0 s\n");
  const none = makeProgress(console, { mode: "none", clock });
  none.emit({ kind: "begin", activity: "hashing", items: 1, bytes: 5 });
  none.emit({ kind: "waiting", host: "ghcr.io", milliseconds: 40_000, status: 429 });
  clock.pass(100_000);
  none.emit({ kind: "warning", code: "x", message: "careful" });
  none.stop();
  assert.equal(console.stderr, "hashing 1 file, 5 B\nhashed 0 files in 0.0 s\nwarning: careful\n");
  assert.equal(console.drawn, "");
});

Deno.test("--progress json: every line is one object, its kinds and members are those of docs/formats.md, no line for single files", async () => {
  const console = fakeConsole({ terminal: 80 });
  const clock = fakeClock();
  const { emit, stop } = makeProgress(console, { mode: "json", verbose: true, clock, time: () => "TIME" });
  emit({ kind: "begin", activity: "uploading", items: 3, bytes: 3 * MiB });
  for (let second = 0; second < 3; second++) {
    clock.pass(1_000);
    for (let piece = 0; piece < 4; piece++) emit({ kind: "bytes", activity: "uploading", count: MiB / 4 });
    emit({ kind: "item", activity: "uploading", name: "x" });
  }
  emit({ kind: "warning", code: "odd", message: "a\nb, see https://me:secret@host/" });
  emit({ kind: "warning", code: "odd", message: "a\nb, see https://me:secret@host/" });
  emit({ kind: "detail", message: "PUT" });
  clock.pass(1_000);
  emit({ kind: "end", activity: "uploading" });
  emit({ kind: "waiting", host: "ghcr.io", milliseconds: 40_000, status: 429 });
  clock.pass(51_000);
  stop();
  clock.pass(100_000);
  const lines = console.stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  const common = { schema: "mops.progress", version: 1, time: "TIME" };
  const work = { ...common, activity: "uploading" };
  const progress = { ...work, kind: "progress", files: 3, bytes: 3 * MiB };
  assert.deepEqual(lines, [
    { ...work, kind: "begin", files: 3, bytes: 3 * MiB },
    { ...progress, doneFiles: 0, doneBytes: 0, bytesPerSecond: null, secondsLeft: null },
    { ...progress, doneFiles: 1, doneBytes: MiB, bytesPerSecond: MiB / 2, secondsLeft: 4 },
    { ...progress, doneFiles: 2, doneBytes: 2 * MiB, bytesPerSecond: Math.round(2 * MiB / 3), secondsLeft: 2 },
    { ...common, kind: "warning", code: "odd", message: "a\nb, see https://***@host/" },
    { ...common, kind: "detail", message: "PUT" },
    { ...progress, doneFiles: 3, doneBytes: 3 * MiB, bytesPerSecond: 3 * MiB / 4, secondsLeft: null },
    { ...work, kind: "end", doneFiles: 3, doneBytes: 3 * MiB, seconds: 4 },
    { ...common, kind: "waiting", host: "ghcr.io", status: 429, seconds: 40 },
    { ...common, kind: "heartbeat", seconds: 29, waitingFor: "ghcr.io", secondsLeft: 15 },
    { ...common, kind: "heartbeat", seconds: 54 },
  ]);
  assert.equal(console.drawn + console.stdout, "");

  const page = await Deno.readTextFile(new URL("../../docs/formats.md", import.meta.url));
  const rows = new Map([...page.matchAll(/^\| `(\w+)` +\| ([^|]+) \|/gm)].map(([, kind, members]) => [kind!, members!]));
  for (const { schema: _s, version: _v, time: _t, kind, ...members } of lines) {
    for (const name of Object.keys(members)) assert.ok(rows.get(kind)?.includes(`\`${name}\``), `${kind}: ${name} is documented`);
  }
});

Deno.test("work that turns out to be less is another whole, not something done", () => {
  const console = fakeConsole();
  const clock = fakeClock();
  const { emit, stop } = makeProgress(console, { mode: "json", clock, time: () => "TIME" });
  emit({ kind: "begin", activity: "uploading", items: 2, bytes: 30 });
  emit({ kind: "begin", activity: "uploading", items: 0, bytes: -20 });
  emit({ kind: "item", activity: "uploading", name: "x" });
  clock.pass(1_000);
  emit({ kind: "bytes", activity: "uploading", count: 10 });
  emit({ kind: "end", activity: "uploading" });
  stop();
  const lines = console.stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ kind, bytes, doneBytes }) => [kind, bytes, doneBytes]), [
    ["begin", 30, undefined],
    ["progress", 10, 0],
    ["end", undefined, 10],
  ]);
});

Deno.test("--quiet keeps lines of JSON to warnings", () => {
  const console = fakeConsole();
  const clock = fakeClock();
  const { emit, stop } = makeProgress(console, { mode: "json", quiet: true, clock, time: () => "TIME" });
  emit({ kind: "begin", activity: "uploading", items: 1, bytes: 1 });
  clock.pass(100_000);
  emit({ kind: "warning", code: "odd", message: "careful" });
  emit({ kind: "end", activity: "uploading" });
  stop();
  assert.equal(console.stderr, '{"schema":"mops.progress","version":1,"time":"TIME","kind":"warning","code":"odd","message":"careful"}\n');
});

Deno.test("work that never yields to timers still tells its progress as JSON", () => {
  const console = fakeConsole();
  let now = 0;
  const { emit, stop } = makeProgress(console, { mode: "json", time: () => "TIME", clock: { now: () => now, after: () => () => {} } });
  emit({ kind: "begin", activity: "hashing", items: 9_000, bytes: 0 });
  for (let item = 0; item < 9_000; item++) {
    now++;
    emit({ kind: "item", activity: "hashing", name: "a" });
  }
  stop();
  assert.equal(console.stderr.trimEnd().split("\n").length, 1 + 9, "one line a second");
});

Deno.test("100,000 items make no line and draw nothing by themselves, whoever watches", () => {
  for (const mode of ["auto", "plain", "json", "none"] as const) {
    for (const terminal of [undefined, 80]) {
      const console = fakeConsole(terminal === undefined ? {} : { terminal });
      const { emit, stop } = makeProgress(console, { mode, clock: fakeClock() });
      emit({ kind: "begin", activity: "hashing", items: 100_000, bytes: 0 });
      const before = console.stderr + console.drawn;
      for (let item = 0; item < 100_000; item++) emit({ kind: "item", activity: "hashing", name: "a" });
      assert.equal(console.stderr + console.drawn, before);
      stop();
    }
  }
});

Deno.test("on a terminal a wait takes the place of the rate, and stands alone where nothing else is under way", async () => {
  const console = fakeConsole({ terminal: 80 });
  const { emit, stop } = makeProgress(console);
  emit({ kind: "waiting", host: "ghcr.io", milliseconds: 60_000, status: 429 });
  await until(() => /waiting for ghcr\.io, (1 min|\d\d s)/.test(console.drawn));
  emit({ kind: "begin", activity: "uploading", items: 4, bytes: 100 });
  await until(() => /uploading \[ +\] +0% {2}0 of 4 files {2}0 B of 100 B {2}waiting \d\d s/.test(console.drawn));
  emit({ kind: "end", activity: "uploading" });
  stop();
  assert.ok(console.drawn.endsWith("\x1b[2K"));
});

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !condition(); attempt++) await new Promise((resolve) => setTimeout(resolve, 25));
  assert.ok(condition());
}
