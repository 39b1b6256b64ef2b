/** Bytes are verified while they pass: nobody uses them first and checks later. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readAll, readVerified, sourceOf, Verifier, verifying } from "../../src/base/bytes.ts";
import { digestOf } from "../../src/base/digest.ts";
import { asFailure, asFailureLater } from "./generators.ts";

type Bytes = Uint8Array<ArrayBuffer>;

function streamOf(pieces: readonly Uint8Array[]): ReadableStream<Bytes> {
  return ReadableStream.from(pieces.map((piece) => new Uint8Array(piece)));
}

function joined(pieces: readonly Uint8Array[]): Bytes {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

const anyPieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 });

Deno.test("the right bytes pass, however they are cut", async () => {
  await fc.assert(fc.asyncProperty(anyPieces, async (pieces) => {
    const all = joined(pieces);
    assert.deepEqual(await readVerified(streamOf(pieces), { digest: digestOf(all), size: all.byteLength }, "x"), all);
  }));
});

Deno.test("other bytes never reach a reader's end", async () => {
  await fc.assert(fc.asyncProperty(anyPieces, anyPieces, async (pieces, others) => {
    const [all, other] = [joined(pieces), joined(others)];
    if (digestOf(all) === digestOf(other)) return;
    const failure = await asFailureLater(
      readVerified(streamOf(others), { digest: digestOf(all), size: all.byteLength }, "the blob"),
      "corrupt",
    );
    assert.match(failure.message, /the blob is corrupt/);
    assert.equal(failure.facts.digest, digestOf(all));
  }));
});

Deno.test("too many bytes fail at once, and are not passed on", async () => {
  const expected = { digest: digestOf(new Uint8Array(3)), size: 3 };
  let pulled = 0;
  const endless = new ReadableStream<Bytes>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(2));
    },
  }, { highWaterMark: 0 });
  const seen: number[] = [];
  const read = async () => {
    for await (const piece of endless.pipeThrough(verifying(expected, "x"))) seen.push(piece.byteLength);
  };
  await asFailureLater(read(), "corrupt");
  assert.deepEqual(seen, [2]);
  assert.ok(pulled < 6);
});

Deno.test("a verifier says which of size and digest is wrong", () => {
  const bytes = new TextEncoder().encode("abc");
  const expected = { digest: digestOf(bytes), size: 3 };
  const check = (...pieces: string[]) => {
    const verifier = new Verifier(expected, "the file");
    for (const piece of pieces) verifier.update(new TextEncoder().encode(piece));
    verifier.finish();
  };
  check("abc");
  check("", "a", "", "bc");
  assert.match(asFailure(() => check("ab"), "corrupt").message, /2 bytes instead of 3/);
  assert.match(asFailure(() => check("abd"), "corrupt").message, /digest sha256:[0-9a-f]{64} instead of/);
  assert.match(asFailure(() => check("ab", "cd"), "corrupt").message, /more than 3 bytes/);
  assert.match(asFailure(() => check(), "corrupt").message, /0 bytes instead of 3/);
});

Deno.test("reading all has a bound, and does not read on behind it", async () => {
  assert.deepEqual(await readAll(streamOf([new Uint8Array(2), new Uint8Array(2)]), 4, "x"), new Uint8Array(4));
  assert.deepEqual(await readAll(streamOf([]), 0, "x"), new Uint8Array(0));
  let cancelled = false;
  const endless = new ReadableStream<Bytes>({
    pull: (controller) => controller.enqueue(new Uint8Array(1)),
    cancel: () => void (cancelled = true),
  });
  const failure = await asFailureLater(readAll(endless, 10, "the index of a"), "corrupt");
  assert.match(failure.message, /the index of a is larger than the 10 bytes/);
  assert.equal(cancelled, true);
});

Deno.test("a source in memory can be opened as often as needed", async () => {
  const bytes = new TextEncoder().encode("again");
  const source = sourceOf(bytes);
  for (let time = 0; time < 3; time++) assert.deepEqual(await readAll(await source.open(), source.size, "x"), bytes);
  assert.deepEqual(await readAll(await sourceOf(new Uint8Array(0)).open(), 0, "x"), new Uint8Array(0));
});
