/** What the Python tool got wrong, by the numbers of its list of bugs (B…) and of the promises that its README makes and it does not keep. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { CONFIG_PATH, MANIFEST_PATH, MODEL_REGISTRY_PATH } from "../../src/base/bundle_path.ts";
import { digestOf } from "../../src/base/digest.ts";
import { Failure } from "../../src/base/failure.ts";
import { parseYaml } from "../../src/base/yaml.ts";
import { decodeManifest } from "../../src/bundle/manifest.ts";
import { init, type InitRequest } from "../../src/flows/init.ts";
import { add } from "../../src/flows/add.ts";
import { Desk, tree } from "../support/program.ts";
import { HandLayout } from "../support/hand_layout.ts";
import { fails, hooked, isThere, listing, MODEL_FILES, MODEL_REGISTRY, Site, textOf } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";

Deno.test("B1: the published registry.yaml holds the digests of the bundle's own files, and a second push sends nothing", async () => {
  using site = new Site();
  const project = await site.project("ann", MODEL_FILES);
  writeFile(project, MODEL_REGISTRY_PATH, MODEL_REGISTRY);
  await site.push(project);
  writeFile(project, "models/sir.py", "class SIR: beta = 0.4\n");
  writeFile(project, "data/pop.csv", "age,n\n0,20\n");
  const pushed = await site.push(project);

  const published = (await site.textIn(pushed.digest, MODEL_REGISTRY_PATH))!;
  // deno-lint-ignore no-explicit-any -- a document of known shape
  const registry = parseYaml(published, "registry.yaml") as any;
  const files = new Map((await site.files(pushed.digest)).map((file) => [file.path as string, file.digest as string]));
  assert.deepEqual(
    [
      registry.models.sir_sir.model_digest,
      registry.models.sir_sir.data_digests,
      registry.models.sir_sir.code_digests,
      registry.targets.incidence.target_digest,
    ],
    [
      files.get("models/sir.py"),
      { "data/pop.csv": files.get("data/pop.csv") },
      { "src/helper.py": files.get("src/helper.py") },
      files.get("targets/inc.py"),
    ],
  );
  assert.equal(textOf(project, MODEL_REGISTRY_PATH), published, "after a push the folder equals what was pushed");

  assert.deepEqual((await site.diff(project)).changes, []);
  assert.equal((await site.status(project)).relation, "in-step");
  const again = await site.push(project);
  assert.deepEqual([again.digest, again.nothingToDo, again.uploaded.blobs], [pushed.digest, true, 0]);
  const before = tree(project.root);
  assert.deepEqual((await site.pull(project)).written, []);
  assert.deepEqual(tree(project.root), before);
});

Deno.test("B2: a push from behind is refused and names what others changed; nothing of theirs is lost", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ben, "a.txt", "a of ben\n");
  writeFile(ben, "new.txt", "new\n");
  await site.remove(ben, ["c.txt"], { rm: true });
  await site.add(ben, "new.txt");
  const theirs = await site.push(ben);

  writeFile(ann, "b.txt", "b of ann\n");
  const refused = await fails(site.push(ann), "tag-moved", "3 files");
  assert.deepEqual(refused.facts.changedThere, ["modified a.txt", "deleted c.txt", "added new.txt"]);
  assert.equal(await site.remote().resolve("latest"), theirs.digest);

  await site.pull(ann);
  const joined = await site.push(ann);
  assert.deepEqual(
    (await site.files(joined.digest)).map(({ path }) => path as string).filter((path) => path.endsWith(".txt")),
    ["a.txt", "b.txt", "new.txt"],
  );
  assert.equal(await site.textIn(joined.digest, "a.txt"), "a of ben\n");
  assert.equal(await site.textIn(joined.digest, "b.txt"), "b of ann\n");
});

Deno.test("B2: a push with --force publishes the folder exactly, and says what it drops", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "a\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ben, "a.txt", "a of ben\n");
  writeFile(ben, "new.txt", "new\n");
  await site.add(ben, "new.txt");
  await site.push(ben);
  writeFile(ann, "a.txt", "a of ann\n");
  const forced = await site.push(ann, { force: true });
  assert.deepEqual(forced.drops.map(({ path, kind }) => `${kind} ${path}`), ["modified a.txt", "added new.txt"]);
  assert.equal(await site.textIn(forced.digest, "a.txt"), "a of ann\n");
  assert.equal(await site.textIn(forced.digest, "new.txt"), null);
});

Deno.test("B3: a push to another tag, or to another remote, and then a pull reverts nothing", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "one\n" });
  const elsewhere = site.remote(join(site.place, "elsewhere"));
  await site.push(project);
  writeFile(project, "a.txt", "two\n");
  await site.push(project, { tags: ["exp"] });
  assert.deepEqual((await site.pull(project)).kept.map(({ path }) => path), ["a.txt"]);
  assert.equal(textOf(project, "a.txt"), "two\n");
  writeFile(project, "a.txt", "three\n");
  await site.push(project, {}, { remote: elsewhere });
  assert.deepEqual((await site.pull(project)).kept.map(({ path }) => path), ["a.txt"]);
  assert.equal(textOf(project, "a.txt"), "three\n");
});

Deno.test("B6: one content has one digest, whoever pushes it, when, from where, in which order it was added", async () => {
  using site = new Site();
  const files = { "b.txt": "b\n", "a/ä.txt": "a\n", "empty": "" };
  const one = await site.project("one", files);
  const two = await site.project("two");
  for (const [path, text] of Object.entries(files).reverse()) {
    writeFile(two, path, text);
    await site.add(two, path);
  }
  for (const project of [one, two]) Deno.removeSync(join(project.root, ".gitignore"));
  const first = await site.push(one, { message: "first" }, { world: { ...plainWorld("ann"), now: () => "2020-01-01T00:00:00.000Z" } });
  const second = await site.push(two, { tags: ["other"] }, { remote: site.remote(join(site.place, "elsewhere")) });
  assert.equal(second.digest, first.digest);
  const manifest = await site.remote().readManifest(first.digest);
  const { layers } = decodeManifest(manifest.bytes, "it");
  const titles = layers.map((layer) => layer.annotations!["org.opencontainers.image.title"]);
  assert.deepEqual(titles, titles.toSorted());
});

Deno.test("B10: remove --rm with one wrong path deletes nothing and untracks nothing", async () => {
  using site = new Site();
  const project = await site.project("ann", { "good.txt": "g\n" });
  const before = listing(project.root);
  const failure = await fails(site.remove(project, ["good.txt", "bad.txt"], { rm: true }), "not-found", "bad.txt");
  assert.deepEqual(failure.facts.paths, ["bad.txt"]);
  const { "": _root, ".modelops-bundle": _meta, ...after } = listing(project.root);
  const { "": _r, ".modelops-bundle": _m, ...was } = before;
  assert.deepEqual(after, was);
});

Deno.test("B11: an init that fails leaves nothing behind, and the next one works", async () => {
  using site = new Site();
  const directory = join(site.place, "deep/er/model");
  const request: InitRequest = {
    directory,
    name: "seir",
    tag: null,
    thresholdMegabytes: null,
    environment: null,
    remote: null,
    chosen: () => Promise.resolve({ repository: { kind: "layout", directory: "/nowhere" }, source: "test" }),
  };
  const broken = () => {
    throw new Failure("not-ready", "the remote cannot be named", { hint: "name another" });
  };
  await fails(init(plainWorld(), { ...request, remote: broken }), "not-ready");
  assert.deepEqual([...Deno.readDirSync(site.place)], [], "not even the folders above");

  Deno.mkdirSync(join(directory, ".modelopsignore"), { recursive: true }); // a folder where a file belongs
  Deno.writeTextFileSync(join(directory, ".gitignore"), "*.log\n");
  const before = tree(directory, { local: true });
  await fails(init(plainWorld(), request), "not-ready", ".modelopsignore");
  assert.deepEqual(tree(directory, { local: true }), before);
  assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), [".gitignore", ".modelopsignore"]);
  Deno.removeSync(join(directory, ".modelopsignore"));
  assert.equal((await init(plainWorld(), request)).created, true);
  assert.equal((await init(plainWorld(), request)).created, false, "a second one says that it is a project, and changes nothing");
});

Deno.test("B11: an init in a folder whose config.yaml got lost makes the project whole again", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  Deno.removeSync(join(project.root, CONFIG_PATH));
  const request = { directory: project.root, name: "seir", tag: null, thresholdMegabytes: null, environment: null, remote: null };
  await init(plainWorld(), {
    ...request,
    chosen: () => Promise.resolve({ repository: { kind: "layout", directory: "/nowhere" }, source: "test" }),
  });
  assert.match(textOf(project, CONFIG_PATH), /seir/);
  assert.ok((await site.status(project)).tracked.some(({ path }) => path === "a.txt"), "what was tracked stays tracked");
});

Deno.test("B13: status, add, diff, push and remove mean the same from every folder of the project", async () => {
  using desk = new Desk();
  desk.write("model/models/deep/sir.py", "x = 1\n");
  desk.write("model/data/pop.csv", "1\n");
  await desk.mops(["init", "."], { cwd: "model" });
  await desk.mops(["add", "sir.py", "../../data"], { cwd: "model/models/deep" });
  const [above, below] = [
    await desk.json(["status"], { cwd: "model" }),
    await desk.json(["status"], { cwd: "model/models/deep" }),
  ];
  assert.deepEqual({ ...below, hashed: 0 }, { ...above, hashed: 0 });
  assert.deepEqual(
    above.tracked.map(({ path }: { path: string }) => path).filter((path: string) => path.includes("/")),
    ["data/pop.csv", "models/deep/sir.py"],
  );
  await desk.mops(["push"], { cwd: "model/models" });
  desk.write("model/data/pop.csv", "2\n");
  desk.write("model/models/deep/sir.py", "x = 2\n");
  const there = await desk.json(["diff", "../data"], { cwd: "model/models" });
  assert.deepEqual(there.changes.map(({ path }: { path: string }) => path), ["data/pop.csv"]);
  const removed = await desk.json(["remove", "deep"], { cwd: "model/models" });
  assert.deepEqual(removed.removed, ["models/deep/sir.py"]);
});

Deno.test("B14: a file of the bundle that arrives damaged is named, and the folder keeps its own", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "one\n", "b.txt": "one\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ann, "a.txt", "two\n");
  writeFile(ann, "b.txt", "two and more\n");
  await site.push(ann);
  const bytes = new TextEncoder().encode("two and more\n");
  const blob = join(site.store, "blobs", "sha256", digestOf(bytes).slice("sha256:".length));
  Deno.chmodSync(blob, 0o644);
  Deno.writeTextFileSync(blob, "TWO and more\n");
  const before = listing(ben.root);
  await fails(site.pull(ben), "corrupt", "b.txt");
  assert.equal(textOf(ben, "a.txt"), "one\n", "nothing is placed before everything is verified");
  const after = listing(ben.root);
  for (const path of ["a.txt", "b.txt", ".modelops-bundle/state.json", ".modelops-bundle/tracked.txt", CONFIG_PATH]) {
    assert.equal(after[path], before[path], path);
  }
});

Deno.test("B17: a remote that refuses, or never answers, costs status two seconds and ends a push with exit 6", async () => {
  using desk = new Desk();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dead = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closedPort = (dead.addr as Deno.NetAddr).port;
  dead.close();
  desk.write("model/a.txt", "a\n");
  await desk.mops(["init", ".", "--remote", `localhost:${closedPort}/lab/model`], { cwd: "model" });
  for (const port of [closedPort, (silent.addr as Deno.NetAddr).port]) {
    const begun = performance.now();
    const status = await desk.json(["status", "--remote", `127.0.0.1:${port}/lab/model`], { cwd: "model" });
    const seconds = (performance.now() - begun) / 1000;
    assert.equal(status.relation, "unreachable");
    assert.ok(seconds < 5, `status took ${seconds} s`); // two for the remote, the rest for a busy test machine
    assert.ok(status.reason.length > 0);
  }
  const before = listing(join(desk.path, "model"));
  const failed = await desk.json(["push"], { cwd: "model", expect: 6 });
  assert.equal(failed.code, "unreachable");
  assert.match(failed.message, new RegExp(`localhost:${closedPort}`));
  for (const [path, entry] of Object.entries(listing(join(desk.path, "model")))) {
    if (!path.startsWith(".modelops-bundle") && path !== "") assert.equal(entry, before[path]);
  }
});

Deno.test("B20: executable bits, links, empty files and odd names come back; other modes follow the umask", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "run.sh": "#!/bin/sh\n", "empty": "", " a b\u00e9.txt": "x", "data/x.csv": "1\n" });
  Deno.chmodSync(join(ann.root, "run.sh"), 0o700);
  Deno.chmodSync(join(ann.root, "data/x.csv"), 0o600);
  Deno.symlinkSync("../run.sh", join(ann.root, "data/start"));
  await site.add(ann, ".");
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  const mode = (path: string) => (Deno.lstatSync(join(ben.root, path)).mode ?? 0) & 0o777;
  const umask = Deno.umask();
  assert.deepEqual([mode("run.sh"), mode("data/x.csv")], [0o777 & ~umask, 0o666 & ~umask]);
  assert.equal(Deno.readLinkSync(join(ben.root, "data/start")), "../run.sh");
  const { ".gitignore": _mine, ...wanted } = tree(ann.root);
  const { ".gitignore": _theirs, ...got } = tree(ben.root);
  assert.deepEqual(got, wanted);

  Deno.chmodSync(join(ann.root, "run.sh"), 0o600);
  assert.deepEqual((await site.status(ann)).changes, [{ path: "run.sh", kind: "modified" }]);
  await site.push(ann);
  await site.pull(ben);
  assert.equal(mode("run.sh"), 0o666 & ~umask);
});

Deno.test("B26: a remote that cannot be read is no empty remote, for a push and for its plan", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "a\n" });
  await site.push(ann);
  writeFile(ann, "a.txt", "b\n");
  const { project: ben } = await site.clone("ben");
  writeFile(ben, "a.txt", "c\n");
  for (const verb of ["resolve", "read manifest"] as const) {
    const away = hooked(site.remote(), {
      before: (asked) => {
        if (asked === verb) throw new Failure("unreachable", "the remote is away", { hint: "wait" });
      },
    });
    for (const dryRun of [true, false]) {
      if (verb === "resolve") await fails(site.push(ann, { dryRun }, { remote: away }), "unreachable");
      else await fails(site.push(await forgetful(site, `${verb} ${dryRun}`), { dryRun }, { remote: away }), "unreachable");
      await fails(site.diff(ann, {}, { remote: hooked(site.remote(), { before: throwAway }) }), "unreachable");
    }
  }
  assert.equal(await site.textIn((await site.remote().resolve("latest"))!, "a.txt"), "a\n");
});

function throwAway(): never {
  throw new Failure("unreachable", "the remote is away", { hint: "wait" });
}

/** A project that remembers nothing of the remote, so that it must ask. */
async function forgetful(site: Site, name: string) {
  return await site.project(name, { "a.txt": "other\n" });
}

