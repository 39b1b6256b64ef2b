/** A folder of the project that became a link to somewhere else: what lies there is never changed through the project's paths. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Project } from "../../src/worktree/project.ts";
import { fails, isThere, Site } from "../support/site.ts";
import { writeFile } from "../support/worlds.ts";

/** `data` was a folder with x.csv and deep/y.csv; now it leads out of the project. */
async function withLinkedFolder(work: (site: Site, project: Project, scratch: string) => Promise<void>): Promise<void> {
  using site = new Site();
  const project = await site.project("ann", { "data/x.csv": "x\n", "data/deep/y.csv": "y\n", "m.py": "m\n" });
  const scratch = join(site.place, "scratch");
  Deno.renameSync(join(project.root, "data"), scratch);
  Deno.symlinkSync(scratch, join(project.root, "data"));
  await work(site, project, scratch);
  assert.deepEqual([...Deno.readDirSync(scratch)].map(({ name }) => name).sort(), ["deep", "x.csv"]);
  assert.ok(Deno.lstatSync(join(scratch, "deep/y.csv")).isFile);
  assert.ok(Deno.lstatSync(join(project.root, "data")).isSymlink);
}

Deno.test("mv neither puts a file behind a link nor takes one from there", () =>
  withLinkedFolder(async (site, project) => {
    for (const to of ["data/m.py", "data/", "data/new/m.py"]) {
      await fails(site.move(project, "m.py", to), "usage", "behind the link data", "nothing was moved");
    }
    assert.ok(isThere(project, "m.py"));
    await fails(site.move(project, "data/x.csv", "x.csv"), "usage", "behind the link data");
    await fails(site.move(project, "data", "other"), "usage", "behind the link data");
  }));

Deno.test("remove --rm deletes nothing behind a link, and remove takes it out of the tracked set", () =>
  withLinkedFolder(async (site, project) => {
    for (const path of ["data", "data/x.csv", "."]) {
      const failure = await fails(site.remove(project, [path], { rm: true }), "usage", "behind the link data", "nothing was removed");
      assert.match(failure.hint!, /mops bundle remove data/);
    }
    assert.ok(isThere(project, "m.py"));
    assert.deepEqual((await site.remove(project, ["data/x.csv"])).removed, ["data/x.csv"]);
    assert.deepEqual((await site.remove(project, ["data"])).removed, ["data/deep/y.csv"]);
  }));

Deno.test("add tracks nothing behind a link", () =>
  withLinkedFolder(async (site, project) => {
    await site.remove(project, ["data"]);
    await fails(site.add(project, "m.py", "data/x.csv"), "usage", "behind the link data", "nothing was added");
  }));

Deno.test("remove --rm goes up through empty folders, and not over a link", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a/b/c.txt": "c\n" });
  writeFile(project, "a/kept.txt", "k\n");
  await site.remove(project, ["a/b/c.txt"], { rm: true });
  assert.deepEqual([isThere(project, "a/b"), isThere(project, "a/kept.txt")], [false, true]);
});
