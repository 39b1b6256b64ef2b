/** What CPython takes is taken, what it refuses is refused: by a corpus, by CPython itself, and by texts that are made wrong. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readOutline } from "../../src/python/read_outline.ts";
import { isFault, readTokens } from "../../src/python/tokens.ts";
import { COMPILES, judged, PARSES, pythonVersion } from "./cpython.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const isRead = (text: string) => "outline" in readOutline(bytes(text));

function snippets(name: string): string[] {
  return Deno.readTextFileSync(new URL(`syntax/${name}.txt`, import.meta.url)).split(/^---\n/m);
}

function problemOf(text: string) {
  const read = readOutline(bytes(text));
  assert.ok("problem" in read, `${JSON.stringify(text)} was read`);
  const { code, message, at } = read.problem;
  return { code, message, at: `${at.line}:${at.column}` };
}

const python = pythonVersion();
if (python === null && Deno.env.get("CI") === "true") throw new Error("python3 is required in CI");
const withPython = { ignore: python === null };

Deno.test("the corpus: what CPython accepts is read", () => {
  for (const text of [...snippets("accepted"), ...snippets("accepted_later")]) {
    assert.ok(isRead(text), `${text}\n${JSON.stringify(readOutline(bytes(text)))}`);
    assert.ok(isRead(text.replaceAll("\n", "\r\n")), `with CRLF: ${text}`);
    assert.ok(isRead(text.trimEnd()), `without a line end: ${text}`);
  }
});

Deno.test("the corpus: what CPython refuses is a syntax problem, on one of the snippet's lines", () => {
  for (const text of snippets("refused")) {
    const { code, at } = problemOf(text);
    assert.equal(code, "syntax", text);
    assert.ok(Number(at.split(":")[0]) <= text.split("\n").length, `${text} ${at}`);
  }
});

Deno.test({
  name: "CPython is of the same opinion about the corpus (skipped without python3)",
  ...withPython,
  fn: async () => {
    const later = python![0] === 3 && python![1] >= 14 ? snippets("accepted_later") : [];
    const accepted = [...snippets("accepted"), ...later];
    const verdicts = await judged<string | null>(accepted, PARSES);
    accepted.forEach((text, index) => assert.equal(verdicts[index], null, text));
    const refused = snippets("refused");
    const refusals = await judged<string | null>(refused, COMPILES);
    refused.forEach((text, index) => assert.notEqual(refusals[index], null, text));
  },
});

Deno.test({
  name: "a text with one token too few, too many or exchanged: whatever CPython still takes is read (skipped without python3)",
  ...withPython,
  fn: async () => {
    const texts = fc.sample(oneTokenWrong(), { numRuns: 1500, seed: 4 });
    const verdicts = await judged<string | null>(texts, PARSES);
    let disagreements = 0;
    texts.forEach((text, index) => {
      const read = readOutline(bytes(text));
      // `*a = b` is the one thing here that the parser takes and the compiler refuses.
      const isCompilers = "problem" in read && read.problem.message.startsWith("a starred target");
      if (verdicts[index] === null && !isCompilers) assert.ok("outline" in read, `${text}\n${JSON.stringify(read)}`);
      if (verdicts[index] !== null && "outline" in read && !verdicts[index]!.includes("f-string")) disagreements++;
    });
    assert.ok(disagreements <= texts.length / 100, `${disagreements} of ${texts.length} that CPython refuses are read`);
  },
});

function oneTokenWrong(): fc.Arbitrary<string> {
  const cut = snippets("accepted").map((text) => {
    const tokens = readTokens(text);
    assert.ok(!isFault(tokens));
    return { text, places: tokens.starts.map((start, index) => [start, tokens.ends[index]!] as const) };
  });
  const words = cut.flatMap(({ text, places }) => places.map(([start, end]) => text.slice(start, end)))
    .filter((word) => word.length > 0 && word.length < 10 && !/["'{}]/.test(word));
  return fc.record({
    one: fc.constantFrom(...cut.filter(({ text, places }) => places.length > 0 && !/f["']/i.test(text))),
    where: fc.nat(),
    word: fc.constantFrom(...words),
    how: fc.constantFrom("drop", "exchange", "add", "double"),
  }).map(({ one: { text, places }, where, word, how }) => {
    const [start, end] = places[where % places.length]!;
    const own = text.slice(start, end);
    const instead = how === "drop" ? "" : how === "exchange" ? word : how === "add" ? `${word} ${own}` : `${own} ${own}`;
    return text.slice(0, start) + instead + text.slice(end);
  });
}

Deno.test("Python 2 is refused where it stands", () => {
  assert.deepEqual(problemOf('import os\nprint "x"\n'), { code: "syntax", message: "the syntax is not valid", at: "2:7" });
  assert.equal(problemOf("def f():\n    x = 0777\n").at, "2:9");
  assert.equal(problemOf("try:\n    pass\nexcept A, e:\n    print e\n").at, "4:11", "the except is lawful since 3.14");
});

Deno.test("a syntax problem has the place of the fault", () => {
  for (
    const [text, at] of [
      ["x = (1,\n  2\ny = 3\n", "1:5"],
      ["if a:\n    b\n  c\n", "3:3"],
      ["x = 'abc\n", "1:5"],
      ["x = $\n", "1:5"],
      ["a\n    b\n", "2:5"],
      ["if a:\n\tb\n        c\n", "3:9"],
      ["\ufeffx = = 1\n", "1:5"],
    ] as const
  ) assert.equal(problemOf(text).at, at, JSON.stringify(text));
});

Deno.test("depth does not matter: as deep as CPython goes is read, deeper is a problem, nothing is an exception", () => {
  const deep = (count: number) => [
    `x = ${"(".repeat(count)}1${")".repeat(count)}\n`,
    `x = ${"[".repeat(count)}${"]".repeat(count)}\n`,
    `x = ${"f(".repeat(count)}${")".repeat(count)}\n`,
    `x = f${"(lambda: g".repeat(count / 2)}${")".repeat(count / 2)}\n`,
  ];
  for (const text of deep(190)) assert.ok(isRead(text), text.slice(0, 20));
  for (const text of deep(5000)) assert.equal(problemOf(text).code, "syntax");
  const indented = (levels: number) =>
    Array.from({ length: levels }, (_, level) => `${" ".repeat(level)}if a:\n`).join("") + `${" ".repeat(levels)}pass\n`;
  assert.ok(isRead(indented(99)));
  assert.equal(problemOf(indented(100)).code, "syntax");
  for (
    const text of [
      `x = ${"a * b + ".repeat(2000)}1\n`,
      `x = "a"${' + "b"'.repeat(2000)}\n`,
      `x${".a()".repeat(900)}\n`,
      `x = ${"not ".repeat(2000)}1\n`,
      `x = ${"-".repeat(2000)}1\n`,
      `if a: pass\n${"elif b: pass\n".repeat(3000)}`,
      `x = [${"f(1), ".repeat(20_000)}]\n`,
    ]
  ) assert.ok(isRead(text), text.slice(0, 30));
  for (const text of ["a if b else ", "a ** ", "lambda: ", "not ", "a.b().", "a < "]) readOutline(bytes(`x = ${text.repeat(20_000)}1\n`));
});

Deno.test("1 MB of source is read", () => {
  const text = 'def f_0(a, b=1):\n    """doc"""\n    return {"k": [a, b], "n": a / b}\n\n\n'.repeat(16_000);
  assert.ok(text.length > 1_000_000);
  const read = readOutline(bytes(text));
  assert.ok("outline" in read);
  assert.equal(read.outline.functions.length, 16_000);
});

Deno.test("law: no bytes make it throw, and the same bytes give the same outline", () => {
  const soup = fc.array(
    fc.constantFrom(
      ..."def class if else : ( ) [ ] { } , = == + * ** / @ . ; ' \" ''' f' { } ! \\ # 1 1. x yield lambda match case with as".split(" "),
      "\n",
      "\n    ",
      "\t",
      " ",
      "é",
    ),
    { maxLength: 60 },
  ).map((words) => words.join(""));
  fc.assert(
    fc.property(fc.oneof(soup.map(bytes), fc.uint8Array({ maxLength: 60 })), (some) => {
      assert.deepEqual(readOutline(some), readOutline(some));
    }),
    { numRuns: 2000 },
  );
});
