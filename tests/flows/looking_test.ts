/** What people are told who look at a project, or wait for it. */
import assert from "node:assert/strict";
import { Failure } from "../../src/base/failure.ts";
import { changing } from "../../src/flows/world.ts";
import { status } from "../../src/flows/status.ts";
import { Desk } from "../support/program.ts";
import { makeProject, plainWorld, projectWorld, writeFile } from "../support/worlds.ts";

Deno.test("status lists untracked links, in the order of all untracked paths", async () => {
  using desk = new Desk();
  const project = await makeProject(`${desk.path}/seir`);
  for (const path of ["a.csv", "z.csv"]) writeFile(project, path, "1\n");
  Deno.symlinkSync("a.csv", `${project.root}/latest.csv`);
  const report = await status(projectWorld(project, `${desk.path}/layout`), { offline: true, includeIgnored: false });
  assert.deepEqual(report.untracked, [".gitignore", "a.csv", "latest.csv", "z.csv"]);
});

Deno.test("a project that is being changed is named, and so is the command that changes it", async () => {
  using desk = new Desk();
  const project = await makeProject(`${desk.path}/seir`);
  await changing(plainWorld(), project, "push", async () => {
    const second = changing(plainWorld(), project, "add", () => Promise.resolve());
    await assert.rejects(second, (error) =>
      error instanceof Failure && error.code === "busy" &&
      error.message.startsWith(`the project ${project.root} is being changed by mops bundle push (process `));
  });
});
