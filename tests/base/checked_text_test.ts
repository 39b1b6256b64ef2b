/** A check finds every change of what stands before it, and of itself. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { checkOf, withCheck } from "../../src/base/checked_text.ts";

const anyObject = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });

Deno.test("law: what was written is right, reads as before, and ends with its check", () => {
  fc.assert(fc.property(anyObject, fc.constantFrom(0, 2), (value, indent) => {
    const text = withCheck(JSON.stringify(value, null, indent));
    assert.equal(checkOf(text), "right");
    const { check, ...rest } = JSON.parse(text);
    assert.match(check, /^[0-9a-f]{64}$/);
    assert.deepEqual(rest, JSON.parse(JSON.stringify({ ...value, check: undefined })));
  }));
});

Deno.test("law: no other character in any place leaves it right", () => {
  fc.assert(fc.property(anyObject, fc.nat(), fc.string({ unit: "binary", maxLength: 2 }), (value, place, other) => {
    const text = withCheck(JSON.stringify(value));
    const at = place % text.length;
    const changed = text.slice(0, at) + other + text.slice(at + 1);
    if (changed !== text) assert.notEqual(checkOf(changed), "right");
  }));
});

Deno.test("a text without a check has none, however short it is", () => {
  for (const text of ["", "{}", '{"version":2}\n', `{"check": "${"0".repeat(64)}"}\n`]) assert.equal(checkOf(text), "none", text);
});