Deno.test("promise 3: diff --ref compares the folder with any tag or digest", async () => {
  using desk = new Desk();
  desk.write("model/a.txt", "one\n");
  await desk.mops(["init", "."], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  const first = await desk.json(["push", "--tag", "v1.0.0"], { cwd: "model" });
  desk.write("model/a.txt", "two\n");
  await desk.mops(["push"], { cwd: "model" });
  for (const reference of ["v1.0.0", first.digest, first.reference]) {
    const found = await desk.json(["diff", "--ref", reference], { cwd: "model" });
    assert.deepEqual(found.changes.map(({ path, kind }: { path: string; kind: string }) => [path, kind]), [["a.txt", "modified"]]);
    assert.equal(found.digest, first.digest);
  }
  const patch = await desk.mops(["diff", "--ref", "v1.0.0", "-p"], { cwd: "model" });
  assert.match(patch.stdout, /-one\n\+two\n/);
  await desk.mops(["diff", "--ref", "v1.0.0", "--exit-code"], { cwd: "model", expect: 1 });
  assert.deepEqual((await desk.json(["diff"], { cwd: "model" })).changes, []);

  const pinned = await desk.json(["pull", "--ref", first.digest], { cwd: "model" });
  assert.equal(pinned.pinned, true, "promise 4");
  assert.equal(desk.read("model/a.txt"), "one\n");
});

Deno.test("promise 4: pull --ref with a digest brings what it holds and pins the folder; a pull without it comes back", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "one\n" });
  const first = await site.push(project);
  writeFile(project, "a.txt", "two\n");
  await site.push(project);
  const pinned = await site.pull(project, { digest: first.digest });
  assert.deepEqual([pinned.pinned, pinned.written.includes("a.txt" as never), textOf(project, "a.txt")], [true, true, "one\n"]);
  assert.deepEqual([(await site.status(project)).relation, (await site.status(project)).pinned], ["pinned", first.digest]);
  await fails(site.push(project), "tag-moved");
  await site.pull(project);
  assert.deepEqual([(await site.status(project)).relation, textOf(project, "a.txt")], ["in-step", "two\n"]);
});

