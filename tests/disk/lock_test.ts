/** One owner at a time, and nobody has to clean up after the dead. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isFailure } from "../../src/base/failure.ts";
import { acquireLock } from "../../src/disk/lock.ts";
import { inFolder, namesIn } from "./folder.ts";

const now = { what: "the project", waitMs: 0 };

Deno.test("a second owner waits until the first lets go, also within one process", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock");
    const first = await acquireLock(path, { ...now, command: "mops bundle push" });
    await assert.rejects(acquireLock(path, now), (error) =>
      isFailure(error, "busy") && /mops bundle push \(process \d+ on .+, since \d{4}-/.test(error.message) &&
      error.hint!.includes(`rm ${path}`));
    const second = acquireLock(path, { ...now, waitMs: 5000 });
    first.release();
    (await second).release();
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test("release may be called twice and never removes another one's lock", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock");
    const first = await acquireLock(path, now);
    first.release();
    const second = await acquireLock(path, now);
    first.release();
    assert.deepEqual(namesIn(folder), ["lock"]);
    second.release();

    const third = await acquireLock(path, now);
    Deno.writeTextFileSync(path, "somebody else's");
    third.release();
    assert.equal(Deno.readTextFileSync(path), "somebody else's");
  }));

Deno.test("the lock of a process that died is broken at once", { ignore: Deno.build.os !== "linux" }, () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock");
    await holdAndDie(path);
    assert.deepEqual(namesIn(folder), ["lock"]);
    (await acquireLock(path, now)).release();
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test(
  "of many who find a dead lock, only one has the new one at any time",
  { ignore: Deno.build.os !== "linux" },
  () =>
    inFolder(async (folder) => {
      const path = join(folder, "lock");
      for (let round = 0; round < 3; round++) {
        await holdAndDie(path);
        let holders = 0;
        await Promise.all(Array.from({ length: 8 }, async () => {
          const lock = await acquireLock(path, { ...now, waitMs: 20_000 });
          assert.equal(++holders, 1);
          await new Promise((resolve) => setTimeout(resolve, 1));
          holders--;
          lock.release();
        }));
      }
      assert.deepEqual(namesIn(folder), []);
    }),
);

Deno.test(
  "processes that fight over a dead lock never have it together",
  { ignore: Deno.build.os !== "linux" },
  () =>
    inFolder(async (folder) => {
      const path = join(folder, "lock");
      await holdAndDie(path);
      // Each appends "in" and "out" under the lock; two owners at once would show as "in in".
      const workers = Array.from({ length: 4 }, () => run(["fight", path, join(folder, "log")]));
      for (const { success, stderr } of await Promise.all(workers)) assert.equal(success, true, new TextDecoder().decode(stderr));
      assert.match(Deno.readTextFileSync(join(folder, "log")), /^(in out ){40}$/);
    }),
);

Deno.test("a lock file always says whose it is, so that a maker who is killed blocks nobody", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock");
    let silent = 0;
    let seen = 0;
    const worker = run(["fast", path, ""]);
    let over = false;
    worker.finally(() => over = true);
    while (!over) {
      for (let look = 0; look < 500; look++) {
        try {
          seen++;
          if (Deno.readTextFileSync(path) === "") silent++;
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assert.equal((await worker).success, true);
    assert.ok(seen > 500);
    assert.equal(silent, 0);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a lock of another machine or of another container is never broken", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock");
    const owner = {
      host: "node17",
      pid: 4242,
      started: "2026-11-22T10:00:00.000Z",
      command: "mops bundle pull",
      token: "t",
      space: "",
      born: "",
    };
    Deno.writeTextFileSync(path, JSON.stringify(owner));
    await assert.rejects(acquireLock(path, now), (error) =>
      isFailure(error, "busy") && error.message.includes("process 4242 on node17, since 2026-11-22"));
    Deno.writeTextFileSync(path, JSON.stringify({ ...owner, host: Deno.hostname(), pid: Deno.pid, space: "pid:[1]" }));
    await assert.rejects(acquireLock(path, now), (error) =>
      isFailure(error, "busy"));
  }));

Deno.test(
  "a pid that was used again does not keep a dead lock alive",
  { ignore: Deno.build.os !== "linux" },
  () =>
    inFolder(async (folder) => {
      const path = join(folder, "lock");
      const mine = await acquireLock(path, now);
      const owner = JSON.parse(Deno.readTextFileSync(path));
      mine.release();
      const [boot] = owner.born.split("/");
      Deno.writeTextFileSync(path, JSON.stringify({ ...owner, pid: 1, born: `${boot}/no such time`, token: "t" }));
      (await acquireLock(path, now)).release();
      Deno.writeTextFileSync(path, JSON.stringify({ ...owner, token: "t" })); // our own pid, not one of our locks
      (await acquireLock(path, now)).release();
    }),
);

Deno.test(
  "after another boot a lock is broken only where the machine is known to be this one",
  { ignore: Deno.build.os !== "linux" },
  () =>
    inFolder(async (folder) => {
      const path = join(folder, "lock");
      const mine = await acquireLock(path, now);
      const owner = { ...JSON.parse(Deno.readTextFileSync(path)), born: "another boot/1", token: "t" };
      mine.release();
      // Two machines that are both called localhost, and an older mops or a container without a machine id.
      for (const machine of ["f".repeat(32), null, undefined]) {
        for (const pid of [Deno.pid, 999_999_999]) {
          Deno.writeTextFileSync(path, JSON.stringify({ ...owner, pid, machine }));
          await assert.rejects(acquireLock(path, now), (error) => isFailure(error, "busy") && error.hint!.includes(`rm ${path}`));
        }
      }
      Deno.writeTextFileSync(path, JSON.stringify(owner));
      if (owner.machine === null) await assert.rejects(acquireLock(path, now), (error) => isFailure(error, "busy"));
      else (await acquireLock(path, now)).release();
    }),
);

Deno.test("a lock file that says nothing is held by somebody unknown, and after a minute by nobody", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock");
    for (const text of ["", "\0\0\0", '{"host":"node1","pi']) {
      Deno.writeTextFileSync(path, text);
      await assert.rejects(acquireLock(path, now), (error) => isFailure(error, "busy"));
      assert.deepEqual(namesIn(folder), ["lock"]);
      const past = new Date(Date.now() - 90_000);
      Deno.utimeSync(path, past, past);
      Deno.writeTextFileSync(`${path}.breaking`, ""); // somebody died while breaking it
      Deno.utimeSync(`${path}.breaking`, past, past);
      (await acquireLock(path, { ...now, waitMs: 2000 })).release();
      assert.deepEqual(namesIn(folder), []);
    }
    for (const text of ["somebody else's", '{"of":"a newer mops"}']) {
      Deno.writeTextFileSync(path, text);
      const past = new Date(Date.now() - 90_000);
      Deno.utimeSync(path, past, past);
      await assert.rejects(acquireLock(path, now), (error) => isFailure(error, "busy"));
    }
  }));

Deno.test("waiting ends with the signal", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock");
    const lock = await acquireLock(path, now);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await assert.rejects(acquireLock(path, { ...now, waitMs: 60_000, signal: stop.signal }), (error) => isFailure(error, "interrupted"));
    lock.release();
  }));

Deno.test("where no file can be made, the failure says so", () =>
  inFolder(async (folder) => {
    await assert.rejects(acquireLock(join(folder, "none", "lock"), now), (error) => isFailure(error, "not-found"));
  }));

async function holdAndDie(path: string): Promise<void> {
  const { success, stderr } = await run(["die", path]);
  assert.equal(success, true, new TextDecoder().decode(stderr));
}

function run(args: string[]): Promise<Deno.CommandOutput> {
  const program = fileURLToPath(new URL("./lock_process.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), { args: ["run", "-A", program, ...args] }).output();
}

for (const garbage of ["\x01\x02 not ours \xff".repeat(20), "[1, 2]\n", '{"host": "h", "pid": "no number"}\n']) {
  Deno.test(`a lock file of garbage (${JSON.stringify(garbage.slice(0, 12))}) is told with a command that takes it away`, () =>
    inFolder(async (folder) => {
      const path = join(folder, "a b", "lock");
      Deno.mkdirSync(join(folder, "a b"));
      Deno.writeTextFileSync(path, garbage);
      const long = new Date(Date.now() - 3600_000);
      Deno.utimeSync(path, long, long);
      let hint = "";
      await assert.rejects(acquireLock(path, now), (error) => {
        if (!isFailure(error, "busy")) return false;
        hint = error.hint!;
        return error.message === `the project is locked, and ${path} does not say by whom: it is damaged, or not of this program`;
      });
      assert.equal(Deno.readTextFileSync(path), garbage, "nobody knows whose it is, so nobody takes it away unasked");
      const { success } = await new Deno.Command("sh", { args: ["-c", hint.split("   (")[0]!] }).output();
      assert.ok(success, hint);
      (await acquireLock(path, now)).release();
    }));
}

Deno.test("a lock that is a link to nothing, or a fifo, is nobody's: said at once, with the command that takes it away", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock");
    for (const [command, ...args] of [["ln", "-s", "/nonexistent/lock", path], ["mkfifo", path]] as const) {
      new Deno.Command(command, { args }).outputSync();
      await assert.rejects(
        acquireLock(path, { what: "the project", waitMs: 60_000 }),
        (error) => isFailure(error, "busy") && error.hint!.startsWith(`rm ${path}`),
      );
      Deno.removeSync(path);
    }
  }));
