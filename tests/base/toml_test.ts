import assert from "node:assert/strict";
import { Failure } from "../../src/base/failure.ts";
import { parseToml } from "../../src/base/toml.ts";

Deno.test("TOML becomes plain values: dates and large integers are texts, a byte order mark is passed over", () => {
  const table = parseToml(`\uFEFFa = 1\nb = [true, "x"]\nday = 1979-05-27\nbig = 9223372036854775807\n[c.d]\ne = 1.5\n`, "x.toml");
  assert.equal(JSON.stringify(table), `{"a":1,"b":[true,"x"],"day":"1979-05-27","big":"9223372036854775807","c":{"d":{"e":1.5}}}`);
});

Deno.test("a key called __proto__ is a key like any other", () => {
  const table = parseToml(`"__proto__" = {x = 1}\n`, "x.toml");
  assert.deepEqual(Object.keys(table), ["__proto__"]);
  assert.equal(({} as Record<string, unknown>).x, undefined);
});

Deno.test("what is no TOML is refused with file, line and column", () => {
  for (const [text, line] of [["a = 1\nb == 2\n", 2], ["a = 1\na = 2\n", 2], ["[x\n", 1], ["a = 'open\n", 1]] as const) {
    assert.throws(() => parseToml(text, "pyproject.toml"), (error: unknown) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, "invalid");
      assert.match(error.message, new RegExp(`^pyproject\\.toml is not valid TOML: line ${line}, column \\d+: \\S`));
      assert.equal(error.facts.line, line);
      return true;
    });
  }
});
