/**
 * Disks where case or Unicode form does not count, emulated: a bundle whose names would be one file is refused before anything is fetched
 * or changed, and whatever is not one file comes as everywhere.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fails, listing, Site, textOf } from "../support/site.ts";
import { type Folding, onFoldingDisk } from "../support/folding_disk.ts";
import { writeFile } from "../support/worlds.ts";
import { saveTracked } from "../../src/worktree/tracked.ts";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import type { Project } from "../../src/worktree/project.ts";
import { tellTried } from "../support/torture.ts";

const NFC = "caf\u00e9.csv";
const NFD = "cafe\u0301.csv";

interface Names {
  readonly one: string;
  readonly other: string;
  /** Where they are one. */
  readonly isOne: (folding: Folding) => boolean;
}

const NAMES: readonly Names[] = [
  { one: "A.txt", other: "a.txt", isOne: (folding) => folding.case },
  { one: "Data/x.csv", other: "data/y.csv", isOne: (folding) => folding.case },
  { one: NFC, other: NFD, isOne: (folding) => folding.form },
  { one: `in/${NFD}`, other: `in/${NFC}`, isOne: (folding) => folding.form },
  { one: `Data/${NFC}`, other: `data/${NFD}`, isOne: (folding) => folding.case },
  { one: NFC, other: NFD.toUpperCase(), isOne: (folding) => folding.case && folding.form },
];

const DISKS: readonly Folding[] = [{ case: true, form: true }, { case: true, form: false }, { case: false, form: true }];

/** As a tool without these rules pushes it: `add` would refuse. */
async function pushBoth(site: Site, project: Project, { one, other }: Names): Promise<void> {
  writeFile(project, one, "one\n");
  writeFile(project, other, "other\n");
  saveTracked(project, new Set(["kept.txt", one, other] as BundlePath[]));
  await site.push(project);
}

/** Without the lock and the times of folders. */
function filesOf(project: Project): Record<string, string> {
  return Object.fromEntries(Object.entries(listing(project.root)).filter(([, text]) => text.split(" ")[3] !== ""));
}

Deno.test("names that are one file on a disk are refused there by add, pull and clone, and nothing is changed", async () => {
  const begun = performance.now();
  const tried = { refused: 0, "brought as two files": 0 };
  for (const names of NAMES) {
    for (const folding of DISKS) {
      using site = new Site();
      const ann = await site.project("ann", { "kept.txt": "1\n" });
      await site.push(ann);
      const { project: ben } = await site.clone("ben");
      await pushBoth(site, ann, names);
      await fails(site.add(ann, "."), "usage", "differ only by case or Unicode form");
      const bens = filesOf(ben);
      await onFoldingDisk(site.place, folding, async () => {
        if (names.isOne(folding)) {
          await fails(site.pull(ben), "not-ready", "are one file on this file system; nothing was changed");
          assert.deepEqual(filesOf(ben), bens);
          await fails(site.clone("carl"), "not-ready", "are one file on this file system; nothing was changed");
          assert.deepEqual(Array.from(Deno.readDirSync(join(site.place, "carl")), ({ name }) => name), [".modelops-bundle"]);
          tried.refused += 2;
        } else {
          await site.pull(ben);
          const { project: carl } = await site.clone("carl");
          for (const project of [ben, carl]) {
            assert.deepEqual([textOf(project, names.one), textOf(project, names.other)], ["one\n", "other\n"]);
            assert.equal((await site.status(project)).relation, "in-step");
          }
          tried["brought as two files"] += 2;
        }
      });
    }
  }
  tellTried("disks that fold names", { ...tried, disks: DISKS.length }, begun);
});

Deno.test("a name that changed its case there is refused with a command that helps, and so is one that is tracked here only", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "1\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ben, "Own.txt", "Ben's\n");
  await site.add(ben, "Own.txt");
  await site.move(ann, "a.txt", "A.txt");
  await site.push(ann);
  await onFoldingDisk(site.place, { case: true, form: true }, async () => {
    const { hint } = await fails(site.pull(ben), "not-ready", "a.txt and A.txt are one file");
    assert.match(hint!, /^mops bundle remove --rm a\.txt /);
    await site.remove(ben, ["a.txt"], { rm: true });
    await site.pull(ben);
    const names = Array.from(Deno.readDirSync(ben.root), ({ name }) => name).filter((name) => name.endsWith(".txt"));
    assert.deepEqual(names.sort(), ["A.txt", "Own.txt"]);
    assert.equal(textOf(ben, "A.txt"), "1\n");
  });
  writeFile(ann, "own.txt", "Ann's\n");
  await site.add(ann, "own.txt");
  await site.push(ann);
  await onFoldingDisk(site.place, { case: true, form: true }, async () => {
    const { hint } = await fails(site.pull(ben), "not-ready", "Own.txt and own.txt are one file");
    assert.match(hint!, /^mops bundle mv Own\.txt NEW-NAME /);
    await site.move(ben, "Own.txt", "mine.txt");
    await site.pull(ben);
    assert.deepEqual([textOf(ben, "mine.txt"), textOf(ben, "own.txt")], ["Ben's\n", "Ann's\n"]);
  });
});
