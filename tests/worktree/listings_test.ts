/** A folder that is remembered is believed only while nothing can have been made, removed or renamed in it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { loadIgnore } from "../../src/worktree/ignore.ts";
import { openListings } from "../../src/worktree/listings.ts";
import { LOCAL_NAMES, metaPath, type Project } from "../../src/worktree/project.ts";
import { walk } from "../../src/worktree/walk.ts";
import { inProject, put } from "./project_folder.ts";

/** Enough for listings to be kept; none of them has to be there. */
const tracked = new Set(Array.from({ length: 6000 }, (_, number) => `data/tracked_${number}` as BundlePath));
const file = (project: Project) => metaPath(project, LOCAL_NAMES.listings);

function untracked(project: Project, remembered: boolean, except: ReadonlySet<BundlePath> = tracked): string[] {
  const listings = remembered ? openListings(project, except) : null;
  const { files } = walk(project, loadIgnore(project), { except, listings });
  listings?.save();
  return files.map(({ path }) => path);
}

/** Folders whose last change is long ago, as far as that can be set: the time of status change cannot, so a second has to pass. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2100 - Date.now() % 1000));
}

Deno.test("what is listed from memory is what lies there, whatever is made, removed or renamed", () =>
  inProject(async (project) => {
    for (const path of ["a/one", "a/b/two", "c/three", "data/four"]) put(project, path, "x");
    await settled();
    assert.deepEqual(untracked(project, true), untracked(project, false));
    const known = Deno.readFileSync(file(project));
    const step = fc.record({
      what: fc.constantFrom("make", "remove", "rename", "folder", "clock"),
      at: fc.constantFrom("a", "a/b", "c", "data", "."),
      name: fc.constantFrom("one", "two", "new", "tracked_7", ".modelopsignore"),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        Deno.writeFileSync(file(project), known);
        for (const { what, at, name } of steps) act(join(project.root, at), what, name);
        assert.deepEqual(untracked(project, true), untracked(project, false));
        assert.deepEqual(untracked(project, true), untracked(project, false), "and from what that walk has written");
      }),
      { numRuns: 60 },
    );
  }));

function act(folder: string, what: string, name: string): void {
  const path = join(folder, name);
  const before = Deno.lstatSync(folder);
  try {
    if (what === "make") Deno.writeTextFileSync(path, name === ".modelopsignore" ? "one\n" : "x");
    else if (what === "remove") Deno.removeSync(path, { recursive: true });
    else if (what === "rename") Deno.renameSync(path, join(folder, `${name}-renamed`));
    else if (what === "folder") Deno.mkdirSync(`${path}-folder`);
    else { // as rsync and tar do: something new, and the time as it was
      Deno.writeTextFileSync(join(folder, "sneaked-in"), "x");
      Deno.utimeSync(folder, before.mtime!, before.mtime!);
    }
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error; // nothing there to remove, a folder in the way: no step then
  }
}

Deno.test("an unchanged folder is not listed again; a damaged memory, and one of other tracked files, is as good as none", () =>
  inProject(async (project) => {
    put(project, "a/one", "x");
    put(project, "data/tracked_1", "x");
    await settled();
    assert.deepEqual(untracked(project, true), ["a/one"]);
    const listings = openListings(project, tracked)!;
    listings.entries(join(project.root, "a"), () => assert.fail("it was listed"));

    const good = Deno.readFileSync(file(project));
    for (let at = 0; at < good.length; at += 7) {
      Deno.writeFileSync(file(project), good.with(at, good[at]! ^ 4));
      let listed = 0;
      openListings(project, tracked)!.entries(join(project.root, "a"), () => (listed++, []));
      assert.equal(listed, 1, `byte ${at}`);
    }
    Deno.writeFileSync(file(project), good);
    const fewer = new Set([...tracked].filter((path) => path !== "data/tracked_1"));
    assert.deepEqual(untracked(project, true, fewer), ["a/one", "data/tracked_1"]);
  }));
