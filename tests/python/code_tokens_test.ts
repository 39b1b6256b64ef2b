/** "Formatting only": equal tokens mean the same program. CPython is asked. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readOutline } from "../../src/python/read_outline.ts";
import { judged, pythonVersion } from "./cpython.ts";

function tokensOf(text: string): string | null {
  const read = readOutline(new TextEncoder().encode(text));
  return "outline" in read ? read.outline.tokens : null;
}

function assertSame(one: string, other: string): void {
  assert.notEqual(tokensOf(one), null, one);
  assert.equal(tokensOf(one), tokensOf(other), `${one}\n---\n${other}`);
}

function assertDiffers(one: string, other: string): void {
  assert.notEqual(tokensOf(one), null, one);
  assert.notEqual(tokensOf(one), tokensOf(other), `${one}\n---\n${other}`);
}

Deno.test("comments, blank lines, spacing, the width of indentation and line ends do not count", () => {
  const one = "def f(a, b):\n    if a:\n        return [a, b]\n    return f'{a!r}'\n";
  assertSame(one, "# a comment\n\n\ndef f( a,b ):  # why\n  if a :\n\n       return [a,\n    # first\n b]\n  return f'{a!r}'  \n\n");
  assertSame(one, one.replaceAll("\n", "\r\n"));
  assertSame(one, one.replaceAll("        ", "\t\t").replaceAll("    ", "\t"));
  assertSame(one, one.trimEnd());
  assertSame(one, `\ufeff${one}`);
  assertSame("x = 1 + \\\n  2\n", "x = 1 + 2\n");
});

Deno.test("what is inside and outside of a block counts, and so does every token", () => {
  assertDiffers("if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n");
  assertDiffers("if a:\n    if b:\n        c\n    d\n", "if a:\n    if b:\n        c\n        d\n");
  assertDiffers("a\nb\n", "a; b\n");
  assertDiffers("x = ab\n", "x = a; b\n");
  assertDiffers("f(a)\n", "f(a,)\n");
  assertDiffers("x = a - -b\n", "x = a--b if 0 else 1\n");
});

Deno.test("literals count by their own text, docstrings too, and a comment in a string is no comment", () => {
  assertDiffers("x = 'a'\n", 'x = "a"\n');
  assertDiffers("x = 1000\n", "x = 1_000\n");
  assertDiffers("def f():\n    '''doc'''\n", "def f():\n    '''Doc'''\n");
  assertDiffers("x = '''a # b'''\n", "x = '''a # c'''\n");
  assertDiffers("x = '''a\n\nb'''\n", "x = '''a\nb'''\n");
  assertDiffers("x = f'{a = }'\n", "x = f'{a=}'\n");
  assertDiffers("x = f'{a} # b'\n", "x = f'{a} # c'\n");
});

const TEXTS = [
  "import a\n\n\nclass B(a.C):\n    'doc'\n    x: int = 1\n\n    def f(self, y=2, *z):\n        # why\n        if y:\n            return [y, *z]\n        return {y: 'a # b'}\n",
  "for i in range(3):\n    print(i)\nelse:\n    pass\nx = (1,\n     2)\ny = x if x else \\\n  0\n",
  "try:\n\tf()\nexcept A as e:\n\tg(e); h()\nfinally:\n\tpass\n",
  "def f():\n    x = '''a\n    b'''\n    return x\n\n\nlambda a, b=1: a + b\nwith a as b: c\n",
  "if a:\n    if b:\n        c\n    d\nelif e: f\nx = a < b\n",
];

/** Some characters put in or taken out, or blanks and comments where they mostly mean nothing. */
const edited = fc.record({
  text: fc.constantFrom(...TEXTS),
  edits: fc.array(
    fc.record({
      where: fc.nat(),
      put: fc.constantFrom(
        "",
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "  # note\n",
        "# note",
        ",",
        ";",
        "(",
        ")",
        "\\\n",
        "x",
        "1",
        "'",
        ":",
        "\f",
      ),
      drop: fc.constantFrom(0, 0, 0, 1, 1, 2, 4),
    }),
    { minLength: 1, maxLength: 2 },
  ),
}).map(({ text, edits }) => {
  let now = text;
  for (const { where, put, drop } of edits) {
    const at = where % (now.length + 1);
    now = now.slice(0, at) + put + now.slice(at + drop);
  }
  return { before: text, after: now };
});

const python = pythonVersion();
if (python === null && Deno.env.get("CI") === "true") throw new Error("python3 is required in CI");

Deno.test({
  name: "law: after any edit, equal tokens mean an equal ast.dump of CPython (skipped without python3)",
  ignore: python === null,
  fn: async () => {
    const pairs = fc.sample(edited, { numRuns: 6000, seed: 53 });
    const dumps = await judged<string | null>(
      [...TEXTS, ...pairs.map(({ after }) => after)],
      `
def judge(text):
    try:
        return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError):
        return None
`,
    );
    const tokens = new Map(TEXTS.map((text, index) => [text, { tokens: tokensOf(text), dump: dumps[index]! }]));
    const seen = { same: 0, changed: 0 };
    pairs.forEach(({ before, after }, index) => {
      const now = tokensOf(after);
      if (now === null) return;
      const was = tokens.get(before)!;
      const dump = dumps[TEXTS.length + index];
      if (now === was.tokens) assert.equal(dump, was.dump, after);
      seen[now === was.tokens ? "same" : "changed"]++;
    });
    assert.ok(seen.same > 300 && seen.changed > 300, `the edits say something: ${JSON.stringify(seen)}`);
  },
});
