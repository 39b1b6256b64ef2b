/**
 * A person at work in a process of their own: does what each line on stdin says, at the moment that it says, and answers with one line. The
 * same code as the commands run, without the seconds that it takes to start a program.
 */
import { join } from "node:path";
import { TextLineStream } from "./text_lines.ts";
import { type Failure, isFailure } from "../../src/base/failure.ts";
import { parseRepository } from "../../src/bundle/reference.ts";
import type { Remote } from "../../src/bundle/content.ts";
import { pull } from "../../src/flows/pull.ts";
import { push } from "../../src/flows/push.ts";
import { status } from "../../src/flows/status.ts";
import { add } from "../../src/flows/add.ts";
import { openLayout } from "../../src/layout/layout.ts";
import { openRemote } from "../../src/remote/open_remote.ts";
import { plainWorld, projectWorld } from "../support/worlds.ts";

export interface Task {
  readonly command: "push" | "pull" | "status" | "add";
  readonly root: string;
  /** `oci:/dir` or `localhost:41234/path`. */
  readonly remote: string;
  /** Of `add`. */
  readonly path?: string;
  /** Of `pull`. */
  readonly keep?: readonly string[];
  /** Epoch milliseconds. */
  readonly when: number;
}

export interface Done {
  readonly failed: string | null;
  readonly message: string | null;
  readonly digest: string | null;
  readonly overtaken: boolean;
  readonly relation: string | null;
  readonly warnings: readonly string[];
  /** Of a push to a registry: from the answer to its last look at the tag to the answer to its put (ms). */
  readonly window: number | null;
}

/** When the tag was last looked at, and when it was put: seen at the door that every request goes through. */
const tagLook = { looked: 0, window: null as number | null };
const door = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const answer = await door(input, init);
  const isTag = /\/manifests\/latest$/.test(String(input));
  if (isTag && init?.method === "HEAD" && tagLook.window === null) tagLook.looked = performance.now();
  if (isTag && init?.method === "PUT") tagLook.window = performance.now() - tagLook.looked;
  return answer;
};

async function run(task: Task): Promise<Done> {
  const world = plainWorld(task.root);
  const remote = open(task.remote);
  tagLook.window = null;
  const told = { failed: null, message: null, digest: null, overtaken: false, relation: null };
  const rest = () => ({
    warnings: world.events.flatMap((event) => event.kind === "warning" ? [event.code] : []),
    window: tagLook.window,
  });
  try {
    const project = { root: task.root };
    const there = projectWorld(project, remote, world);
    switch (task.command) {
      case "push": {
        const { digest } = await push(there, { tags: [], message: null, force: false, dryRun: false });
        return { ...told, digest, ...rest() };
      }
      case "pull": {
        const decisions = { overwrite: false, restoreDeleted: false, take: [], keep: task.keep ?? [] };
        const { digest } = await pull(there, { ...decisions, tag: null, digest: null, dryRun: false });
        return { ...told, digest, ...rest() };
      }
      case "status": {
        const report = await status(there, { offline: false, includeIgnored: false });
        return { ...told, overtaken: report.overtaken !== null, relation: report.relation, ...rest() };
      }
      case "add":
        await add(world, { project, standing: task.root, paths: [join(task.root, task.path!)], force: false });
        return { ...told, ...rest() };
    }
  } catch (error) {
    if (!isFailure(error)) throw error;
    const { code, message } = error as Failure;
    return { ...told, failed: code, message, ...rest() };
  } finally {
    remote.close();
  }
}

function open(name: string): Remote {
  const repository = parseRepository(name);
  if (repository.kind === "layout") return openLayout(repository.directory, { emit: () => {} });
  return openRemote(repository, { plainHttp: true, credentials: () => Promise.resolve(null), emit: () => {}, userAgent: "mops/test" });
}

if (import.meta.main) {
  for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
    const task = JSON.parse(line) as Task;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, task.when - Date.now())));
    console.log(JSON.stringify(await run(task)));
  }
}
