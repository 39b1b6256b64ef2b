/** Target sets of the model registry: set and delete. */
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { type RegistryEdit } from "../models/model_registry_yaml.ts";
import type { ModelRegistry, TargetSet } from "../models/model_registry.ts";
import type { TargetSetReport } from "../plan/reports.ts";
import { planSetRemoval, planTargetSet, type SetRequest } from "../plan/target_sets.ts";
import type { Project } from "../worktree/project.ts";
import { readBooks } from "./gather.ts";
import { listProjectFiles } from "./project_files.ts";
import { changeRegistry, registryText } from "./write_registry.ts";
import { changing, type World } from "./world.ts";

/** Replaces a set of that name. @throws Failure("not-found") | Failure("usage"); then nothing was changed. */
export async function setTargetSet(world: World, project: Project, request: SetRequest): Promise<TargetSetReport> {
  return await change(world, project, "target-set set", (registry) => planTargetSet(registry, request));
}

/** The targets stay registered. @throws Failure("not-found") */
export async function deleteTargetSet(world: World, project: Project, name: string): Promise<TargetSetReport> {
  return await change(world, project, "target-set delete", (registry) => {
    const edits = planSetRemoval(registry, name);
    return { edits, set: registry.sets.get(name)!, change: "removed" };
  });
}

type Planned = TargetSetReport & { readonly edits: readonly RegistryEdit[]; readonly set: TargetSet };

async function change(
  world: World,
  project: Project,
  command: string,
  plan: (registry: ModelRegistry) => Planned,
): Promise<TargetSetReport> {
  return await changing(world, project, command, async () => {
    const books = readBooks(project);
    const registry = parseModelRegistry(registryText(books));
    const { edits, set, change } = plan(registry);
    const { files } = listProjectFiles(project, books.tracked);
    await changeRegistry(world, project, books, files, registry, { edits, touched: new Set(), dryRun: false });
    return { set, change };
  });
}
