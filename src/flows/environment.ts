/** Which site a project works with: the environments there are, the pinned one, and switching. */
import { formatRepository, type RemoteBase } from "../bundle/reference.ts";
import { readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { isFailure } from "../base/failure.ts";
import { listEnvironments, loadEnvironment } from "../settings/environments.ts";
import type { RemoteChoice } from "../settings/remote_choice.ts";
import type { EnvironmentReport } from "../plan/reports.ts";
import { LOCAL_NAMES, metaPath, type Project } from "../worktree/project.ts";
import { loadState, saveState } from "../worktree/local_state.ts";
import { changing, type World } from "./world.ts";

/** The name in the pin file; null when nothing is pinned. */
export function pinnedEnvironment(project: Project): string | null {
  const text = readTextIfThere(metaPath(project, LOCAL_NAMES.environment))?.trim();
  return text === undefined || text === "" ? null : text;
}

export function describeEnvironments(home: string, project: Project | null, choice: RemoteChoice | null): EnvironmentReport {
  return {
    pinned: project === null ? null : pinnedEnvironment(project),
    remote: choice === null ? null : formatRepository(choice.repository),
    source: choice?.source ?? null,
    candidates: choice?.candidates ?? [],
    environments: listEnvironments(home).map((name) => {
      try {
        const { registry } = loadEnvironment(home, name);
        return {
          name,
          registry: registry === null ? null : describeBase(registry),
          problem: registry === null ? "has no registry part" : null,
        };
      } catch (error) {
        if (!isFailure(error)) throw error;
        return { name, registry: null, problem: error.message };
      }
    }),
  };
}

/** Pins the environment and forgets the recorded remote, so that the environment's registry is the remote from now on (D7). */
export async function switchEnvironment(world: World, home: string, project: Project, name: string): Promise<void> {
  loadEnvironment(home, name); // must exist and be readable before anything changes
  await changing(world, project, "env switch", () => {
    saveState(project, { ...loadState(project), remote: null });
    writeAtomic(metaPath(project, LOCAL_NAMES.environment), `${name}\n`, { sync: true });
    return Promise.resolve();
  });
}

export function describeBase(base: RemoteBase): string {
  if (base.kind === "layout") return `oci:${base.directory}`;
  return base.prefix === "" ? base.host : `${base.host}/${base.prefix}`;
}
