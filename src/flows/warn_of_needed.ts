/** What `remove` says of files that registered models and targets need: it is done, and what comes of it is told. */
import { type BundlePath, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { isFailure } from "../base/failure.ts";
import { readTextIfThere } from "../disk/atomic_file.ts";
import type { ModelRegistry } from "../models/model_registry.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { entriesOf, recordedPaths } from "../plan/cloud_state.ts";
import { neededPaths } from "../plan/needed_paths.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import type { World } from "./world.ts";

const MOST_WARNINGS = 3;

/** What registered models and targets need a push takes in again, and where it is deleted they are broken. */
export function warnOfNeeded({ emit }: World, project: Project, removed: readonly BundlePath[], isDeleted: boolean): void {
  const registry = registryIfReadable(project);
  if (registry === null) return;
  const entries = entriesOf(registry);
  const needed = neededPaths(registry, new Set(removed));
  const again = removed.filter((path) => needed.has(path));
  for (const path of again.slice(0, MOST_WARNINGS)) {
    const [first, ...more] = entries.filter((entry) => recordedPaths(entry).includes(path));
    const who = first === undefined
      ? "the package of a model"
      : `${first.kind} ${first.id}${more.length > 0 ? ` and ${more.length} more` : ""}`;
    const so = isDeleted ? "it is broken without it" : "a push tracks it again";
    emit({ kind: "warning", code: "needed", message: `${path} is needed by ${who}: ${so}` });
  }
  const rest = again.length - MOST_WARNINGS;
  if (rest > 0) emit({ kind: "warning", code: "needed", message: `${rest} more of these files are needed by models and targets` });
}

/** A registry that cannot be read is for those to say who need it. */
function registryIfReadable(project: Project): ModelRegistry | null {
  try {
    const text = readTextIfThere(onDisk(project, MODEL_REGISTRY_PATH));
    return text === null ? null : parseModelRegistry(text);
  } catch (error) {
    if (isFailure(error, "invalid", "unsupported")) return null;
    throw error;
  }
}
