/** What is registered, as it stands in `registry.yaml`; looks at no other file. */
import { EMPTY_MODEL_REGISTRY, type Entry } from "../models/model_registry.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import type { ListReport } from "../plan/reports.ts";
import type { ProjectWorld, World } from "./world.ts";
import { settled } from "./world.ts";
import { readBooks } from "./gather.ts";

export interface ListRequest {
  /** An entry is shown when it has all of them. */
  readonly modelLabels: Readonly<Record<string, string>>;
  readonly targetLabels: Readonly<Record<string, string>>;
}

export async function listModels(world: World, project: ProjectWorld["project"], request: ListRequest): Promise<ListReport> {
  await settled(world, project);
  const registry = parseModelRegistry(readBooks(project).modelRegistryText ?? EMPTY_MODEL_REGISTRY);
  const models = [...registry.models.values()].filter((entry) => hasLabels(entry, request.modelLabels));
  const targets = [...registry.targets.values()].filter((entry) => hasLabels(entry, request.targetLabels));
  const hidden = registry.models.size - models.length + registry.targets.size - targets.length;
  return { models, targets, targetSets: [...registry.sets.values()], hidden };
}

function hasLabels(entry: Entry, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => entry.labels[key] === value);
}
