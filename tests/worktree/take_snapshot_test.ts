/** What the folder holds, read once, and never guessed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFailure } from "../../src/base/failure.ts";
import type { Snapshot } from "../../src/bundle/snapshot.ts";
import { LOCAL_NAMES, metaPath, type Project } from "../../src/worktree/project.ts";
import { readStamps } from "../../src/worktree/stamp_table.ts";
import { openStatCache } from "../../src/worktree/stat_cache.ts";
import { probeExecutableBit, type SnapshotOptions, takeSnapshot } from "../../src/worktree/take_snapshot.ts";
import { age, content, inProject, link, linkContent, listening, paths, put, untilOld } from "./project_folder.ts";

function options(project: Project, more: Partial<SnapshotOptions> & { write?: boolean } = {}): SnapshotOptions {
  return { statCache: openStatCache(project, { write: more.write ?? true }), executableBit: true, emit: () => {}, ...more };
}

const cacheFile = (project: Project) => metaPath(project, LOCAL_NAMES.statCache);

Deno.test("files have digest, size and the owner's executable bit; what is not there is missing", () =>
  inProject(async (project) => {
    put(project, "a.csv", "hello");
    put(project, "run.sh", "run", 0o744);
    put(project, "group.sh", "group", 0o674);
    const tracked = paths("run.sh", "a.csv", "gone", "no/such", "group.sh", "a.csv/below");
    const { snapshot, missing, hashed } = await takeSnapshot(project, tracked, options(project));
    const told = [...snapshot].map(([path, { digest, size, executable }]) => [path, { digest, size, executable, link: undefined }]);
    assert.deepEqual(told, [["a.csv", content("hello")], ["group.sh", content("group")], ["run.sh", content("run", true)]]);
    assert.deepEqual([missing, hashed], [paths("a.csv/below", "gone", "no/such"), 3]);
  }));

Deno.test("where the executable bit means nothing, the base's stands", () =>
  inProject(async (project) => {
    put(project, "a", "x", 0o755);
    put(project, "b", "x", 0o644);
    const base: Snapshot = new Map([[paths("b")[0]!, content("x", true)]]);
    const { snapshot } = await takeSnapshot(project, paths("a", "b"), options(project, { executableBit: false, base }));
    assert.deepEqual([...snapshot.values()].map(({ executable }) => executable), [false, true]);
    assert.equal(probeExecutableBit(project), Deno.build.os !== "windows");
    assert.deepEqual([...Deno.readDirSync(metaPath(project, "."))].filter(({ name }) => name.endsWith(".tmp")), []);
  }));

Deno.test("an unchanged file is not read again, and a changed one is", () =>
  inProject(async (project) => {
    for (const path of ["a", "b", "c"]) {
      put(project, path, path);
      age(project, path);
    }
    const tracked = paths("a", "b", "c");
    await untilOld();
    assert.equal((await takeSnapshot(project, tracked, options(project))).hashed, 3);
    assert.equal((await takeSnapshot(project, tracked, options(project))).hashed, 0);
    put(project, "a", "A");
    put(project, "b", "b");
    age(project, "b", 7200);
    const { snapshot, hashed } = await takeSnapshot(project, tracked, options(project));
    assert.equal(hashed, 2);
    assert.equal(snapshot.get(tracked[0]!)!.digest, content("A").digest);
    assert.equal((await takeSnapshot(project, tracked, options(project))).hashed, 2); // both are too fresh to be trusted
  }));

Deno.test("a file that was written just now is never believed by its stamp", () =>
  inProject(async (project) => {
    const tracked = paths("a");
    for (let round = 0; round < 30; round++) {
      put(project, "a", `text ${round % 10}`); // the same length, within one tick of the clock
      const { snapshot } = await takeSnapshot(project, tracked, options(project));
      assert.equal(snapshot.get(tracked[0]!)!.digest, content(`text ${round % 10}`).digest);
    }
  }));

Deno.test("a file that was written just now is not believed either when its time is set back", () =>
  inProject(async (project) => {
    const tracked = paths("a");
    const past = new Date(1_700_000_000_000);
    for (let round = 0; round < 30; round++) {
      const file = put(project, "a", `text ${round % 10}`); // the same file, length and time; the system tells changes by the second
      Deno.utimeSync(file, past, past);
      const { snapshot } = await takeSnapshot(project, tracked, options(project));
      assert.equal(snapshot.get(tracked[0]!)!.digest, content(`text ${round % 10}`).digest);
    }
  }));

Deno.test("a file replaced by one of the same size and time is read again", () =>
  inProject(async (project) => {
    const tracked = paths("a");
    put(project, "a", "one");
    age(project, "a");
    await untilOld();
    await takeSnapshot(project, tracked, options(project));
    const { atime, mtime } = Deno.statSync(join(project.root, "a"));
    put(project, "b", "two");
    Deno.utimeSync(join(project.root, "b"), atime!, mtime!);
    Deno.renameSync(join(project.root, "b"), join(project.root, "a"));
    assert.equal((await takeSnapshot(project, tracked, options(project))).snapshot.get(tracked[0]!)!.digest, content("two").digest);
  }));

Deno.test("a changed mode is seen, whether the content is remembered or not", () =>
  inProject(async (project) => {
    put(project, "a", "x", 0o644);
    age(project, "a");
    await untilOld();
    await takeSnapshot(project, paths("a"), options(project));
    Deno.chmodSync(join(project.root, "a"), 0o755);
    const { snapshot } = await takeSnapshot(project, paths("a"), options(project));
    assert.equal(snapshot.get(paths("a")[0]!)!.executable, true);
  }));

Deno.test("dry runs write nothing, and a project that cannot be written is no failure", () =>
  inProject(async (project) => {
    put(project, "a", "x");
    age(project, "a");
    await takeSnapshot(project, paths("a"), options(project, { write: false }));
    assert.deepEqual([...Deno.readDirSync(metaPath(project, "."))], []);
    Deno.mkdirSync(cacheFile(project)); // a folder in the cache's place: as bad as a full disk
    assert.equal((await takeSnapshot(project, paths("a"), options(project))).hashed, 1);
  }));

Deno.test("a cache file with any byte changed, cut off or added is as good as none, and is written anew", () =>
  inProject(async (project) => {
    for (const path of ["a", "b"]) {
      put(project, path, path);
      age(project, path);
    }
    const tracked = paths("a", "b");
    await untilOld();
    await takeSnapshot(project, tracked, options(project));
    const good = Deno.readFileSync(cacheFile(project));
    const flipped = Array.from(good, (byte, at) => good.with(at, byte ^ (1 << (at % 8))));
    const cut = [0, 1, 15, 16, 79, 80, 95, 96, good.length - 1].map((length) => good.slice(0, length));
    const foreign = ["{", "null", '{"version":1,"entries":{"a":[1,2,3,4,"aa"]}}'].map((text) => new TextEncoder().encode(text));
    for (const bad of [...flipped, ...cut, ...foreign, Uint8Array.from([...good, 0])]) {
      Deno.writeFileSync(cacheFile(project), bad);
      const { snapshot, hashed } = await takeSnapshot(project, tracked, options(project));
      assert.deepEqual([...snapshot.values()].map(({ digest }) => digest), ["a", "b"].map((text) => content(text).digest));
      assert.equal(hashed, 2);
    }
    assert.equal((await takeSnapshot(project, tracked, options(project))).hashed, 0);
    assert.deepEqual(Deno.readFileSync(cacheFile(project)), good);
  }));

Deno.test("entries of files that are tracked no more are dropped", () =>
  inProject(async (project) => {
    for (const path of ["a", "b"]) {
      put(project, path, path);
      age(project, path);
    }
    await untilOld();
    await takeSnapshot(project, paths("a", "b"), options(project));
    await takeSnapshot(project, paths("a"), options(project));
    assert.deepEqual([...readStamps(cacheFile(project))!.paths], ["a"]);
  }));

Deno.test("a look at some files only keeps what is known of the others", () =>
  inProject(async (project) => {
    for (const path of ["a", "b"]) {
      put(project, path, path);
      age(project, path);
    }
    await untilOld();
    await takeSnapshot(project, paths("a"), options(project));
    await takeSnapshot(project, paths("b"), options(project, { statCache: openStatCache(project, { write: true, partial: true }) }));
    assert.equal((await takeSnapshot(project, paths("a", "b"), options(project))).hashed, 0);
  }));

Deno.test("a link has its target's bytes and its own text", () =>
  inProject(async (project) => {
    put(project, "data/real", "bytes", 0o755);
    link(project, "l", "data/real");
    const { snapshot } = await takeSnapshot(project, paths("l", "data/real"), options(project));
    assert.deepEqual(snapshot.get(paths("l")[0]!), linkContent("data/real", "bytes"));
  }));

Deno.test("a link to what is not tracked, or cannot travel, is a failure that names it; one to a missing file is missing", () =>
  inProject(async (project) => {
    put(project, "real", "x");
    link(project, "l", "real");
    await assert.rejects(
      takeSnapshot(project, paths("l"), options(project)),
      (error) => isFailure(error, "invalid") && error.hint === "mops bundle add real",
    );
    link(project, "out", "../../etc/passwd");
    await assert.rejects(
      takeSnapshot(project, paths("out"), options(project)),
      (error) => isFailure(error, "invalid") && /out of the project/.test(error.message),
    );
    Deno.removeSync(join(project.root, "real"));
    const { emit, warnings } = listening();
    const { missing } = await takeSnapshot(project, paths("l", "real"), options(project, { emit }));
    assert.deepEqual([missing, warnings().length], [paths("l", "real"), 1]);
  }));

Deno.test("nothing is read through a link in the path, and a folder in a file's place is missing", () =>
  inProject(async (project) => {
    put(project, "real/a", "x");
    link(project, "way", "real");
    put(project, "folder/x", "x");
    const { emit, warnings } = listening();
    const { snapshot, missing } = await takeSnapshot(project, paths("way/a", "folder"), options(project, { emit }));
    assert.deepEqual([snapshot.size, missing], [0, paths("folder", "way/a")]);
    assert.match(warnings().join("\n"), /not-a-file: folder .*directory/);
    assert.match(warnings().join("\n"), /behind-link: way\/a .*way is a link/);
  }));

Deno.test("progress adds up, and an interruption ends it", () =>
  inProject(async (project) => {
    for (const path of ["a", "b", "c"]) put(project, path, "12345");
    const { emit, events } = listening();
    await takeSnapshot(project, paths("a", "b", "c"), options(project, { emit }));
    assert.deepEqual(events[0], { kind: "begin", activity: "hashing", items: 3, bytes: 15 });
    assert.deepEqual(events.at(-1), { kind: "end", activity: "hashing" });
    assert.equal(events.reduce((sum, event) => sum + (event.kind === "bytes" ? event.count : 0), 0), 15);
    assert.deepEqual(events.flatMap((event) => event.kind === "item" ? [event.name] : []), ["a", "b", "c"]);
    await assert.rejects(takeSnapshot(project, paths("a"), options(project, { signal: AbortSignal.abort() })), (error) =>
      isFailure(error, "interrupted"));
  }));

const rootOrWindows = Deno.build.os === "windows" || Deno.uid() === 0;

Deno.test("a file that may not be read is a failure that names it", { ignore: rootOrWindows }, () =>
  inProject(async (project) => {
    put(project, "secret", "x", 0o000);
    await assert.rejects(takeSnapshot(project, paths("secret"), options(project)), (error) =>
      isFailure(error, "not-ready") && /cannot read .*secret: permission denied/.test(error.message));
  }));

Deno.test("a read-only project is read like any other", { ignore: rootOrWindows }, () =>
  inProject(async (project) => {
    put(project, "a", "x");
    age(project, "a");
    Deno.chmodSync(metaPath(project, "."), 0o555);
    try {
      for (let round = 0; round < 2; round++) assert.equal((await takeSnapshot(project, paths("a"), options(project))).hashed, 1);
      assert.equal(probeExecutableBit(project), true);
      assert.deepEqual([...Deno.readDirSync(metaPath(project, "."))], []);
    } finally {
      Deno.chmodSync(metaPath(project, "."), 0o755);
    }
  }));
