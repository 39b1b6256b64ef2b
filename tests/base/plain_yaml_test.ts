/** The reader of what we write ourselves says nothing that the library does not say. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { isFailure } from "../../src/base/failure.ts";
import { parsePlainYaml } from "../../src/base/plain_yaml.ts";
import { parseYaml } from "../../src/base/yaml.ts";
import { formatConfig } from "../../src/settings/config.ts";

const SEED = Number(Deno.env.get("SEED") ?? Date.now() % 1e9);

const WORDS = ["a", "b", "storage", "mode", "no", "null", "true", "y", "NULL", "__proto__", "constructor", "<<", "e5", "x-y", "_", "A1"];
const VALUES = [
  ...[
    "",
    " ",
    " auto",
    " 0",
    " 12",
    " 007",
    " 1e5",
    " 0x1",
    " -1",
    " 1_000",
    " 1.5",
    " 123456789012345",
    " 1234567890123456",
    " null",
    " no",
  ],
  ...[
    " true",
    " ~",
    " on",
    ' "a b"',
    ' "# no: comment"',
    ' "a\\tb"',
    ' "a" ',
    ' "a" # b',
    " 'a'",
    " a # b",
    " a b",
    " [a]",
    " {}",
    " &x a",
    " *x",
  ],
  ...[" !!str a", " |", " >-", " 2026-01-01", ' "ü"', ' "', '"', "auto", " .inf", " a:", " a: b", "\ta", " =", " -", ' ""', " @a", " %a"],
];
const LAWFUL = {
  level: fc.nat(2),
  key: fc.constantFrom("a", "b", "c", "mode", "A1"),
  value: fc.constantFrom("", " auto", " 12", ' "a b"', " 0"),
};
const LINES = fc.oneof(
  { weight: 24, arbitrary: fc.record(LAWFUL) },
  { weight: 8, arbitrary: fc.record({ level: fc.nat(3), key: fc.constantFrom(...WORDS), value: fc.constantFrom(...VALUES) }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "  ", "# a", "  # a: b", "#\tb", "---", "...", "- a", "   a: b", "a", "? a", "%YAML 1.1", "a:\r"),
  },
).map((line) => typeof line === "string" ? line : `${"  ".repeat(line.level)}${line.key}:${line.value}`);

Deno.test(`law: what the plain reader says of a document is what the library says (seed ${SEED})`, () => {
  let said = 0;
  fc.assert(
    fc.property(fc.array(LINES, { minLength: 1, maxLength: 6 }), (lines) => {
      for (const text of [lines.join("\n"), `${lines.join("\n")}\n`, mended(lines)]) {
        const value = parsePlainYaml(text);
        if (value === undefined) continue;
        said++;
        assert.deepEqual(plain(value), plain(parseYaml(text, "x.yaml")), JSON.stringify(text));
      }
    }),
    { seed: SEED, numRuns: 20_000 },
  );
  assert.ok(said > 1000, `the reader said something of ${said} documents only`);
});

Deno.test(`law: every config.yaml that we write is read without the library (seed ${SEED})`, () => {
  const settings = fc.record({
    name: fc.stringMatching(/^[a-z0-9]+([._-][a-z0-9]+)*$/),
    defaultTag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
    thresholdBytes: fc.nat(),
  });
  fc.assert(
    fc.property(settings, (given) => {
      const text = formatConfig(given);
      const value = parsePlainYaml(text);
      assert.notEqual(value, undefined, text);
      assert.deepEqual(plain(value), plain(parseYaml(text, "x.yaml")));
    }),
    { seed: SEED, numRuns: 300 },
  );
});

Deno.test("the plain reader leaves alone what is no YAML, and what says nothing", () => {
  for (const text of ["", "\n", "# a\n", "a: b\na: c\n", "a:\n", "a: b\n  c: d\n", "a: \tb\n", "\ufeffa: b\n"]) {
    assert.equal(parsePlainYaml(text), undefined, JSON.stringify(text));
  }
  assert.throws(() => parseYaml("a: b\na: c\n", "x.yaml"), (error) => isFailure(error, "invalid"));
});

/** The same lines, each no deeper than it may stand, so that many documents are lawful. */
function mended(lines: readonly string[]): string {
  let deepest = 0;
  return lines.map((line) => {
    const level = Math.min(deepest, /^ */.exec(line)![0].length / 2 | 0);
    deepest = /:$/.test(line) ? level + 1 : level;
    return "  ".repeat(level) + line.trimStart();
  }).join("\n");
}

/** Whatever prototypes the library gives. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([key, inner]) => [key, plain(inner)]);
}
