import assert from "node:assert/strict";
import { barLine, Stretch } from "../../src/ui/progress_line.ts";

const MiB = 1024 ** 2;

Deno.test("a bar never passes the width of the terminal", () => {
  const stretch = new Stretch("downloading", 0);
  stretch.expect(12_345, 2 * 1024 ** 3);
  for (let second = 1; second <= 20; second++) stretch.moved(10 * MiB, second * 1000);
  for (let columns = 1; columns <= 200; columns++) assert.ok(barLine(stretch, 20_000, columns).length < columns || columns === 1);
  assert.equal(
    barLine(stretch, 20_000, 100),
    "downloading [=              ]   9%  0 of 12,345 files  200 MiB of 2.0 GiB  10 MiB/s  3 min 5 s left",
  );
  assert.match(barLine(stretch, 20_000, 60), /^downloading \[= +\] +9% .*left$/);
  assert.ok(barLine(stretch, 20_000, 40).startsWith("downloading"));
});

Deno.test("bytes that are taken back never make a negative bar", () => {
  const stretch = new Stretch("uploading", 0);
  stretch.expect(1, 100);
  stretch.moved(50, 1000);
  stretch.moved(-50, 2000);
  stretch.moved(-10, 3000);
  assert.equal(stretch.fraction, 0);
  assert.equal(stretch.rate(3000), "");
  assert.equal(stretch.remaining(3000), "");
});
