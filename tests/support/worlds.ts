/** Flows without a command line: small worlds over real folders and real layouts, for tests that run thousands of steps. */
import { join } from "node:path";
import type { Emit, Event } from "../../src/bundle/events.ts";
import type { Remote } from "../../src/bundle/content.ts";
import type { ProjectWorld, World } from "../../src/flows/world.ts";
import { init } from "../../src/flows/init.ts";
import { openLayout } from "../../src/layout/layout.ts";
import type { Project } from "../../src/worktree/project.ts";

export interface TestWorld extends World {
  readonly events: Event[];
}

export function plainWorld(author = "tester"): TestWorld {
  const events: Event[] = [];
  const emit: Emit = (event) => void events.push(event);
  let clock = 0;
  return {
    events,
    emit,
    signal: new AbortController().signal,
    now: () => new Date(Date.UTC(2026, 0, 1) + clock++ * 1000).toISOString(),
    author: () => Promise.resolve(author),
    tool: "mops test",
    gitState: () => Promise.resolve(null),
  };
}

/** The world of a project whose remote is `remote`, or the layout in `directory`. */
export function projectWorld(project: Project, remote: Remote | string, world: World = plainWorld()): ProjectWorld {
  const opened = typeof remote === "string" ? openLayout(remote, { emit: world.emit }) : remote;
  return { ...world, project, choice: { repository: opened.repository, source: "test" }, openRemote: () => Promise.resolve(opened) };
}

export async function makeProject(directory: string, name = "seir"): Promise<Project> {
  const { root } = await init(plainWorld(), {
    directory,
    name,
    tag: null,
    thresholdMegabytes: null,
    environment: null,
    remote: null,
    chosen: () => Promise.resolve({ repository: { kind: "layout", directory: "/nowhere" }, source: "test" }),
  });
  return { root };
}

/** Writes a file whose time is back far enough for the stat cache. */
export function writeFile(project: Project, path: string, text: string): void {
  const file = join(project.root, path);
  Deno.mkdirSync(join(file, ".."), { recursive: true });
  Deno.writeTextFileSync(file, text);
  const past = new Date(Date.now() - 60_000);
  Deno.utimeSync(file, past, past);
}
