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

/** Mostly somebody has pushed on top of ours a few times: so many of their records are looked at before the first of our own. */
const HEAD_START = 3;

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

  // Both chains backwards, in turn, until one meets the other: a history may be long, and where the two part is near its end.
  const theirs = new Map<Digest, KnownRecord>();
  const own = new Map<Digest, KnownRecord>();
  const [theirChain, ownChain] = [chainFrom(remote, head, signal), ownRecords(remote, pushed?.record ?? null, signal)];
  for (let step = 0, more = { theirs: true, own: true }; more.theirs || more.own; step++) {
    const record = more.theirs ? (await theirChain.next()).value ?? null : null;
    more.theirs = record !== null;
    if (record !== null) {
      const mark = ours.find((push) => push!.record === record.digest);
      if (mark !== undefined) return { base: mark.bundle, overtaken: null };
      if (own.has(record.digest)) return { base: record.bundle, overtaken: pushed!.bundle };
      theirs.set(record.digest, record);
    }
    if (step < HEAD_START && more.theirs) continue;
    const mine = more.own ? (await ownChain.next()).value ?? null : null;
    more.own = mine !== null;
    if (mine === null) continue;
    if (theirs.has(mine.digest)) return { base: mine.bundle, overtaken: pushed!.bundle };
    own.set(mine.digest, mine);
  }
  const [first, last] = [[...theirs.values()].at(-1)!, [...own.values()].at(-1)];
  // A chain that is cut: what came before is not known.
  if (last === undefined || first.previous.record !== null || last.previous.record !== null) return remembered;
  // Both chains begin on their own: at the same bundle of before all records, or at nothing that both know.
  return { base: last.previous.bundle === first.previous.bundle ? last.previous.bundle : null, overtaken: pushed!.bundle };
}

async function* ownRecords(remote: Remote, digest: Digest | null, signal: AbortSignal): AsyncGenerator<KnownRecord> {
  const record = digest === null ? null : await readRecord(remote, digest, signal);
  if (record !== null) yield* chainFrom(remote, record, signal);
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

/** A tag that holds nothing, though this folder put something under it: somebody took it away, or the remote has lost it. */
export function warnOfGone(state: LocalState, name: string, tag: string, emit: Emit): void {
  const last = state.pushed[name]?.[tag]?.bundle ?? (state.remote === name && state.tag === tag ? state.pulled : null);
  if (last === null) return;
  emit({ kind: "warning", code: "tag-gone", message: `${name}:${tag} is gone; it held ${last} when this folder last agreed with it` });
}
