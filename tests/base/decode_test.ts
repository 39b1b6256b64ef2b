/** Readers of unknown data: the right value, or a Failure that names the place. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { asBoolean, asCount, asObject, asString, at, type Found, items, member, members, oneOf, optional } from "../../src/base/decode.ts";
import { asFailure } from "./generators.ts";

Deno.test("each reader takes its kind of value, and refuses all others by saying what it found", () => {
  const readers: [read: (found: Found) => unknown, takes: (value: unknown) => boolean][] = [
    [asString, (value) => typeof value === "string"],
    [asBoolean, (value) => typeof value === "boolean"],
    [asCount, (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0],
    [items, Array.isArray],
    [asObject, (value) => typeof value === "object" && value !== null && !Array.isArray(value)],
  ];
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.constantFrom(NaN, -1, 2 ** 53, 1.5)), (value) => {
    for (const [read, takes] of readers) {
      if (takes(value)) read(at(value, "x"));
      else assert.match(asFailure(() => read(at(value, "x")), "invalid").message, /^x should be /);
    }
  }));
});

Deno.test("a place is named as one would write it", () => {
  const root = at({ files: { "a b": [{ size: "big" }] } });
  const size = member(items(member(member(root, "files"), "a b"))[0]!, "size");
  const failure = asFailure(() => asCount(size), "invalid");
  assert.equal(failure.message, 'files["a b"][0].size should be a whole number, 0 or more, but is "big"');
  assert.equal(failure.facts.place, 'files["a b"][0].size');
  assert.match(asFailure(() => asObject(at(1)), "invalid").message, /^the document should be a mapping, but is 1$/);
});

Deno.test("what is inherited by every object is no member", () => {
  for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assert.equal(member(at({}), key).value, undefined, key);
    assert.equal(optional(member(at({}), key), asString), undefined, key);
  }
  const own = JSON.parse('{"__proto__":"x"}');
  assert.equal(asString(member(at(own), "__proto__")), "x");
  assert.deepEqual(members(at(own)).map(([key, { value }]) => [key, value]), [["__proto__", "x"]]);
});

Deno.test("optional takes null and absence for the same, and nothing else", () => {
  assert.equal(optional(at(null), asString), undefined);
  assert.equal(optional(at(undefined), asString), undefined);
  assert.equal(optional(at(""), asString), "");
  asFailure(() => optional(at(0), asString), "invalid");
});

Deno.test("a choice is one of those listed, and the refusal lists them", () => {
  assert.equal(oneOf(at("oci"), "auto", "oci"), "oci");
  assert.match(
    asFailure(() => oneOf(at("blob", "storage.mode"), "auto", "oci"), "invalid").message,
    /storage\.mode should be one of "auto", "oci", but is "blob"/,
  );
});

Deno.test("long values are cut in messages", () => {
  assert.ok(asFailure(() => asCount(at("x".repeat(1000), "a")), "invalid").message.length < 150);
});
