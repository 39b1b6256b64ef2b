/** Crashes, kills, races and Ctrl-C at every moment of a push, a pull and a clone: the next command goes on, and nobody's work is lost. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Failure } from "../../src/base/failure.ts";
import { Desk, tree } from "../support/program.ts";
import { fails, hooked, isThere, listing, Site, textOf, warningsOf } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";
import { killedAt } from "./killed_at.ts";

const FILES = { "a.txt": "one\n", "b/c.txt": "one\n", "b/d.txt": "one\n", "gone.txt": "one\n" };

/** Ann's folder, Ben's clone of it, and a push of Ann's that changes, adds and deletes. */
async function behind(site: Site) {
  const ann = await site.project("ann", FILES);
  const first = await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ann, "a.txt", "two of ann\n");
  writeFile(ann, "b/c.txt", "two\n");
  writeFile(ann, "b/new.txt", "new\n");
  await site.remove(ann, ["gone.txt"], { rm: true });
  await site.add(ann, "b/new.txt");
  const second = await site.push(ann);
  return { ann, ben, first: first.digest, second: second.digest };
}

function withoutGit(files: Record<string, string>): Record<string, string> {
  const { ".gitignore": _, ...rest } = files;
  return rest;
}

Deno.test("a pull whose n-th read fails changes nothing, whichever n; the next pull brings everything", async () => {
  using site = new Site();
  const { ann, ben } = await behind(site);
  const before = tree(ben.root);
  let n = 0;
  for (let failed = true; failed; n++) {
    let reads = 0;
    failed = false;
    const remote = hooked(site.remote(), {
      before(verb) {
        if (verb !== "read blob" || reads++ < n) return;
        failed = true;
        throw new Failure("unreachable", "the line is cut", { hint: "wait" });
      },
    });
    const pulling = site.pull(ben, {}, { remote });
    if (n < 4) await fails(pulling, "unreachable");
    else if (await pulling.then(() => true, () => false)) break;
    assert.deepEqual(tree(ben.root), before);
    assert.equal(isThere(ben, ".modelops-bundle/lock"), false);
  }
  assert.equal(isThere(ben, ".modelops-bundle/staging"), false, "what the failed ones had fetched was used, and is gone");
  assert.ok(n >= 4, "index, manifest.yaml and three files were read");
  assert.deepEqual(withoutGit(tree(ben.root)), withoutGit(tree(ann.root)));
});

for (
  const [at, nth] of [["before read blob", 1], ["before read blob", 3], ["begin downloading", 1], ["item downloading", 2], [
    "begin placing",
    1,
  ], ["end placing", 1]] as const
) {
  Deno.test(`a pull killed ${at} (${nth}) leaves old or new files and nothing between; the next command finishes or undoes it`, async () => {
    using site = new Site();
    const { ann, ben } = await behind(site);
    const before = tree(ben.root);
    await killedAt({ flow: "pull", root: ben.root, store: site.store, at, nth });
    if (at !== "end placing" && at !== "begin placing") assert.deepEqual(tree(ben.root), before);
    const world = plainWorld();
    const status = await site.status(ben, {}, { world });
    assert.equal(status.relation, /placing/.test(at) ? "in-step" : "behind", JSON.stringify(status.changes));
    assert.deepEqual(warningsOf(world), []);
    await site.pull(ben);
    assert.deepEqual(withoutGit(tree(ben.root)), withoutGit(tree(ann.root)));
    for (const name of ["lock", "staging", "journal.json"]) assert.equal(isThere(ben, `.modelops-bundle/${name}`), false, name);
  });
}

Deno.test("what the user changes after a killed pull stays, though the next command finishes the rest", async () => {
  using site = new Site();
  const { ben } = await behind(site);
  await killedAt({ flow: "pull", root: ben.root, store: site.store, at: "begin placing" });
  writeFile(ben, "a.txt", "of ben, after the crash\n");
  const world = plainWorld();
  await fails(site.pull(ben, {}, { world }), "conflict", "1 file changed here");
  assert.match(warningsOf(world).join("\n"), /left-alone: a\.txt changed in the meantime/);
  assert.deepEqual([textOf(ben, "a.txt"), textOf(ben, "b/c.txt"), isThere(ben, "gone.txt")], ["of ben, after the crash\n", "two\n", false]);
  await fails(site.push(ben), "tag-moved"); // nobody has decided against Ann's a.txt yet
  await site.pull(ben, { keep: ["a.txt"] });
  assert.deepEqual((await site.status(ben)).changes, [{ path: "a.txt", kind: "modified" }]);
});

