/**
 * Replays every transcript beside this file, each on a desk of its own, and compares. `MOPS_UPDATE_GOLDEN=1` writes them anew: then
 * read the difference as carefully as code. `MOPS_PROGRAM` replays them with a binary; the expectations are the same.
 */
import assert from "node:assert/strict";
import { Desk } from "../support/program.ts";
import { Shell } from "../support/shell.ts";
import { shown, stepsOf } from "./transcript.ts";

const folder = new URL("./", import.meta.url);
const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".txt")).sort();
const AT_ONCE = 4;

Deno.test("golden transcripts", async (t) => {
  assert.ok(names.length >= 12);
  const waiting = [...names];
  const replayNext = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const file = new URL(name, folder);
      // Transcripts run beside each other, so that one of them cannot tell which open process is its own.
      await t.step({ name, fn: () => check(file), sanitizeOps: false, sanitizeResources: false, sanitizeExit: false });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, replayNext));
});

async function check(file: URL): Promise<void> {
  const expected = Deno.readTextFileSync(file);
  const found = await replayed(expected);
  if (Deno.env.get("MOPS_UPDATE_GOLDEN")) Deno.writeTextFileSync(file, found);
  else assert.equal(found, expected);
}

async function replayed(text: string): Promise<string> {
  using desk = new Desk();
  const shell = new Shell(desk);
  const blocks: string[] = [];
  let remarks = "";
  for (const step of stepsOf(text)) {
    if ("remark" in step) remarks += `## ${step.remark}\n`;
    else {
      blocks.push(remarks + shown(step.command, await shell.run(step.command), desk));
      remarks = "";
    }
  }
  return blocks.join("\n");
}
