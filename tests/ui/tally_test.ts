/** How far a command came, from its events; and the sentence that says so. */
import assert from "node:assert/strict";
import type { Activity, Event } from "../../src/bundle/events.ts";
import { Tally, workSentence } from "../../src/ui/tally.ts";

const MiB = 1024 ** 2;

function tally(...events: Event[]): Tally {
  const sum = new Tally();
  for (const event of events) sum.count(event);
  return sum;
}
const begin = (activity: Activity, items: number, bytes: number): Event => ({ kind: "begin", activity, items, bytes });
const item = (activity: Activity): Event => ({ kind: "item", activity, name: "x" });
const moved = (activity: Activity, count: number): Event => ({ kind: "bytes", activity, count });

Deno.test("done and left, in files and bytes, of the stretch that began last", () => {
  const sum = tally(
    begin("hashing", 5, 100),
    { kind: "end", activity: "hashing" },
    begin("uploading", 20, 200 * MiB),
    moved("uploading", 30 * MiB),
    item("uploading"),
    item("uploading"),
    moved("hashing", 7),
  );
  const work = sum.work()!;
  assert.deepEqual(work, { activity: "uploading", done: { files: 2, bytes: 30 * MiB }, left: { files: 18, bytes: 170 * MiB } });
  assert.equal(workSentence(work), "uploaded 2 of 20 files, 30 MiB of 200 MiB; 18 files, 170 MiB are left");
});

Deno.test("a stretch that failed is as far as it came; one that grows is one; one that begins anew is another", () => {
  assert.deepEqual(tally(begin("downloading", 3, 30), item("downloading"), { kind: "end", activity: "downloading" }).work()!.left.files, 2);
  assert.equal(tally(begin("uploading", 1, 10), begin("uploading", 2, 20)).work()!.left.files, 3);
  const again = tally(begin("uploading", 1, 10), item("uploading"), { kind: "end", activity: "uploading" }, begin("uploading", 4, 40));
  assert.deepEqual(again.work()!, { activity: "uploading", done: { files: 0, bytes: 0 }, left: { files: 4, bytes: 40 } });
});

Deno.test("bytes that are taken back make nothing negative; nothing begun is nothing to say; all done leaves the last steps", () => {
  assert.equal(tally(moved("uploading", 5)).work(), null);
  const back = tally(begin("uploading", 1, 10), moved("uploading", 5), moved("uploading", -8)).work()!;
  assert.deepEqual(back.done, { files: 0, bytes: 0 });
  const one = tally(begin("placing", 1, 0)).work()!;
  assert.equal(workSentence(one), "placed 0 of 1 file; 1 file is left");
  const all = tally(begin("downloading", 1, 10), item("downloading")).work()!;
  assert.equal(workSentence(all), "downloaded 1 of 1 file; only the last steps are left");
});
