/** What people are told who look at a project, or wait for it. */
import assert from "node:assert/strict";
import { Failure } from "../../src/base/failure.ts";
import { changing } from "../../src/flows/world.ts";
import { status } from "../../src/flows/status.ts";
import { acquireLock } from "../../src/disk/lock.ts";
import { Desk, tree } from "../support/program.ts";
import type { Project } from "../../src/worktree/project.ts";
import { hooked, Site, warningsOf } from "../support/site.ts";
import { makeProject, plainWorld, projectWorld, writeFile } from "../support/worlds.ts";

Deno.test("status lists untracked links, in the order of all untracked paths", async () => {
  using desk = new Desk();
  const project = await makeProject(`${desk.path}/seir`);
  for (const path of ["a.csv", "z.csv"]) writeFile(project, path, "1\n");
  Deno.symlinkSync("a.csv", `${project.root}/latest.csv`);
  const report = await status(projectWorld(project, `${desk.path}/layout`), { offline: true, includeIgnored: false });
  assert.deepEqual(report.untracked, [".gitignore", "a.csv", "latest.csv", "z.csv"]);
});

Deno.test("a status of many files takes what the tag's bundle holds from the folder's own memory, and asks for nothing else", async () => {
  using site = new Site();
  const many = Array.from({ length: 5001 }, (_, number) => [`data/${number}.csv`, `${number}\n`]);
  const ann = await site.project("ann", Object.fromEntries(many));
  await site.push(ann);
  writeFile(ann, "data/7.csv", "changed\n");
  Deno.removeSync(`${ann.root}/.modelops-bundle/objects`, { recursive: true }); // whoever decodes the index would have to fetch it
  const asked: string[] = [];
  const before = (verb: string) => void asked.push(verb);
  const { relation, changes } = await site.status(ann, {}, { remote: hooked(site.remote(), { before }) });
  assert.equal(relation, "ahead");
  assert.deepEqual(changes, [{ path: "data/7.csv", kind: "modified" }]);
  assert.deepEqual(asked, ["resolve"]);
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

Deno.test("who only looks, and a dry run, wait for no lock and change nothing", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "1\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ann, "a.txt", "2\n");
  await site.push(ann);
  writeFile(ben, "b.txt", "3\n");
  await site.add(ben, "b.txt");
  const held = await acquireLock(`${ben.root}/.modelops-bundle/lock`, { what: "it", command: "mops bundle pull", waitMs: 0 });
  const before = tree(ben.root);
  try {
    assert.equal((await site.status(ben)).relation, "diverged");
    await site.diff(ben, { patch: true });
    await site.pull(ben, { dryRun: true });
    await site.push(ben, { dryRun: true, force: true });
    await assert.rejects(site.pull(ben), (error) => error instanceof Failure && error.code === "busy");
  } finally {
    held.release();
  }
  assert.deepEqual(tree(ben.root), before);
});

Deno.test("status says that a tag is gone that this folder pushed to or pulled from; offline, pinned and before the first push it does not", async () => {
  using site = new Site();
  const gone = async (project: Project, options: { offline?: boolean } = {}) => {
    const world = plainWorld();
    await site.status(project, options, { world });
    return warningsOf(world).filter((text) => text.startsWith("tag-gone"));
  };
  const ann = await site.project("ann", { "a.txt": "one\n" });
  assert.deepEqual(await gone(ann), []);
  const { digest } = await site.push(ann);
  const { project: ben } = await site.clone("ben");
  assert.deepEqual([...await gone(ann), ...await gone(ben)], []);
  await site.remote().removeTag("latest", digest);
  assert.match((await gone(ann)).join(), new RegExp(`^tag-gone: oci:.*:latest is gone; it held ${digest} when`));
  assert.equal((await gone(ben)).length, 1, "it pulled from it");
  assert.deepEqual(await gone(ann, { offline: true }), []);
  await site.pull(ben, { digest });
  assert.deepEqual(await gone(ben), [], "pinned: it follows no tag");
});
