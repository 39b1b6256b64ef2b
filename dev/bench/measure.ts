/** Whole processes, measured from outside: what a user waits for and pays, start-up included. */

export interface Tool {
  /** The program and what always comes before its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Usage {
  /** Milliseconds, start to end. */
  readonly wall: number;
  /** Milliseconds of processor time, of the process and its children, in user and kernel mode; null without GNU time. */
  readonly processor: number | null;
  /** Bytes: the largest resident set of any single process; null without GNU time. */
  readonly memory: number | null;
}

const GNU_TIME = "/usr/bin/time"; // `apt-get install time`; the shell's own `time` knows nothing of memory

/** Milliseconds that `tool args` takes in `cwd`. @throws Error with what it said, when it fails: a failure has no time. */
export async function timed(tool: Tool, cwd: string, args: readonly string[]): Promise<number> {
  return (await ran([...tool.command, ...args], tool.env, cwd)).wall;
}

/** What `tool args` takes in `cwd`. @throws Error as above. */
export async function used(tool: Tool, cwd: string, args: readonly string[]): Promise<Usage> {
  const file = await Deno.makeTempFile({ prefix: "mops-bench-usage-" });
  try {
    const around = hasGnuTime() ? [GNU_TIME, "-o", file, "-f", "%U %S %M"] : [];
    const { wall } = await ran([...around, ...tool.command, ...args], tool.env, cwd);
    if (around.length === 0) return { wall, processor: null, memory: null };
    const [user, system, kibibytes] = (await Deno.readTextFile(file)).trim().split(/\s+/).map(Number);
    return { wall, processor: (user! + system!) * 1000, memory: kibibytes! * 1024 };
  } finally {
    await Deno.remove(file);
  }
}

/** What a tool prints. @throws Error as above. */
export async function output(tool: Tool, cwd: string, args: readonly string[]): Promise<string> {
  return (await ran([...tool.command, ...args], tool.env, cwd, "piped")).stdout;
}

async function ran(
  call: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  stdout: "null" | "piped" = "null",
): Promise<{ readonly wall: number; readonly stdout: string }> {
  const [program, ...args] = call;
  const command = new Deno.Command(program!, { args, cwd, env: { ...env }, clearEnv: true, stdin: "null", stdout, stderr: "piped" });
  const start = performance.now();
  const result = await command.output();
  const wall = performance.now() - start;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (result.code === 0) return { wall, stdout: stdout === "piped" ? text(result.stdout) : "" };
  const shown = call.slice(0, 12).join(" ");
  throw new Error(`\`${shown}\` ended with exit code ${result.code}: ${text(result.stderr).trim().slice(-500)}`);
}

let gnuTime: boolean | undefined;

function hasGnuTime(): boolean {
  if (gnuTime === undefined) {
    try {
      gnuTime = Deno.statSync(GNU_TIME).isFile;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      gnuTime = false;
    }
  }
  return gnuTime;
}

/** The first line that a program prints about its version, or null where it is not installed. */
export async function versionOf(command: readonly string[]): Promise<string | null> {
  try {
    const { code, stdout } = await new Deno.Command(command[0]!, { args: command.slice(1), stdin: "null", stderr: "null" }).output();
    return code === 0 ? new TextDecoder().decode(stdout).split("\n")[0]!.trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The middle of several runs, so that one hiccup of the machine counts for nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What the figures were measured on; without it they mean nothing. */
export async function machine(): Promise<string> {
  const memory = Math.round(Deno.systemMemoryInfo().total / 1024 ** 3);
  const model = Deno.build.os === "linux" ? /model name\s*: (.*)/.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1] : undefined;
  const load = Deno.loadavg()[0]!.toFixed(1);
  return `${Deno.build.os} ${Deno.osRelease()}, ${navigator.hardwareConcurrency} × ${
    model ?? Deno.build.arch
  }, ${memory} GiB, load ${load}`;
}
