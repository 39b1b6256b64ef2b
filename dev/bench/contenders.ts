/**
 * How each tool does each job: same bytes, the way its own documentation says. Every run of every contender starts from the same state;
 * `prepare` makes that state and is not timed, `call` is, `check` looks at what came of it.
 */
import type { Tool } from "./measure.ts";
import type { BenchRegistry } from "./registry.ts";

export interface Contender {
  /** The column that ratios are against: "mops", "git", "oras". */
  readonly name: string;
  prepare?(run: number): Promise<void>;
  readonly tool: Tool;
  readonly cwd: string;
  args(run: number): readonly string[];
  check?(run: number): Promise<void>;
  /** Counts requests in the registry's log. */
  readonly countsRequests?: boolean;
}

export interface Bench {
  /** Everything happens below it. */
  readonly folder: string;
  readonly registry: BenchRegistry | null;
  /** Names and commands of mops: the compiled one, the source. */
  readonly programs: readonly (readonly [name: string, command: readonly string[]])[];
  /** At most so many runs; a row may ask for less. */
  readonly runs: number;
  /** Smaller than 1 for a quick look: files and bytes are multiplied by it. */
  readonly scale: number;
  readonly has: (tool: "git" | "oras" | "restic" | "curl" | "openssl") => boolean;
  readonly tell: (line: string) => void;
}

export function mopsTool(bench: Bench, command: readonly string[], home: string): Tool {
  return { command, env: environment(home, bench.registry === null ? {} : { REGISTRY_URL: bench.registry.host }) };
}

export function gitTool(home: string): Tool {
  const identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "init.defaultBranch=main", "-c", "gc.auto=0"];
  return { command: ["git", ...identity], env: environment(home, { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" }) };
}

export function plainTool(name: string, home: string): Tool {
  return { command: [name], env: environment(home, {}) };
}

export function shellTool(script: string, home: string, variables: Readonly<Record<string, string>>): Tool {
  return { command: ["sh", "-c", script, "sh"], env: environment(home, variables) };
}

export function resticTool(repository: string, home: string): Tool {
  return { command: ["restic", "--quiet", "--repo", repository], env: environment(home, { RESTIC_PASSWORD: "bench" }) };
}

/** Nothing of the user's: no credentials, no settings, no caches of earlier work. */
function environment(home: string, more: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.fromEntries(["PATH", "TMPDIR", "DENO_DIR"].flatMap((name) => {
    const value = Deno.env.get(name) ?? (name === "DENO_DIR" ? denoDirectory() : undefined);
    return value === undefined ? [] : [[name, value]];
  }));
  return { ...kept, HOME: home, LC_ALL: "C", ...more };
}

/** Where Deno keeps what it downloaded: running from source must not begin with downloads in a fresh home. */
function denoDirectory(): string | undefined {
  const home = Deno.env.get("HOME");
  return home === undefined ? undefined : `${home}/${Deno.build.os === "darwin" ? "Library/Caches/deno" : ".cache/deno"}`;
}

export async function fresh(path: string): Promise<string> {
  await gone(path);
  await Deno.mkdir(path, { recursive: true });
  return path;
}

export async function gone(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
