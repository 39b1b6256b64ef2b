import assert from "node:assert/strict";
import { Failure, type FailureCode } from "../../src/base/failure.ts";
import { exitCodeOf } from "../../src/cli/exit_code.ts";
import { withHint } from "../../src/cli/last_hint.ts";

const source = await Deno.readTextFile(new URL("../../src/base/failure.ts", import.meta.url));
const CODES = [...source.matchAll(/^ {2}\| "([\w-]+)"/gm)].map(([, code]) => code as FailureCode);

Deno.test("every kind of failure has an exit code of the documented table", () => {
  assert.ok(CODES.length >= 20);
  for (const code of CODES) assert.ok([2, 3, 4, 5, 6, 7, 8, 70, 130].includes(exitCodeOf(new Failure(code, ""))), code);
});

Deno.test("kinds that a script must tell apart do not share an exit code", () => {
  const apart: FailureCode[] = [
    "usage",
    "conflict",
    "not-found",
    "unauthorized",
    "unreachable",
    "corrupt",
    "not-ready",
    "bug",
    "interrupted",
  ];
  assert.equal(new Set(apart.map((code) => exitCodeOf(new Failure(code, "")))).size, apart.length);
});

Deno.test("what nobody foresaw is a bug; a signal keeps its number", () => {
  assert.equal(exitCodeOf(new TypeError("x is not a function")), 70);
  assert.equal(exitCodeOf("thrown text"), 70);
  assert.equal(exitCodeOf(new Failure("interrupted", "", { facts: { signal: "SIGINT" } })), 130);
  assert.equal(exitCodeOf(new Failure("interrupted", "", { facts: { signal: "SIGTERM" } })), 143);
  assert.equal(exitCodeOf(new Failure("interrupted", "", { facts: { signal: "SIGUSR1" } })), 6);
  assert.equal(exitCodeOf(new Failure("interrupted", "", { facts: { deadline: "15m" } })), 6);
});

Deno.test("nobody is left with an error alone", () => {
  for (const code of CODES) {
    const { hint } = withHint(new Failure(code, "something")) as Failure;
    assert.ok((hint ?? "") !== "", code);
    const other = withHint(new Failure(code, "something"), "mops-bundle") as Failure;
    assert.doesNotMatch(other.hint ?? "", /mops bundle /, code);
  }
  assert.equal(
    (withHint(new Failure("usage", "x"), "mops", { usage: "usage: mops bundle add", given: {} }) as Failure).hint,
    "usage: mops bundle add",
  );
  assert.equal((withHint(new Failure("usage", "x", { hint: "own" }), "mops", { usage: "usage: …", given: {} }) as Failure).hint, "own");
});
