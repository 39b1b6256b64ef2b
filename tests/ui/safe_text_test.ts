import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonLine, safeLines, safeText } from "../../src/ui/safe_text.ts";

Deno.test("control characters are shown, not obeyed", () => {
  assert.equal(safeText("a\x1b]0;owned\x07b\r\n\t\x7f\u009b"), "a\\x1b]0;owned\\x07b\\r\\n\\t\\x7f\\x9b");
  assert.equal(safeText("cases\u202Evsc.exe"), "cases\\u202evsc.exe");
  assert.equal(safeText("lone \ud800 surrogate"), "lone \ufffd surrogate");
  assert.equal(safeText("naïve 疫情 😷.csv"), "naïve 疫情 😷.csv");
});

Deno.test("lines keep newlines, tabs and styles, and nothing else", () => {
  assert.equal(safeLines("\x1b[31mred\x1b[39m\n\tindented\n"), "\x1b[31mred\x1b[39m\n\tindented\n");
  assert.equal(safeLines("cursor \x1b[2A up, bell \x07\n"), "cursor \\x1b[2A up, bell \\x07\n");
});

Deno.test("law: a line of JSON is the same on a terminal, one line, and says what it was given", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.string({ unit: "binary" })), (document) => {
    const line = jsonLine(document);
    assert.equal(safeLines(`${line}\n`), `${line}\n`);
    assert.equal(line.split("\n").length, 1);
    assert.equal(JSON.stringify(JSON.parse(line)), JSON.stringify(document));
  }));
  assert.equal(jsonLine(["a\u009b\u202eb"]), '["a\\u009b\\u202eb"]');
});
