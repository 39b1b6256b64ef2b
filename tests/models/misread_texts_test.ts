/** What the Python contract's readers take for no text, found by its line and put into quotes; all else stays to the byte. */
import assert from "node:assert/strict";
import { misreadTexts } from "../../src/models/misread_texts.ts";
import { withQuotedTexts } from "../../src/models/quote_misread_texts.ts";
import { parseModelRegistry } from "../../src/models/model_registry_read.ts";

const TEXT = `version: "1.0"
models:
  sir_sir:
    entrypoint: models.sir:SIR # yes
    path: models/sir.py
    class_name: SIR
    scenarios: [baseline, off]
    parameters:
      - on
      - "no"
      - beta
    outputs:
    - no   # a comment
    data: []
    note: yes
targets: {}
target_sets:
  on:
    targets: [1:30]
    weights: {1:30: 2}
`;

Deno.test("texts that YAML 1.1 takes for something else are found with their lines, and a person's own keys are left alone", () => {
  assert.deepEqual(misreadTexts(TEXT).map(({ line, place, written }) => `${line} ${place} ${written}`), [
    "7 models.sir_sir.scenarios off",
    "9 models.sir_sir.parameters on",
    "13 models.sir_sir.outputs no",
    "18 target_sets.on on",
    "19 target_sets.on.targets 1:30",
    "20 target_sets.on.weights.1:30 1:30",
  ]);
});

Deno.test("they are put into quotes where they stand; values, comments and order stay", () => {
  const quoted = withQuotedTexts(TEXT);
  assert.deepEqual(misreadTexts(quoted), []);
  assert.deepEqual(parseModelRegistry(quoted), parseModelRegistry(TEXT));
  assert.equal(quoted.replaceAll('"', ""), TEXT.replaceAll('"', ""));
  assert.match(quoted, /^ {4}- "no" {3}# a comment$/m);
  assert.equal(withQuotedTexts(quoted), quoted);
});

for (const [written, line] of [["version: 1.0", 1], ["version: 1   # ours", 1], ["version:", 1], ["# none", null]] as const) {
  Deno.test(`a version that is no text (${written}) is found, and written as one`, () => {
    const text = TEXT.replace('version: "1.0"', written).replace(/ (on|no|off)\b/g, " x").replaceAll("1:30", "x");
    assert.deepEqual(misreadTexts(text).map(({ line, place }) => [line, place]), [[line, "version"]]);
    const quoted = withQuotedTexts(text);
    assert.match(quoted, /^version: "1\.0"$/m);
    assert.deepEqual(parseModelRegistry(quoted), parseModelRegistry(text));
    assert.deepEqual(misreadTexts(quoted), []);
  });
}
