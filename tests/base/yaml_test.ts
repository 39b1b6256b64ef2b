/** YAML: faults have a place, edits keep what people wrote, and quoted texts mean the same to every reader. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { isScalar, parseDocument, visit } from "yaml";
import { mergeKeyIn, parseYaml, quotedYaml, scalarsOf } from "../../src/base/yaml.ts";
import { editYaml, formatYaml, parseYamlDocument } from "../../src/base/yaml_edit.ts";
import { asFailure } from "./generators.ts";

const FILE = ".modelops-bundle/config.yaml";

const broken: [what: string, text: string, line: number, column?: number][] = [
  ["a tab as indentation", "a:\n\tb: 1\n", 2],
  ["a bracket that is never closed", "a: [1, 2\n", 2],
  ["a quote that is never closed", 'a: "b\nc: d\n', 0],
  ["a key twice", "a: 1\nb: 2\na: 3\n", 3, 1],
  ["a key twice, deeper", "a:\n  b: 1\n  b: 2\n", 3],
  ["an alias of nothing", "a: *b\n", 1],
  ["two values in one place", "a: b: c\n", 1],
  ["an indentation that fits nothing", "a:\n    b: 1\n  c: 2\n", 3],
  ["an unknown tag", "a: !!python/object:os.system x\n", 1],
  ["two documents", "a: 1\n---\nb: 2\n", 0],
];

for (const [what, text, line, column] of broken) {
  for (const [reader, read] of [["parseYaml", parseYaml], ["parseYamlDocument", parseYamlDocument]] as const) {
    Deno.test(`${reader} refuses ${what}, and names file, line and column`, () => {
      const failure = asFailure(() => read(text, FILE), "invalid");
      assert.equal(failure.facts.file, FILE);
      assert.ok(failure.message.includes(FILE));
      assert.match(failure.message, /line \d+, column \d+/);
      assert.equal(failure.message.includes("\n"), false);
      if (line > 0) assert.equal(failure.facts.line, line);
      if (column !== undefined) assert.equal(failure.facts.column, column);
    });
  }
}

for (const text of ["", "\n", "# only a comment", "# one\n\n  # two\n", "\ufeff", "---\n", "null", "~"]) {
  Deno.test(`${JSON.stringify(text)} is an empty document`, () => assert.equal(parseYaml(text, FILE), null));
}

Deno.test("values are those of YAML 1.2: no is a text, 1.0 a number, a date a text", () => {
  assert.deepEqual(parseYaml("a: no\nb: on\nc: 0o17\nd: 1_000\ne: 2026-01-01\nf: 1.5\ng: true\nh: 012\n", FILE), {
    a: "no",
    b: "on",
    c: 15,
    d: "1_000",
    e: "2026-01-01",
    f: 1.5,
    g: true,
    h: 12,
  });
});

Deno.test("a byte order mark, CRLF and keys like __proto__ harm nobody", () => {
  assert.deepEqual(parseYaml("\ufeffa: 1\r\nb: 2\r\n", FILE), { a: 1, b: 2 });
  const value = parseYaml("__proto__:\n  polluted: true\nconstructor: 1\n", FILE) as Record<string, unknown>;
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal(Object.hasOwn(value, "__proto__"), true);
});

const COMMENTED = `# what this is
registry_ref: seir # the name
unknown:
  - keep me # really
storage:
  # when to use it
  mode: auto

  threshold_bytes: 52428800
`;

Deno.test("an edit keeps comments, order, blank lines and unknown keys", () => {
  const edited = editYaml(COMMENTED, FILE, [{ path: ["storage", "mode"], value: "oci" }, { path: ["default_tag"], value: "v1" }]);
  assert.equal(edited, COMMENTED.replace("mode: auto", "mode: oci") + "default_tag: v1\n");
});

Deno.test("an edit of nothing changes nothing; of an empty file it makes a mapping; of a list it is refused", () => {
  assert.equal(editYaml(COMMENTED, FILE, []), COMMENTED);
  assert.deepEqual(parseYaml(editYaml("", FILE, [{ path: ["a", "b"], value: 1 }]), FILE), { a: { b: 1 } });
  assert.deepEqual(parseYaml(editYaml("# kept\n", FILE, [{ path: ["a"], value: 1 }]), FILE), { a: 1 });
  asFailure(() => editYaml("- a\n", FILE, [{ path: ["a"], value: 1 }]), "invalid");
});

Deno.test("long lines are not folded when a document is written", () => {
  const text = `a: ${"word ".repeat(60).trim()}\n`;
  assert.equal(formatYaml(parseYamlDocument(text, FILE)), text);
});

Deno.test("what an edit writes reads back as what was given, for YAML 1.1 and 1.2", () => {
  const texts = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "no",
      "yes",
      "on",
      "off",
      "y",
      "n",
      "null",
      "~",
      "",
      "1",
      "1e3",
      "0x1f",
      "012",
      "2026-01-01",
      "1:30",
      "<<",
      "=",
      ".inf",
      " a",
      "a ",
      "a: b",
      "a #b",
      "- a",
      "\ta",
      "a\nb",
      "a\n",
    ),
  );
  fc.assert(fc.property(texts, (value) => {
    const text = editYaml("a: 1\n", FILE, [{ path: ["b"], value }]);
    assert.deepEqual(parseYaml(text, FILE), { a: 1, b: value });
    assert.equal(parseDocument(text, { version: "1.1" }).get("b"), value);
  }));
});

Deno.test("a quoted text is ASCII-safe where YAML needs it, one line, and read as itself by both readers in 1.1 and 1.2", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
    fc.string({
      unit: fc.constantFrom(
        "\0",
        "\u0007",
        "\u001b",
        '"',
        "\\",
        "\n",
        "\r",
        "\t",
        "\u007f",
        "\u0085",
        "\u00a0",
        "\u2028",
        "\u2029",
        "\ufeff",
        "\ufffe",
        "\uffff",
        "\u{1ffff}",
        "😀",
        "a",
        " ",
      ),
    }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const quoted = quotedYaml(text);
      assert.equal(/[\n\r\u0085\u2028\u2029]/.test(quoted), false);
      assert.deepEqual(parseYaml(`a: ${quoted}\n`, FILE), { a: text });
      assert.deepEqual(parseYaml(`${quoted}: 1\n`, FILE), { [text]: 1 });
      for (const version of ["1.1", "1.2"] as const) assert.equal(parseDocument(`a: ${quoted}\n`, { version }).get("a"), text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("numbers stay as people wrote them, however many digits they have, unless they are edited", () => {
  const numbers = [
    "12345678901234567891",
    "-9007199254740993",
    "0.1000000000000000055511151231257827",
    "+5",
    "1.50e+3",
    "1E3",
    ".5",
    "007",
  ];
  const text = numbers.map((number, index) => `n${index}: ${number} # ${index}\n`).join("") + "changed: 123456789012345678901\n";
  const edited = editYaml(text, FILE, [{ path: ["changed"], value: 7 }, { path: ["new"], value: 8 }]);
  assert.equal(edited, text.replace("123456789012345678901\n", "7\nnew: 8\n"));
});

Deno.test("line ends and a byte order mark stay as they were", () => {
  const edits = [{ path: ["b"], value: "two" }];
  assert.equal(editYaml("a: 1 # x\r\n\r\nt: |\r\n  one\r\n  two\r\n", FILE, edits), "a: 1 # x\r\n\r\nt: |\r\n  one\r\n  two\r\nb: two\r\n");
  assert.equal(editYaml("\ufeffa: 1\n", FILE, edits), "\ufeffa: 1\nb: two\n");
  assert.equal(editYaml("a: 1\r\nc: 2\n", FILE, edits), "a: 1\nc: 2\nb: two\n");
});

const SCALARS = [
  "\uFEFFa: &x b c\r\nno: 'q'\r\n1: on\r\nlist:\r\n - p\r\n - {k: v, ? z : !!str 7, 0x10: .5}\r\n - *x\r\nempty:\r\nlong: one\r\n  two # c\r\n",
  "? cplx\n: ... val\n~: [null, ~, -1e3, .inf, 1_000, 1:30, 2026-01-01]\ntrue: |\n  block\n",
  "- [a, [b, {c: d}]]\n- !!int '3'\n- \"x: y\"\n- +.INF\n- 1.\n- 0o17\n",
];

for (const text of SCALARS) {
  Deno.test(`scalars stand where both libraries see them, and are texts in both: ${JSON.stringify(text.slice(0, 20))}`, () => {
    const seen: [number, boolean, boolean][] = [];
    visit(parseDocument(text, { version: "1.2" }), {
      Scalar(key, node) {
        if (isScalar(node) && node.type === "PLAIN" && node.range![1] > node.range![0] && node.tag === undefined) {
          seen.push([node.range![0], key === "key", typeof node.value === "string"]);
        }
      },
    });
    const found = scalarsOf(text, FILE).filter(({ isPlain }) => isPlain).map(({ from, isKey, isText }) => [from, isKey, isText]);
    assert.ok(found.length > 3);
    assert.deepEqual(found, seen);
  });
}

Deno.test("the path of a scalar is that of its value: keys as texts, places in lists", () => {
  const paths = scalarsOf("a: {b: [c, {1: d}]}\ne: f\n", FILE).map(({ path, source }) => `${path.join("/")}=${source}`);
  assert.deepEqual(paths, ["a=a", "a/b=b", "a/b/0=c", "a/b/1/1=1", "a/b/1/1=d", "e=e", "e=f"]);
});

Deno.test("a merge key is found wherever it stands, and no text that looks like one", () => {
  assert.deepEqual(mergeKeyIn("a: &x {b: 1}\nc:\n  <<: *x\n", FILE), { line: 3, column: 3 });
  assert.equal(mergeKeyIn("a: '<<: b'\n\"<<\": c\n", FILE), null);
});
