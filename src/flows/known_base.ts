/** The base of a comparison and no more: what decodes a whole bundle is loaded only where nothing shorter is remembered. */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { readBaseFiles, rememberBaseFiles } from "../worktree/base_files.ts";
import type { Project } from "../worktree/project.ts";
import type { ComparedSide } from "./compared_side.ts";
import type { Sources } from "./read_bundle.ts";

/** By the project's own copy of its file list; null where that is of another bundle. */
export function rememberedSide(
  sources: Sources & { readonly project: Project },
  digest: Digest,
  what: string,
): ComparedSide | null {
  const files = readBaseFiles(sources.project, digest);
  if (files === null) return null;
  return {
    files,
    modelRegistry: async () => {
      const { readText } = await import("./read_bundle.ts");
      return await readText(sources, files.get(MODEL_REGISTRY_PATH), `the model registry of ${what}`);
    },
  };
}

/**
 * From the project's own copy of its file list where there is one, else from the bundle; null when that is gone from everywhere, or nobody
 * can be asked now.
 */
export async function readBaseIfReachable(
  sources: Sources & { readonly project: Project },
  digest: Digest,
  what: string,
): Promise<ComparedSide | null> {
  const remembered = rememberedSide(sources, digest, what);
  if (remembered !== null) return remembered;
  const { readBundleIfReachable } = await import("./read_bundle.ts");
  const bundle = await readBundleIfReachable(sources, digest, what);
  if (bundle !== null) rememberBaseFiles(sources.project, digest, bundle.files);
  return bundle;
}
