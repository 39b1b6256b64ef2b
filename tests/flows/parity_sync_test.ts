/** The Python tool's own scenarios on pushing and pulling, by their numbers; "(new)" where this tool decides otherwise on purpose. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isDigest } from "../../src/base/digest.ts";
import { add } from "../../src/flows/add.ts";
import type { Project } from "../../src/worktree/project.ts";
import { baseOf, loadState } from "../../src/worktree/local_state.ts";
import { HandLayout } from "../support/hand_layout.ts";
import { Desk } from "../support/program.ts";
import { fails, hooked, isThere, Site, textOf } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";

/** Ann has pushed these files, and Ben has cloned them. */
async function pair(site: Site, files: Readonly<Record<string, string>>): Promise<{ ann: Project; ben: Project }> {
  const ann = await site.project("ann", files);
  await site.push(ann);
  return { ann, ben: (await site.clone("ben")).project };
}

Deno.test("scenario 11: with a local change a pull brings nothing and conflicts with nothing; --overwrite brings the remote's", async () => {
  using site = new Site();
  const { ben } = await pair(site, { "a.txt": "a\n" });
  writeFile(ben, "a.txt", "mine\n");
  const quiet = await site.pull(ben);
  assert.deepEqual([quiet.written, quiet.conflicts, quiet.kept], [[], [], [{ path: "a.txt", kind: "modified" }]]);
  assert.deepEqual((await site.pull(ben, { overwrite: true })).written, ["a.txt"]);
  assert.equal(textOf(ben, "a.txt"), "a\n");
});

Deno.test("scenario 12: a path that was tracked and deleted before any push is no change", async () => {
  using site = new Site();
  const { ann } = await pair(site, { "a.txt": "a\n" });
  writeFile(ann, "b.txt", "b\n");
  await site.add(ann, "b.txt");
  Deno.removeSync(join(ann.root, "b.txt"));
  assert.deepEqual((await site.status(ann)).changes, []);
});

Deno.test("scenario 13, 14: deleted here is a deletion, and a conflict when it was changed there", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "a\n", "b.txt": "b\n" });
  Deno.removeSync(join(ben.root, "a.txt"));
  assert.deepEqual((await site.status(ben)).changes, [{ path: "a.txt", kind: "deleted" }]);
  writeFile(ann, "a.txt", "changed\n");
  await site.push(ann);
  assert.deepEqual((await site.status(ben)).changes, [{ path: "a.txt", kind: "conflict" }]);
  const refused = await fails(site.pull(ben), "conflict", "1 file");
  assert.deepEqual(refused.facts.conflicts, [{ path: "a.txt", reason: "deleted here, changed there" }]);
});

Deno.test("scenario 15: all three sides different is a conflict; --overwrite, --take and --keep resolve it", async () => {
  for (
    const [decision, expected] of [[{ overwrite: true }, "theirs\n"], [{ take: ["a.txt"] }, "theirs\n"], [{ keep: ["a.txt"] }, "mine\n"]]
  ) {
    using site = new Site();
    const { ann, ben } = await pair(site, { "a.txt": "a\n" });
    writeFile(ann, "a.txt", "theirs\n");
    await site.push(ann);
    writeFile(ben, "a.txt", "mine\n");
    const refused = await fails(site.pull(ben), "conflict");
    assert.match(refused.hint!, /--keep a\.txt.*--take PATH.*--overwrite/);
    assert.equal(textOf(ben, "a.txt"), "mine\n");
    await site.pull(ben, decision as object);
    assert.equal(textOf(ben, "a.txt"), expected);
    assert.equal((await site.status(ben)).relation, expected === "mine\n" ? "ahead" : "in-step");
  }
});

Deno.test("scenario 16 (new): a file deleted there and unchanged here is deleted, without --overwrite", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "a\n", "deep/b.txt": "b\n" });
  await site.remove(ann, ["deep"], { rm: true });
  await site.push(ann);
  assert.deepEqual((await site.status(ben)).changes, [{ path: "deep/b.txt", kind: "remote-deleted" }]);
  assert.deepEqual((await site.pull(ben)).removed, ["deep/b.txt"]);
  assert.equal(isThere(ben, "deep"), false);
  assert.equal((await site.status(ben)).relation, "in-step");
});

