/** The model registry for a pull: merged entry by entry where both sides have their own, so that two people who each registered a model meet. */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { digestOf } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { sameContent, type Snapshot } from "../bundle/snapshot.ts";
import { type ClosureFiles, digestOfWhatPeopleWrote } from "../models/model_registry_yaml.ts";
import { kindOf } from "../plan/compare.ts";
import { mergeModelRegistry } from "../plan/merge_model_registry.ts";
import { type MergedContent, type PullDecisions, takesEveryEntry } from "../plan/pull.ts";
import { sealMerged } from "../plan/seal_merged.ts";
import type { Books } from "./gather.ts";
import type { ComparedSide } from "./compared_side.ts";

/** The sides as they are compared. */
interface Compared {
  readonly here: Snapshot;
  readonly there: Snapshot;
  readonly before: Snapshot;
}

export interface MergedRegistryFile extends MergedContent {
  readonly text: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * null where one side's file is what comes out, or a text cannot be read: then it is a file like any other. @throws Failure("usage") when
 * entries are decided about, and there is nothing to decide.
 */
export async function mergedRegistry(
  books: Books,
  local: ComparedSide,
  there: ComparedSide,
  base: ComparedSide,
  compared: Compared,
  decisions: PullDecisions,
): Promise<MergedRegistryFile | null> {
  const overwrite = takesEveryEntry(decisions);
  const entries = { ...(decisions.entries ?? { take: [], keep: [] }), overwrite };
  const isDecided = entries.take.length + entries.keep.length > 0;
  const [here, remote, before] = [local, there, base].map(({ files }) => files.get(MODEL_REGISTRY_PATH));
  if (here === undefined || remote === undefined || books.modelRegistryText === null || !books.modelRegistryIsUtf8) {
    if (isDecided) throw nothingToDecide();
    return null;
  }
  const [ours, theirs, then] = [compared.here, compared.there, compared.before].map((side) => side.get(MODEL_REGISTRY_PATH));
  const kind = kindOf(ours, theirs, then);
  // Whoever changed entries, both may have sealed some anew.
  const isMerged = kind === "conflict" || before !== undefined && !sameContent(remote, before) && !sameContent(here, before);
  if (!isMerged && !isDecided && !overwrite || sameContent(here, remote)) return null;
  try {
    const text = (await there.modelRegistry())!;
    const merged = mergeModelRegistry(books.modelRegistryText, text, await base.modelRegistry(), entries);
    const isTheirs = digestOfWhatPeopleWrote(merged.text) === digestOfWhatPeopleWrote(text);
    return { ...fileOf(merged.text), isTheirs, conflicts: merged.conflicts };
  } catch (error) {
    if (isDecided || !isFailure(error, "invalid", "unsupported")) throw error;
    return null; // one that cannot be read is decided about as a whole
  }
}

/** The same, sealed for the files that the pull leaves; as it was where a side has a value that cannot be read. */
export async function sealedRegistry(
  merged: MergedRegistryFile,
  books: Books,
  there: ComparedSide,
  files: ClosureFiles,
): Promise<MergedRegistryFile> {
  try {
    const sides = [books.modelRegistryText ?? "", await there.modelRegistry() ?? ""];
    return { ...merged, ...fileOf(sealMerged(merged.text, sides, files)) };
  } catch (error) {
    if (!isFailure(error, "invalid", "unsupported")) throw error;
    return merged;
  }
}

function fileOf(text: string): Pick<MergedRegistryFile, "text" | "bytes" | "content"> {
  const bytes = new TextEncoder().encode(text);
  return { text, bytes, content: { digest: digestOf(bytes), size: bytes.byteLength, executable: false } };
}

function nothingToDecide(): Failure {
  return new Failure("usage", `there is no ${MODEL_REGISTRY_PATH} on both sides, so no entry of it can be decided about`, {
    hint: "mops bundle diff",
  });
}
