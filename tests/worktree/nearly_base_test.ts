/** A folder compared with a base in columns is told as it is told when the base is a map: what may be skipped is only the work. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { DIGEST_BYTES, putDigest } from "../../src/base/digest.ts";
import { PathList } from "../../src/base/path_list.ts";
import { ChangedFiles } from "../../src/bundle/changed_files.ts";
import { FileTable } from "../../src/bundle/file_table.ts";
import { type FileContent, sameContent, type Snapshot } from "../../src/bundle/snapshot.ts";
import { stampOf } from "../../src/disk/file_stamp.ts";
import { compareSnapshots } from "../../src/plan/compare.ts";
import { writeSections } from "../../src/worktree/checked_sections.ts";
import { LOCAL_NAMES, metaPath } from "../../src/worktree/project.ts";
import { encodeStamps, type StampEntry } from "../../src/worktree/stamp_table.ts";
import { openStatCache } from "../../src/worktree/stat_cache.ts";
import { takeSnapshot } from "../../src/worktree/take_snapshot.ts";
import { content, inProject, paths, put } from "./project_folder.ts";

function tableOf(files: Snapshot): FileTable {
  const list = PathList.of(files.keys());
  const contents = [...list].map((path) => files.get(path)!);
  const digests = new Uint8Array(list.length * DIGEST_BYTES);
  contents.forEach(({ digest }, index) => putDigest(digests, index, digest));
  const links = new Map([...files].flatMap(([path, { link }]) => link === undefined ? [] : [[path, link] as const]));
  const bits = Uint8Array.from(contents, ({ executable }) => executable ? 1 : 0);
  return new FileTable(list, Float64Array.from(contents, ({ size }) => size), bits, digests, links);
}

const NAMES = paths("a", "b", "b-c", "d/a", "d/b", "d/e/f", "é", "z");
/** One character each, so that other bytes need not be of another size. */
const TEXTS = ["1", "2"];

interface Made {
  readonly text: string;
  readonly executable: boolean;
  readonly isLink: boolean;
}

const made = fc.record<Made>({
  text: fc.constantFrom(...TEXTS),
  executable: fc.boolean(),
  isLink: fc.boolean(),
});
const side = fc.dictionary(fc.constantFrom<string>(...NAMES), made);
const edits = fc.dictionary(fc.constantFrom<string>(...NAMES), made, { maxKeys: 3 });
Deno.test("law: the snapshot of a folder, and how it differs, do not depend on the form that the base has", () =>
  inProject(async (project) => {
    const any = fc.tuple(side, edits, fc.subarray([...NAMES]), fc.boolean(), fc.boolean());
    let unchanged = 0;
    await fc.assert(
      fc.asyncProperty(any, async ([here, there, tracked, executableBit, isKnown]) => {
        for (const name of ["a", "b", "b-c", "d", "é", "z"]) {
          try {
            Deno.removeSync(`${project.root}/${name}`, { recursive: true });
          } catch (error) {
            if (!(error instanceof Deno.errors.NotFound)) throw error;
          }
        }
        const stamps: StampEntry[] = [];
        for (const [path, { text, executable, isLink }] of Object.entries(here)) {
          if (isLink && path === "z") {
            Deno.symlinkSync("a", `${project.root}/z`);
            continue;
          }
          put(project, path, text);
          Deno.chmodSync(`${project.root}/${path}`, executable ? 0o755 : 0o644);
          const stamp = stampOf(Deno.lstatSync(`${project.root}/${path}`));
          stamps.push({ path, stamp, digest: content(text).digest });
        }
        // As if all had been hashed when they were old enough; of some a hand has cleared the cache.
        writeSections(metaPath(project, LOCAL_NAMES.statCache), encodeStamps(isKnown ? stamps : stamps.slice(1)));
        const base = new Map<BundlePath, FileContent>();
        for (const [path, { text, executable, isLink }] of Object.entries({ ...here, ...there })) {
          base.set(path as BundlePath, { ...content(text), executable: executable && !isLink, link: isLink ? "a" : undefined });
        }
        const taken = async (form: Snapshot) =>
          await takeSnapshot(project, tracked, {
            statCache: openStatCache(project, { write: false }),
            executableBit,
            base: form,
            lookOnly: true,
            emit: () => {},
          });
        const asMap = await taken(base);
        const table = tableOf(base);
        const asTable = await taken(table);
        assert.ok(asTable.snapshot instanceof ChangedFiles);
        assert.deepEqual([...table], [...tableOf(base)]);
        const plain = (side: Snapshot) =>
          [...side].map(([path, { digest, size, executable, link }]) => ({ path, digest, size, executable, link }));
        assert.deepEqual(plain(asTable.snapshot), plain(asMap.snapshot));
        assert.deepEqual(asTable.missing, asMap.missing);
        assert.equal(asTable.snapshot.size, asMap.snapshot.size);
        for (const path of NAMES) {
          assert.equal(asTable.snapshot.has(path), asMap.snapshot.has(path));
          assert.ok(sameContent(asTable.snapshot.get(path), asMap.snapshot.get(path)), path);
        }
        for (const then of [base, new Map<BundlePath, FileContent>()]) {
          assert.deepEqual(compareSnapshots(asTable.snapshot, table, then), compareSnapshots(asMap.snapshot, base, then));
        }
        unchanged += [...base.keys()].filter((path) => !(asTable.snapshot as ChangedFiles).changes.has(path)).length;
      }),
      { numRuns: 150 },
    );
    assert.ok(unchanged > 50, `${unchanged}`); // else nothing was ever taken from the table
  }));