Deno.test("promise 6: remove --rm takes a whole folder, and leaves no empty one", async () => {
  using site = new Site();
  const project = await site.project("ann", { "out/a/1.txt": "1\n", "out/2.txt": "2\n", "keep.txt": "k\n" });
  writeFile(project, "out/untracked.log", "x\n");
  const removed = await site.remove(project, ["out/"], { rm: true });
  assert.deepEqual(removed.removed, ["out/2.txt", "out/a/1.txt"]);
  assert.deepEqual([isThere(project, "out/untracked.log"), isThere(project, "out/a"), isThere(project, "keep.txt")], [true, false, true]);
  writeFile(project, "out/b/3.txt", "3\n");
  await site.add(project, "out/b");
  Deno.removeSync(join(project.root, "out/untracked.log"));
  await site.remove(project, ["out"], { rm: true });
  assert.equal(isThere(project, "out"), false);
});

Deno.test("promise 7: status --untracked-only asks no remote", async () => {
  using desk = new Desk();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  desk.write("model/a.txt", "a\n");
  desk.write("model/new.txt", "n\n");
  await desk.mops(["init", ".", "--remote", `127.0.0.1:${(silent.addr as Deno.NetAddr).port}/model`], { cwd: "model" });
  await desk.mops(["add", "a.txt", ".gitignore"], { cwd: "model" });
  let asked = false;
  const accepting = silent.accept().then((connection) => {
    asked = true;
    connection.close();
  }, () => {});
  const text = await desk.mops(["status", "--untracked-only"], { cwd: "model" });
  assert.equal(text.stdout, "new.txt\n");
  assert.equal((await desk.json(["status", "--untracked-only"], { cwd: "model" })).relation, "offline");
  assert.equal(asked, false);
  silent.close();
  await accepting;
});

