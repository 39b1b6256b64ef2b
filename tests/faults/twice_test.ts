/** Plan and apply meet: on random histories of random trees, a second pull writes nothing, and a second push sends nothing. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { listing, Site } from "../support/site.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import { writeFile } from "../support/worlds.ts";
import type { Project } from "../../src/worktree/project.ts";

const NAMES = ["a", "b", "c", "d"];

/** Files come, change and go; some turn into folders, and folders into files. */
function changeTree(project: Project, chance: Chance): void {
  for (let change = 0; change < 1 + chance.below(6); change++) {
    const parts = Array.from({ length: 1 + chance.below(3) }, () => chance.pick(NAMES));
    for (let depth = 1; depth <= parts.length; depth++) {
      const file = join(project.root, "tree", ...parts.slice(0, depth));
      const info = statOf(file);
      if (info !== null && (depth === parts.length || !info.isDirectory)) Deno.removeSync(file, { recursive: true });
    }
    const path = ["tree", ...parts].join("/");
    if (chance.next() < 0.75) writeFile(project, path, `${chance.below(5)}\n`.repeat(1 + chance.below(50)));
  }
  writeFile(project, "tree/always", `${chance.next()}\n`);
}

function statOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

/** Of people's files: content, mode, time and inode. */
function filesOf(project: Project): Record<string, string> {
  return Object.fromEntries(Object.entries(listing(project.root)).filter(([path]) => !path.startsWith(".modelops-bundle")));
}

for (const layout of ["files", "packs"] as const) {
  Deno.test(`a second pull writes nothing and a second push sends nothing, whatever the history (${layout})`, async () => {
    const begun = performance.now();
    const chance = new Chance();
    const histories = cases(15, 300);
    let pulls = 0, pushes = 0, wrote = 0;
    for (let history = 0; history < histories; history++) {
      const what = `history ${history}, seed ${chance.seed}`;
      using site = new Site();
      const ann = await site.project("ann", { "tree/always": "\n" });
      if (layout === "packs") Deno.writeTextFileSync(join(ann.root, ".modelops-bundle/config.yaml"), "layout: packs\n", { append: true });
      await site.push(ann);
      const { project: ben } = await site.clone("ben");
      for (let turn = 0; turn < 3; turn++) {
        const [from, to] = turn % 2 === 0 ? [ann, ben] : [ben, ann];
        changeTree(from, chance);
        await site.add(from, ".");
        await site.push(from);
        const again = await site.push(from);
        assert.deepEqual([again.nothingToDo, again.uploaded], [true, { blobs: 0, bytes: 0 }], what);
        pushes++;
        wrote += (await site.pull(to)).written.length;
        const before = filesOf(to);
        const second = await site.pull(to);
        assert.deepEqual([second.written, second.removed, second.bytes], [[], [], 0], what);
        assert.deepEqual(filesOf(to), before, what);
        pulls++;
      }
    }
    assert.ok(wrote >= pulls, "there was something to write");
    tellTried(`pull and push twice, ${layout}`, { histories, pulls, pushes, "files written": wrote }, begun, chance);
  });
}
