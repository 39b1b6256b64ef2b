/** Which objects below `.modelops-bundle/objects` are still needed: for each remembered bundle its manifest, index and model registry. */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import { decodeIndex } from "../bundle/bundle_index.ts";
import { decodeBundleManifest } from "../bundle/manifest.ts";
import { readObject } from "../worktree/base_objects.ts";
import type { Project } from "../worktree/project.ts";

export function rememberedObjects(project: Project, bundles: Iterable<Digest>): Set<Digest> {
  const needed = new Set<Digest>();
  for (const bundle of bundles) {
    needed.add(bundle);
    const manifest = readObject(project, bundle);
    if (manifest === null) continue;
    try {
      const { config } = decodeBundleManifest(manifest, bundle);
      needed.add(config.digest);
      const index = readObject(project, config.digest);
      const registry = index === null ? undefined : decodeIndex(index, bundle).find(({ path }) => path === MODEL_REGISTRY_PATH);
      if (registry !== undefined) needed.add(registry.digest);
    } catch (error) {
      if (!isFailure(error)) throw error; // an object that cannot be read needs nothing further
    }
  }
  return needed;
}
