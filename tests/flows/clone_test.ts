/** Clones: resumed where they were broken off, of bundles that other tools wrote, in folders that a group shares, and git checkouts. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { CONFIG_PATH, MANIFEST_PATH } from "../../src/base/bundle_path.ts";
import { isFailure } from "../../src/base/failure.ts";
import { loadState } from "../../src/worktree/local_state.ts";
import { readTracked } from "../../src/worktree/tracked.ts";
import { HandLayout } from "../support/hand_layout.ts";
import { Desk, tree } from "../support/program.ts";
import { fails, isThere, listing, MODEL_FILES, MODEL_REGISTRY, RUNNABLE, Site, textOf, warningsOf } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";
import { killedAt } from "./killed_at.ts";

const FILES = { "a.txt": "one\n", "b/c.txt": "one c\n", "b/d.txt": "one d\n" };

for (
  const [at, nth] of [["before read blob", 1], ["before read blob", 4], ["begin downloading", 1], ["begin placing", 1], [
    "end placing",
    1,
  ]] as const
) {
  Deno.test(`a clone killed ${at} (${nth}) is resumed, pinned to the digest that it began with, though the tag has moved`, async () => {
    using site = new Site();
    const ann = await site.project("ann", FILES);
    const first = await site.push(ann);
    const wanted = tree(ann.root);
    const root = join(site.place, "ben");
    await killedAt({ flow: "clone", root, store: site.store, at, nth });
    writeFile(ann, "a.txt", "two\n");
    const second = await site.push(ann);
    const { project: ben, report } = await site.clone("ben");
    const begun = at === "before read blob" && nth === 1 ? second : first; // killed before it had written anything
    assert.deepEqual([report.digest, report.resumed], [begun.digest, begun === first]);
    if (begun === first) assert.deepEqual(tree(ben.root), wanted);
    assert.equal((await site.status(ben)).relation, begun === first ? "behind" : "in-step");
    assert.equal(isThere(ben, ".modelops-bundle/clone.json"), false);
    await site.pull(ben);
    assert.equal(textOf(ben, "a.txt"), "two\n");
    await fails(site.clone("ben"), "would-overwrite", "ben", "not empty");
  });
}

Deno.test("an unfinished clone is finished by a pull in it, too; afterwards it is no unfinished clone any more", async () => {
  using site = new Site();
  const ann = await site.project("ann", FILES);
  await site.push(ann);
  const ben = { root: join(site.place, "ben") };
  await killedAt({ flow: "clone", root: ben.root, store: site.store, at: "begin downloading" });
  await site.pull(ben);
  assert.equal((await site.status(ben)).relation, "in-step");
  writeFile(ben, "a.txt", "of ben\n");
  await fails(site.clone("ben"), "would-overwrite", "not empty");
  assert.equal(textOf(ben, "a.txt"), "of ben\n");
});

Deno.test("a folder that holds anything else is refused, exit 3, and left as it is; an empty one is taken", async () => {
  using site = new Site();
  const ann = await site.project("ann", FILES);
  await site.push(ann);
  await site.push(ann, { tags: ["v1"] });
  Deno.mkdirSync(join(site.place, "full"));
  Deno.writeTextFileSync(join(site.place, "full", ".hidden"), "h");
  const before = listing(join(site.place, "full"));
  const failure = await fails(site.clone("full"), "would-overwrite", join(site.place, "full"), "not empty");
  assert.match(failure.hint!, /another --into/);
  assert.deepEqual(listing(join(site.place, "full")), before);

  await killedAt({ flow: "clone", root: join(site.place, "begun"), store: site.store, at: "begin downloading" });
  const other = await fails(site.clone("begun", { tag: "v1" }), "would-overwrite", "not empty");
  assert.match(other.hint!, /rm -r .*unfinished clone of something else/);

  Deno.mkdirSync(join(site.place, "empty"));
  assert.equal((await site.clone("empty")).report.resumed, false);
  Deno.writeTextFileSync(join(site.place, "file"), "f");
  await fails(site.clone("file"), "not-ready", join(site.place, "file"));
});

Deno.test("a clone that died before it wrote its mark is begun anew; a folder with anything more is refused", async () => {
  using site = new Site();
  const ann = await site.project("ann", FILES);
  await site.push(ann);
  const torn = `.mops-${crypto.randomUUID()}.tmp`;
  for (const [name, left] of [["empty", []], ["torn", [torn]]] as const) {
    const meta = join(site.place, name, ".modelops-bundle");
    Deno.mkdirSync(meta, { recursive: true });
    for (const file of left) Deno.writeTextFileSync(join(meta, file), '{"ref');
    const { project, report } = await site.clone(name);
    assert.equal(report.resumed, false);
    assert.equal((await site.status(project)).relation, "in-step");
    assert.equal(isThere(project, `.modelops-bundle/${torn}`), false);
  }
  for (const file of ["state.json", "tracked.txt", "config.yaml"]) {
    const meta = join(site.place, `with ${file}`, ".modelops-bundle");
    Deno.mkdirSync(meta, { recursive: true });
    Deno.writeTextFileSync(join(meta, file), "");
    await fails(site.clone(`with ${file}`), "would-overwrite", "not empty");
  }
});

Deno.test("of two clones into one folder at once one makes it, and the other says that it is taken", async () => {
  using site = new Site();
  const ann = await site.project("ann", FILES);
  await site.push(ann);
  await site.push(ann, { tags: ["other"] });
  for (const tag of ["latest", "other"]) {
    const name = `ben-${tag}`;
    const done = await Promise.allSettled([site.clone(name), site.clone(name, { tag })]);
    const refused = done.filter((one) => one.status === "rejected").map(({ reason }) => reason);
    assert.equal(refused.length, 1);
    assert.ok(isFailure(refused[0], "would-overwrite", "busy"), String(refused[0]));
    const ben = { root: join(site.place, name) };
    assert.deepEqual(tree(ben.root), tree(ann.root));
    assert.ok(!isThere(ben, ".modelops-bundle/clone.json"));
    assert.equal((await site.status(ben)).relation, "in-step");
  }
});

Deno.test("a clone remembers remote and tag, and writes nothing but the bundle's files and local state", async () => {
  using site = new Site();
  const ann = await site.project("ann", FILES);
  await site.push(ann, { tags: ["v1"] });
  const { project: ben } = await site.clone("ben", { tag: "v1" });
  const state = loadState(ben);
  assert.deepEqual([state.remote, state.tag, state.pinned], [`oci:${site.store}`, "v1", null]);
  assert.deepEqual(tree(ben.root), tree(ann.root));
  const local = [...Deno.readDirSync(join(ben.root, ".modelops-bundle"))].map(({ name }) => name).sort();
  assert.deepEqual(local.filter((name) => name !== "stat-cache"), [
    "config.yaml",
    "manifest.yaml",
    "objects",
    "registry.yaml",
    "state.json",
    "tracked.txt",
  ]);
});

Deno.test("a clone by digest is pinned, and a pull in it follows the tag", async () => {
  using site = new Site();
  const ann = await site.project("ann", FILES);
  const first = await site.push(ann);
  writeFile(ann, "a.txt", "two\n");
  await site.push(ann);
  const { project: ben } = await site.clone("ben", { digest: first.digest });
  assert.deepEqual([(await site.status(ben)).relation, textOf(ben, "a.txt")], ["pinned", "one\n"]);
  await site.pull(ben);
  assert.deepEqual([(await site.status(ben)).relation, textOf(ben, "a.txt")], ["in-step", "two\n"]);
});

Deno.test("a bundle that the Python tool wrote is in step after cloning; its next push adds config.yaml and manifest.yaml, and says so", async () => {
  using site = new Site();
  const files = {
    ...MODEL_FILES,
    ...RUNNABLE,
    "data/über 中.csv": "ü\n",
    "empty.txt": "",
    ".modelops-bundle/registry.yaml": MODEL_REGISTRY,
  };
  new HandLayout(site.store).pythonBundle("latest", files);
  const { project, report } = await site.clone("ben");
  assert.deepEqual([...report.written].sort(), Object.keys(files).sort());
  for (const [path, text] of Object.entries(files)) assert.equal(textOf(project, path), text);
  assert.equal(isThere(project, CONFIG_PATH) || isThere(project, MANIFEST_PATH), false);
  const status = await site.status(project);
  assert.deepEqual([status.relation, status.changes], ["in-step", []]);
  assert.deepEqual((await site.pull(project)).written, []);

  const plan = await site.push(project, { dryRun: true });
  assert.deepEqual(plan.changes, [{ path: CONFIG_PATH, kind: "added" }, { path: MANIFEST_PATH, kind: "added" }]);
});

Deno.test("a clone of a Python tool's bundle, pushed and cloned again, is ours: same files, in step, second push sends nothing", async () => {
  using site = new Site();
  const files = { ...MODEL_FILES, ...RUNNABLE, ".modelops-bundle/registry.yaml": MODEL_REGISTRY };
  new HandLayout(site.store).pythonBundle("latest", files);
  const { project: ben } = await site.clone("ben");
  const pushed = await site.push(ben);
  assert.match(textOf(ben, CONFIG_PATH), /registry_ref: "store"/);
  assert.equal((await site.status(ben)).relation, "in-step");
  assert.equal((await site.push(ben)).nothingToDo, true);
  const { project: carl } = await site.clone("carl");
  assert.deepEqual(tree(carl.root), tree(ben.root));
  assert.equal((await site.push(carl)).digest, pushed.digest);
});

Deno.test("a manifest.yaml that disagrees with the index is a warning; the index counts, and the next push rewrites the file", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "one\n" });
  await site.push(ann);
  const stale = textOf(ann, MANIFEST_PATH);
  for (const text of [stale, "version: 99\n", "not: [yaml\n"]) {
    const name = `copy${text.length}`;
    const store = join(site.place, `store${text.length}`);
    new HandLayout(store).bundle("latest", { "a.txt": "changed\n", "new.txt": "n\n", [MANIFEST_PATH]: text });
    const world = plainWorld();
    const { project } = await site.clone(name, {}, { remote: site.remote(store), world });
    assert.match(warningsOf(world).join("\n"), /manifest-disagrees: .*manifest\.yaml in the bundle disagrees with its index/);
    assert.equal(textOf(project, "new.txt"), "n\n");
    const { digest } = await site.push(project, {}, { remote: site.remote(store) });
    assert.match((await site.textIn(digest, MANIFEST_PATH, site.remote(store)))!, /path: "new\.txt"/);
  }
});

Deno.test("following another tag is said, in text and JSON", async () => {
  using desk = new Desk();
  desk.write("model/a.txt", "a\n");
  await desk.mops(["init", "."], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  await desk.mops(["push", "--tag", "latest", "--tag", "exp", "--tag", "v3"], { cwd: "model" });
  const pulled = await desk.mops(["pull", "--tag", "exp"], { cwd: "model" });
  assert.match(pulled.stdout, /follows exp from now on \(it followed latest\)/);
  assert.equal((await desk.json(["status"], { cwd: "model" })).tag, "exp");
  const json = await desk.json(["pull", "--ref", "v3"], { cwd: "model" });
  assert.deepEqual([json.switchedFrom, json.switchedTo], ["exp", "v3"]);
  assert.equal((await desk.json(["pull"], { cwd: "model" })).switchedTo, null);
});

Deno.test("in a folder that a group shares (setgid, umask 002) everything belongs to the group and can be written by it", async () => {
  using desk = new Desk();
  const group = Deno.uid() === 0 ? 4242 : Deno.gid()!;
  desk.write("model/run.sh", "#!/bin/sh\n", { executable: true });
  desk.write("model/deep/a.txt", "a\n");
  const shared = desk.folder("shared");
  Deno.chownSync(shared, null, group);
  Deno.chmodSync(shared, 0o2775);
  const store = `oci:${join(shared, "store")}`;
  const begin = (args: string[], cwd: string) => desk.mops(args, { cwd, umask: "002" });
  await begin(["init", ".", "--remote", store], "model");
  await begin(["add", "."], "model");
  await begin(["push"], "model");
  await begin(["pull", "--ref", `${store}:latest`, "--into", "copy"], "shared");
  desk.write("model/deep/a.txt", "changed\n");
  await begin(["push"], "model");
  await begin(["pull"], "shared/copy");
  await begin(["status"], "shared/copy");
  const visit = (path: string): void => {
    const info = Deno.lstatSync(path);
    const mode = info.mode! & 0o7777;
    assert.equal(info.gid, group, `${path} belongs to another group`);
    if (info.isDirectory) {
      assert.equal(mode, 0o2775, `${path} has the mode ${mode.toString(8)}`);
      for (const { name } of Deno.readDirSync(path)) visit(join(path, name));
    } else if (path.includes("/blobs/")) assert.equal(mode, 0o444, path);
    else assert.equal(mode, path.endsWith("run.sh") ? 0o775 : 0o664, `${path} has the mode ${mode.toString(8)}`);
  };
  visit(shared);
});

Deno.test("a git checkout is a project: local files stay out of git, tracked.txt is rebuilt from manifest.yaml", async () => {
  using desk = new Desk();
  const git = async (cwd: string, ...args: string[]): Promise<string> => {
    const { success, stdout, stderr } = await new Deno.Command("git", {
      args: ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main", ...args],
      cwd: join(desk.path, cwd),
      env: { HOME: desk.home },
      stdout: "piped",
      stderr: "piped",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  const env = { REGISTRY_URL: `oci:${desk.path}/base` };
  desk.write("model/models/sir.py", "x = 1\n");
  desk.write("model/run.sh", "#!/bin/sh\n", { executable: true });
  await git("model", "init", "-q");
  await desk.mops(["init", "."], { cwd: "model", env });
  await desk.mops(["add", "."], { cwd: "model", env });
  const pushed = await desk.json(["push"], { cwd: "model", env });
  await git("model", "add", ".");
  await git("model", "commit", "-qm", "model");
  const committed = (await git("model", "ls-files")).trim().split("\n");
  assert.deepEqual(committed.filter((path) => path.startsWith(".modelops-bundle/")), [
    CONFIG_PATH,
    MANIFEST_PATH,
    ".modelops-bundle/registry.yaml",
  ]);
  assert.equal(await git("model", "status", "--porcelain"), "");

  await git(".", "clone", "-q", "model", "checkout");
  assert.equal(readTracked({ root: join(desk.path, "checkout") }), null);
  const status = await desk.json(["status"], { cwd: "checkout", env });
  assert.equal(status.relation, "in-step", JSON.stringify(status));
  assert.ok(status.tracked.some(({ path }: { path: string }) => path === "models/sir.py"));
  await desk.mops(["status", "--check"], { cwd: "checkout", env });
  assert.equal(await git("checkout", "status", "--porcelain"), "");
  const again = await desk.json(["push", "--dry-run"], { cwd: "checkout", env });
  assert.equal(again.digest, pushed.digest);
  desk.write("checkout/models/new.py", "y = 1\n");
  await desk.mops(["add", "models/new.py"], { cwd: "checkout", env });
  assert.deepEqual(
    (await desk.json(["status"], { cwd: "checkout", env })).changes,
    [{ path: "models/new.py", kind: "added" }],
  );
  assert.equal((await git("checkout", "status", "--porcelain")).trim(), "?? models/new.py");
});

Deno.test("a project without a base, as a git checkout is: nothing to push where the tag holds this very content, refused where it holds another, and a pull joins the two", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "1\n", "b.txt": "1\n", "c.txt": "1\n" });
  await site.push(ann);
  const { project: checkout } = await site.clone("checkout");
  const forget = () => {
    for (const { name } of Deno.readDirSync(join(checkout.root, ".modelops-bundle"))) {
      if (!name.endsWith(".yaml")) Deno.removeSync(join(checkout.root, ".modelops-bundle", name), { recursive: true });
    }
  };
  forget();

  assert.equal((await site.push(checkout)).nothingToDo, true);
  forget();
  writeFile(ann, "b.txt", "of ann\n");
  writeFile(ann, "c.txt", "of ann\n");
  const { digest } = await site.push(ann);
  writeFile(checkout, "c.txt", "of the checkout\n");
  await site.status(checkout);
  await site.diff(checkout);
  await fails(site.push(checkout), "would-overwrite");
  assert.equal(await site.remote().resolve("latest"), digest);
  assert.equal((await site.push(checkout, { tags: ["new"] })).tags[0]!.moved, true);
  forget();

  const refused = await fails(site.pull(checkout), "conflict");
  const named = refused.facts.conflicts as readonly { readonly path: string }[];
  assert.deepEqual(named.map(({ path }) => path).sort(), ["b.txt", "c.txt"], "without a base nobody knows who changed them");
  assert.equal(textOf(checkout, "b.txt"), "1\n");
  await site.pull(checkout, { take: ["b.txt"] as never, keep: ["c.txt"] as never });
  assert.deepEqual(["a", "b", "c"].map((name) => textOf(checkout, `${name}.txt`)), ["1\n", "of ann\n", "of the checkout\n"]);
  await site.push(checkout);
});
