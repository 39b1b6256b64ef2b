/**
 * Real disks that are full or read-only (a small tmpfs, where this machine lets us mount one), and a process with few handles: the program
 * as a user starts it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { denoCache, Desk, tree } from "../support/program.ts";

/** Mounts at `at`; null where that is not for us. */
function mount(at: string, options: string): Disposable | null {
  const mounted = new Deno.Command("mount", { args: ["-t", "tmpfs", "-o", options, "tmpfs", at], stderr: "null" }).outputSync().success;
  return mounted ? { [Symbol.dispose]: () => void new Deno.Command("umount", { args: ["-l", at] }).outputSync() } : null;
}

function remount(at: string, options: string): void {
  const { success, stderr } = new Deno.Command("mount", { args: ["-o", `remount,${options}`, at] }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
}

function mayMount(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const place = Deno.makeTempDirSync();
  try {
    using mounted = mount(place, "size=64k");
    return mounted !== null;
  } finally {
    Deno.removeSync(place);
  }
}

const MOUNTS = mayMount();
if (!MOUNTS) console.error("SKIPPED: small and read-only disks: this machine lets nobody mount a tmpfs here (Linux and root are needed)");

function onMount(name: string, options: string, test: (desk: Desk) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !MOUNTS,
    async fn() {
      using desk = new Desk();
      desk.folder("disk");
      using mounted = mount(join(desk.path, "disk"), options);
      assert.ok(mounted !== null);
      await test(desk);
    },
  });
}

/** Ann's bundle of 20 files of 100 KB, in a layout elsewhere. */
async function pushed(desk: Desk, store: string): Promise<void> {
  for (let i = 0; i < 20; i++) desk.write(`ann/data/${i}.bin`, crypto.getRandomValues(new Uint8Array(50_000)));
  await desk.mops(["init", ".", "--remote", `oci:${desk.path}/${store}`], { cwd: "ann" });
  await desk.mops(["add", "."], { cwd: "ann" });
}

const FULL = /the disk is full/;

