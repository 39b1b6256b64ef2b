/** A shell on a desk, with `mops` on its path under all of its names: from source, or the binary that `MOPS_PROGRAM` names. */
import { delimiter, join } from "node:path";
import type { Desk, Ran } from "./program.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const NAMES = ["mops", "mops-bundle", "modelops-bundle"];

export class Shell {
  readonly #bin: string;
  readonly #env: Readonly<Record<string, string>>;
  /** Where the next command begins. */
  standing: string;

  constructor(readonly desk: Desk, env: Readonly<Record<string, string>> = {}) {
    this.#bin = desk.folder("bin");
    this.standing = desk.home;
    for (const name of NAMES) install(name, this.#bin);
    this.#env = {
      HOME: desk.home,
      PATH: `${this.#bin}${delimiter}${Deno.env.get("PATH") ?? ""}`,
      USER: "ana",
      LC_ALL: "C.UTF-8",
      GIT_CONFIG_NOSYSTEM: "1",
      SAMPLES: `${ROOT}dev`,
      ...env,
    };
  }

  /** One line of `sh`. It begins where the one before it ended. */
  async run(line: string): Promise<Ran> {
    const where = join(this.desk.path, "where");
    const child = new Deno.Command("sh", {
      args: ["-c", `${line}\ncode=$?\npwd >'${where}'\nexit $code`],
      cwd: this.standing,
      clearEnv: true,
      env: this.#env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    const { code, stdout, stderr } = await child.output();
    this.standing = Deno.readTextFileSync(where).trimEnd();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  }
}

/** A program goes by the name that it is called with. From source that is Deno, so it is called by a link to it. */
function install(name: string, bin: string): void {
  const program = Deno.env.get("MOPS_PROGRAM");
  if (program !== undefined) return Deno.symlinkSync(program, join(bin, name));
  const engine = join(bin, ".deno");
  Deno.mkdirSync(engine, { recursive: true });
  Deno.symlinkSync(Deno.execPath(), join(engine, name));
  const source = `run -A --quiet --no-check --config '${ROOT}deno.json' '${ROOT}main.ts'`;
  Deno.writeTextFileSync(join(bin, name), `#!/bin/sh\nDENO_DIR='${denoDirectory()}' exec '${join(engine, name)}' ${source} "$@"\n`, {
    mode: 0o755,
  });
}

let directory: string | undefined;

/** Deno's packages; with another home it would look for them elsewhere. */
function denoDirectory(): string {
  if (directory !== undefined) return directory;
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdin: "null" }).outputSync();
  return directory = (JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string }).denoDir;
}