Deno.test("a dry run over a half finished pull says so, and touches nothing", async () => {
  using site = new Site();
  const { ben } = await behind(site);
  await killedAt({ flow: "pull", root: ben.root, store: site.store, at: "begin placing" });
  const before = listing(ben.root);
  for (const flow of ["pull", "push"] as const) {
    const world = plainWorld();
    await site[flow](ben, { dryRun: true }, { world }).catch((error) => assert.equal(error.code, "tag-moved"));
    assert.match(warningsOf(world).join("\n"), /unfinished: an interrupted command is not finished yet/);
  }
  assert.deepEqual(listing(ben.root), before);
});

Deno.test("mops pull, killed at four arbitrary moments and started again, ends like one that was left alone", async () => {
  using desk = new Desk();
  const remote = `oci:${join(desk.path, "store")}`;
  const write = (text: string) => {
    for (let i = 0; i < 300; i++) desk.write(`ann/data/${i % 7}/${i}.csv`, `${text} ${i}\n`.repeat(400));
  };
  write("one");
  await desk.mops(["init", ".", "--remote", remote], { cwd: "ann" });
  await desk.mops(["add", "."], { cwd: "ann" });
  await desk.mops(["push"], { cwd: "ann" });
  await desk.mops(["pull", "--ref", `${remote}:latest`, "--into", "ben"]);
  const old = tree(join(desk.path, "ben"));
  write("two");
  await desk.mops(["push"], { cwd: "ann" });
  const wanted = withoutGit(tree(join(desk.path, "ann")));
  let killed = 0;
  for (const milliseconds of [150, 250, 350, 450]) {
    const child = desk.start(["bundle", "pull"], { cwd: "ben" });
    const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    const { signal } = await child.output();
    clearTimeout(timer);
    if (signal === null) break;
    killed++;
    for (const [path, content] of Object.entries(tree(join(desk.path, "ben")))) {
      assert.ok(content === old[path] || content === wanted[path], `${path} is neither old nor new`);
    }
  }
  assert.ok(killed > 0, "the machine is too fast for this test");
  await desk.mops(["pull"], { cwd: "ben" });
  assert.deepEqual(withoutGit(tree(join(desk.path, "ben"))), wanted);
  assert.equal((await desk.json(["status"], { cwd: "ben" })).relation, "in-step");
});

for (const at of ["before write blob", "before write manifest", "after write manifest", "before set tag"]) {
  Deno.test(`a push killed ${at} has tagged nothing; the next one goes on`, async () => {
    using site = new Site();
    const { ann, second } = await behind(site);
    writeFile(ann, "a.txt", "three\n");
    await killedAt({ flow: "push", root: ann.root, store: site.store, at });
    assert.equal(await site.remote().resolve("latest"), second);
    assert.equal((await site.status(ann)).relation, "ahead");
    const { digest } = await site.push(ann);
    assert.equal(await site.remote().resolve("latest"), digest);
    assert.equal((await site.status(ann)).relation, "in-step");
  });
}

Deno.test("a push killed between the tag and the state has pushed: the next one has nothing to do, and status is in step", async () => {
  using site = new Site();
  const { ann, ben } = await behind(site);
  writeFile(ann, "a.txt", "three\n");
  await killedAt({ flow: "push", root: ann.root, store: site.store, at: "after set tag" });
  assert.equal((await site.status(ann)).relation, "in-step");
  const again = await site.push(ann);
  assert.deepEqual([again.nothingToDo, again.digest], [true, await site.remote().resolve("latest")]);
  assert.ok(isThere(ann, ".modelops-bundle/manifest.yaml"));
  writeFile(ann, "a.txt", "four\n");
  await site.push(ann);
  await site.pull(ben);
  assert.equal(textOf(ben, "a.txt"), "four\n");
});

Deno.test("a push killed between the tag and the state, and then edited: what was pushed is the base of the next one", async () => {
  using site = new Site();
  const { ann } = await behind(site);
  writeFile(ann, "a.txt", "three\n");
  await killedAt({ flow: "push", root: ann.root, store: site.store, at: "after set tag" });
  writeFile(ann, "a.txt", "four\n");
  assert.equal((await site.status(ann)).relation, "ahead");
  assert.deepEqual((await site.pull(ann)).conflicts, []);
  assert.equal(textOf(ann, "a.txt"), "four\n");
  await site.push(ann);
  assert.equal((await site.status(ann)).relation, "in-step");
});

Deno.test("a push of two tags killed after the first one moves the second at the next try", async () => {
  using site = new Site();
  const { ann } = await behind(site);
  writeFile(ann, "a.txt", "three\n");
  await killedAt({ flow: "push", root: ann.root, store: site.store, tags: ["latest", "v1"], at: "after set tag" });
  const again = await site.push(ann, { tags: ["latest", "v1"] });
  assert.deepEqual(again.tags.map(({ tag, moved }) => [tag, moved]), [["latest", false], ["v1", true]]);
});