/** It looks at that very disk, and names nothing that is gone by then. */
function runHint(desk: Desk, stderr: string): void {
  const [, command] = /^hint: (df -h .+?) {3}\(/m.exec(stderr) ?? [];
  assert.ok(command !== undefined, stderr);
  const { success, stdout } = new Deno.Command("sh", { args: ["-c", command], stderr: "null" }).outputSync();
  assert.ok(success, command);
  assert.ok(new TextDecoder().decode(stdout).includes(join(desk.path, "disk")), command);
}

onMount("a clone onto a full disk says so, leaves no file of the bundle, and goes on when there is room", "size=400k", async (desk) => {
  await pushed(desk, "store");
  await desk.mops(["push"], { cwd: "ann" });
  const into = ["pull", "--ref", `oci:${desk.path}/store:latest`, "--into", join(desk.path, "disk/ben")];
  const { stderr } = await desk.mops(into, { expect: 8 });
  assert.match(stderr, FULL);
  runHint(desk, stderr);
  assert.deepEqual(tree(join(desk.path, "disk/ben")), {});
  remount(join(desk.path, "disk"), "size=20m");
  await desk.mops(into);
  assert.deepEqual(Object.keys(tree(join(desk.path, "disk/ben"))).filter((path) => path.startsWith("data/")).length, 20);
});

onMount("a push into a layout on a full disk says so and tags nothing; with room it goes on", "size=400k", async (desk) => {
  await pushed(desk, "disk/store");
  const { stderr } = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(stderr, FULL);
  const show = ["manifest", `oci:${desk.path}/disk/store:latest`];
  await desk.mops(show, { expect: 4 });
  remount(join(desk.path, "disk"), "size=20m");
  await desk.mops(["push"], { cwd: "ann" });
  await desk.mops(show);
});

onMount("a project on a full disk can be looked at, though no cache can be written", "size=2m", async (desk) => {
  await pushed(desk, "store");
  await desk.mops(["push"], { cwd: "ann" });
  await desk.mops(["pull", "--ref", `oci:${desk.path}/store:latest`, "--into", join(desk.path, "disk/ben")]);
  const local = join(desk.path, "disk/ben/.modelops-bundle");
  for (const { name } of [...Deno.readDirSync(local)]) if (name.startsWith("stat-cache")) Deno.removeSync(join(local, name));
  fill(join(desk.path, "disk/filler"));
  const before = tree(join(desk.path, "disk/ben"));
  const { stdout } = await desk.mops(["status"], { cwd: "disk/ben" });
  assert.match(stdout, /latest/);
  assert.deepEqual(tree(join(desk.path, "disk/ben")), before);
  const { stderr } = await desk.mops(["remove", "data/1.bin"], { cwd: "disk/ben", expect: 8 });
  assert.match(stderr, FULL);
  Deno.removeSync(join(desk.path, "disk/filler"));
  await desk.mops(["remove", "data/1.bin"], { cwd: "disk/ben" });
});

onMount("a read-only disk: what only looks works, what changes something says why not", "size=20m", async (desk) => {
  await pushed(desk, "store");
  await desk.mops(["push"], { cwd: "ann" });
  const ben = join(desk.path, "disk/ben");
  await desk.mops(["pull", "--ref", `oci:${desk.path}/store:latest`, "--into", ben]);
  remount(join(desk.path, "disk"), "ro");
  const cwd = "disk/ben";
  for (
    const args of [["status"], ["status", "--offline"], ["diff"], ["list"], ["log"], ["manifest"], ["push", "--dry-run"], [
      "pull",
      "--dry-run",
    ]]
  ) {
    await desk.mops(args, { cwd });
  }
  for (const args of [["add", "."], ["pull"], ["push"], ["mv", "data/1.bin", "x.bin"]]) {
    const { stderr } = await desk.mops(args, { cwd, expect: 8 });
    assert.match(stderr, /read-only/, args.join(" "));
  }
  remount(join(desk.path, "disk"), "rw");
  await desk.mops(["mv", "data/1.bin", "x.bin"], { cwd });
});

Deno.test("with 32 handles a push and a pull of 60 files work, or say which file could not be opened and why", async () => {
  using desk = new Desk();
  for (let i = 0; i < 60; i++) desk.write(`ann/data/${i}.csv`, `${i}\n`);
  const remote = `oci:${desk.path}/store`;
  await desk.mops(["init", ".", "--remote", remote], { cwd: "ann" });
  await desk.mops(["add", "."], { cwd: "ann" });
  const program = Deno.env.get("MOPS_PROGRAM");
  const root = new URL("../../", import.meta.url).pathname;
  const call = program === undefined
    ? [Deno.execPath(), "run", "-A", "--no-check", "--config", join(root, "deno.json"), join(root, "main.ts")]
    : [program];
  const few = async (args: readonly string[], cwd: string) => {
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 32; exec "$@"', "sh", ...call, "bundle", ...args],
      cwd: join(desk.path, cwd),
      env: { HOME: desk.home, ...denoCache(program) },
    }).output();
    return { code, said: new TextDecoder().decode(stderr) };
  };
  for (const [args, cwd] of [[["push"], "ann"], [["pull", "--ref", `${remote}:latest`, "--into", "../ben"], "ann"]] as const) {
    const { code, said } = await few(args, cwd);
    if (code !== 0) {
      assert.equal(code, 8, said);
      assert.match(said, /cannot \w+ .*: too many files are open in this process/);
      await desk.mops(args, { cwd });
    }
  }
  assert.equal(Object.keys(tree(join(desk.path, "ben"))).filter((path) => path.startsWith("data/")).length, 60);
});

function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  for (const size of [1 << 16, 1 << 12, 1]) {
    try {
      while (true) file.writeSync(new Uint8Array(size));
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOSPC") throw error;
    }
  }
}
