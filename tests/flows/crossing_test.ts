/** Pushes that cross, answers that are lost: nobody's published work is taken for a change to take back (D6). */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Remote } from "../../src/bundle/content.ts";
import { sourceOf } from "../../src/base/bytes.ts";
import { digestOf } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { pull } from "../../src/flows/pull.ts";
import { push } from "../../src/flows/push.ts";
import { status } from "../../src/flows/status.ts";
import { add } from "../../src/flows/add.ts";
import { openLayout } from "../../src/layout/layout.ts";
import type { Project } from "../../src/worktree/project.ts";
import { makeProject, plainWorld, projectWorld, writeFile } from "../support/worlds.ts";

const PUSH = { tags: [], message: null, force: false, dryRun: false };
const PULL = { tag: null, digest: null, overwrite: false, restoreDeleted: false, take: [], keep: [], dryRun: false };

class Site implements Disposable {
  readonly place = Deno.makeTempDirSync({ prefix: "mops-crossing-" });
  readonly store = join(this.place, "store");

  [Symbol.dispose](): void {
    Deno.removeSync(this.place, { recursive: true });
  }

  async user(name: string, files: Record<string, string> = {}): Promise<Project> {
    const project = await makeProject(join(this.place, name));
    await this.write(project, files);
    return project;
  }

  async write(project: Project, files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) writeFile(project, path, text);
    const paths = Object.keys(files);
    if (paths.length > 0) await add(plainWorld(), { project, standing: project.root, paths, force: false });
  }

  remote(change: (remote: Remote) => Partial<Remote> = () => ({})): Remote {
    const remote = openLayout(this.store, { emit: () => {} });
    return { ...remote, ...change(remote) };
  }
}

function read(project: Project, path: string): string {
  return Deno.readTextFileSync(join(project.root, path));
}

/** A registry has no compare-and-swap: what `meanwhile` does falls into the window between the last look and the put. */
function withWindow(meanwhile: () => Promise<unknown>): (remote: Remote) => Partial<Remote> {
  return (remote) => ({
    async setTag(tag, manifest) {
      await meanwhile();
      await remote.setTag(tag, manifest, "any");
    },
  });
}

Deno.test("two pushes cross: the overtaken one pulls, keeps her own work, and is told", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "a.txt": "base\n", "b.txt": "base\n" });
  await push(projectWorld(ann, site.store), PUSH);
  const ben = await site.user("ben");
  await pull(projectWorld(ben, site.store), { ...PULL, overwrite: true });
  await site.write(ann, { "a.txt": "Ann's\n" });
  await site.write(ben, { "b.txt": "Ben's\n" });
  const annPushes = () => push(projectWorld(ann, site.store), PUSH);
  await push(projectWorld(ben, site.remote(withWindow(annPushes))), PUSH); // Ben's put comes after Ann's and replaces it

  const seen = await status(projectWorld(ann, site.store), { offline: false, includeIgnored: false });
  assert.equal(seen.relation, "diverged");
  assert.notEqual(seen.overtaken, null);
  const world = plainWorld();
  await pull(projectWorld(ann, site.store, world), PULL);
  assert.equal(read(ann, "a.txt"), "Ann's\n");
  assert.equal(read(ann, "b.txt"), "Ben's\n");
  assert.ok(world.events.some((event) => event.kind === "warning" && event.code === "overtaken"));
  await push(projectWorld(ann, site.store), PUSH);
  await pull(projectWorld(ben, site.store), PULL);
  assert.equal(read(ben, "a.txt"), "Ann's\n");
});

Deno.test("after a long history, the overtaken one is told with a few requests, not with one for each push there ever was", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "a.txt": "base\n", "b.txt": "base\n" });
  for (let round = 0; round < 30; round++) {
    await site.write(ann, { "a.txt": `${round}\n` });
    await push(projectWorld(ann, site.store), PUSH);
  }
  const ben = await site.user("ben");
  await pull(projectWorld(ben, site.store), { ...PULL, overwrite: true });
  await site.write(ann, { "a.txt": "Ann's\n" });
  await site.write(ben, { "b.txt": "Ben's\n" });
  const annPushes = () => push(projectWorld(ann, site.store), PUSH);
  await push(projectWorld(ben, site.remote(withWindow(annPushes))), PUSH);
  let reads = 0;
  const counting = site.remote((remote) => ({ readManifest: (...given) => (reads++, remote.readManifest(...given)) }));
  const seen = await status(projectWorld(ann, counting), { offline: false, includeIgnored: false });
  assert.deepEqual([seen.relation, seen.overtaken !== null], ["diverged", true]);
  assert.ok(reads <= 10, `${reads} manifests were read`);
});

Deno.test("a push whose answer was lost is the base when a colleague has pushed on top of it", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "x.txt": "one\n" });
  await push(projectWorld(ann, site.store), PUSH);
  const ben = await site.user("ben");
  await pull(projectWorld(ben, site.store), { ...PULL, overwrite: true });
  await site.write(ann, { "x.txt": "two\n", "new.txt": "new\n" });
  const lost = site.remote((remote) => ({
    async setTag(...given) {
      await remote.setTag(...given);
      throw new Error("the line broke after the tag had moved");
    },
  }));
  await assert.rejects(push(projectWorld(ann, lost), PUSH), /line broke/);
  await pull(projectWorld(ben, site.store), PULL);
  Deno.removeSync(join(ben.root, "new.txt"));
  await site.write(ben, { "x.txt": "one\n" }); // Ben takes it back, knowing what he does
  await push(projectWorld(ben, site.store), PUSH);

  await assert.rejects(push(projectWorld(ann, site.store), PUSH), (error) => isFailure(error, "tag-moved"));
  await pull(projectWorld(ann, site.store), PULL);
  assert.equal(read(ann, "x.txt"), "one\n");
  assert.throws(() => read(ann, "new.txt"), Deno.errors.NotFound);
});

