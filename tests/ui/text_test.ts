import assert from "node:assert/strict";
import { age, bytes, count, duration, grouped, listed, styles } from "../../src/ui/text.ts";

Deno.test("sizes are in binary units, and no figure is 1024", () => {
  const expected: [number, string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [12 * 1024, "12 KiB"],
    [1024 ** 2 - 1, "1.0 MiB"],
    [2 * 1024 ** 3, "2.0 GiB"],
    [9.96 * 1024, "10 KiB"],
    [-2048, "-2.0 KiB"],
  ];
  for (const [size, text] of expected) assert.equal(bytes(size), text);
});

Deno.test("counts agree with their noun and group their digits", () => {
  assert.equal(count(1, "file"), "1 file");
  assert.equal(count(0, "file"), "0 files");
  assert.equal(count(10000, "entry", "entries"), "10,000 entries");
  assert.equal(grouped(999), "999");
  assert.equal(grouped(1234567), "1,234,567");
  assert.equal(listed(["a", "b", "c"]), "a, b and c");
  assert.equal(listed(["a"]), "a");
  assert.equal(listed([]), "");
});

Deno.test("durations carry two units at most", () => {
  const s = 1000;
  const expected: [number, string][] = [
    [0, "0.0 s"],
    [420, "0.4 s"],
    [9_960, "10 s"],
    [59 * s, "59 s"],
    [60 * s, "1 min"],
    [185 * s, "3 min 5 s"],
    [7800 * s, "2 h 10 min"],
    [3599.7 * s, "1 h"],
    [76 * 3600 * s, "3 d 4 h"],
  ];
  for (const [time, text] of expected) assert.equal(duration(time), text);
});

Deno.test("ages are relative for two months, and a date before that or in the future", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");
  assert.equal(age(now - 3_000, now), "just now");
  assert.equal(age(now - 60_000, now), "1 minute ago");
  assert.equal(age(now - 5 * 3600_000, now), "5 hours ago");
  assert.equal(age(now - 59 * 86400_000, now), "59 days ago");
  assert.equal(age(Date.parse("2025-11-23T00:00:00Z"), now), "2025-11-23");
  assert.equal(age(now + 30_000, now), "just now");
  assert.equal(age(now + 86400_000, now), "2026-03-02");
});

Deno.test("styles vanish when colour is unwelcome", () => {
  assert.equal(styles(false).red("gone"), "gone");
  assert.equal(styles(true).red("gone"), "\x1b[31mgone\x1b[39m");
  assert.equal(styles(true).bold(""), "");
});
