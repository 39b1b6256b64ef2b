/** A dry run shows what would happen and touches nothing: neither the folder, not even its stat cache, nor the remote. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { MODEL_REGISTRY_PATH } from "../../src/base/bundle_path.ts";
import { checkDryPull, checkDryPush } from "../support/dry_run_laws.ts";
import { Desk } from "../support/program.ts";
import { fails, listing, MODEL_FILES, MODEL_REGISTRY, Site } from "../support/site.ts";
import { writeFile } from "../support/worlds.ts";

function storeOf(site: Site): () => unknown {
  return () => {
    try {
      return listing(site.store);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  };
}

Deno.test("push --dry-run touches nothing, says the digest of the real push and an upper bound of its requests", async () => {
  using site = new Site();
  const project = await site.project("ann", { ...MODEL_FILES, "notes.txt": "to be removed\n" });
  writeFile(project, MODEL_REGISTRY_PATH, MODEL_REGISTRY);
  const open = () => site.remote();
  await checkDryPush(site, project, open, storeOf(site)); // to a remote that does not exist yet
  await checkDryPush(site, project, open, storeOf(site)); // with nothing to do
  writeFile(project, "models/sir.py", "class SIR: beta = 0.5\n");
  await site.remove(project, ["notes.txt"], { rm: true });
  await checkDryPush(site, project, open, storeOf(site));
  await checkDryPush(site, project, open, storeOf(site), { tags: ["v1", "latest", "v2"] });
  const { project: ben } = await site.clone("ben");
  writeFile(ben, "data/pop.csv", "of ben\n");
  await site.push(ben);
  writeFile(project, "models/sir.py", "class SIR: beta = 0.6\n");
  await fails(site.push(project, { dryRun: true }), "tag-moved");
  await checkDryPush(site, project, open, storeOf(site), { force: true });
});

Deno.test("pull --dry-run touches nothing and reports what the real pull does", async () => {
  using site = new Site();
  const ann = await site.project("ann", MODEL_FILES);
  const first = await site.push(ann);
  const { project: ben } = await site.clone("ben");
  const open = () => site.remote();
  await checkDryPull(site, ben, open, storeOf(site));
  writeFile(ann, "models/sir.py", "class SIR: beta = 0.5\n");
  writeFile(ann, "new.txt", "new\n");
  await site.remove(ann, ["data/obs.csv"], { rm: true });
  await site.add(ann, "new.txt");
  await site.push(ann);
  writeFile(ben, "data/pop.csv", "of ben\n"); // to be hashed, and not remembered
  await checkDryPull(site, ben, open, storeOf(site));
  await checkDryPull(site, ben, open, storeOf(site), { digest: first.digest });
  await checkDryPull(site, ben, open, storeOf(site), { overwrite: true });
});

Deno.test("pull --dry-run lists conflicts and ends well; the pull then is refused", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "1\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ann, "a.txt", "2\n");
  await site.push(ann);
  writeFile(ben, "a.txt", "3\n");
  const before = listing(ben.root);
  const plan = await site.pull(ben, { dryRun: true });
  assert.deepEqual(plan.conflicts, [{ path: "a.txt", reason: "changed here and there" }]);
  assert.deepEqual(listing(ben.root), before);
  await fails(site.pull(ben), "conflict");
});

Deno.test("a dry run of a clone makes no folder", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "1\n" });
  await site.push(ann);
  const { report } = await site.clone("ben", { dryRun: true });
  assert.deepEqual([...Deno.readDirSync(site.place)].map(({ name }) => name).sort(), ["ann", "store"]);
  const { report: done } = await site.clone("ben");
  assert.deepEqual(done, { ...report, dryRun: false });
});

Deno.test("mops push --dry-run and pull --dry-run, as the shell has them, leave folder, remote and home to the byte and second", async () => {
  using desk = new Desk();
  desk.write("model/a.txt", "1\n");
  const before = desk.path;
  await desk.mops(["init", "."], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  let was = listing(before);
  const plan = await desk.json(["push", "--dry-run"], { cwd: "model" });
  assert.deepEqual(listing(before), was, "not even the embedded layout is made");
  assert.equal(plan.dryRun, true);
  const done = await desk.json(["push"], { cwd: "model" });
  assert.deepEqual([done.digest, done.changed], [plan.digest, plan.changed]);
  desk.write("model/a.txt", "2\n");
  was = listing(before);
  await desk.mops(["pull", "--dry-run", "--overwrite"], { cwd: "model" });
  await desk.mops(["pull", "--dry-run", "--ref", done.reference, "--into", join(desk.path, "copy")]);
  await desk.mops(["push", "--dry-run"], { cwd: "model" });
  assert.deepEqual(listing(before), was);
});
