import assert from "node:assert/strict";
import { cliPages } from "../../scripts/cli_pages.ts";

const folder = new URL("../../docs/cli/", import.meta.url);

Deno.test("docs/cli says what the program says", async () => {
  const pages = await cliPages();
  const found = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  assert.deepEqual(found, [...pages.keys()].sort(), "run deno task docs");
  for (const [file, text] of pages) {
    assert.equal(await Deno.readTextFile(new URL(file, folder)), text, `docs/cli/${file} is out of step: run deno task docs`);
  }
});
