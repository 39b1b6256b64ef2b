/**
 * Runs the whole program as a user would: from source, or the binary that `MOPS_PROGRAM` names. Sealed: its own home, no inherited
 * variables, an empty folder to stand in.
 */
import assert from "node:assert/strict";
import { join } from "node:path";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** From the room's own folder, or absolute. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit code that is expected; anything else fails the test with both streams. Default 0; null: any. */
  readonly expect?: number | null;
  /** Octal, as for the shell. */
  readonly umask?: string;
}

const ROOT = new URL("../../", import.meta.url).pathname;

/** One user on one machine: a home directory and folders below a temporary directory. */
export class Desk {
  readonly path: string;
  readonly home: string;

  constructor(readonly env: Readonly<Record<string, string>> = {}) {
    this.path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "mops-test-" }));
    this.home = join(this.path, "home");
    Deno.mkdirSync(this.home);
  }

  [Symbol.dispose](): void {
    makeRemovable(this.path);
    Deno.removeSync(this.path, { recursive: true });
  }

  folder(name: string): string {
    const path = join(this.path, name);
    Deno.mkdirSync(path, { recursive: true });
    return path;
  }

  /** Writes a file and sets its time back, so that the stat cache may trust it. */
  write(path: string, text: string | Uint8Array, options: { readonly executable?: boolean } = {}): void {
    const file = join(this.path, path);
    Deno.mkdirSync(join(file, ".."), { recursive: true });
    Deno.writeFileSync(file, typeof text === "string" ? new TextEncoder().encode(text) : text);
    if (options.executable !== undefined) Deno.chmodSync(file, options.executable ? 0o755 : 0o644);
    const past = new Date(Date.now() - 60_000);
    Deno.utimeSync(file, past, past);
  }

  read(path: string): string {
    return Deno.readTextFileSync(join(this.path, path));
  }

  /** `mops bundle …` */
  async mops(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return await this.run(["bundle", ...args], options);
  }

  /** `mops bundle … --json`, parsed. */
  // deno-lint-ignore no-explicit-any -- tests look at what they expect
  async json(args: readonly string[], options: RunOptions = {}): Promise<any> {
    const ran = await this.mops([...args, "--json"], options);
    return JSON.parse(ran.code === 0 || ran.stdout !== "" ? ran.stdout : ran.stderr);
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const { code, stdout, stderr } = await this.start(args, options).output();
    const ran = { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    const expected = options.expect === undefined ? 0 : options.expect;
    if (expected !== null) assert.equal(code, expected, `mops ${args.join(" ")}\n--- stdout\n${ran.stdout}\n--- stderr\n${ran.stderr}`);
    return ran;
  }

  /** The program at work, for those who send it signals. */
  start(args: readonly string[], options: Omit<RunOptions, "expect"> = {}): Deno.ChildProcess {
    const program = Deno.env.get("MOPS_PROGRAM");
    const [command, first] = program === undefined
      ? [Deno.execPath(), ["run", "-A", "--no-check", "--config", join(ROOT, "deno.json"), join(ROOT, "main.ts")]]
      : [program, []];
    const call = [command, ...first, ...args];
    const [outer, ...inner] = options.umask === undefined ? call : ["sh", "-c", `umask ${options.umask}; exec "$@"`, "sh", ...call];
    return new Deno.Command(outer!, {
      args: inner,
      cwd: options.cwd === undefined ? this.path : join(this.path, options.cwd),
      clearEnv: true,
      env: { HOME: this.home, PATH: Deno.env.get("PATH") ?? "", ...denoCache(program), ...this.env, ...options.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }
}

/** From source, Deno's module cache must be found although the home is another one; a binary gets nothing. */
export function denoCache(program: string | undefined): Record<string, string> {
  if (program !== undefined) return {};
  const cache = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/", ".cache"), "deno");
  return { DENO_DIR: cache };
}

/** Every regular file and link below a folder: path → content, mode and link, without local state. For comparing two trees. */
export function tree(folder: string, options: { readonly local?: boolean } = {}): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (relative: string): void => {
    for (const entry of Deno.readDirSync(join(folder, relative))) {
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (options.local !== true && /^\.modelops-bundle\/(?!(config|registry|manifest)\.yaml$)/.test(path)) continue;
      if (entry.isSymlink) found[path] = `link ${Deno.readLinkSync(join(folder, path))}`;
      else if (entry.isDirectory) visit(path);
      else {
        const bytes = Deno.readFileSync(join(folder, path));
        const executable = ((Deno.lstatSync(join(folder, path)).mode ?? 0) & 0o100) !== 0;
        found[path] = `${executable ? "exec " : ""}${bytes.byteLength} ${new TextDecoder("latin1").decode(bytes)}`;
      }
    }
  };
  visit("");
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1));
}

function makeRemovable(folder: string): void {
  for (const entry of Deno.readDirSync(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory && !entry.isSymlink) {
      Deno.chmodSync(path, 0o755);
      makeRemovable(path);
    }
  }
}