Deno.test("scenario 17: with one file unchanged and one deleted, the bundle holds the first, and nothing is sent but metadata", async () => {
  using site = new Site();
  const { ann } = await pair(site, { "a.txt": "a\n", "b.txt": "b\n" });
  Deno.removeSync(join(ann.root, "b.txt"));
  const plan = await site.push(ann, { dryRun: true });
  assert.deepEqual(plan.changes, [{ path: "b.txt", kind: "deleted" }]);
  assert.equal(plan.uploaded.blobs, 2, "manifest.yaml and the index");
  assert.deepEqual(plan.missing, ["b.txt"]);
  const files = (await site.files((await site.push(ann)).digest)).map(({ path }) => path as string);
  assert.ok(files.includes("a.txt") && !files.includes("b.txt"));
});

Deno.test("scenario 18, 19: --restore-deleted brings back what was deleted here, and nothing that is gone there too", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n" });
  await site.remove(ann, ["c.txt"], { rm: true });
  writeFile(ann, "new.txt", "n\n");
  await site.add(ann, "new.txt");
  await site.push(ann);
  for (const path of ["a.txt", "c.txt"]) Deno.removeSync(join(ben.root, path));
  writeFile(ben, "b.txt", "mine\n");
  const plain = await site.pull(ben, { dryRun: true });
  assert.ok(!plain.written.includes("a.txt" as never), "a deletion stays unless it is asked for");
  await site.pull(ben, { restoreDeleted: true });
  assert.deepEqual(["a.txt", "b.txt", "c.txt", "new.txt"].map((path) => isThere(ben, path)), [true, true, false, true]);
  assert.equal(textOf(ben, "b.txt"), "mine\n");
});

Deno.test("scenario 20: after a push the base holds exactly the files that were pushed", async () => {
  using site = new Site();
  const { ann } = await pair(site, { "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n" });
  Deno.removeSync(join(ann.root, "b.txt"));
  await site.remove(ann, ["c.txt"]);
  const { digest } = await site.push(ann);
  assert.equal(baseOf(loadState(ann), `oci:${site.store}`, "latest", null), digest);
  const files = (await site.files(digest)).map(({ path }) => path as string).filter((path) => path.endsWith(".txt"));
  assert.deepEqual(files, ["a.txt"]);
  assert.deepEqual((await site.status(ann)).changes, []);
});

Deno.test("scenario 21 (new): a local change stops no pull: it stays, and everything else comes", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "a\n", "b.txt": "b\n" });
  writeFile(ann, "b.txt", "theirs\n");
  await site.push(ann);
  writeFile(ben, "a.txt", "mine\n");
  const report = await site.pull(ben);
  assert.deepEqual([textOf(ben, "a.txt"), textOf(ben, "b.txt")], ["mine\n", "theirs\n"]);
  assert.deepEqual(report.kept, [{ path: "a.txt", kind: "modified" }]);
});

Deno.test("scenario 22 (new): a deletion there is refused only where the file was changed here; the file is kept", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "a\n", "b.txt": "b\n" });
  await site.remove(ann, ["a.txt"], { rm: true });
  await site.push(ann);
  writeFile(ben, "a.txt", "mine\n");
  const refused = await fails(site.pull(ben), "conflict");
  assert.deepEqual(refused.facts.conflicts, [{ path: "a.txt", reason: "changed here, deleted there" }]);
  assert.equal(textOf(ben, "a.txt"), "mine\n");
  await site.pull(ben, { take: ["a.txt"] });
  assert.equal(isThere(ben, "a.txt"), false);
});

Deno.test("scenario 23: an untracked file at a path that the remote adds is a conflict; --overwrite replaces and tracks it", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "a\n" });
  writeFile(ann, "new.txt", "theirs\n");
  await site.add(ann, "new.txt");
  await site.push(ann);
  writeFile(ben, "new.txt", "mine\n");
  const refused = await fails(site.pull(ben), "conflict");
  assert.deepEqual(refused.facts.conflicts, [{ path: "new.txt", reason: "untracked here, added there" }]);
  await site.pull(ben, { overwrite: true });
  assert.equal(textOf(ben, "new.txt"), "theirs\n");
  assert.ok((await site.status(ben)).tracked.some(({ path }) => path === "new.txt"));
});

