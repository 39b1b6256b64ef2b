/** YAML as lines: what is not touched stays to the byte, and what is written is read back alike by YAML 1.1 and 1.2. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseYaml } from "../../src/base/yaml.ts";
import { yamlLines, type YamlValue } from "../../src/base/yaml_lines.ts";
import { linesOf, linesOfParts, partsBelow, partsOf, withBelow, withItems } from "../../src/base/yaml_parts.ts";

const TEXT = `# above
a: 1  # one
"b c": [1,
  2]

# about d
d:
- x   # as PyYAML writes lists
- y
e: |
  # no comment
  text

f: {}   # nothing
`;

Deno.test("a mapping falls into its keys, and all lines together are the text again", () => {
  const { lines } = linesOf(TEXT);
  const parts = partsOf(lines)!;
  assert.deepEqual(parts.list.map(({ key }) => key), ["a", "b c", "d", "e", "f"]);
  assert.equal(linesOfParts(parts).join(""), TEXT);
  assert.deepEqual(parts.list[2]!.lead, ["\n", "# about d\n"]);
  assert.deepEqual(parts.list[3]!.body, ["  # no comment\n", "  text\n"]);
});

Deno.test("a list keeps the lines of the items that stay, their comments too", () => {
  const d = partsOf(linesOf(TEXT).lines)!.list[2]!;
  const changed = withItems(d, ["y", "z", "x"], (item, indent) => `${" ".repeat(indent)}- ${item}\n`)!;
  assert.deepEqual(changed.body, ["- y\n", "- z\n", "- x   # as PyYAML writes lists\n"]);
});

Deno.test("an empty mapping gets keys, and one that loses its last becomes {} again; the comment stays", () => {
  const f = partsOf(linesOf(TEXT).lines)!.list[4]!;
  const filled = withBelow(f, { ...partsBelow(f)!, list: partsOf(["  g: 1\n"])!.list });
  assert.equal([filled.head, ...filled.body].join(""), "f:  # nothing\n  g: 1\n");
  const emptied = withBelow(filled, { indent: 2, list: [], tail: [] });
  assert.match(emptied.head, /^f: \{\} +# nothing\n$/);
  assert.equal(withBelow(f, partsBelow(f)!).head, f.head);
});

Deno.test("texts of other forms have no parts", () => {
  for (const text of ["- a\n", "? a\n: b\n", "{a: 1}\n", "a: 1\n...\n", "a:\n    b: 1\n  c: 2\n"]) {
    const parts = partsOf(linesOf(text).lines);
    assert.ok(parts === null || parts.list.some((part) => partsBelow(part) === null), text);
  }
});

const anyText = fc.oneof(
  fc.constantFrom("no", "On", "2020", "1e3", "2026-01-28", "0x1f", "1_000", "12:30:45", "~", "", " x", "a: b", "a #b", "-", "?", "<<", "="),
  fc.string(),
  fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
);
const anyScalar = fc.oneof(anyText, fc.boolean(), fc.constant(null), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const anyValue: fc.Arbitrary<YamlValue> = fc.oneof(
  anyScalar,
  fc.array(fc.oneof(anyScalar, fc.dictionary(anyText, anyScalar, { maxKeys: 3 })), { maxLength: 4 }),
  fc.dictionary(anyText, fc.oneof(anyScalar, fc.array(anyText, { maxLength: 3 })), { maxKeys: 4 }),
);
const plain = (value: YamlValue): unknown => JSON.parse(JSON.stringify(value)); // -0 is 0

Deno.test("any value is read back as it was", () => {
  fc.assert(fc.property(anyText, anyValue, fc.constantFrom(0, 4), (key, value, indent) => {
    const text = yamlLines(key, value, indent).join("");
    assert.deepEqual(JSON.parse(JSON.stringify(parseYaml(text, "it"))), plain({ [key]: value }), text);
  }));
});

Deno.test("PyYAML, which reads YAML 1.1, reads the same values", async () => {
  const values: YamlValue[] = fc.sample(fc.dictionary(anyText, anyValue, { maxKeys: 3 }), { numRuns: 200, seed: 4 });
  values.push({ a: ["no", "on", "y", "2020", "1e3", "2026-01-28", "12:30:45", "0o17", ".5", "+1", "1_0"], b: 1e-7, c: 1e21, d: -2.5e-9 });
  const texts = values.map((value) => yamlLines("it", value, 0).join(""));
  const program = `import json, sys, yaml\nprint(json.dumps([yaml.safe_load(text) for text in json.load(sys.stdin)]))`;
  const python = await pyYaml(program, JSON.stringify(texts));
  if (python === null) return;
  assert.deepEqual(JSON.parse(python), values.map((it) => plain({ it })));
});

/** What a Python program prints; null, said aloud, where Python or PyYAML is absent (with CI=true a failure). */
async function pyYaml(program: string, input: string): Promise<string | null> {
  const run = async (args: string[], stdin: string): Promise<Deno.CommandOutput> => {
    const child = new Deno.Command("python3", { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
    return await child.output();
  };
  const isThere = await run(["-c", "import yaml"], "").then(({ success }) => success, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
  if (!isThere) {
    assert.notEqual(Deno.env.get("CI"), "true", "python3 with PyYAML is needed");
    console.warn("SKIPPED: no python3 with PyYAML");
    return null;
  }
  const { success, stdout, stderr } = await run(["-c", program], input);
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
