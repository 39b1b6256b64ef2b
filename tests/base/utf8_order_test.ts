/** The order of UTF-8 bytes, which JavaScript's own order is not. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { compareUtf8 } from "../../src/base/utf8_order.ts";

const encoder = new TextEncoder();
const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("a", "b", "\u007f", "\u0080", "\u07ff", "\ud7ff", "\ue000", "\uff21", "\uffff", "\u{10000}", "\u{10ffff}"),
  }),
);

Deno.test("comparing equals comparing the bytes, also across U+D800 to U+FFFF", () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(encoder.encode(a), encoder.encode(b)));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("it is the order that sort needs: same text zero, turned round the sign turns, and it is transitive", () => {
  const any = fc.string({ unit: fc.constantFrom("a", "\ud800", "\udc00", "\uffff", "\u{10000}") });
  fc.assert(fc.property(any, any, any, (a, b, c) => {
    assert.equal(compareUtf8(a, a), 0);
    assert.equal(Math.sign(compareUtf8(a, b)), -Math.sign(compareUtf8(b, a)) || 0);
    if (compareUtf8(a, b) <= 0 && compareUtf8(b, c) <= 0) assert.ok(compareUtf8(a, c) <= 0);
    assert.equal(compareUtf8(a, b) === 0, a === b);
  }));
});

Deno.test("a full-width letter comes before an emoji, though its UTF-16 unit is larger", () => {
  assert.ok("\uff21" > "😀");
  assert.ok(compareUtf8("\uff21", "😀") < 0);
});
