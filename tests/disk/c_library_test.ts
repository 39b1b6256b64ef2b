/** What the C library does for us, and that nobody needs it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Effect, hangEffectHook } from "../../src/base/effect.ts";
import { openCLibrary } from "../../src/disk/c_library.ts";
import { looksFrom } from "../../src/disk/quick_look.ts";
import { exchange, renameNew } from "../../src/disk/renameat2.ts";
import { syncFiles } from "../../src/disk/sync_folder.ts";
import { MANY_FILES, syncFileSystem } from "../../src/disk/sync_file_system.ts";
import { inFolder } from "./folder.ts";

const ONLY_LINUX = { ignore: Deno.build.os !== "linux" };

Deno.test("a function that the C library does not have is null, and no failure", ONLY_LINUX, () => {
  assert.equal(openCLibrary({ mops_has_no_such_function: { parameters: [], result: "i32" } }), null);
  assert.equal(openCLibrary({ getpid: { parameters: [], result: "i32" } })!.getpid(), Deno.pid);
});

Deno.test("whoever makes a mistake in what is asked of the C library is told", ONLY_LINUX, () => {
  assert.throws(() => openCLibrary({ getpid: { parameters: [], result: "no such type" as "i32" } }));
});

Deno.test(
  "a runtime without the right to call the C library looks, renames and syncs by its own calls",
  ONLY_LINUX,
  () =>
    inFolder(async (folder) => {
      Deno.writeTextFileSync(join(folder, "a"), "a");
      const room = (name: string) => JSON.stringify(import.meta.resolve(`../../src/disk/${name}.ts`));
      const script = `
      import { looksFrom } from ${room("quick_look")};
      import { renameNew } from ${room("renameat2")};
      import { syncFileSystem } from ${room("sync_file_system")};
      import { syncFiles } from ${room("sync_folder")};
      const folder = ${JSON.stringify(folder)};
      await syncFiles(folder, Array(${MANY_FILES}).fill(folder + "/a"));
      console.log(looksFrom(folder + "/", 1e6)("a").size, renameNew(folder + "/a", folder + "/b"), syncFileSystem(folder));
    `;
      const flags = ["--no-check", "--no-prompt", "--quiet", "--allow-read", `--allow-write=${folder}`];
      const run = async (...more: string[]) => {
        const child = new Deno.Command(Deno.execPath(), { args: ["run", ...flags, ...more, "-"], stdin: "piped", stdout: "piped" }).spawn();
        const writer = child.stdin.getWriter();
        await writer.write(new TextEncoder().encode(script));
        await writer.close();
        return new TextDecoder().decode((await child.output()).stdout).trim();
      };
      assert.equal(await run(), "1 false false");
      assert.equal(await run("--allow-ffi"), "1 true true");
      assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["b"]);
    }),
);

Deno.test("many files are made durable by one call to the file system, few by one call each", ONLY_LINUX, () =>
  inFolder(async (folder) => {
    const files = Array.from({ length: MANY_FILES }, (_, i) => join(folder, String(i)));
    for (const file of files) Deno.writeTextFileSync(file, "x");
    assert.deepEqual(await effectsOf(() => syncFiles(folder, files)), [{ kind: "sync-all", on: folder }]);
    const few = files.slice(1);
    assert.deepEqual(await effectsOf(() => syncFiles(folder, few, { parallel: 1 })), few.map((on) => ({ kind: "sync", on })));
    const withFolder = await effectsOf(() => syncFiles(folder, few, { parallel: 1, folders: [folder] }));
    assert.deepEqual(withFolder, [...few, folder].map((on) => ({ kind: "sync", on })), "names, after what they name");
  }));

Deno.test("what cannot be opened is not synced, and what stands there is never renamed over", ONLY_LINUX, () =>
  inFolder((folder) => {
    assert.equal(syncFileSystem(join(folder, "none")), false);
    for (const name of ["a", "b"]) Deno.writeTextFileSync(join(folder, name), name);
    assert.equal(renameNew(join(folder, "a"), join(folder, "b")), false);
    assert.equal(Deno.readTextFileSync(join(folder, "b")), "b");
    assert.equal(looksFrom(`${folder}/`, 1e6)("a")!.size, 1);
  }));

Deno.test("two names are exchanged whatever they hold, and nothing is where one of them is gone", ONLY_LINUX, () =>
  inFolder((folder) => {
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    Deno.writeTextFileSync(a, "a");
    Deno.symlinkSync("nowhere", b);
    assert.equal(exchange(a, b), true);
    assert.deepEqual([Deno.readLinkSync(a), Deno.readTextFileSync(b)], ["nowhere", "a"]);
    assert.equal(exchange(a, join(folder, "none")), false);
    assert.deepEqual([Deno.readLinkSync(a), Deno.readTextFileSync(b)], ["nowhere", "a"]);
  }));

async function effectsOf(work: () => Promise<void>): Promise<Effect[]> {
  const effects: Effect[] = [];
  const before = hangEffectHook((effect, perform) => {
    effects.push(effect);
    return perform();
  });
  try {
    await work();
  } finally {
    hangEffectHook(before);
  }
  return effects;
}
