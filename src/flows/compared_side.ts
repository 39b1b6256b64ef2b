/** What a comparison is made of: the folder, the remote and the base that both last agreed on, each as files and a model registry. */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import type { Snapshot } from "../bundle/snapshot.ts";
import { comparable } from "../plan/compare.ts";

/** One side of a comparison: its files, and the text of its model registry on demand. */
export interface ComparedSide {
  readonly files: Snapshot;
  modelRegistry(): Promise<string | null>;
}

export const NOTHING: ComparedSide = { files: new Map(), modelRegistry: () => Promise.resolve(null) };

/**
 * All sides as they are compared. The model registries' texts are looked at only when their bytes differ; one that is not YAML is
 * compared by its bytes.
 */
export async function comparedSides(sides: readonly ComparedSide[]): Promise<Snapshot[]> {
  const digests = new Set(sides.map((side) => side.files.get(MODEL_REGISTRY_PATH)?.digest));
  digests.delete(undefined as unknown as Digest);
  if (digests.size <= 1) return sides.map((side) => comparable(side.files, null));
  return await Promise.all(sides.map(async (side) => comparable(side.files, await peopleDigest(await side.modelRegistry()))));
}

async function peopleDigest(text: string | null): Promise<Digest | null> {
  if (text === null) return null;
  const { digestOfWhatPeopleWrote } = await import("../models/model_registry_yaml.ts"); // knows every style, and loads the editing library
  try {
    return digestOfWhatPeopleWrote(text);
  } catch (error) {
    if (isFailure(error, "invalid", "unsupported")) return null; // then its bytes are what is compared
    throw error;
  }
}
