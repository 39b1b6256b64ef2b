/** What init finds in a folder is somebody's: it is added to byte by byte, through a link too, or refused. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk } from "../support/program.ts";

/** "# été", "déjà" in Latin-1. */
const LATIN1 = new Uint8Array([0x23, 0x20, 0xe9, 0x74, 0xe9, 10, 0x64, 0xe9, 0x6a, 0xe0, 10]);

Deno.test("a .gitignore in Latin-1 keeps its bytes", async () => {
  using desk = new Desk();
  desk.write("model/.gitignore", LATIN1);
  await desk.mops(["init", "."], { cwd: "model" });
  const found = Deno.readFileSync(join(desk.path, "model/.gitignore"));
  assert.deepEqual(found.subarray(0, LATIN1.length), LATIN1);
  assert.match(new TextDecoder().decode(found.subarray(LATIN1.length)), /^\n# mops: .*\n\/\.modelops-bundle\/\*\n/);
});

Deno.test("a .gitignore that is a link stays one, and what it leads to gets the lines", async () => {
  using desk = new Desk();
  desk.write("model/git/ignore", "*.log\n");
  Deno.symlinkSync("git/ignore", join(desk.path, "model/.gitignore"));
  assert.deepEqual((await desk.json(["init", "."], { cwd: "model" })).changed, [".gitignore"]);
  assert.equal(Deno.readLinkSync(join(desk.path, "model/.gitignore")), "git/ignore");
  assert.match(desk.read("model/git/ignore"), /^\*\.log\n\n# mops: /);
});

Deno.test("nothing is written through a .gitignore that leads out of the project", async () => {
  using desk = new Desk();
  desk.write("shared/ignore", "*.log\n");
  desk.folder("model");
  Deno.symlinkSync("../shared/ignore", join(desk.path, "model/.gitignore"));
  const { stderr } = await desk.mops(["init", "."], { cwd: "model", expect: 3 });
  assert.match(stderr, /\.gitignore is a link out of the project.*\n.*cp --remove-destination/);
  assert.equal(desk.read("shared/ignore"), "*.log\n");
  assert.deepEqual([...Deno.readDirSync(join(desk.path, "model"))].map(({ name }) => name), [".gitignore"]);
});

Deno.test("a .gitignore that leads to nothing is named, and the folder is left as it was", async () => {
  using desk = new Desk();
  desk.folder("model");
  Deno.symlinkSync("../nowhere", join(desk.path, "model/.gitignore"));
  const { stderr } = await desk.mops(["init", "."], { cwd: "model", expect: 4 });
  assert.match(stderr, /\.gitignore/);
  assert.deepEqual([...Deno.readDirSync(join(desk.path, "model"))].map(({ name }) => name), [".gitignore"]);
});

Deno.test("a config.yaml that is not UTF-8 is refused, and not rewritten", async () => {
  using desk = new Desk();
  desk.write("model/a.txt", "a\n");
  await desk.mops(["init", "."], { cwd: "model" });
  const bytes = new Uint8Array([...new TextEncoder().encode(desk.read("model/.modelops-bundle/config.yaml")), ...LATIN1.subarray(0, 6)]);
  desk.write("model/.modelops-bundle/config.yaml", bytes);
  const { stderr } = await desk.mops(["init", ".", "--tag", "v2"], { cwd: "model", expect: 8 });
  assert.match(stderr, /config\.yaml is not valid UTF-8/);
  assert.deepEqual(Deno.readFileSync(join(desk.path, "model/.modelops-bundle/config.yaml")), bytes);
});
