/** Whole processes, timed from outside: what a user waits for, start-up included. */

export interface Tool {
  /** The program and what always comes before its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Milliseconds that `tool args` takes in `cwd`. @throws Error with what it said, when it fails: a failure has no time. */
export async function timed(tool: Tool, cwd: string, args: readonly string[]): Promise<number> {
  const [program, ...before] = tool.command;
  const command = new Deno.Command(program!, {
    args: [...before, ...args],
    cwd,
    env: { ...tool.env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const start = performance.now();
  const { code, stderr } = await command.output();
  const time = performance.now() - start;
  if (code === 0) return time;
  const shown = [...tool.command, ...args].slice(0, 8).join(" ");
  throw new Error(`\`${shown}\` ended with exit code ${code}: ${new TextDecoder().decode(stderr).trim().slice(-500)}`);
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
export function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
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
