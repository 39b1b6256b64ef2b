/**
 * A push plan carried out, children first, root last: blobs, manifest, push records, and only then the tags, each looked at again right
 * before it moves.
 */
import type { Digest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Remote } from "../bundle/content.ts";
import { formatRepository } from "../bundle/reference.ts";
import type { PushPlan } from "../plan/push.ts";
import type { TagMove } from "../plan/reports.ts";
import { type LocalState, saveState, settledPushing, withPushed, withPushing } from "../worktree/local_state.ts";
import type { Books } from "./gather.ts";
import { sendManifest } from "./lost_blobs.ts";
import type { PackMaker } from "./make_packs.ts";
import { headRecord, writeRecord } from "./push_records.ts";
import { pushedBefore, rememberObjects, rememberPush } from "./remember_push.ts";
import type { SendingAhead } from "./send_ahead.ts";
import { sendBlobs } from "./send_bundle.ts";
import { beginSending, endSending, isNewRepository } from "./sending_mark.ts";
import type { ProjectWorld } from "./world.ts";

export interface ApplyPushContext {
  /** As they were when the push began. */
  readonly books: Books;
  readonly packs: PackMaker;
  /** What was sent while the plan was made. */
  readonly ahead: SendingAhead | null;
  /** For the push records. */
  readonly message: string | null;
  readonly preflightSkipped: boolean;
}

export interface AppliedPush {
  readonly moves: TagMove[];
  /** Blobs that went over the wire. */
  readonly sent: ReadonlySet<Digest>;
}

/** Tag → its push record. */
type Records = ReadonlyMap<string, Digest>;

/** @throws Failure("tag-moved") when a tag is not what the plan saw; what `sendBlobs` throws; then no tag has moved. */
export async function applyPush(world: ProjectWorld, remote: Remote, plan: PushPlan, context: ApplyPushContext): Promise<AppliedPush> {
  const { packs, ahead, books } = context;
  const held = plan.tags.map(({ holds }) => holds);
  const isNew = ahead?.isNew ?? await isNewRepository(world, remote, { uploads: plan.uploads.length, held });
  if (ahead === null) beginSending(world.project, formatRepository(remote.repository));
  const sent = await sendBlobs(world, remote, plan, { uploads: plan.uploads, packs, isNew, ahead });
  for (const digest of await sendManifest(world, remote, plan, packs)) sent.add(digest);
  const records = await writeRecords(world, remote, plan, context);
  await lookAgain(world, remote, plan);
  const { state, moves } = await moveTags(world, remote, plan, books.state, records);
  rememberPush(world, state, plan.sealed, books, plan.tags.map(({ tag }) => tag));
  endSending(world.project);
  return { moves, sent };
}

async function writeRecords(world: ProjectWorld, remote: Remote, plan: PushPlan, context: ApplyPushContext): Promise<Records> {
  const git = await world.gitState(world.project.root);
  const author = await world.author();
  const records = new Map<string, Digest>();
  for (const { tag, holds } of plan.tags.filter(({ moves }) => moves)) {
    const before = holds === null ? null : await recordBefore(world, remote, context.books.state, tag, holds);
    const record = {
      bundle: plan.digest,
      tag,
      time: world.now(),
      author,
      tool: world.tool,
      previous: { bundle: holds, record: before },
      git,
      message: context.message,
      ...context.preflightSkipped ? { preflight: "skipped" as const } : {},
    };
    records.set(tag, await writeRecord(remote, record, plan.sealed.bundle.manifest.bytes.byteLength, world.signal));
  }
  return records;
}

async function recordBefore(world: ProjectWorld, remote: Remote, state: LocalState, tag: string, holds: Digest): Promise<Digest | null> {
  const ours = state.pushed[formatRepository(remote.repository)]?.[tag];
  if (ours !== undefined && ours.bundle === holds && ours.record !== null) return ours.record;
  return (await headRecord(remote, holds, tag, world.signal))?.digest ?? null;
}

/** All tags before any moves; each is looked at once more by `setTag`, which is enough where there is but one. */
async function lookAgain({ signal }: ProjectWorld, remote: Remote, plan: PushPlan): Promise<void> {
  const moving = plan.tags.filter(({ moves }) => moves);
  for (const { tag, holds } of moving.length === 1 ? [] : moving) {
    const found = await remote.resolve(tag, signal);
    if (found !== holds && found !== plan.digest) throw movedMeanwhile(formatRepository(remote.repository), tag, holds, found);
  }
}

/** What is about to be is written down first, so that a push that dies in between finds out what it did. */
async function moveTags(
  world: ProjectWorld,
  remote: Remote,
  plan: PushPlan,
  before: LocalState,
  records: Records,
): Promise<{ readonly state: LocalState; readonly moves: TagMove[] }> {
  const { emit, signal, project } = world;
  const name = formatRepository(remote.repository);
  const recordOf = (tag: string) => records.get(tag) ?? null;
  const moving = plan.tags.filter(({ moves }) => moves);
  const pushing = Object.fromEntries(moving.map(({ tag }) => [tag, { bundle: plan.digest, record: recordOf(tag) }]));
  rememberObjects(world, plan.sealed);
  let state = withPushing(before, name, pushing);
  saveState(project, state);
  const moves: TagMove[] = [];
  try {
    for (const { tag, holds, moves: moving } of plan.tags) {
      const record = recordOf(tag);
      // Also with force: it overrides what we know of the tag, not what somebody does to it while we send.
      if (moving) await remote.setTag(tag, plan.sealed.bundle.manifest, holds, signal);
      state = withPushed(state, name, tag, moving ? { bundle: plan.digest, record } : pushedBefore(state, name, tag, plan.digest));
      state = settledPushing(state, name, [tag]);
      moves.push({ tag, previous: holds, moved: moving, record });
      emit({ kind: "detail", message: `${tag} is ${plan.digest}` });
    }
    return { state, moves };
  } catch (error) {
    saveState(project, state); // what has moved is known, what may have moved stays open
    if (!isFailure(error, "tag-moved") || moves.some(({ moved }) => moved)) throw error;
    const { tag, holds } = plan.tags[moves.length]!;
    if (error.facts.expect !== holds) throw error; // it had been ours for a moment
    throw movedMeanwhile(name, tag, holds, error.facts.found as Digest | null, error);
  }
}

function movedMeanwhile(name: string, tag: string, expected: Digest | null, found: Digest | null, cause?: unknown): Failure {
  return new Failure("tag-moved", `${name}:${tag} moved while this push was under way; nothing was tagged`, {
    hint: `mops bundle pull --tag ${tag}`,
    facts: { tag, expected, found },
    cause,
  });
}
