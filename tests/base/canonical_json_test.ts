/** Equal values give equal bytes, and JSON.parse gives the value back. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson, canonicalJsonBytes, type Json } from "../../src/base/canonical_json.ts";
import { compareUtf8 } from "../../src/base/utf8_order.ts";

const key = fc.oneof(fc.string(), fc.constantFrom("12", "1", "0", "__proto__", "constructor", "toString", "\uff21", "😀", ""));
const value: fc.Arbitrary<Json> = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary" }),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.uniqueArray(fc.tuple(key, tie("any")), { selector: ([name]) => name, maxLength: 5 }).map((entries) => new Map(entries)),
  ),
})).any;

function turned(json: Json): Json {
  if (Array.isArray(json)) return json.map(turned);
  if (json instanceof Map) return new Map([...json].reverse().map(([name, item]) => [name, turned(item)]));
  return json;
}

Deno.test("the order in which keys were put in makes no difference", () => {
  fc.assert(fc.property(value, (json) => assert.equal(canonicalJson(turned(json)), canonicalJson(json))));
});

Deno.test("what it writes is JSON without white space, with the keys sorted by their bytes, and says the value", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.tuple(key, fc.integer()), { selector: ([name]) => name }), (entries) => {
    const text = canonicalJson(new Map(entries));
    const keys = [...text.matchAll(/("(?:[^"\\]|\\.)*"):/g)].map(([, quoted]) => JSON.parse(quoted!));
    assert.deepEqual(keys, entries.map(([name]) => name).sort(compareUtf8));
    const parsed = JSON.parse(text);
    for (const [name, number] of entries) assert.equal(Object.getOwnPropertyDescriptor(parsed, name)?.value, number);
  }));
});

Deno.test("objects and maps of the same entries give the same text; members that are undefined are left out", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.integer()), (object) => {
    assert.equal(canonicalJson(object), canonicalJson(new Map(Object.entries(object))));
  }));
  assert.equal(canonicalJson({ b: 1, a: undefined }), '{"b":1}');
});

Deno.test("keys that look like numbers, and __proto__, sort like all others and stay", () => {
  const entries: [string, Json][] = [["b", 1], ["10", 2], ["9", 3], ["__proto__", 4], ["a", 5]];
  assert.equal(canonicalJson(new Map(entries)), '{"10":2,"9":3,"__proto__":4,"a":5,"b":1}');
  assert.equal(canonicalJson({ b: 1, 10: 2, 9: 3, ["__proto__"]: 4, a: 5 }), '{"10":2,"9":3,"__proto__":4,"a":5,"b":1}');
});

Deno.test("escapes are the fewest that JSON allows, and bytes are UTF-8", () => {
  assert.equal(canonicalJson('a"\\/\n\u0001\u007fé😀\u2028'), '"a\\"\\\\/\\n\\u0001\u007fé😀\u2028"');
  assert.deepEqual(canonicalJsonBytes("é"), new Uint8Array([34, 0xc3, 0xa9, 34]));
});

Deno.test("what JSON cannot say is a bug of the caller", () => {
  for (const number of [NaN, Infinity, -Infinity]) assert.throws(() => canonicalJson({ number }), TypeError);
});