Deno.test("a tag that moves in the very last moment is noticed by the remote; both bundles are kept, and both sides can go on", async () => {
  using site = new Site();
  const { ann, ben } = await behind(site);
  await site.pull(ben);
  writeFile(ann, "a.txt", "of ann\n");
  writeFile(ben, "b/c.txt", "of ben\n");
  let theirs = "";
  const remote = hooked(site.remote(), {
    async before(verb) {
      if (verb === "set tag") theirs = (await site.push(ben)).digest;
    },
  });
  const failure = await fails(site.push(ann, {}, { remote }), "tag-moved", "latest");
  assert.equal(failure.facts.found, theirs);
  assert.equal(await site.remote().resolve("latest"), theirs);
  assert.equal((await site.status(ann)).relation, "diverged");
  await site.pull(ann);
  assert.deepEqual([textOf(ann, "a.txt"), textOf(ann, "b/c.txt")], ["of ann\n", "of ben\n"]);
  await site.push(ann);
  await site.pull(ben);
  assert.equal(textOf(ben, "a.txt"), "of ann\n");
});

Deno.test("several tags: when one of them moved meanwhile, none is moved", async () => {
  using site = new Site();
  const { ann, ben, second } = await behind(site);
  await site.push(ann, { tags: ["v1"] });
  await site.pull(ben);
  writeFile(ann, "a.txt", "of ann\n");
  writeFile(ben, "a.txt", "of ben\n");
  let done = false;
  const remote = hooked(site.remote(), {
    async before(verb) {
      if (verb !== "write manifest" || done) return;
      done = true;
      await site.push(ben, { tags: ["v1"] });
    },
  });
  await fails(site.push(ann, { tags: ["latest", "v1"] }, { remote }), "tag-moved", ":v1", "nothing was tagged");
  assert.equal(await site.remote().resolve("latest"), second);
});

Deno.test("two commands that change one project: the second waits a little, then says who is at work, exit 3", async () => {
  using site = new Site();
  const { ann } = await behind(site);
  writeFile(ann, "a.txt", "three\n");
  let goOn = (): void => {};
  const open = new Promise<void>((resolve) => goOn = resolve);
  let begun = (): void => {};
  const atWork = new Promise<void>((resolve) => begun = resolve);
  const remote = hooked(site.remote(), { before: (verb) => verb === "write blob" ? (begun(), open) : undefined });
  const first = site.push(ann, {}, { remote });
  await atWork;
  const refused = fails(site.push(ann), "busy", `process ${Deno.pid}`);
  assert.equal((await site.status(ann)).relation, "ahead", "looking is possible meanwhile");
  await refused;
  const waiting = site.pull(ann);
  goOn();
  await first;
  await waiting;
  assert.equal((await site.status(ann)).relation, "in-step");
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} during a push to a slow registry: exit ${code}, nothing tagged, no lock left`, async () => {
    using desk = new Desk();
    const asked: string[] = [];
    let stuck = (): void => {};
    const uploading = new Promise<void>((resolve) => stuck = resolve);
    const ending = new AbortController();
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, signal: ending.signal, onListen: () => {} }, (request) => {
      const { pathname } = new URL(request.url);
      asked.push(`${request.method} ${pathname}`);
      if (pathname === "/v2/") return new Response("{}");
      if (request.method === "POST") return new Response(null, { status: 202, headers: { location: "/upload/1" } });
      if (request.method === "PUT" || request.method === "PATCH") {
        stuck();
        return new Promise<Response>((resolve) => ending.signal.addEventListener("abort", () => resolve(new Response(null))));
      }
      return new Response("{}", { status: 404 });
    });
    const { port } = server.addr as Deno.NetAddr;
    desk.write("model/a.txt", "a\n");
    await desk.mops(["init", ".", "--remote", `127.0.0.1:${port}/lab/model`], { cwd: "model" });
    await desk.mops(["add", "."], { cwd: "model" });
    const child = desk.start(["bundle", "push", "--json"], { cwd: "model" });
    await uploading;
    child.kill(signal);
    const ended = await child.output(); // the registry never answers, so that only the signal can end it
    assert.equal(ended.code, code, new TextDecoder().decode(ended.stderr));
    assert.equal(JSON.parse(new TextDecoder().decode(ended.stderr).trim().split("\n").at(-1)!).code, "interrupted");
    assert.equal(new TextDecoder().decode(ended.stdout), "");
    assert.deepEqual(asked.filter((line) => /^PUT .*\/manifests\//.test(line)), []);
    const left = [...Deno.readDirSync(join(desk.path, "model/.modelops-bundle"))].map(({ name }) => name);
    assert.ok(!left.includes("lock"), left.join(" "));
    ending.abort();
  });
}
