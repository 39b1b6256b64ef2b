/** The doors that flows open. `cli/session.ts` hangs the real ones; tests hang small ones. */
import type { Emit } from "../bundle/events.ts";
import type { Remote } from "../bundle/content.ts";
import { type Failure, isFailure } from "../base/failure.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { leftBehindIn, removeLeftBehind } from "../disk/left_behind.ts";
import type { Project } from "../worktree/project.ts";
import { LOCAL_NAMES, metaPath } from "../worktree/project.ts";

/** ms; commands that only look write caches without the lock, and may be at it just now. */
const ABANDONED = 10 * 60_000;

export interface World {
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** ISO 8601, UTC; only push records carry it. */
  now(): string;
  /** `Name <mail>` or `user@host`. */
  author(): Promise<string>;
  /** `mops 0.1.0` */
  readonly tool: string;
  /** Commit and dirty flag of the git work tree that a folder lies in; null outside of git. */
  gitState(folder: string): Promise<{ readonly commit: string; readonly dirty: boolean } | null>;
}

/** A project together with its remote, which is loaded and opened on first use: most looks at a folder need none. */
export interface ProjectWorld extends World {
  readonly project: Project;
  /** Which remote, and why; opens nothing. */
  readonly choice: { readonly repository: Remote["repository"]; readonly source: string };
  openRemote(): Promise<Remote>;
}

/**
 * For commands that only look: finishes what a crashed command began, if this one may. Where it may not (a read-only project, another
 * command at work) it says so and goes on.
 */
export async function settled(world: World, project: Project): Promise<void> {
  const isUnfinished = lstatIfThere(metaPath(project, LOCAL_NAMES.journal)) !== null;
  if (!isUnfinished && leftBehindIn(metaPath(project, "."), Date.now() - ABANDONED).length === 0) return;
  try {
    await changing(world, project, "status", () => Promise.resolve());
  } catch (error) {
    if (!isFailure(error, "busy", "not-ready")) throw error;
    if (isUnfinished) {
      world.emit({ kind: "warning", code: "unfinished", message: `an interrupted command is not finished yet: ${error.message}` });
    }
  }
}

/** For dry runs, which may not finish anything: what they show is then the plan for a folder that is half changed. */
export function warnIfUnfinished(world: World, project: Project): void {
  if (lstatIfThere(metaPath(project, LOCAL_NAMES.journal)) === null) return;
  const message = "an interrupted command is not finished yet: mops bundle status finishes it, and the plan may be another one then";
  world.emit({ kind: "warning", code: "unfinished", message });
}

/**
 * Runs what changes a project: alone, and after finishing what a crashed command began. `what` is the command, for those who wait. @throws Failure("busy") when another command
 * is at work and does not end soon.
 */
export async function changing<T>(world: World, project: Project, what: string, work: () => Promise<T>): Promise<T> {
  const [{ acquireLock }, { recover }] = await Promise.all([import("../disk/lock.ts"), import("../worktree/recover.ts")]); // not to look
  const lock = await acquireLock(metaPath(project, LOCAL_NAMES.lock), {
    what: `the project ${project.root}`,
    command: `mops bundle ${what}`,
    waitMs: 3000,
    signal: world.signal,
  });
  try {
    const now = lstatIfThere(metaPath(project, LOCAL_NAMES.lock))?.mtime?.getTime() ?? 0; // by the clock of that disk: it was made just now
    removeLeftBehind(metaPath(project, "."), now - ABANDONED);
    recover(project, world.emit);
    return await work();
  } catch (error) {
    if (isFailure(error, "changed-underneath")) await forgetChanged(project, error.facts);
    throw error;
  } finally {
    lock.release();
  }
}

/** A write through a mapping need not show in a file's stamp. Where its bytes show, running the command again must see it, not stop for ever. */
async function forgetChanged(project: Project, { path, paths }: Failure["facts"]): Promise<void> {
  const { forgetStamps } = await import("../worktree/stat_cache.ts");
  forgetStamps(project, new Set([path, ...Array.isArray(paths) ? paths : []].filter((one) => typeof one === "string")));
}