Deno.test("promise 8: config.yaml, registry.yaml and manifest.yaml travel in every bundle, and nothing else of .modelops-bundle", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  const { digest } = await site.push(project);
  const local = (await site.files(digest)).map(({ path }) => path as string).filter((path) => path.startsWith(".modelops-bundle"));
  assert.deepEqual(local, [CONFIG_PATH, MANIFEST_PATH, MODEL_REGISTRY_PATH]);
  const { project: copy } = await site.clone("copy");
  for (const path of local) assert.equal(textOf(copy, path), textOf(project, path));
});

Deno.test("promise 11: the same content gets the same digest under another folder name, tag and remote, and after a round trip", async () => {
  using site = new Site();
  const project = await site.project("ann", MODEL_FILES);
  const first = await site.push(project);
  const other = await site.push(project, { tags: ["v1"] }, { remote: site.remote(join(site.place, "elsewhere")) });
  const { project: copy } = await site.clone("a copy of it");
  const third = await site.push(copy, { tags: ["again"] });
  assert.deepEqual([other.digest, third.digest], [first.digest, first.digest]);
});

Deno.test("promise 12: manifest.yaml in the folder lists every other file with the digest that it has", async () => {
  using site = new Site();
  const project = await site.project("ann", MODEL_FILES);
  await site.push(project);
  const { project: copy } = await site.clone("copy");
  // deno-lint-ignore no-explicit-any -- a document of known shape
  const manifest = parseYaml(textOf(copy, MANIFEST_PATH), "manifest.yaml") as any;
  const listed = new Map<string, string>(manifest.files.map((file: { path: string; digest: string }) => [file.path, file.digest]));
  const there = Object.keys(tree(copy.root)).filter((path) => path !== MANIFEST_PATH);
  assert.deepEqual([...listed.keys()].sort(), there.sort());
  for (const [path, digest] of listed) assert.equal(digestOf(Deno.readFileSync(join(copy.root, path))), digest, path);
});

