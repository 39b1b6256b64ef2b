/** What cut-off transfers leave is kept for seven days, all of it, and then taken away. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { digestOf, digestParts } from "../../src/base/digest.ts";
import { sweepLeftovers } from "../../src/worktree/leftovers.ts";
import { metaPath } from "../../src/worktree/project.ts";
import { openUploadJournal } from "../../src/worktree/upload_journal.ts";
import { inProject } from "./project_folder.ts";

const HOUR = 3600_000;
const NOW = Date.UTC(2026, 2, 20);

Deno.test("staged files, partials and uploads that were begun are kept for seven days, and taken away then", () =>
  inProject((project) => {
    const ages = { young: 7 * 24 - 1, old: 7 * 24 + 1 }; // hours
    const digest = digestOf(new Uint8Array(1));
    const files = Object.entries(ages).flatMap(([name, hours]) => {
      const then = new Date(NOW - hours * HOUR);
      openUploadJournal(project, () => then.toISOString()).keep(`host/${name}`, digest, {
        url: "http://host/x",
        offset: 1,
        smallestPiece: 0,
      });
      const [staged, partial] = [`staging/${name}/0`, `partials/${digestParts(digest).encoded}.${crypto.randomUUID()}`].map((path) =>
        metaPath(project, path)
      );
      for (const file of [staged!, partial!]) {
        Deno.mkdirSync(dirname(file), { recursive: true });
        Deno.writeTextFileSync(file, "x");
      }
      Deno.utimeSync(dirname(staged!), then, then);
      Deno.utimeSync(partial!, then, then);
      return [{ name, file: staged! }, { name, file: partial! }];
    });
    sweepLeftovers(project, () => {}, NOW);
    for (const { name, file } of files) {
      if (name === "young") assert.ok(Deno.lstatSync(file).isFile);
      else assert.throws(() => Deno.lstatSync(file), Deno.errors.NotFound, file);
    }
    const journal = openUploadJournal(project, () => "");
    assert.deepEqual(Object.keys(ages).map((name) => journal.find(`host/${name}`, digest)?.offset), [1, undefined]);
    return Promise.resolve();
  }));
