/** The Python tool's own scenarios on adding, removing and ignoring, by their numbers; the rooms themselves are tested in tests/worktree. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { add } from "../../src/flows/add.ts";
import { Desk } from "../support/program.ts";
import { fails, isThere, Site } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";

Deno.test("scenario 1, 2: a file of the built-in list is named as ignored with a hint, and --force tracks it", async () => {
  using desk = new Desk();
  desk.write("model/test.pyc", "x");
  await desk.mops(["init", "."], { cwd: "model" });
  const ignored = await desk.mops(["add", "test.pyc"], { cwd: "model" });
  assert.match(ignored.stdout, /Ignored:\n.*test\.pyc.*\*\.pyc/);
  assert.match(ignored.stdout, /--force/);
  const tracked = async () =>
    (await desk.json(["status", "--offline"], { cwd: "model" })).tracked.map(({ path }: { path: string }) => path);
  assert.ok(!(await tracked()).includes("test.pyc"));
  assert.deepEqual((await desk.json(["add", "--force", "test.pyc"], { cwd: "model" })).added, ["test.pyc"]);
  assert.ok((await tracked()).includes("test.pyc"));
});

Deno.test("scenario 3: of debug.log and main.py only main.py is added where *.log is ignored", async () => {
  using site = new Site();
  const project = await site.project("ann");
  writeFile(project, ".modelopsignore", "*.log\ntemp/\n");
  for (const path of ["debug.log", "main.py", "temp/x"]) writeFile(project, path, "");
  const report = await site.add(project, "debug.log", "main.py", "temp");
  assert.deepEqual(report.added, ["main.py"]);
  assert.deepEqual(report.ignored.map(({ path, pattern, source }) => [path, pattern, source]), [
    ["debug.log", "*.log", ".modelopsignore line 1"],
    ["temp/x", "temp/", ".modelopsignore line 2"],
  ]);
});

Deno.test("scenario 4: add . tracks every file that is not ignored, .modelopsignore too, nothing below .modelops-bundle", async () => {
  using site = new Site();
  const project = await site.project("ann");
  for (const path of ["a.py", "deep/er/b.csv", "deep/x.pyc", ".hidden"]) writeFile(project, path, "");
  await site.add(project, ".");
  const tracked = (await site.status(project, { offline: true })).tracked.map(({ path }) => path as string);
  assert.deepEqual(tracked, [".gitignore", ".hidden", ".modelopsignore", "a.py", "deep/er/b.csv", "pyproject.toml"]);
});

Deno.test("scenario 5: an absolute path of a folder in the project is stored from the project's root", async () => {
  using site = new Site();
  const project = await site.project("ann");
  for (const path of ["data/a.csv", "data/b/c.csv"]) writeFile(project, path, "");
  assert.deepEqual((await site.add(project, join(project.root, "data"))).added, ["data/a.csv", "data/b/c.csv"]);
});

Deno.test("scenario 6: an empty folder adds nothing, and says so", async () => {
  using desk = new Desk();
  desk.folder("model/empty");
  await desk.mops(["init", "."], { cwd: "model" });
  assert.match((await desk.mops(["add", "empty"], { cwd: "model" })).stdout, /No files added/);
});

Deno.test("scenario 7 (new): a folder outside the project is wrong usage, and nothing of the same call is added", async () => {
  using site = new Site();
  const project = await site.project("ann");
  writeFile(project, "inside.txt", "");
  Deno.mkdirSync(join(site.place, "outside"));
  Deno.writeTextFileSync(join(site.place, "outside", "x"), "");
  await fails(site.add(project, "inside.txt", "../outside"), "usage", "../outside", "outside the project");
  assert.ok(!(await site.status(project, { offline: true })).tracked.some(({ path }) => path === "inside.txt"));
});

Deno.test("scenario 8: a tracked file that a later rule ignores stays tracked and is not listed as untracked or ignored", async () => {
  using site = new Site();
  const project = await site.project("ann", { "results.csv": "1\n" });
  writeFile(project, ".modelopsignore", "*.csv\n");
  writeFile(project, "other.csv", "2\n");
  const status = await site.status(project, { offline: true, includeIgnored: true });
  assert.deepEqual(status.ignored.map(({ path }) => path), ["other.csv"]);
  assert.ok(!status.untracked.includes("results.csv"));
  assert.ok(status.tracked.some(({ path }) => path === "results.csv"));
});

Deno.test("scenario 9: !temp/keep.txt after temp/ takes that file back in; data/*.csv means direct children", async () => {
  using site = new Site();
  const project = await site.project("ann");
  writeFile(project, ".modelopsignore", "temp/\n!temp/keep.txt\ndata/*.csv\n");
  for (const path of ["temp/keep.txt", "temp/drop.txt", "data/a.csv", "data/deep/b.csv"]) writeFile(project, path, "");
  assert.deepEqual((await site.add(project, ".")).added, ["data/deep/b.csv", "temp/keep.txt"]);
});

Deno.test("scenario 10: node_modules and .git are looked into by no command, not even with --include-ignored", async () => {
  using site = new Site();
  const project = await site.project("ann");
  for (const path of ["node_modules/x/index.js", ".git/config", "a.pyc"]) writeFile(project, path, "");
  const status = await site.status(project, { offline: true, includeIgnored: true });
  assert.deepEqual([...status.untracked, ...status.ignored.map(({ path }) => path)], ["a.pyc"]);
});

Deno.test("adding a file and a folder that does not exist adds nothing at all", async () => {
  using site = new Site();
  const project = await site.project("ann");
  writeFile(project, "a.txt", "");
  await fails(site.add(project, "a.txt", "nowhere"), "not-found", "nowhere");
  assert.ok(!(await site.status(project, { offline: true })).tracked.some(({ path }) => path === "a.txt"));
});

Deno.test("mv renames on disk and in the tracked set, and refuses what would replace something", async () => {
  using site = new Site();
  const project = await site.project("ann", { "data/a.csv": "a\n", "data/b.csv": "b\n", "x.txt": "x\n" });
  assert.deepEqual((await site.move(project, "data", "inputs")).moved.map(({ from, to }) => [from, to]), [
    ["data/a.csv", "inputs/a.csv"],
    ["data/b.csv", "inputs/b.csv"],
  ]);
  await fails(site.move(project, "inputs/a.csv", "x.txt"), "would-overwrite", "x.txt");
  await site.move(project, "x.txt", "inputs");
  assert.ok(isThere(project, "inputs/x.txt") && !isThere(project, "data"));
  await fails(site.move(project, "inputs", "inputs/deeper"), "usage", "into itself");
  await fails(site.move(project, "nowhere", "y"), "not-found", "nowhere");
  const tracked = (await site.status(project, { offline: true })).tracked.map(({ path }) => path as string);
  assert.deepEqual(tracked.filter((path) => path.startsWith("inputs/")), ["inputs/a.csv", "inputs/b.csv", "inputs/x.txt"]);
});

Deno.test("an empty path, as a script's empty variable gives it, means nothing: not everything", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  await fails(site.remove(project, [""], { rm: true }), "usage", "empty path");
  await fails(site.add(project, ""), "usage", "empty path");
  await fails(site.move(project, "", "b"), "usage", "empty path");
  assert.ok(isThere(project, "a.txt"));
});

Deno.test("symbolic links: good ones travel, others are skipped by a walk and refused by name", async () => {
  using site = new Site();
  const project = await site.project("ann");
  writeFile(project, "real.txt", "r\n");
  Deno.mkdirSync(join(project.root, "folder"));
  const links = { good: "real.txt", absolute: "/etc/hostname", outside: "../x", dangling: "none", folderLink: "folder", chain: "good" };
  for (const [name, text] of Object.entries(links)) Deno.symlinkSync(text, join(project.root, name));
  const report = await site.add(project, ".");
  assert.deepEqual(report.skipped.map(({ path }) => path).sort(), ["absolute", "chain", "dangling", "folderLink", "outside"]);
  assert.ok(report.added.includes("good" as never));
  for (const name of ["absolute", "outside", "dangling", "folderLink", "chain"]) {
    await fails(add(plainWorld(), { project, standing: project.root, paths: [name], force: false }), "usage", name, "nothing was added");
  }
});