Deno.test("promise 13: a bundle of which one file is missing changes nothing", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "one\n", "z.txt": "one\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ann, "a.txt", "two\n");
  writeFile(ann, "z.txt", "three\n");
  await site.push(ann);
  const lost = digestOf(new TextEncoder().encode("three\n"));
  Deno.removeSync(join(site.store, "blobs", "sha256", lost.slice("sha256:".length)));
  const before = tree(ben.root);
  await fails(site.pull(ben), "not-found", "z.txt");
  assert.deepEqual(tree(ben.root), before);
  assert.equal((await site.status(ben)).relation, "behind");
});

Deno.test("promise 14: a file above the threshold travels without a word about it", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  const big = Deno.openSync(join(project.root, "big.bin"), { write: true, createNew: true });
  big.truncateSync(51 * 1024 * 1024);
  big.close();
  await site.add(project, "big.bin");
  const world = plainWorld();
  const pushed = await site.push(project, {}, { world });
  assert.deepEqual(world.events.filter(({ kind }) => kind === "warning"), []);
  const { project: copy } = await site.clone("copy");
  assert.equal(Deno.statSync(join(copy.root, "big.bin")).size, 51 * 1024 * 1024);
  assert.ok(pushed.uploaded.bytes > 51 * 1024 * 1024);
});

