/** Push, told as a story: gather facts, seal, plan, stop or apply, remember. */
import { CONFIG_PATH, isMetadataPath, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { count } from "../base/counted.ts";
import type { Digest } from "../base/digest.ts";
import { Failure } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import { type BundleIndex, knownPacks, packsIn } from "../bundle/bundle_index.ts";
import { formatRepository, parseTag } from "../bundle/reference.ts";
import type { Snapshot } from "../bundle/snapshot.ts";
import { blobsOf, isSettled, type PushPlan, requestBound } from "../plan/push.ts";
import type { PushReport, TagMove } from "../plan/reports.ts";
import { draftSeal, seal, type Sealed } from "../plan/seal.ts";
import { settledPushing, withPushed } from "../worktree/local_state.ts";
import { saveTracked } from "../worktree/tracked.ts";
import { type Books, followedTag, gatherLocal, readBooks } from "./gather.ts";
import { applyPush } from "./apply_push.ts";
import { forgetDropped, pushedBefore, rememberPush } from "./remember_push.ts";
import { readBundleIfAny } from "./read_bundle.ts";
import { findBase, warnOfGone, warnOfOvertaken } from "./find_base.ts";
import { sealTexts } from "./seal_texts.ts";
import { changing, type ProjectWorld, warnIfUnfinished } from "./world.ts";
import { knownBlobs, PackMaker } from "./make_packs.ts";
import { checkedForPush, preparePush } from "./prepare_push.ts";
import { mend } from "./lost_blobs.ts";
import { planAgainstTags } from "./push_facts.ts";
import { endSending } from "./sending_mark.ts";
import { beginAhead } from "./send_ahead.ts";

export interface PushRequest {
  /** Empty: the tag that is followed. */
  readonly tags: readonly string[];
  readonly message: string | null;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Register every model and target anew first. */
  readonly refresh?: boolean;
  /** false: nobody looks whether a worker can run it; the push record says so. Default true. */
  readonly preflight?: boolean;
}

/** @throws Failure("not-ready") for errors of preflight; Failure("tag-moved" | "would-overwrite") before anything is sent; Failure("changed-underneath") with nothing tagged. */
export async function push(world: ProjectWorld, request: PushRequest): Promise<PushReport> {
  if (request.dryRun) {
    warnIfUnfinished(world, world.project);
    return await run(world, request);
  }
  return await changing(world, world.project, "push", () => run(world, request));
}

async function run(world: ProjectWorld, request: PushRequest): Promise<PushReport> {
  const { project, emit, signal } = world;
  const before = readBooks(project);
  const remembering = { remember: !request.dryRun };
  const prepared = await preparePush(world, before, { refresh: request.refresh === true, ...remembering });
  const { books } = prepared;
  const tags = [...new Set((request.tags.length > 0 ? request.tags : [followedTag(books)]).map(parseTag))];
  const remote = await world.openRemote();
  const held = await mapPool(4, tags, (tag) => remote.resolve(tag, signal), signal);

  const name = formatRepository(remote.repository);
  const found = await mapPool(
    4,
    tags,
    async (tag) => await findBase(remote, books.state, tag, held[tags.indexOf(tag)] ?? null, signal),
    signal,
  );
  for (const [i, tag] of tags.entries()) {
    warnOfOvertaken(found[i]!, name, tag, emit);
    if (held[i] === null) warnOfGone(books.state, name, tag, emit);
  }
  const bases = found.map(({ base }) => base);
  const sources = { project, remote, signal };
  const firstBase = bases[0] == null ? null : await readBundleIfAny(sources, bases[0], `${name}@${bases[0]}`);
  const local = await gatherLocal(project, books, {
    base: firstBase?.files,
    also: prepared.start?.wanted,
    ...remembering,
    lookOnly: false,
    emit,
    signal,
  });
  for (const path of local.missing) {
    const so = firstBase !== null && !firstBase.files.has(path) ? ", nor in the last bundle" : ": it leaves the bundle";
    emit({ kind: "warning", code: "missing", message: `${path} is tracked but not on disk${so}` });
  }
  refuseIfEmptied(books, firstBase?.files, request.force);
  refuseWithoutModelRegistry(books, firstBase?.files);
  const issues = request.preflight === false ? skippedPreflight(world) : await checkedForPush(world, prepared, local, remembering);
  const packs = new PackMaker(project, emit, signal);
  const draft = draftSeal(local.files, sealTexts(project, books, remote.repository));
  const known = knownBlobs(draft.drafts, firstBase === null ? [] : [knownPacks(firstBase.index)]);
  const settled = !request.dryRun && isSettled(held.map((holds, i) => ({ holds, base: bases[i] ?? null })), draft, request);
  const ahead = settled ? await beginAhead(world, remote, known, held) : null;
  const sealed = seal(
    draft,
    ahead === null ? await packs.blobsOf(draft.drafts, known) : await ahead.makeAndSend(packs, draft.drafts, known),
  );
  warnOfPacks(world, sealed, firstBase?.index ?? null);

  const plan = await planAgainstTags(world, remote, {
    tags,
    held,
    bases,
    sealed,
    local,
    state: books.state,
    force: request.force,
    read: firstBase === null ? [] : [firstBase],
  });
  const told = {
    issues,
    autoTracked: prepared.added,
    refreshed: prepared.refreshed,
    sets: prepared.sets,
    preflightSkipped: request.preflight === false,
  };
  if (request.dryRun) return { ...reportOf(plan, name, remote.requests() + requestBound(plan), [], true), ...told };
  if (prepared.added.length > 0) saveTracked(project, books.tracked); // before anything of it is sent: it is needed, whatever becomes of this push
  if (plan.nothingToDo) {
    await mend(world, remote, plan, packs, request.force);
    if (ahead !== null) endSending(project);
    const state = plan.tags.reduce(
      (state, { tag }) => withPushed(state, name, tag, pushedBefore(books.state, name, tag, plan.digest)),
      books.state,
    );
    rememberPush(world, settledPushing(state, name, tags), sealed, before, tags);
    forgetDropped(world, books, local, tags);
    return { ...reportOf(plan, name, remote.requests(), [], false), ...told };
  }
  const { message } = request;
  const { moves, sent } = await applyPush(world, remote, plan, {
    books: before,
    packs,
    ahead,
    message,
    preflightSkipped: told.preflightSkipped,
  });
  forgetDropped(world, books, local, tags);
  return { ...reportOf(plan, name, remote.requests(), moves, false), ...sentOf(plan, sent), ...told };
}

function skippedPreflight({ emit }: ProjectWorld): [] {
  const message = "preflight was skipped (--no-preflight): nobody looked whether a worker can run this; the push record says so";
  emit({ kind: "warning", code: "preflight-skipped", message });
  return [];
}

/** Said once, by the push that crosses the line: from here on others cannot read it. */
function warnOfPacks({ emit }: ProjectWorld, sealed: Sealed, before: BundleIndex | null): void {
  if (sealed.packs.length === 0 || (before !== null && packsIn(before).length > 0)) return;
  const message =
    `${count(sealed.files.size, "file")}: small ones travel in ${count(sealed.packs.length, "pack")} from now on, which the Python tool ` +
    `and its workers cannot read (layout: files in ${CONFIG_PATH} keeps a layer for each file)`;
  emit({ kind: "warning", code: "packed", message });
}

/** A tracked set that shrank to nothing is damage more often than a wish, and would delete everybody's files. */
function refuseIfEmptied(books: Books, base: Snapshot | undefined, force: boolean): void {
  const before = [...base?.keys() ?? []].filter((path) => !isMetadataPath(path)).length;
  if (books.tracked.size > 0 || before === 0 || force) return;
  throw new Failure(
    "would-overwrite",
    `nothing is tracked any more, and the last bundle held ${count(before, "file")}: this push would delete them all`,
    {
      hint: "rm .modelops-bundle/tracked.txt   (it is rebuilt from manifest.yaml; --force publishes the empty bundle)",
      facts: { files: before },
    },
  );
}

/** A lost model registry is not an empty one: a push would take everybody's models away. */
function refuseWithoutModelRegistry(books: Books, base: Snapshot | undefined): void {
  if (books.modelRegistryText !== null || base === undefined || !base.has(MODEL_REGISTRY_PATH)) return;
  throw new Failure("invalid", `${MODEL_REGISTRY_PATH} is missing, and the last bundle holds one`, {
    hint: "mops bundle pull --restore-deleted   (brings it back)",
    facts: { path: MODEL_REGISTRY_PATH },
  });
}

/** What went over the wire, in place of what was planned to be offered. */
function sentOf(plan: PushPlan, sent: ReadonlySet<Digest>): Pick<PushReport, "uploaded" | "skipped"> {
  const all = new Map(blobsOf(plan.sealed).map(({ digest, size }) => [digest, size]));
  all.set(plan.sealed.bundle.index.descriptor.digest, plan.sealed.bundle.index.descriptor.size);
  const total = (digests: Digest[]) => ({ blobs: digests.length, bytes: digests.reduce((sum, digest) => sum + all.get(digest)!, 0) });
  return {
    uploaded: total([...all.keys()].filter((digest) => sent.has(digest))),
    skipped: total([...all.keys()].filter((digest) => !sent.has(digest))),
  };
}

type Told = Pick<PushReport, "issues" | "autoTracked" | "refreshed" | "sets" | "preflightSkipped">;

function reportOf(
  plan: PushPlan,
  repository: string,
  requests: number,
  moves: readonly TagMove[],
  dryRun: boolean,
): Omit<PushReport, keyof Told> {
  return {
    dryRun,
    digest: plan.digest,
    repository,
    tags: plan.tags.map(({ tag, holds, moves: moving }) =>
      moves.find((move) => move.tag === tag) ?? { tag, previous: holds, moved: moving && dryRun, record: null }
    ),
    changes: plan.changes,
    drops: plan.drops,
    uploaded: { blobs: plan.uploads.length, bytes: plan.uploads.reduce((sum, { size }) => sum + size, 0) },
    skipped: plan.skipped,
    missing: plan.missing,
    requests,
    nothingToDo: plan.nothingToDo,
  };
}
