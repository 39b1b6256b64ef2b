/** Bytes to text as CPython decodes them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_SOURCE_BYTES, sourceText } from "../../src/python/source_text.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const MARK = "\u00ef\u00bb\u00bf";

function textOf(bytes: Uint8Array): string {
  const source = sourceText(bytes);
  assert.ok("text" in source, JSON.stringify(source));
  return source.text;
}

function problemOf(bytes: Uint8Array) {
  const source = sourceText(bytes);
  assert.ok("problem" in source, JSON.stringify(source).slice(0, 200));
  const { code, message, at } = source.problem;
  return { code, message, at: `${at.line}:${at.column}` };
}

Deno.test("without a cookie a file is UTF-8, and a byte order mark is no part of it", () => {
  assert.equal(textOf(utf8('x = "é变𝄞"\n')), 'x = "é变𝄞"\n');
  assert.equal(textOf(latin1(MARK + "x = 1\n")), "x = 1\n");
  assert.equal(textOf(utf8("")), "");
});

Deno.test("line ends of all systems are one: CRLF and CR become LF", () => {
  assert.equal(textOf(utf8("a\r\nb\rc\n\r\n")), "a\nb\nc\n\n");
});

Deno.test("the cookie of PEP 263 decides, in line one, or in line two below a comment or nothing", () => {
  for (
    const [cookie, bytes, text] of [
      ["# -*- coding: latin-1 -*-\n", "\xe9\x80", "é\x80"],
      ["# vim: set fileencoding=iso-8859-15 :\n", "\xa4", "€"],
      ["#!/usr/bin/python\n# coding=cp1252\n", "\x80", "€"],
      ["\n# coding: Latin_1\n", "\xe9", "é"],
      ["\f # coding: L1\r\n", "\xe9", "é"],
      ["# encoding: iso8859-2\n", "\xb1", "ą"],
      ["# coding: windows-1251\n", "\xe6", "ж"],
      ["# coding: koi8_r\n", "\xc1", "а"],
      ["# coding: shift_jis\n", "\x82\xa0", "あ"],
      ["# coding: utf8\n", "\xc3\xa9", "é"],
      ["# coding: UTF-8-unix\n", "\xc3\xa9", "é"],
    ] as const
  ) {
    assert.equal(textOf(latin1(`${cookie}x = '${bytes}'\n`)), `${cookie.replace("\r", "")}x = '${text}'\n`, cookie);
  }
});

Deno.test("a cookie below code or in line three decides nothing", () => {
  for (
    const head of [
      "x = 1\n# coding: latin-1\n",
      "#\n#\n# coding: latin-1\n",
      "x = '''\n# coding: latin-1\n'''\n",
      "x = 1 # coding latin-1\n",
    ]
  ) {
    assert.equal(textOf(utf8(`${head}y = 'é'\n`)), `${head}y = 'é'\n`);
  }
});

Deno.test("an encoding that nobody knows, or that contradicts the mark, is a problem at the cookie", () => {
  assert.deepEqual(problemOf(utf8("# coding: klingon\nx = 1\n")), {
    code: "unknown-encoding",
    message: "its encoding klingon is not known",
    at: "1:11",
  });
  assert.deepEqual(problemOf(latin1(`${MARK}# coding: latin-1\n`)).code, "unknown-encoding");
  assert.equal(textOf(latin1(`${MARK}# coding: utf-8\n`)), "# coding: utf-8\n");
  for (const name of ["utf-16", "utf-7", "ucs-2", "x-user-defined", "replacement"]) {
    assert.equal(problemOf(utf8(`#\n# coding: ${name}\n`)).code, "unknown-encoding", name);
  }
});

Deno.test("bytes that are not in the encoding are a problem with line and column", () => {
  assert.deepEqual(problemOf(latin1("x = 1\ny = '\xe9'\n")), {
    code: "not-utf8",
    message: "is not valid UTF-8: byte 0xe9 and names no other encoding (PEP 263)",
    at: "2:6",
  });
  assert.deepEqual(problemOf(latin1("# coding: ascii\r\nab = '\xe9'\r\n")), {
    code: "not-utf8",
    message: "is not valid ascii: byte 0xe9",
    at: "2:7",
  });
  assert.equal(problemOf(latin1("x = '\xc3")).at, "1:6", "a character that is cut off");
  assert.equal(problemOf(latin1("é = 1\xed\xa0\x80")).code, "not-utf8", "a surrogate is no character");
});

Deno.test("null bytes are a problem, and so is a file that is no source by its size; 1 MB is source", () => {
  assert.deepEqual(problemOf(utf8("x = 1\r\ny\0\n")), { code: "null-byte", message: "holds a null byte", at: "2:2" });
  assert.equal(problemOf(new Uint8Array(MAX_SOURCE_BYTES + 1)).code, "too-large");
  assert.equal(textOf(utf8("# é\n".repeat(250_000))).length, 1_000_000);
});

Deno.test("law: whatever is well-formed text comes back as it was, but for line ends", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    fc.pre(!/\0/.test(text) && !text.startsWith("\ufeff") && !text.includes("coding") && text.isWellFormed());
    assert.equal(textOf(utf8(text)), text.replace(/\r\n?/g, "\n"));
  }));
});