Deno.test("scenario 23 (new): an untracked file that is kept is tracked, ignored or not, and the next push publishes it", async () => {
  for (const path of ["new.txt", "run.log"]) { // *.log is ignored
    using site = new Site();
    const { ann, ben } = await pair(site, { "a.txt": "a\n" });
    writeFile(ann, path, "theirs\n");
    await add(plainWorld(), { project: ann, standing: ann.root, paths: [path], force: true });
    await site.push(ann);
    writeFile(ben, path, "mine\n");
    assert.deepEqual((await site.pull(ben, { keep: [path] })).kept, [{ path, kind: "modified" }]);
    assert.deepEqual((await site.status(ben)).changes, [{ path, kind: "modified" }]);
    await site.push(ben);
    await site.pull(ann);
    assert.deepEqual([textOf(ann, path), textOf(ben, path)], ["mine\n", "mine\n"]);
  }
});

Deno.test("scenario 24: --overwrite reverts, deletes and takes theirs; files that were never synced stay", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "changed": "1\n", "deleted-there": "1\n", "both": "1\n", "deleted-here": "1\n" });
  writeFile(ann, "both", "theirs\n");
  await site.remove(ann, ["deleted-there"], { rm: true });
  await site.push(ann);
  for (const path of ["changed", "deleted-there", "both", "never-synced"]) writeFile(ben, path, "mine\n");
  Deno.removeSync(join(ben.root, "deleted-here"));
  await site.add(ben, "never-synced");
  await site.pull(ben, { overwrite: true });
  assert.deepEqual(["changed", "both", "never-synced", "deleted-here"].map((path) => textOf(ben, path)), [
    "1\n",
    "theirs\n",
    "mine\n",
    "1\n",
  ]);
  assert.equal(isThere(ben, "deleted-there"), false);
  assert.deepEqual((await site.status(ben)).changes, [{ path: "never-synced", kind: "added" }]);
});

Deno.test("scenario 25: of two known files and a new one only the new one is fetched", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "a\n", "b.txt": "b\n" });
  writeFile(ann, "c.txt", "c\n");
  await site.add(ann, "c.txt");
  await site.push(ann);
  const asked: string[] = [];
  const report = await site.pull(ben, {}, {
    remote: hooked(site.remote(), { before: (verb, what) => void (verb === "read blob" && asked.push(what)) }),
  });
  assert.deepEqual(report.written, ["c.txt"]);
  assert.equal(asked.length, 3, "the index, manifest.yaml and c.txt");
});

Deno.test("scenario 26: into an empty project all files arrive and are tracked", async () => {
  using site = new Site();
  await pair(site, { "a.txt": "a\n", "deep/b.txt": "b\n" });
  const { project } = await site.clone("empty");
  assert.deepEqual([textOf(project, "a.txt"), textOf(project, "deep/b.txt")], ["a\n", "b\n"]);
  const tracked = (await site.status(project)).tracked.map(({ path }) => path as string);
  assert.ok(tracked.includes("a.txt") && tracked.includes("deep/b.txt"));
});

Deno.test("scenario 27: a file that is no longer tracked leaves the bundle, and stays on the disk of whoever untracked it", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "a\n", "b.txt": "b\n" });
  await site.remove(ann, ["b.txt"]);
  const { digest } = await site.push(ann);
  assert.equal(await site.textIn(digest, "b.txt"), null);
  assert.ok(isThere(ann, "b.txt"));
  await site.pull(ann);
  assert.ok(isThere(ann, "b.txt"), "not even a pull takes it");
  await site.pull(ben);
  assert.equal(isThere(ben, "b.txt"), false);
});

Deno.test("scenario 28 (new): a tag that moves between plan and apply refuses the push, names both digests and keeps their bundle", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "a\n" });
  const first = await site.remote().resolve("latest");
  writeFile(ben, "a.txt", "of ben\n");
  writeFile(ann, "a.txt", "of ann\n");
  let theirs = "";
  const racing = hooked(site.remote(), {
    async before(verb) {
      if (verb === "write manifest" && theirs === "") theirs = (await site.push(ben)).digest;
    },
  });
  const refused = await fails(site.push(ann, {}, { remote: racing }), "tag-moved", "latest", "nothing was tagged");
  assert.deepEqual([refused.facts.expected, refused.facts.found], [first, theirs]);
  assert.equal(await site.remote().resolve("latest"), theirs);
  assert.equal(textOf(ann, "a.txt"), "of ann\n");
  const forced = await site.push(ann, { force: true });
  assert.equal(await site.remote().resolve("latest"), forced.digest);
  assert.deepEqual(forced.drops, [{ path: "a.txt", kind: "modified" }]);
  assert.equal((await site.push(ben, { tags: ["brand-new"] })).tags[0]!.moved, true, "a new tag needs no base");

  await fails(site.push(ben), "tag-moved");
});

