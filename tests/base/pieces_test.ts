/** Streams in lent buffers: no byte lost, doubled or changed, whatever sizes come. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { filledStream, GATHERING, piecesOf } from "../../src/base/pieces.ts";

const BYTES = new Uint8Array(5000).map((_, place) => place * 13 + (place >> 8));

/** A stream that gives so many bytes at a time, as far as the reader's buffer takes them, and then ends or breaks. */
function streamOf(sizes: readonly number[], broken?: Error, given = (_count: number) => {}): ReadableStream<Uint8Array<ArrayBuffer>> {
  let [at, turn] = [0, 0];
  return filledStream({
    fill(view) {
      const size = sizes[turn++];
      if (size === undefined && broken !== undefined) return Promise.reject(broken);
      const count = Math.min(size ?? 0, view.byteLength);
      view.set(BYTES.subarray(at, at + count));
      at += count;
      given(count);
      return Promise.resolve(view.subarray(0, count));
    },
    cancel: () => {},
  });
}

Deno.test("law: pieces are the bytes of the stream, and each stays as it is until as many more were asked for as there are buffers", () =>
  fc.assert(fc.asyncProperty(
    fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 60 }),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 3 }),
    fc.option(fc.integer({ min: 0, max: GATHERING })),
    async (sizes, size, buffers, step) => {
      let [given, time] = [0, 0];
      const now = step === null ? null : () => time += step;
      const pieces = piecesOf(streamOf(sizes, undefined, (count) => given += count), size, buffers, now);
      const held: { readonly piece: Uint8Array; readonly at: number }[] = [];
      let at = 0;
      for (let piece = await pieces.next(); piece !== null; piece = await pieces.next()) {
        held.push({ piece, at });
        at += piece.byteLength;
        for (const { piece, at } of held.slice(-buffers)) assert.deepEqual([...piece], [...BYTES.subarray(at, at + piece.byteLength)]);
      }
      assert.equal(at, given);
      assert.equal(await pieces.next(), null);
    },
  )));

Deno.test("with a clock, small pieces are put together, and for no longer than a moment", async () => {
  const sizes = async (now: (() => number) | null) => {
    const pieces = piecesOf(streamOf([10, 10, 10, 10, 10]), 40, 1, now);
    const found: number[] = [];
    for (let piece = await pieces.next(); piece !== null; piece = await pieces.next()) found.push(piece.byteLength);
    return found;
  };
  let time = 0;
  assert.deepEqual(await sizes(null), [10, 10, 10, 10, 10]);
  assert.deepEqual(await sizes(() => 0), [40, 10]);
  assert.deepEqual(await sizes(() => time += GATHERING * 0.6), [20, 20, 10]);
});

Deno.test("what was put together before a break is given before the break is told", async () => {
  const pieces = piecesOf(streamOf([10, 10], new Error("cut")), 40, 2, () => 0);
  assert.deepEqual([...await pieces.next() ?? []], [...BYTES.subarray(0, 20)]);
  await assert.rejects(pieces.next(), /cut/);
});
