/** Durations, moments and rates as people write them; what is none is refused, never guessed. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { duration, moment, rate } from "../../src/cli/amounts.ts";

Deno.test("durations", () => {
  const good = { "90s": 90_000, "15m": 900_000, "15min": 900_000, "1h30m": 5_400_000, "1h 30m": 5_400_000, "1.5h": 5_400_000 };
  for (const [text, milliseconds] of Object.entries(good)) assert.equal(duration(text), milliseconds, text);
  assert.deepEqual([duration("2d"), duration(" 250ms "), duration("1H")], [172_800_000, 250, 3_600_000]);
  for (const text of ["", "90", "s", "0s", "-5m", "5m5m", "30m1h", "1h30", "5 apples", "1e3s", "١s", "5m;rm"]) {
    assert.equal(duration(text), null, text);
  }
});

Deno.test("law: a duration is the sum of its parts", () => {
  const part = fc.integer({ min: 1, max: 999 });
  fc.assert(fc.property(part, part, part, (h, m, s) => {
    assert.equal(duration(`${h}h${m}m${s}s`), ((h * 60 + m) * 60 + s) * 1000);
  }));
});

Deno.test("moments: local time without a zone, as a batch system prints it; never a date alone", () => {
  assert.equal(moment("2026-11-28T20:00:00Z"), Date.UTC(2026, 10, 28, 20));
  assert.equal(moment("2026-11-28T20:00+01:00"), Date.UTC(2026, 10, 28, 19));
  assert.equal(moment("2026-11-28 20:00:30 +0100"), Date.UTC(2026, 10, 28, 19, 0, 30));
  assert.equal(moment("2026-11-28T20:00:00"), new Date(2026, 10, 28, 20).getTime());
  assert.equal(moment("2026-11-28T20:00"), new Date(2026, 10, 28, 20).getTime());
  for (const text of ["", "2026-11-28", "20:00", "tomorrow", "2026-13-28T20:00", "2026-11-28T25:00", "Unknown", "N/A"]) {
    assert.equal(moment(text), null, text);
  }
  fc.assert(fc.property(fc.date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true }), (date) => {
    assert.equal(moment(date.toISOString()), date.getTime());
  }));
});

Deno.test("rates: decimal and binary units as they are named, bits refused", () => {
  const good = { "10MB/s": 1e7, "10MB": 1e7, "500k": 5e5, "500kB/s": 5e5, "2MiB": 2 * 1024 ** 2, "2mib/s": 2 * 1024 ** 2, "1.5g": 1.5e9 };
  for (const [text, bytes] of Object.entries(good)) assert.equal(rate(text), bytes, text);
  assert.deepEqual([rate("800"), rate("800B"), rate("10mBps")], [800, 800, 1e7]);
  for (const text of ["", "0", "0k", "-1M", "10Mb", "10Mbit", "10 apples", "fast", "10iB", "1e9", "10MB/h", "k"]) {
    assert.equal(rate(text), null, text);
  }
});