Deno.test("promise 15: status counts local changes by kind", async () => {
  using desk = new Desk();
  for (const name of ["a", "b", "c"]) desk.write(`model/${name}.txt`, "1\n");
  await desk.mops(["init", "."], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  await desk.mops(["push"], { cwd: "model" });
  for (const name of ["a", "b", "c", "d"]) desk.write(`model/${name}.txt`, "2\n");
  await desk.mops(["add", "d.txt"], { cwd: "model" });
  assert.match((await desk.mops(["status"], { cwd: "model" })).stdout, /^Local changes: 3 files modified, 1 added$/m);
});

Deno.test("promise 16: diff shows what a push would send, deletions included", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n", "gone.txt": "g\n", "same.txt": "s\n" });
  await site.push(project);
  writeFile(project, "a.txt", "b\n");
  writeFile(project, "new.txt", "n\n");
  await site.add(project, "new.txt");
  await site.remove(project, ["gone.txt"], { rm: true });
  const shown = (await site.diff(project)).changes.map(({ path, kind }) => ({ path, kind }));
  assert.deepEqual(shown, [{ path: "a.txt", kind: "modified" }, { path: "gone.txt", kind: "deleted" }, { path: "new.txt", kind: "added" }]);
  assert.deepEqual((await site.push(project, { dryRun: true })).changes, shown);
  assert.deepEqual((await site.push(project)).changes, shown);
});

Deno.test("promise 17: a pull overwrites nothing, not even an ignored file at a path that the bundle brings", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "a\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ann, "run.log", "of ann\n");
  await add(plainWorld(), { project: ann, standing: ann.root, paths: ["run.log"], force: true });
  await site.push(ann);
  writeFile(ben, "run.log", "of ben\n");
  const refused = await fails(site.pull(ben), "conflict");
  assert.deepEqual(refused.facts.conflicts, [{ path: "run.log", reason: "untracked here, added there" }]);
  assert.equal(textOf(ben, "run.log"), "of ben\n");
  writeFile(ben, "run.log", "of ann\n");
  await site.pull(ben);
  assert.equal((await site.status(ben)).relation, "in-step", "equal bytes are never a conflict");
});

