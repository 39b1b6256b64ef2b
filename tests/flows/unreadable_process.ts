/** Run by bad_input_test.ts as a process of its own: a project with a file that may not be read, seen by a user who is not root. */
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { fails, Site, textOf } from "../support/site.ts";
import { writeFile } from "../support/worlds.ts";

const NOBODY = 65534;

using site = new Site();
const project = await site.project("ann", { "a.txt": "a\n", "secret.csv": "s\n" });
await site.push(project);
writeFile(project, "a.txt", "b\n");
writeFile(project, "secret.csv", "t\n");
if (Deno.uid() === 0) {
  own(site.place);
  process.setgid!(NOBODY);
  process.setuid!(NOBODY);
}
Deno.chmodSync(join(project.root, "secret.csv"), 0o000);
const held = await site.remote().resolve("latest");
for (const look of [() => site.status(project), () => site.push(project), () => site.diff(project)]) {
  const failure = await fails(look, "not-ready", "secret.csv", "permission denied");
  assert.match(failure.hint!, /ls -ld .*secret\.csv/);
}
assert.equal(await site.remote().resolve("latest"), held);
assert.equal(textOf(project, "a.txt"), "b\n");

Deno.chmodSync(join(project.root, "secret.csv"), 0o600);
Deno.chmodSync(project.root, 0o555);
Deno.chmodSync(join(project.root, ".modelops-bundle"), 0o555);
assert.equal((await site.status(project)).relation, "ahead");
assert.equal((await site.diff(project)).changes.length, 2);
assert.equal((await site.push(project, { dryRun: true })).changes.length, 2);
await fails(site.push(project), "not-ready", ".modelops-bundle", "permission denied");
await fails(site.pull(project, { overwrite: true }), "not-ready", "permission denied");
Deno.chmodSync(project.root, 0o755);
Deno.chmodSync(join(project.root, ".modelops-bundle"), 0o755);
console.log("as it should be");

function own(path: string): void {
  const info = Deno.lstatSync(path);
  Deno.chownSync(path, NOBODY, NOBODY);
  if (info.isDirectory) { for (const { name } of Deno.readDirSync(path)) own(join(path, name)); }
}
