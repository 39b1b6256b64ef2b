/** A project of one big file, and `mops` as a process there. */
import assert from "node:assert/strict";
import { join } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A folder with a project of one big file, and a home of its own. */
export class Desk implements Disposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "mops-killed-" }));
  readonly project = join(this.path, "p");

  /** @param size of `p/big.bin`, in bytes, of chance */
  constructor(size: number) {
    Deno.mkdirSync(this.project);
    Deno.mkdirSync(join(this.path, "home"));
    using file = Deno.openSync(join(this.project, "big.bin"), { write: true, createNew: true });
    const piece = new Uint8Array(64 * 1024);
    for (let at = 0; at < size; at += piece.byteLength) file.writeSync(crypto.getRandomValues(piece));
    const past = new Date(Date.now() - 60_000);
    Deno.utimeSync(join(this.project, "big.bin"), past, past);
  }

  /** For every command. */
  variables: Readonly<Record<string, string>> = {};

  spawn(cwd: string, ...args: string[]): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", join(ROOT, "main.ts"), "bundle", ...args],
      cwd,
      clearEnv: true,
      env: {
        ...this.variables,
        HOME: join(this.path, "home"),
        PATH: Deno.env.get("PATH") ?? "",
        DENO_DIR: Deno.env.get("DENO_DIR") ?? denoDir(),
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async run(cwd: string, ...args: string[]): Promise<string> {
    const { code, said } = await ended(this.spawn(cwd, ...args));
    assert.equal(code, 0, said);
    return said;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

function denoDir(): string {
  return join(Deno.env.get("HOME") ?? "/", ".cache", "deno");
}

export async function ended(
  child: Deno.ChildProcess,
): Promise<{ readonly code: number; readonly signal: string | null; readonly said: string }> {
  const { code, signal, stdout, stderr } = await child.output();
  return { code, signal, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
