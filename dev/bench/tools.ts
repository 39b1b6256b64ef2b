/**
 * How each tool does each job: same folder, same jobs, the way its own documentation says. Only what is inside `time` is measured;
 * everything before it is preparation.
 */
import { join } from "node:path";
import type { Tool } from "./measure.ts";
import { type Workload, workloadPaths } from "./workload.ts";

export const JOBS = ["start-up", "add", "status, first", "status, again", "push", "push, no change", "pull"] as const;
export type Job = typeof JOBS[number];

/** Where one run of one tool takes place. */
export interface Place {
  /** Holds the workload, and nothing else yet. */
  readonly project: string;
  /** An empty folder for what the tool needs besides. */
  readonly aside: string;
  /** Base of remotes, as REGISTRY_URL takes it. */
  readonly base: string;
  /** Lawful as a repository name, and new in every run. */
  readonly name: string;
  readonly workload: Workload;
}

export type Timer = (job: Job, tool: Tool, cwd: string, args: readonly string[]) => Promise<void>;
export type Quietly = (tool: Tool, cwd: string, args: readonly string[]) => Promise<unknown>;

/** Does all jobs once, and returns the folder that was pulled. */
export type Contender = (place: Place, time: Timer, prepare: Quietly) => Promise<string>;

export function mops(command: readonly string[]): Contender {
  return async ({ project, aside, base, name }, time, prepare) => {
    const tool = { command, env: environment(aside, { REGISTRY_URL: base }) };
    await time("start-up", tool, project, ["version"]);
    await prepare(tool, project, ["bundle", "init", ".", "--name", name]);
    await time("add", tool, project, ["bundle", "add", "."]);
    await time("status, first", tool, project, ["bundle", "status"]);
    await time("status, again", tool, project, ["bundle", "status"]);
    await time("push", tool, project, ["bundle", "push"]);
    await time("push, no change", tool, project, ["bundle", "push"]);
    const copy = join(aside, "copy");
    await time("pull", tool, aside, ["bundle", "pull", "--ref", `${base}/${name}:latest`, "--into", copy]);
    return copy;
  };
}

export const git: Contender = async ({ project, aside }, time, prepare) => {
  const identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "init.defaultBranch=main", "-c", "gc.auto=0"];
  const tool = {
    command: ["git", ...identity],
    env: environment(aside, { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" }),
  };
  const bare = join(aside, "bare.git");
  await time("start-up", tool, project, ["version"]);
  await prepare(tool, project, ["init", "-q", "."]);
  await prepare(tool, aside, ["init", "-q", "--bare", bare]);
  await prepare(tool, project, ["remote", "add", "origin", `file://${bare}`]);
  await time("add", tool, project, ["add", "."]);
  await time("status, first", tool, project, ["status"]);
  await time("status, again", tool, project, ["status"]);
  await prepare(tool, project, ["commit", "-q", "-m", "bench"]);
  await time("push", tool, project, ["push", "-q", "origin", "HEAD:main"]);
  await time("push, no change", tool, project, ["push", "-q", "origin", "HEAD:main"]);
  const copy = join(aside, "copy");
  await time("pull", tool, aside, ["clone", "-q", "--branch", "main", `file://${bare}`, copy]);
  return copy;
};

/** One layer per file, as a bundle has. A layout is left out: oras would be asked for it in another way. */
export const oras: Contender = async ({ project, aside, base, name, workload }, time) => {
  const tool = { command: ["oras"], env: environment(aside, {}) };
  const reference = `${base}/oras-${name}:latest`;
  const files = workloadPaths(workload).map((path) => `${path}:application/octet-stream`);
  await time("start-up", tool, project, ["version"]);
  await time("push", tool, project, ["push", "--plain-http", "--no-tty", reference, ...files]);
  await time("push, no change", tool, project, ["push", "--plain-http", "--no-tty", reference, ...files]);
  const copy = join(aside, "copy");
  await time("pull", tool, aside, ["pull", "--plain-http", "--no-tty", "--output", copy, reference]);
  return copy;
};

/** Nothing of the user's: no credentials, no settings, no caches of earlier work. */
function environment(home: string, more: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.fromEntries(["PATH", "TMPDIR", "DENO_DIR"].flatMap((name) => {
    const value = Deno.env.get(name) ?? (name === "DENO_DIR" ? denoDir() : undefined);
    return value === undefined ? [] : [[name, value]];
  }));
  return { ...kept, HOME: home, LC_ALL: "C", ...more };
}

/** Where Deno keeps what it downloaded: running from source must not begin with downloads in a fresh home. */
function denoDir(): string | undefined {
  const home = Deno.env.get("HOME");
  return home === undefined ? undefined : join(home, Deno.build.os === "darwin" ? "Library/Caches/deno" : ".cache/deno");
}
