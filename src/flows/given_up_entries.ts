/** What a pull that decides about the whole of `registry.yaml` gives up: entries of one side that the other's file does not have as they are. */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { isFailure } from "../base/failure.ts";
import { compareEntries, type EntryChange } from "../plan/merge_model_registry.ts";
import { covers, type PullDecisions, takesEveryEntry } from "../plan/pull.ts";
import type { GivenUp } from "../plan/reports.ts";
import type { Books } from "./gather.ts";
import type { ComparedSide } from "./compared_side.ts";

/** [] where entries are merged or decided by name, and where a side cannot be read entry by entry. */
export async function givenUpEntries(books: Books, there: ComparedSide, base: ComparedSide, decisions: PullDecisions): Promise<GivenUp[]> {
  const keeps = covers(decisions.keep, MODEL_REGISTRY_PATH);
  const takes = !keeps && decisions.take.includes(MODEL_REGISTRY_PATH);
  if (!keeps && !takes && !takesEveryEntry(decisions) || books.modelRegistryText === null) return [];
  try {
    const theirs = await there.modelRegistry();
    if (theirs === null) return [];
    const kept = new Set<string>(decisions.entries?.keep ?? []);
    const of = ({ change }: EntryChange): GivenUp["whose"] | null => {
      if (change === "conflict") return keeps ? "theirs" : "ours";
      if (change.startsWith("remote-")) return keeps ? "theirs" : null;
      return keeps || change === "added" && !takes ? null : "ours"; // with --overwrite, what was never synced stays
    };
    return compareEntries(books.modelRegistryText, theirs, await base.modelRegistry()).flatMap((one): GivenUp[] => {
      const whose = kept.has(`${one.kind}:${one.id}`) ? null : of(one);
      return whose === null ? [] : [{ entry: `${one.kind}:${one.id}`, whose, change: one.change }];
    });
  } catch (error) {
    if (isFailure(error, "invalid", "unsupported")) return [];
    throw error;
  }
}
