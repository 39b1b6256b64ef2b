/** `deno task demo FOLDER`, for folders that are not as tidy as the sample project. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk, tree } from "../support/program.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

async function demo(folder: string): Promise<{ code: number; output: string }> {
  const args = ["run", "-A", "--no-check", "--config", join(ROOT, "deno.json"), join(ROOT, "dev", "demo.ts"), folder];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("the demo takes a copy of a project that has a remote, a pin, links and odd names, and leaves it alone", async () => {
  using desk = new Desk();
  desk.write("My Model (v2)/models/sir.py", "BETA = 1\n");
  desk.write("My Model (v2)/sub dir/run me.sh", "#!/bin/sh\n", { executable: true });
  desk.write("My Model (v2)/results.log", "1\n");
  desk.write("My Model (v2)/venv/lib.py", "1\n");
  Deno.symlinkSync("models/sir.py", `${desk.path}/My Model (v2)/latest.py`);
  Deno.symlinkSync("/etc/hostname", `${desk.path}/My Model (v2)/outside`);
  await desk.mops(["init", ".", "--remote", "localhost:1/lab/model"], { cwd: "My Model (v2)" });
  await desk.mops(["add", "--force", "results.log"], { cwd: "My Model (v2)" });
  const before = tree(`${desk.path}/My Model (v2)`, { local: true });

  const { code, output } = await demo(`${desk.path}/My Model (v2)`);
  assert.equal(code, 0, output);
  assert.match(output, /^Proved: both folders hold the same 10 files, \d+ bytes, 1 executable, compared byte by byte; 1 left out/m);
  assert.doesNotMatch(output, /localhost:1/);
  assert.deepEqual(tree(`${desk.path}/My Model (v2)`, { local: true }), before);
});

Deno.test("the demo of an empty folder works, and that of no folder fails", async () => {
  using desk = new Desk();
  const { code, output } = await demo(desk.folder("empty"));
  assert.equal(code, 0, output);
  assert.match(output, /^Proved: /m);
  const absent = await demo(`${desk.path}/absent`);
  assert.equal(absent.code, 1);
  assert.match(absent.output, /cannot copy .*absent/);
});
