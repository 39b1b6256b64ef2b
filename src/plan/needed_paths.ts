/** What a bundle has to hold so that its models and targets work: everything recorded of them. */
import type { BundlePath } from "../base/bundle_path.ts";
import type { ModelRegistry } from "../models/model_registry.ts";
import { entriesOf, recordedPaths } from "./cloud_state.ts";

/**
 * Recorded paths, and the `__init__.py` of the packages above an entry that an older tool recorded without them. As recorded: what an old
 * tool wrote may be no lawful path.
 */
export function neededPaths(registry: ModelRegistry, files: ReadonlySet<BundlePath>): Set<string> {
  const needed = new Set<string>();
  for (const entry of entriesOf(registry)) {
    for (const path of recordedPaths(entry)) needed.add(path);
    if (entry.closure !== null) continue;
    for (let end = entry.path.lastIndexOf("/"); end > 0; end = entry.path.lastIndexOf("/", end - 1)) {
      const init = `${entry.path.slice(0, end)}/__init__.py`;
      if (files.has(init as BundlePath)) needed.add(init);
    }
  }
  return needed;
}
