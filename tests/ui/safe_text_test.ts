import assert from "node:assert/strict";
import { safeLines, safeText } from "../../src/ui/safe_text.ts";

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
