/** The tour of README.md, executed as it is written: by one shell command after the other, in an empty home, by the program itself. */
import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { Desk } from "../support/program.ts";
import { matches, type Step, stepsOf } from "./console_blocks.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const HOME_ON_THE_PAGE = "/home/ana";

Deno.test({
  name: "the tour of README.md does what it says",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const steps = stepsOf(await Deno.readTextFile(join(ROOT, "README.md")));
    assert.ok(steps.length >= 10, "README.md holds a tour");
    using desk = new Desk();
    const bin = desk.folder("bin");
    await putOnPath(bin);
    let standing = desk.home;
    for (const step of steps) standing = await run(step, standing, bin, desk);
  },
});

Deno.test("output is compared line by line", () => {
  assert.ok(matches(["a", "…", "z"], "a\nb\n\nc\nz\n"));
  assert.ok(matches(["a", "…"], "a\n"));
  assert.ok(matches(["Digest: sha256:…", "(x)"], "Digest: sha256:12\n(x)  \n"));
  assert.ok(matches([], "\n"));
  assert.ok(!matches(["a"], "a\nb\n"));
  assert.ok(!matches(["a", "…", "z"], "a\nb\n"));
  assert.ok(!matches([], "a\n"));
});

/** Runs one command where the one before it ended; gives where this one ended. */
async function run(step: Step, cwd: string, bin: string, desk: Desk): Promise<string> {
  const where = join(desk.path, "where");
  const child = new Deno.Command("sh", {
    args: ["-c", `${step.command}\ncode=$?\npwd > ${where}\nexit $code`],
    cwd,
    clearEnv: true,
    env: { HOME: desk.home, REPOSITORY: ROOT, PATH: `${bin}${delimiter}${Deno.env.get("PATH") ?? ""}`, USER: "ana" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await child.output();
  const output = (new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)).replaceAll(desk.home, HOME_ON_THE_PAGE);
  const told = `README.md, line ${step.line}: ${step.command}\n--- it should print\n${step.expected.join("\n")}\n--- it printed\n${output}`;
  assert.equal(code, step.exit, told);
  assert.ok(matches(step.expected, output), told);
  return (await Deno.readTextFile(where)).trimEnd();
}

/** `mops`, from source or the binary that `MOPS_PROGRAM` names. */
async function putOnPath(bin: string): Promise<void> {
  const program = Deno.env.get("MOPS_PROGRAM");
  const line = program === undefined
    ? `exec env DENO_DIR='${await denoDirectory()}' '${Deno.execPath()}' run -A --quiet --no-check --config '${ROOT}deno.json' '${ROOT}main.ts' "$@"`
    : `exec '${program}' "$@"`;
  Deno.writeTextFileSync(join(bin, "mops"), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
}

/** With another home, Deno would look for its packages elsewhere. */
async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdin: "null" }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
