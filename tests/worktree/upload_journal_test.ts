/** Uploads that are under way, as a project remembers them: by repository, for a week, and never fatal. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { openUploadJournal, sweepUploads } from "../../src/worktree/upload_journal.ts";
import { inProject } from "./project_folder.ts";

const [ONE, TWO] = [digestOf(new Uint8Array(1)), digestOf(new Uint8Array(2))];
const SESSION = { url: "http://localhost:1/v2/a/blobs/uploads/x?_state=s", offset: 5, smallestPiece: 0 };
const at = (day: number) => () => new Date(Date.UTC(2026, 2, day)).toISOString();

Deno.test("a session is found by its repository and digest, by the next process, until it is dropped", () =>
  inProject((project) => {
    const journal = openUploadJournal(project, at(1));
    journal.keep("host/a", ONE, SESSION);
    journal.keep("host/a", TWO, { ...SESSION, offset: 1 });
    journal.keep("host/a", ONE, { ...SESSION, offset: 9 });
    const file = join(project.root, ".modelops-bundle/uploads.json");
    assert.equal(Deno.statSync(file).mode! & 0o777, 0o600, "an address may be signed");
    const next = openUploadJournal(project, at(2));
    assert.equal(next.find("host/a", ONE)?.offset, 9);
    assert.equal(next.find("host/b", ONE), null, "a session belongs to one repository");
    next.drop("host/a", ONE);
    assert.equal(next.find("host/a", ONE), null);
    next.drop("host/a", TWO);
    assert.throws(() => Deno.lstatSync(file), Deno.errors.NotFound);
    return Promise.resolve();
  }));

Deno.test("sessions of seven days' age are dropped, and a damaged file counts as none", () =>
  inProject((project) => {
    openUploadJournal(project, at(1)).keep("host/a", ONE, SESSION);
    openUploadJournal(project, at(3)).keep("host/a", TWO, SESSION);
    sweepUploads(project, Date.UTC(2026, 2, 2));
    const journal = openUploadJournal(project, at(9));
    assert.deepEqual([journal.find("host/a", ONE), journal.find("host/a", TWO)?.offset], [null, 5]);
    for (const text of ["", "{", '{"version":9}', '{"version":1,"uploads":[{"remote":1}]}', "\0\0"]) {
      Deno.writeTextFileSync(join(project.root, ".modelops-bundle/uploads.json"), text);
      assert.equal(journal.find("host/a", TWO), null, text);
      journal.drop("host/a", TWO);
    }
    journal.keep("host/a", TWO, SESSION);
    assert.equal(journal.find("host/a", TWO)?.url, SESSION.url);
    return Promise.resolve();
  }));
