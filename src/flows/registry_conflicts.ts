/** What of a model registry that changed on both sides stands in the way of a pull: nothing, entries by name, or the file as a whole. */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { isFailure } from "../base/failure.ts";
import type { Change } from "../plan/compare.ts";
import type { EntryConflict } from "../plan/merge_model_registry.ts";
import type { ComparedSide } from "./compared_side.ts";

export interface MergedChanges {
  /** A registry that merges is `modified` and `remote-modified`, and no conflict. */
  readonly changes: readonly Change[];
  readonly entryConflicts: readonly EntryConflict[];
}

/** By the merge that a pull makes (decision 0007, "Merging"): whoever looks is told what the pull will do. */
export async function mergedChanges(
  changes: readonly Change[],
  local: ComparedSide,
  there: ComparedSide,
  base: ComparedSide,
): Promise<MergedChanges> {
  const isRegistry = ({ path, kind }: Change): boolean => path === MODEL_REGISTRY_PATH && kind === "conflict";
  const conflicts = changes.some(isRegistry) ? await conflictsOf(local, there, base) : null;
  if (conflicts === null || conflicts.length > 0) return { changes, entryConflicts: conflicts ?? [] };
  const bothWays = ({ path }: Change): Change[] => [{ path, kind: "modified" }, { path, kind: "remote-modified" }];
  return { changes: changes.flatMap((change) => isRegistry(change) ? bothWays(change) : [change]), entryConflicts: [] };
}

/** null: one side has none, or none that can be read or had now: then the file is what conflicts. */
async function conflictsOf(local: ComparedSide, there: ComparedSide, base: ComparedSide): Promise<readonly EntryConflict[] | null> {
  try {
    const [ours, theirs, before] = await Promise.all([local, there, base].map((side) => side.modelRegistry()));
    if (ours == null || theirs == null) return null;
    const { mergeModelRegistry } = await import("../plan/merge_model_registry.ts"); // loads the library that edits YAML
    return mergeModelRegistry(ours, theirs, before ?? null, { take: [], keep: [] }).conflicts;
  } catch (error) {
    if (
      isFailure(
        error,
        "invalid",
        "unsupported",
        "not-found",
        "unreachable",
        "unauthorized",
        "forbidden",
        "rate-limited",
        "remote-error",
        "interrupted",
        "corrupt",
      )
    ) {
      return null;
    }
    throw error;
  }
}
