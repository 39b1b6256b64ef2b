/** Files whose names no bundle can hold are told: who adds a folder, or looks at it, would not miss them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { add } from "../../src/flows/add.ts";
import type { Project } from "../../src/worktree/project.ts";
import { fails, MODEL_FILES, MODEL_REGISTRY, Site, warningsOf } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";

const ONLY_LINUX = { ignore: Deno.build.os !== "linux" };

/** By bash, which has bytes for names. */
async function touch(project: Project, ...escaped: string[]): Promise<void> {
  const script = escaped.map((path) => `echo x > $'${path}'`).join("; ");
  const { success, stderr } = await new Deno.Command("bash", { args: ["-c", script], cwd: project.root, env: { LC_ALL: "C" } }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

Deno.test("add and status name each file whose name is no UTF-8, in bytes; what is ignored is not told", ONLY_LINUX, async () => {
  for (const files of [{ "data/a.csv": "a\n" }, { ...MODEL_FILES, "data/a.csv": "a\n" }]) {
    using site = new Site();
    const project = await site.project("ann", files);
    if ("models/sir.py" in files) writeFile(project, ".modelops-bundle/registry.yaml", MODEL_REGISTRY);
    const said = async () => {
      const world = plainWorld();
      await site.status(project, { offline: true }, { world });
      return warningsOf(world).filter((text) => text.startsWith("unusable-name"));
    };
    assert.deepEqual(await said(), []);
    await touch(project, String.raw`data/caf\xe9.csv`, String.raw`\xff`, String.raw`\xfe`, String.raw`run\xff.log`);
    writeFile(project, ".modelopsignore", "*.log\n");
    const odd = [String.raw`\xfe`, String.raw`\xff`, String.raw`data/caf\xe9.csv`];
    const { skipped, added } = await add(plainWorld(), { project, standing: project.root, paths: ["."], force: false });
    assert.ok(added.every((path) => !path.includes("\ufffd")));
    assert.deepEqual(skipped.map(({ path }) => path).sort(), odd);
    for (const { why } of skipped) assert.match(why, /not valid UTF-8/);
    assert.deepEqual(
      (await said()).sort(),
      odd.map((path) => `unusable-name: ${path} cannot be tracked: it has a name that is not valid UTF-8`),
    );
    await touch(project, ...Array.from({ length: 9 }, (_, i) => String.raw`data/\xff` + i), String.raw`with\x0anewline`);
    const many = await said();
    assert.equal(many.length, 6);
    assert.match(many.at(-1)!, /: 8 more cannot be tracked because of their names/);
  }
});

Deno.test("a file that is named by what is no UTF-8 is refused for that", ONLY_LINUX, async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.csv": "a\n" });
  await touch(project, String.raw`caf\xe9.csv`);
  await fails(site.add(project, "caf\ufffd.csv"), "usage", "not valid UTF-8", "nothing was added");
});

Deno.test(
  "in a directory that is deleted by now, a command says so, and how to go on",
  { ignore: Deno.build.os === "windows" },
  async () => {
    const folder = Deno.makeTempDirSync();
    const script = `
    const folder = Deno.makeTempDirSync({ dir: ${JSON.stringify(folder)} });
    Deno.chdir(folder);
    Deno.removeSync(folder);
    const { run } = await import(${JSON.stringify(import.meta.resolve("../../src/cli/run.ts"))});
    Deno.exit(await run(["bundle", ...Deno.args], {}, Deno.exit));
  `;
    Deno.writeTextFileSync(join(folder, "gone.ts"), script);
    try {
      for (const args of [["status"], ["add", "."], ["init", "."], ["pull", "--ref", "oci:x/y", "--into", "z"]]) {
        const { code, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            "-A",
            "--no-check",
            "--quiet",
            `--config=${new URL("../../deno.json", import.meta.url).pathname}`,
            join(folder, "gone.ts"),
            ...args,
          ],
        }).output();
        const said = new TextDecoder().decode(stderr);
        assert.match(said, /^error: the current directory does not exist any more\nhint: cd /);
        assert.equal(code, 8, said);
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);
