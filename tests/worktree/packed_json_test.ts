/** Packing loses nothing, and what was packed earlier stays readable. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Packed, Shapes } from "../../src/worktree/packed_json.ts";

const plain = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1, 1.5, "", "text", "\u2028"),
    fc.string(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("line", "column", "kind", "at", "of", ""), tie("value"), { noNullPrototype: true }),
  ),
})).value;

Deno.test("law: whatever plain JSON is packed comes back, also by a table that was written and has grown", () => {
  fc.assert(fc.property(plain, plain, (one, other) => {
    const shapes = new Shapes();
    const packed = JSON.stringify(shapes.pack(one));
    const later = new Shapes(JSON.parse(JSON.stringify(shapes.keys)));
    later.pack(other);
    assert.deepEqual(shapes.unpack(JSON.parse(packed)), one);
    assert.deepEqual(later.unpack(JSON.parse(packed)), one);
  }));
});

Deno.test("keys are written once, members that are undefined are left out", () => {
  const shapes = new Shapes();
  assert.deepEqual(shapes.pack([{ line: 1, column: 2 }, { line: 3, column: 4, more: undefined }]), [-1, [0, 1, 2], [0, 3, 4]]);
  assert.deepEqual(shapes.keys, [["line", "column"]]);
});

Deno.test("what no table like this one packed is refused, not guessed", () => {
  const shapes = new Shapes([["line", "column"]]);
  for (const packed of [[1, 2], [0, 1], [0, 1, 2, 3], [-2], ["0", 1, 2], [null], []] as Packed[]) {
    assert.throws(() => shapes.unpack(packed), SyntaxError, JSON.stringify(packed));
  }
});
