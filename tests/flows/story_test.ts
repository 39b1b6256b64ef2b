/**
 * Two users, two tags, two remotes: a story in which every step says how status sees it. Layout directories stand in for registries;
 * the same walk runs against real ones in tests/flows/registries_test.ts.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk, tree } from "../support/program.ts";

Deno.test("two users share a bundle through two tags and two remotes, and nobody's edit is lost", async (t) => {
  using desk = new Desk();
  const first = `oci:${desk.folder("site-a")}`;
  const second = `oci:${desk.folder("site-b")}`;
  desk.write("home/.modelops/bundle-env/site-b.yaml", `environment: site-b\nregistry:\n  provider: docker\n  login_server: "${second}"\n`);
  const seen: string[] = [];
  const relation = async (user: string, expected: string): Promise<void> => {
    const status = await desk.json(["status"], { cwd: user });
    seen.push(status.relation);
    assert.equal(status.relation, expected, JSON.stringify(status, null, 1));
  };

  desk.write("ann/models/seir.py", "beta = 0.3\n");
  desk.write("ann/data/pop.csv", "age,n\n0,10\n");
  desk.write("ann/run.sh", "#!/bin/sh\n", { executable: true });

  await t.step("Ann begins: not pushed, then in step", async () => {
    await desk.mops(["init", ".", "--name", "seir", "--registry", first], { cwd: "ann" });
    await desk.mops(["add", "."], { cwd: "ann" });
    await relation("ann", "not-pushed");
    await desk.mops(["push", "-m", "begin"], { cwd: "ann" });
    await relation("ann", "in-step");
  });

  await t.step("Ben clones and has the same bytes", async () => {
    await desk.mops(["pull", "--ref", `${first}/seir:latest`, "--into", "ben"]);
    await relation("ben", "in-step");
    const { ".gitignore": _ann, ...ann } = tree(join(desk.path, "ann"));
    const { ".gitignore": _ben, ...ben } = tree(join(desk.path, "ben"));
    assert.deepEqual(ben, ann);
  });

  await t.step("Ben edits and pushes; Ann is behind, and pulls", async () => {
    desk.write("ben/models/seir.py", "beta = 0.4\n");
    await relation("ben", "ahead");
    await desk.mops(["push"], { cwd: "ben" });
    await relation("ben", "in-step");
    await relation("ann", "behind");
    await desk.mops(["pull"], { cwd: "ann" });
    await relation("ann", "in-step");
    assert.equal(desk.read("ann/models/seir.py"), "beta = 0.4\n");
  });

  await t.step("both edit the same file: the second push is refused, the pull names the conflict, --keep resolves it", async () => {
    desk.write("ann/models/seir.py", "beta = 0.5  # Ann\n");
    desk.write("ben/models/seir.py", "beta = 0.6  # Ben\n");
    desk.write("ben/data/pop.csv", "age,n\n0,20\n");
    await desk.mops(["push"], { cwd: "ben" });
    await relation("ann", "diverged");
    const refused = await desk.mops(["push"], { cwd: "ann", expect: 3 });
    assert.match(refused.stderr, /data\/pop\.csv/);
    assert.match(refused.stderr, /models\/seir\.py/);
    const conflict = await desk.mops(["pull"], { cwd: "ann", expect: 3 });
    assert.match(conflict.stderr, /--keep models\/seir\.py/);
    assert.equal(desk.read("ann/data/pop.csv"), "age,n\n0,10\n", "a refused pull writes nothing");
    await desk.mops(["pull", "--keep", "models/seir.py"], { cwd: "ann" });
    assert.equal(desk.read("ann/data/pop.csv"), "age,n\n0,20\n");
    assert.equal(desk.read("ann/models/seir.py"), "beta = 0.5  # Ann\n");
    await relation("ann", "ahead");
    await desk.mops(["push"], { cwd: "ann" });
    await relation("ann", "in-step");
  });

  await t.step("Ben looks at an old bundle: pinned; a push from there is refused; a pull comes back", async () => {
    const log = await desk.json(["log"], { cwd: "ben" });
    const oldest = log.records.at(-1).bundle;
    await desk.mops(["pull", "--ref", oldest], { cwd: "ben" });
    await relation("ben", "pinned");
    assert.equal(desk.read("ben/models/seir.py"), "beta = 0.3\n");
    desk.write("ben/models/extra.py", "x = 1\n");
    await desk.mops(["add", "models/extra.py"], { cwd: "ben" });
    await desk.mops(["push"], { cwd: "ben", expect: 3 });
    await desk.mops(["pull"], { cwd: "ben" });
    assert.equal(desk.read("ben/models/seir.py"), "beta = 0.5  # Ann\n");
    assert.equal(desk.read("ben/models/extra.py"), "x = 1\n");
    await relation("ben", "ahead");
  });

  await t.step("B3: a push to another tag and then a pull reverts nothing", async () => {
    desk.write("ben/models/seir.py", "beta = 0.7  # experiment\n");
    await desk.mops(["push", "--tag", "exp"], { cwd: "ben" });
    await relation("ben", "ahead");
    await desk.mops(["pull"], { cwd: "ben" });
    assert.equal(desk.read("ben/models/seir.py"), "beta = 0.7  # experiment\n");
    await relation("ben", "ahead");
  });

  await t.step("Ann follows the other tag, and is told that she does", async () => {
    await desk.mops(["pull"], { cwd: "ann" }); // what she pushed is now what she agrees on, for every tag
    const pulled = await desk.json(["pull", "--tag", "exp"], { cwd: "ann" });
    assert.deepEqual([pulled.switchedFrom, pulled.switchedTo], ["latest", "exp"]);
    assert.equal(desk.read("ann/models/seir.py"), "beta = 0.7  # experiment\n");
    await relation("ann", "in-step");
  });

  await t.step("Ann switches to another site: not pushed there; a push and a switch back lose nothing", async () => {
    await desk.mops(["env", "switch", "site-b"], { cwd: "ann" });
    await relation("ann", "not-pushed");
    const there = await desk.json(["push"], { cwd: "ann" });
    await relation("ann", "in-step");
    const here = await desk.json(["status", "--remote", `${first}/seir`], { cwd: "ann" });
    assert.equal(here.relation, "in-step");
    assert.equal(there.digest, here.holds, "one content has one digest, wherever it lies");
  });

  assert.deepEqual([...new Set(seen)].sort(), ["ahead", "behind", "diverged", "in-step", "not-pushed", "pinned"]);
});

Deno.test("two clones push to latest: the second gets exit 3 and the list, pulls, pushes, and nobody's edit is lost", async () => {
  using desk = new Desk();
  const remote = `oci:${join(desk.path, "store")}`;
  desk.write("origin/a.txt", "a\n");
  desk.write("origin/b.txt", "b\n");
  await desk.mops(["init", ".", "--remote", remote], { cwd: "origin" });
  await desk.mops(["add", "."], { cwd: "origin" });
  await desk.mops(["push"], { cwd: "origin" });
  await desk.mops(["pull", "--ref", `${remote}:latest`, "--into", "one"]);
  await desk.mops(["pull", "--ref", `${remote}:latest`, "--into", "two"]);
  desk.write("one/a.txt", "a of one\n");
  desk.write("two/b.txt", "b of two\n");
  await desk.mops(["push"], { cwd: "one" });
  const refused = await desk.json(["push"], { cwd: "two", expect: 3 });
  assert.equal(refused.code, "tag-moved");
  assert.deepEqual(refused.facts.changedThere, ["modified a.txt"]);
  await desk.mops(["pull"], { cwd: "two" });
  await desk.mops(["push"], { cwd: "two" });
  await desk.mops(["pull"], { cwd: "one" });
  for (const user of ["one", "two"]) {
    assert.equal(desk.read(`${user}/a.txt`), "a of one\n");
    assert.equal(desk.read(`${user}/b.txt`), "b of two\n");
  }
});

Deno.test("a tag that was given to our own bundle is ours to move", async () => {
  using desk = new Desk();
  desk.write("model/a.txt", "one\n");
  await desk.mops(["init", ".", "--remote", `oci:${join(desk.path, "store")}`], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  await desk.mops(["push"], { cwd: "model" });
  const tagged = await desk.json(["tag", "latest", "v1"], { cwd: "model" });
  assert.equal((await desk.json(["manifest", tagged.reference], { cwd: "model" })).digest, tagged.digest);
  desk.write("model/a.txt", "two\n");
  const pushed = await desk.json(["push", "--tag", "v1"], { cwd: "model" });
  assert.deepEqual(pushed.changed, { added: [], modified: ["a.txt"], removed: [] });
  const log = await desk.json(["log", tagged.digest], { cwd: "model" });
  assert.equal(log.records[0].bundle, tagged.digest, "a digest has a log too");
});