Deno.test("scenario 28 (new): a tag that went back to an older bundle has moved too", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "one\n" });
  const old = (await site.remote().resolve("latest"))!;
  writeFile(ben, "a.txt", "two\n");
  const { digest } = await site.push(ben);
  await site.pull(ann);
  await site.remote().setTag("latest", await site.remote().readManifest(old), digest);
  writeFile(ann, "a.txt", "three\n");
  await fails(site.push(ann), "tag-moved", "has moved since");
});

Deno.test("scenario 29: a pull writes what the tag held when it was resolved, though it moves meanwhile", async () => {
  using site = new Site();
  const { ann, ben } = await pair(site, { "a.txt": "one\n" });
  writeFile(ann, "a.txt", "two\n");
  const second = await site.push(ann);
  let moved = false;
  const racing = hooked(site.remote(), {
    async after(verb) {
      if (verb !== "resolve" || moved) return;
      moved = true;
      writeFile(ann, "a.txt", "three\n");
      await site.push(ann);
    },
  });
  const pulled = await site.pull(ben, {}, { remote: racing });
  assert.deepEqual([pulled.digest, textOf(ben, "a.txt")], [second.digest, "two\n"]);
  assert.equal((await site.status(ben)).relation, "behind");
});

Deno.test("scenario 30: a new tag lists all tracked files; no change on an existing tag sends nothing and keeps the digest", async () => {
  using site = new Site();
  const { ann } = await pair(site, { "a.txt": "a\n", "b.txt": "b\n" });
  const fresh = await site.push(ann, { tags: ["v1"] });
  assert.equal(fresh.changes.filter(({ kind }) => kind === "added").length, (await site.files(fresh.digest)).length - 1);
  assert.equal(fresh.uploaded.blobs, 0, "the blobs are there already");
  const writes: string[] = [];
  const again = await site.push(ann, { tags: ["v1"] }, {
    remote: hooked(site.remote(), { before: (verb, what) => void (/write|set/.test(verb) && writes.push(`${verb} ${what}`)) }),
  });
  assert.deepEqual([again.digest, again.nothingToDo, writes], [fresh.digest, true, []]);
});

Deno.test("scenario 31: the digest that a push gives is what the tag holds, 71 characters", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "a\n" });
  const { digest } = await site.push(ann);
  assert.equal(digest.length, 71);
  assert.ok(isDigest(digest));
  assert.equal(await site.remote().resolve("latest"), digest);
  assert.equal((await site.status(ann)).holds, digest);
});

Deno.test("scenario 34: an OCI index and a Docker manifest list are refused by name", async () => {
  for (const mediaType of ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"]) {
    using site = new Site();
    new HandLayout(site.store).tag("latest", JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] }), mediaType);
    await fails(site.clone("copy"), "not-a-bundle", "multi-platform images are not bundles");
    assert.deepEqual([...Deno.readDirSync(site.place)].map(({ name }) => name), ["store"], "no folder is left behind");
  }
});

Deno.test("scenario 36 (new): every unsafe path in an index is refused by name, whatever system it is unsafe on", async () => {
  const unsafe = [
    "/etc/passwd",
    "\\\\windows\\system32",
    "../x",
    "a/../../b",
    "..\\..\\x",
    "",
    ".git/hooks/post-checkout",
    "a/.GIT/config",
  ];
  for (const path of unsafe) {
    using site = new Site();
    new HandLayout(site.store).bundle("latest", { [path]: "x" });
    await fails(site.clone("copy"), "invalid", "unsafe path", JSON.stringify(path));
  }
  using site = new Site();
  new HandLayout(site.store).bundle("latest", { "./f": "1", "d//f": "2", ".hidden": "3", "ünïcode/中文": "4" });
  const { project } = await site.clone("copy");
  assert.deepEqual(["f", "d/f", ".hidden", "ünïcode/中文"].map((path) => textOf(project, path)), ["1", "2", "3", "4"]);
});

Deno.test("scenario 50: a push made a moment ago in another time zone is recorded in UTC", async () => {
  using desk = new Desk({ TZ: "Pacific/Auckland" });
  desk.write("model/a.txt", "a\n");
  await desk.mops(["init", "."], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  await desk.mops(["push"], { cwd: "model" });
  const [record] = (await desk.json(["log"], { cwd: "model" })).records;
  assert.match(record.time, /Z$/);
  assert.ok(Math.abs(Date.now() - Date.parse(record.time)) < 60_000, record.time);
});