Deno.test("promise 18: every command means the same remote, whatever named it", async () => {
  using desk = new Desk();
  desk.write(
    "home/.modelops/bundle-env/dev.yaml",
    `environment: dev\nregistry:\n  provider: docker\n  login_server: "oci:${desk.path}/dev"\n`,
  );
  desk.write("model/a.txt", "a\n");
  await desk.mops(["init", ".", "--name", "seir"], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  const wanted = `oci:${desk.path}/dev/seir`;
  const pushed = await desk.json(["push"], { cwd: "model" });
  assert.ok(pushed.reference.startsWith(`${wanted}:latest@`));
  assert.equal((await desk.json(["status"], { cwd: "model" })).remote, wanted);
  assert.ok((await desk.json(["diff"], { cwd: "model" })).reference.startsWith(wanted));
  assert.equal((await desk.json(["manifest"], { cwd: "model" })).repository, wanted);
  assert.ok((await desk.json(["log"], { cwd: "model" })).reference.startsWith(wanted));
  assert.ok((await desk.json(["pull"], { cwd: "model" })).reference.startsWith(wanted));
  assert.equal((await desk.mops(["show", "latest:a.txt"], { cwd: "model" })).stdout, "a\n");
});

Deno.test("promise 19: REGISTRY_URL names the base of remotes, for init, push and every other command", async () => {
  using desk = new Desk();
  const env = { REGISTRY_URL: `oci:${desk.path}/from-variable` };
  desk.write("model/a.txt", "a\n");
  assert.equal((await desk.json(["init", "."], { cwd: "model", env })).source, "REGISTRY_URL");
  await desk.mops(["add", "."], { cwd: "model", env });
  await desk.mops(["push"], { cwd: "model", env });
  const shown = await desk.json(["env", "show"], { cwd: "model", env });
  assert.deepEqual([shown.remote, shown.source], [`oci:${desk.path}/from-variable/model`, "REGISTRY_URL"]);
  assert.equal((await desk.json(["status"], { cwd: "model", env })).relation, "in-step");
  assert.equal((await desk.json(["status"], { cwd: "model" })).relation, "not-pushed", "without it the embedded layout is meant");
  assert.doesNotMatch(desk.read("model/.modelops-bundle/config.yaml"), /from-variable/);
});

Deno.test("promise 25: manifest lists the tags, and with a reference the files", async () => {
  using desk = new Desk();
  desk.write("model/run.sh", "#!/bin/sh\n", { executable: true });
  await desk.mops(["init", "."], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  const pushed = await desk.json(["push", "--tag", "v1", "--tag", "v2"], { cwd: "model" });
  const tags = await desk.json(["manifest"], { cwd: "model" });
  assert.deepEqual(tags.tags.map(({ tag, digest }: { tag: string; digest: string }) => [tag, digest]), [
    ["v1", pushed.digest],
    ["v2", pushed.digest],
  ]);
  assert.equal((await desk.mops(["manifest", "--tags-only"], { cwd: "model" })).stdout, "v1\nv2\n");
  const files = await desk.json(["manifest", "v1"], { cwd: "model" });
  assert.equal(files.digest, pushed.digest);
  const script = files.files.find(({ path }: { path: string }) => path === "run.sh");
  assert.deepEqual([script.size, script.executable], [10, true]);
  assert.match((await desk.mops(["manifest", "v1", "--full"], { cwd: "model" })).stdout, new RegExp(script.digest));
});

Deno.test("promise 27: a bundle can be listed, read and cloned without a project", async () => {
  using desk = new Desk();
  const layout = new HandLayout(join(desk.path, "store"));
  const digest = layout.pythonBundle("v1", { "a/b.txt": "hello\n", "c.txt": "" });
  const reference = `oci:${desk.path}/store:v1`;
  assert.equal((await desk.json(["manifest", reference])).digest, digest);
  assert.equal((await desk.mops(["show", `${reference}:a/b.txt`])).stdout, "hello\n");
  await desk.mops(["pull", "--ref", reference, "--into", "copy"]);
  assert.equal(desk.read("copy/a/b.txt"), "hello\n");
});
