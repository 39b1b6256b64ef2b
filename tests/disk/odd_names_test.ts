/** Names that are no text. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { listsOddNames, oddNamesIn } from "../../src/disk/odd_names.ts";
import { inFolder } from "./folder.ts";

const ONLY_LINUX = { ignore: Deno.build.os !== "linux" };

/** By bash, which has bytes for names. */
async function make(folder: string, script: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("bash", { args: ["-c", script], cwd: folder, env: { LC_ALL: "C" } }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

Deno.test(
  "names that are no UTF-8 are found among a thousand others, with their bytes as bash takes them",
  ONLY_LINUX,
  () =>
    inFolder(async (folder) => {
      const odd = [String.raw`a\xffb.txt`, String.raw`\xed\xa0\x80`, String.raw`it\x27s \x5c \x0a\xe9`, String.raw`\xf0\x9f\xa6`];
      await make(folder, `touch ${odd.map((name) => `$'${name}'`).join(" ")}; mkdir $'d\\xfe'; ln -s x $'l\\xc3'`);
      for (let i = 0; i < 1000; i++) Deno.writeTextFileSync(join(folder, `${"long".repeat(20)}-${i}`), "");
      for (const name of ["ünïcode", "real\ufffd", "\ufeffbom", "🦠", "plain"]) Deno.writeTextFileSync(join(folder, name), "");
      const found = oddNamesIn(folder);
      assert.deepEqual(found.map(({ escaped }) => escaped).sort(), [...odd, String.raw`d\xfe`, String.raw`l\xc3`].sort());
      const kindOf = (name: string) => found.find(({ escaped }) => escaped === name)!.kind;
      assert.deepEqual(kindOf(String.raw`d\xfe`), { isFile: false, isDirectory: true, isSymlink: false });
      assert.deepEqual(kindOf(String.raw`l\xc3`), { isFile: false, isDirectory: false, isSymlink: true });
      if (listsOddNames()) {
        const shown = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) => name.includes("\ufffd"));
        assert.deepEqual(found.map(({ name }) => name).sort(), shown.filter((name) => name !== "real\ufffd").sort());
      }
      await make(folder, `stat -c %n ${found.map(({ escaped }) => `$'${escaped}'`).join(" ")}`); // as told, they can be named
    }),
);

Deno.test("a folder that is not there, or is none, has no such names", ONLY_LINUX, () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "file"), "");
    for (const name of ["none", "file"]) assert.deepEqual(oddNamesIn(join(folder, name)), []);
  }));

Deno.test("the runtime shows such names since version 2.9", () => {
  assert.deepEqual(["1.46.3", "2.6.10", "2.8.0", "2.9.0", "2.10.1", "3.0.0"].map(listsOddNames), [false, false, false, true, true, true]);
});
