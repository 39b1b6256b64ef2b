/** A folder that lies where the program keeps a file of its own: told with a command that puts it right, or harmless. The whole program. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk } from "../support/program.ts";

const META = ".modelops-bundle";

Deno.test("a folder in the place of a file of ours is told with a command that moves it aside, or is harmless", async () => {
  using desk = new Desk();
  desk.write("first/a.txt", "a\n");
  await desk.mops(["init", ".", "--remote", `oci:${desk.path}/store`], { cwd: "first" });
  await desk.mops(["add", "."], { cwd: "first" });
  await desk.mops(["push"], { cwd: "first" });
  for (const name of ["state.json", "tracked.txt", "config.yaml", "registry.yaml", "manifest.yaml", "an object", "stat-cache"]) {
    const cwd = `after ${name}`;
    new Deno.Command("cp", { args: ["-a", join(desk.path, "first"), join(desk.path, cwd)] }).outputSync();
    const objects = join(desk.path, cwd, META, "objects/sha256");
    const kept = [...Deno.readDirSync(objects)].map((entry) => join("objects/sha256", entry.name)).sort()[0]!;
    const file = join(desk.path, cwd, META, name === "an object" ? kept : name);
    Deno.removeSync(file);
    Deno.mkdirSync(file);
    Deno.writeTextFileSync(join(file, "of somebody"), "x\n");
    let told = 0;
    for (const args of [["status", "--offline"], ["push", "--tag", name.replaceAll(" ", "-")]]) {
      let ran = await desk.mops(args, { cwd, expect: null });
      if (ran.stderr.includes("it is a directory")) {
        told++;
        assert.ok(ran.stderr.includes(`${file}: it is a directory`), ran.stderr);
        runHint(join(desk.path, cwd), ran.stderr);
        ran = await desk.mops(args, { cwd, expect: null });
      }
      assert.doesNotMatch(ran.stderr, /it is a directory/, `${name}: ${args.join(" ")}`);
    }
    assert.equal(told, name === "stat-cache" ? 0 : 1, `${name}: said once, and good then`);
    const holders = [file, `${file}.aside`].filter((folder) => exists(join(folder, "of somebody")));
    assert.equal(holders.length, 1, `${name}: what lay in the folder is there`);
  }
});

/** What a person does who pastes the command of a hint. */
function runHint(cwd: string, stderr: string): void {
  const [, command] = /^hint: (.+?)(?: {3}\(.*)?$/m.exec(stderr) ?? [];
  assert.ok(command !== undefined, stderr);
  const ran = new Deno.Command("sh", { args: ["-c", command], cwd }).outputSync();
  assert.ok(ran.success, `${command}: ${new TextDecoder().decode(ran.stderr)}`);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
