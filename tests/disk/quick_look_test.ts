/** The quick way to look at files tells what Deno tells. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { isFailure } from "../../src/base/failure.ts";
import { lstatIfThere, stampOf } from "../../src/disk/file_stamp.ts";
import { looksFrom } from "../../src/disk/quick_look.ts";

const MANY = 1_000_000; // looks: enough for the quick way to be worth opening

async function inFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mops-look-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("for files of any size, mode and time it tells what Deno's lstat tells", () =>
  inFolder((folder) => {
    const look = looksFrom(`${folder}/`, MANY);
    const name = fc.constantFrom("a", "with space", "ü", "漢字/file", "🦠/deep/er", "x".repeat(255), ".hidden");
    const time = fc.oneof(fc.integer({ min: -2_000_000_000, max: 4_000_000_000_000 }), fc.constantFrom(0, -1, 1, 999, 1000, 1001));
    const size = fc.constantFrom(0, 1, 4096, 70_000, 2 ** 31 + 5, 2 ** 32, 2 ** 40 + 1);
    fc.assert(
      fc.property(name, time, size, fc.integer({ min: 0, max: 0o777 }), (path, milliseconds, bytes, mode) => {
        const file = join(folder, path);
        Deno.mkdirSync(join(file, ".."), { recursive: true });
        Deno.writeFileSync(file, new Uint8Array());
        Deno.truncateSync(file, bytes); // sparse
        Deno.chmodSync(file, mode);
        Deno.utimeSync(file, milliseconds / 1000, milliseconds / 1000);
        const info = Deno.lstatSync(file);
        assert.deepEqual({ ...look(path)! }, { ...stampOf(info), kind: "file", executable: (info.mode! & 0o100) !== 0 });
        Deno.removeSync(file);
      }),
      { numRuns: 300 },
    );
  }));

Deno.test("links are not followed, folders are folders, a fifo is something else, and what is not there is null", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(join(folder, "file"), "x");
    Deno.symlinkSync("file", join(folder, "link"));
    Deno.symlinkSync("nowhere", join(folder, "dangling"));
    Deno.mkdirSync(join(folder, "sub"));
    assert.ok((await new Deno.Command("mkfifo", { args: [join(folder, "fifo")] }).output()).success);
    for (const look of [looksFrom(`${folder}/`, MANY), looksFrom(`${folder}/`, 1)]) {
      const kinds = ["file", "link", "dangling", "sub", "fifo", "gone", "gone/deeper", "file/below"].map((path) =>
        look(path)?.kind ?? null
      );
      assert.deepEqual(kinds, ["file", "link", "link", "directory", "other", null, null, null]);
    }
  }));

Deno.test("what the system refuses to answer is a failure that names the path, as Deno's own is", () =>
  inFolder((folder) => {
    const long = `${"d/".repeat(3000)}file`;
    const failureOf = (look: () => unknown) => {
      try {
        look();
      } catch (error) {
        if (isFailure(error)) return error.message;
        throw error;
      }
      return null;
    };
    const expected = failureOf(() => lstatIfThere(join(folder, long)));
    assert.match(expected!, /too long/);
    for (const count of [1, MANY]) assert.equal(failureOf(() => looksFrom("", count)(join(folder, long))), expected);
  }));