Deno.test("--force does not drop what was pushed while it was sending", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "a.txt": "base\n" });
  await push(projectWorld(ann, site.store), PUSH);
  const ben = await site.user("ben");
  await pull(projectWorld(ben, site.store), { ...PULL, overwrite: true });
  await site.write(ann, { "a.txt": "forced\n" });
  await site.write(ben, { "b.txt": "Ben's\n" });
  const slow = site.remote((remote) => ({
    async writeManifest(...given) {
      await remote.writeManifest(...given);
      if ((await remote.tags()).length > 0) await push(projectWorld(ben, site.store), PUSH).catch(() => {}); // only his first one moves anything
    },
  }));
  await assert.rejects(push(projectWorld(ann, slow), { ...PUSH, force: true }), (error) => isFailure(error, "tag-moved"));
  await pull(projectWorld(ann, site.store), PULL);
  assert.equal(read(ann, "b.txt"), "Ben's\n");
});

Deno.test("a killed push to one tag is still known after a push to another", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "a.txt": "one\n" });
  await push(projectWorld(ann, site.store), PUSH);
  await site.write(ann, { "a.txt": "two\n" });
  const lost = site.remote((remote) => ({
    async setTag(...given) {
      await remote.setTag(...given);
      throw new Error("killed");
    },
  }));
  await assert.rejects(push(projectWorld(ann, lost), PUSH), /killed/);
  await site.write(ann, { "a.txt": "three\n" });
  await push(projectWorld(ann, site.store), { ...PUSH, tags: ["exp"] });
  await push(projectWorld(ann, site.store), PUSH);
  assert.equal((await status(projectWorld(ann, site.store), { offline: false, includeIgnored: false })).relation, "in-step");
});

Deno.test("a tracked set that was emptied deletes nobody's files", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "a.txt": "one\n" });
  await push(projectWorld(ann, site.store), PUSH);
  Deno.writeTextFileSync(join(ann.root, ".modelops-bundle/tracked.txt"), "");
  await assert.rejects(push(projectWorld(ann, site.store), PUSH), (error) => isFailure(error, "would-overwrite"));
  Deno.removeSync(join(ann.root, ".modelops-bundle/tracked.txt"));
  await push(projectWorld(ann, site.store), PUSH);
  assert.equal((await status(projectWorld(ann, site.store), { offline: false, includeIgnored: false })).relation, "in-step");
});

Deno.test("a tag that holds something foreign is shown, and refused by a push without force", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "a.txt": "one\n" });
  await push(projectWorld(ann, site.store), PUSH);
  const bytes = new TextEncoder().encode('{"schemaVersion":2,"manifests":[]}');
  const foreign = { mediaType: "application/vnd.oci.image.index.v1+json", digest: digestOf(bytes), bytes };
  const remote = openLayout(site.store, { emit: () => {} });
  await remote.blobs.write({ digest: foreign.digest, size: bytes.byteLength }, sourceOf(bytes));
  await remote.setTag("latest", foreign, "any");
  const seen = await status(projectWorld(ann, site.store), { offline: false, includeIgnored: false });
  assert.equal(seen.relation, "diverged");
  assert.match(seen.reason ?? "", /not a bundle/);
  await assert.rejects(push(projectWorld(ann, site.store), PUSH), (error) => isFailure(error, "would-overwrite"));
  assert.deepEqual((await push(projectWorld(ann, site.store), { ...PUSH, force: true })).drops, []);
});

Deno.test("a tracked link that cannot travel is a warning for those who look, and stops a push", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "a.txt": "one\n", "b.txt": "two\n" });
  await push(projectWorld(ann, site.store), PUSH);
  Deno.removeSync(join(ann.root, "b.txt"));
  Deno.symlinkSync("/etc/hostname", join(ann.root, "b.txt"));
  const seen = await status(projectWorld(ann, site.store), { offline: false, includeIgnored: false });
  assert.equal(seen.relation, "ahead");
  await assert.rejects(push(projectWorld(ann, site.store), PUSH), (error) => isFailure(error, "invalid"));
});

Deno.test("a lost registry.yaml is brought back, not published as an empty one", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "a.txt": "one\n" });
  await push(projectWorld(ann, site.store), PUSH);
  const file = join(ann.root, ".modelops-bundle/registry.yaml");
  const before = Deno.readTextFileSync(file);
  Deno.removeSync(file);
  await assert.rejects(
    push(projectWorld(ann, site.store), PUSH),
    (error) => isFailure(error, "invalid") && /--restore-deleted/.test(error.hint ?? ""),
  );
  await pull(projectWorld(ann, site.store), { ...PULL, restoreDeleted: true });
  assert.equal(Deno.readTextFileSync(file), before);
});

Deno.test("offline, with the remembered base gone, status says that changes cannot be told", async () => {
  using site = new Site();
  const ann = await site.user("ann", { "a.txt": "one\n" });
  await push(projectWorld(ann, site.store), PUSH);
  Deno.removeSync(join(ann.root, ".modelops-bundle/objects"), { recursive: true });
  const world = plainWorld();
  await status(projectWorld(ann, site.store, world), { offline: true, includeIgnored: false });
  assert.ok(world.events.some((event) => event.kind === "warning" && event.code === "base-away"));
});
