/** What may be pasted is whole, however narrow the terminal is. */
import assert from "node:assert/strict";
import { renderEnvironment } from "../../src/ui/render_inspect.ts";
import { fakeConsole } from "./fake_console.ts";

Deno.test("env show cuts no remote, at any width", () => {
  const repository = "oci:/home/ana/.local/share/mops/bundles/a-model-with-a-long-name";
  const candidates = [
    { source: "--remote", repository: null, wins: false },
    { source: "the environment of this folder", repository, wins: true },
    { source: "the folder for bundles of this user", repository: `${repository}-2`, wins: false },
  ];
  const report = { pinned: null, remote: repository, source: "the environment of this folder", candidates, environments: [] };
  for (let columns = 10; columns <= 140; columns++) {
    const text = renderEnvironment(report, fakeConsole({ terminal: columns }));
    assert.equal(text.split(repository).length, 4, `${columns} columns`);
    assert.doesNotMatch(text, /…/);
  }
});
