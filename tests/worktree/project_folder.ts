/** Projects in temporary folders, and what tests ask of them. */
import { join } from "node:path";
import { type BundlePath, parseBundlePath } from "../../src/base/bundle_path.ts";
import { digestOf } from "../../src/base/digest.ts";
import type { Event } from "../../src/bundle/events.ts";
import type { FileContent } from "../../src/bundle/snapshot.ts";
import type { Project } from "../../src/worktree/project.ts";

export async function inProject(work: (project: Project) => void | Promise<void>): Promise<void> {
  const root = Deno.realPathSync(Deno.makeTempDirSync());
  Deno.mkdirSync(join(root, ".modelops-bundle"));
  try {
    await work({ root });
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

export function put(project: Project, path: string, text: string, mode?: number): string {
  const file = join(project.root, path);
  Deno.mkdirSync(join(file, ".."), { recursive: true });
  Deno.writeTextFileSync(file, text);
  if (mode !== undefined) Deno.chmodSync(file, mode);
  return file;
}

export function link(project: Project, path: string, text: string): void {
  Deno.mkdirSync(join(project.root, path, ".."), { recursive: true });
  Deno.symlinkSync(text, join(project.root, path));
}

export function age(project: Project, path: string, seconds = 3600): void {
  const time = new Date(Date.now() - seconds * 1000);
  Deno.utimeSync(join(project.root, path), time, time);
}

/** Until the second is over in which something was written: nothing younger is remembered by the stat cache. */
export async function untilOld(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1100));
}

export function paths(...texts: string[]): BundlePath[] {
  return texts.map(parseBundlePath);
}

export function content(text: string, executable = false): FileContent {
  const bytes = new TextEncoder().encode(text);
  return { digest: digestOf(bytes), size: bytes.byteLength, executable, link: undefined };
}

export function linkContent(text: string, target: string): FileContent {
  return { ...content(target), link: text };
}

/** Everything in the project but `.modelops-bundle`: path → text, "→ target" for a link, "dir" for an empty folder, "x " before programs. */
export function treeOf(project: Project, directory = ""): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(join(project.root, directory))) {
    const path = directory === "" ? name : `${directory}/${name}`;
    if (path === ".modelops-bundle") continue;
    const file = join(project.root, path);
    const info = Deno.lstatSync(file);
    if (info.isSymlink) tree[path] = `→ ${Deno.readLinkSync(file)}`;
    else if (info.isFile) tree[path] = (info.mode! & 0o100 ? "x " : "") + Deno.readTextFileSync(file);
    else {
      const below = treeOf(project, path);
      if (Object.keys(below).length === 0) tree[path] = "dir";
      Object.assign(tree, below);
    }
  }
  return Object.fromEntries(Object.entries(tree).sort(([a], [b]) => a < b ? -1 : 1));
}

/** An `emit` that keeps what it was told. */
export function listening(): { emit: (event: Event) => void; events: Event[]; warnings: () => string[] } {
  const events: Event[] = [];
  return {
    emit: (event) => void events.push(event),
    events,
    warnings: () => events.flatMap((event) => event.kind === "warning" ? [`${event.code}: ${event.message}`] : []),
  };
}
