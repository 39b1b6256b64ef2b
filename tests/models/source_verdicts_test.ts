/** Findings as values. */
import assert from "node:assert/strict";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { distinctIssues, verdict } from "../../src/models/source_verdicts.ts";

Deno.test("equal findings are told once, and findings at other places each", () => {
  const at = (line: number) =>
    verdict("params-missing", { file: "a.py" as BundlePath, at: { line, column: 1 } }, "A has no PARAMS", "write it");
  assert.equal(distinctIssues([at(1), at(1), at(2)]).length, 2);
});
