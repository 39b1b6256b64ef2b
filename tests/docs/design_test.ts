import assert from "node:assert/strict";
import { withHouse } from "../../scripts/house_list.ts";

const page = new URL("../../docs/design.md", import.meta.url);

Deno.test("docs/design.md lists the rooms that there are", async () => {
  const text = await Deno.readTextFile(page);
  assert.equal(text, await withHouse(text), "docs/design.md is out of step: run deno task docs");
});
