import assert from "node:assert/strict";
import fc from "fast-check";
import { displayWidth, padded, truncateMiddle, wrap } from "../../src/ui/width.ts";

Deno.test("wide characters count two, accents and styles none", () => {
  assert.equal(displayWidth("abc"), 3);
  assert.equal(displayWidth("疫情"), 4);
  assert.equal(displayWidth("e\u0301"), 1);
  assert.equal(displayWidth("\x1b[31mred\x1b[39m"), 3);
  assert.equal(displayWidth("한국.csv".normalize("NFD")), 8);
  assert.equal(displayWidth("👨‍👩‍👧 🇫🇷 ❤️"), 8);
  assert.equal(displayWidth("ภาษาไทย"), 7);
  assert.equal(padded("疫情", 6), "疫情  ");
  assert.equal(padded("7", 3, "left"), "  7");
});

Deno.test("a path that is cut keeps its file name", () => {
  assert.equal(truncateMiddle("data/raw/2024/surveillance/cases.csv", 20), "data/raw/2…cases.csv".slice(0, 9) + "…/cases.csv");
  assert.equal(truncateMiddle("short.csv", 20), "short.csv");
  assert.equal(truncateMiddle("abcdef", 1), "…");
  assert.equal(truncateMiddle("abcdef", 0), "");
});

Deno.test("no text is ever cut to more columns than there are, and what fits is left alone", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 0, max: 50 }), (text, columns) => {
    const cut = truncateMiddle(text, columns);
    assert.ok(displayWidth(cut) <= Math.max(columns, 0));
    if (displayWidth(text) <= columns) assert.equal(cut, text);
  }));
});

Deno.test("wrapping breaks at spaces only, so that a digest stays whole", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  assert.equal(wrap(`pull ${digest} again`, 40, "  "), `  pull\n  ${digest}\n  again`);
  assert.equal(wrap("one two three", 8), "one two\nthree");
  assert.equal(wrap("a\n\nb", 8, "> "), "> a\n\n> b");
});
