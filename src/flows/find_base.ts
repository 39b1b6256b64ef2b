/**
 * What folder and tag last agreed on. Local state answers at once in the usual case (`baseOf`). Where the tag holds something that we did
 * not push, the chain of push records is asked whether it came after our push (then ours is the base), or whether two pushes crossed
 * and ours was overtaken: then the base is where the two chains part, so that what we pushed counts as our change and is not taken back.
 */
import type { Digest } from "../base/digest.ts";
import type { Emit } from "../bundle/events.ts";
import type { Remote } from "../bundle/content.ts";
import { formatRepository } from "../bundle/reference.ts";
import { baseOf, type LocalState } from "../worktree/local_state.ts";
import { chainFrom, headRecord, type KnownRecord, readRecord } from "./push_records.ts";

export interface FoundBase {
  readonly base: Digest | null;
  /** Our own push that the tag's holder never saw; safe under its digest. */
  readonly overtaken: Digest | null;
}

export async function findBase(
  remote: Remote,
  state: LocalState,
  tag: string,
  holds: Digest | null,
  signal: AbortSignal,
): Promise<FoundBase> {
  const name = formatRepository(remote.repository);
  const remembered: FoundBase = { base: baseOf(state, name, tag, holds), overtaken: null };
  const pushed = state.pushed[name]?.[tag];
  const pushing = state.pushing[name]?.[tag];
  if (holds === null || pushing?.bundle === holds) return remembered;
  // With a push of unknown outcome even a tag that holds what it held before may have been there and back.
  if (remembered.base === holds && pushing === undefined) return remembered;
  const ours = [pushing, pushed].filter((push) => push !== undefined && push.record !== null);
  if (ours.length === 0) return remembered;
  const head = await headRecord(remote, holds, tag, signal);
  if (head === null) return remembered; // an older tool moved the tag: nothing tells how

  const theirs = new Map<Digest, KnownRecord>();
  for await (const record of chainFrom(remote, head, signal)) {
    const mark = ours.find((push) => push!.record === record.digest);
    if (mark !== undefined) return { base: mark.bundle, overtaken: null };
    theirs.set(record.digest, record);
  }
  const first = [...theirs.values()].at(-1)!;
  if (pushed?.record == null || first.previous.record !== null) return remembered; // the chain is cut: what came before is not known
  const own = await readRecord(remote, pushed.record, signal);
  if (own === null) return remembered;
  let last = own;
  for await (const record of chainFrom(remote, own, signal)) {
    if (theirs.has(record.digest)) return { base: record.bundle, overtaken: pushed.bundle };
    last = record;
  }
  if (last.previous.record !== null) return remembered;
  // Both chains begin on their own: at the same bundle of before all records, or at nothing that both know.
  return { base: last.previous.bundle === first.previous.bundle ? last.previous.bundle : null, overtaken: pushed.bundle };
}

export function warnOfOvertaken(found: FoundBase, name: string, tag: string, emit: Emit): void {
  if (found.overtaken === null) return;
  emit({
    kind: "warning",
    code: "overtaken",
    message:
      `another push to ${name}:${tag} overtook yours; your bundle is safe as ${found.overtaken}, and what you changed in it counts as your change`,
  });
}
