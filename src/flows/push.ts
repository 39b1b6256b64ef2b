/**
 * Push, told as a story: gather facts, seal, plan, stop or apply, remember. Children first, root last: blobs, manifest, push records,
 * and only then the tags, each checked again right before it moves.
 */
import { CONFIG_PATH, isMetadataPath, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { count } from "../base/counted.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import { type BundleIndex, knownPacks, packsIn } from "../bundle/bundle_index.ts";
import type { Remote } from "../bundle/content.ts";
import { formatRepository, parseTag } from "../bundle/reference.ts";
import type { Snapshot } from "../bundle/snapshot.ts";
import { readBytesIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { blobsOf, isSettled, type PushPlan, requestBound } from "../plan/push.ts";
import type { PushReport, TagMove } from "../plan/reports.ts";
import { draftSeal, seal, type Sealed } from "../plan/seal.ts";
import { rememberBaseFiles } from "../worktree/base_files.ts";
import { keepOnly, writeObject } from "../worktree/base_objects.ts";
import { onDisk } from "../worktree/project.ts";
import { type LocalState, rememberedBundles, saveState, settledPushing, withPushed, withPushing } from "../worktree/local_state.ts";
import { saveTracked } from "../worktree/tracked.ts";
import { type Books, followedTag, gatherLocal, type LocalSide, readBooks } from "./gather.ts";
import { readBundleIfAny } from "./read_bundle.ts";
import { findBase, warnOfGone, warnOfOvertaken } from "./find_base.ts";
import { headRecord, writeRecord } from "./push_records.ts";
import { sealTexts } from "./seal_texts.ts";
import { changing, type ProjectWorld, warnIfUnfinished } from "./world.ts";
import { knownBlobs, PackMaker } from "./make_packs.ts";
import { rememberedObjects, rememberProjectFiles } from "./remembered_objects.ts";
import { checkedForPush, preparePush } from "./prepare_push.ts";
import { mend, sendManifest } from "./lost_blobs.ts";
import { planAgainstTags } from "./push_facts.ts";
import { beginSending, endSending, isNewRepository } from "./sending_mark.ts";
import { beginAhead, type SendingAhead } from "./send_ahead.ts";
import { sendBlobs } from "./send_bundle.ts";

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
    remember(world, { ...settledPushing(state, name, tags), pinned: pinAfter(books, tags) }, sealed, before);
    forgetDropped(world, books, local, tags);
    return { ...reportOf(plan, name, remote.requests(), [], false), ...told };
  }
  const { moves, sent } = await apply(world, remote, plan, { books: before, request, packs, ahead });
  forgetDropped(world, books, local, tags);
  return { ...reportOf(plan, name, remote.requests(), moves, false), ...sentOf(plan, sent), ...told };
}

/** As a commit of a deletion: what is gone here and from the bundle that this folder follows is tracked no longer. */
function forgetDropped({ project }: ProjectWorld, books: Books, { missing }: LocalSide, tags: readonly string[]): void {
  if (!tags.includes(followedTag(books))) return; // what the folder follows holds it still
  const gone = new Set(missing.filter((path) => lstatIfThere(onDisk(project, path)) === null)); // a link that leads nowhere is something
  if (gone.size > 0) saveTracked(project, [...books.tracked].filter((path) => !gone.has(path)));
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

async function apply(
  world: ProjectWorld,
  remote: Remote,
  plan: PushPlan,
  context: { readonly books: Books; readonly request: PushRequest; readonly packs: PackMaker; readonly ahead: SendingAhead | null },
): Promise<{ readonly moves: TagMove[]; readonly sent: ReadonlySet<Digest> }> {
  const { emit, signal, project } = world;
  const { manifest } = plan.sealed.bundle;
  const { packs, ahead } = context;
  const held = plan.tags.map(({ holds }) => holds);
  const isNew = ahead?.isNew ?? await isNewRepository(world, remote, { uploads: plan.uploads.length, held });
  if (ahead === null) beginSending(project, formatRepository(remote.repository));
  const sent = await sendBlobs(world, remote, plan, { uploads: plan.uploads, packs, isNew, ahead });
  for (const digest of await sendManifest(world, remote, plan, packs)) sent.add(digest);

  const name = formatRepository(remote.repository);
  const moving = plan.tags.filter(({ moves }) => moves);
  const git = await world.gitState(project.root);
  const author = await world.author();
  let state: LocalState = context.books.state;
  const records = new Map<string, Digest>();
  for (const { tag, holds } of moving) {
    const before = holds === null ? null : await recordBefore(world, remote, state, name, tag, holds);
    records.set(
      tag,
      await writeRecord(
        remote,
        {
          bundle: plan.digest,
          tag,
          time: world.now(),
          author,
          tool: world.tool,
          previous: { bundle: holds, record: before },
          git,
          message: context.request.message,
          ...context.request.preflight === false ? { preflight: "skipped" as const } : {},
        },
        manifest.bytes.byteLength,
        signal,
      ),
    );
  }

  // All tags are looked at again before any moves; each is looked at once more by setTag, which is enough where there is but one.
  for (const { tag, holds } of moving.length === 1 ? [] : moving) {
    const found = await remote.resolve(tag, signal);
    if (found !== holds && found !== plan.digest) throw movedMeanwhile(name, tag, holds, found);
  }
  const pushing = Object.fromEntries(moving.map(({ tag }) => [tag, { bundle: plan.digest, record: records.get(tag) ?? null }]));
  saveObjects(world, plan.sealed);
  state = withPushing(state, name, pushing);
  saveState(project, state);
  const moves: TagMove[] = [];
  try {
    for (const { tag, holds, moves: moving } of plan.tags) {
      const record = records.get(tag) ?? null;
      // Also with force: it overrides what we know of the tag, not what somebody does to it while we send.
      if (moving) await remote.setTag(tag, manifest, holds, signal);
      state = withPushed(state, name, tag, moving ? { bundle: plan.digest, record } : pushedBefore(state, name, tag, plan.digest));
      state = settledPushing(state, name, [tag]);
      moves.push({ tag, previous: holds, moved: moving, record });
      emit({ kind: "detail", message: `${tag} is ${plan.digest}` });
    }
  } catch (error) {
    saveState(project, state); // what has moved is known, what may have moved stays open
    if (!isFailure(error, "tag-moved") || moves.some(({ moved }) => moved)) throw error;
    const { tag, holds } = plan.tags[moves.length]!;
    if (error.facts.expect !== holds) throw error; // it had been ours for a moment
    throw movedMeanwhile(name, tag, holds, error.facts.found as Digest | null, error);
  }
  remember(world, { ...state, pinned: pinAfter(context.books, plan.tags.map(({ tag }) => tag)) }, plan.sealed, context.books);
  endSending(project);
  return { moves, sent };
}

async function recordBefore(
  world: ProjectWorld,
  remote: Remote,
  state: LocalState,
  name: string,
  tag: string,
  holds: Digest,
): Promise<Digest | null> {
  const ours = state.pushed[name]?.[tag];
  if (ours !== undefined && ours.bundle === holds && ours.record !== null) return ours.record;
  return (await headRecord(remote, holds, tag, world.signal))?.digest ?? null;
}

function pushedBefore(state: LocalState, name: string, tag: string, bundle: Digest) {
  for (const known of [state.pushing[name]?.[tag], state.pushed[name]?.[tag]]) if (known?.bundle === bundle) return known;
  return { bundle, record: null };
}

function saveObjects(world: ProjectWorld, sealed: Sealed): void {
  writeObject(world.project, sealed.bundle.manifest.bytes);
  writeObject(world.project, sealed.bundle.index.bytes);
  for (const bytes of sealed.metadata.values()) writeObject(world.project, bytes);
}

/** After this the working tree equals what was pushed (D4), and the next command knows it. */
function remember(world: ProjectWorld, state: LocalState, sealed: Sealed, books: Books): void {
  const { project } = world;
  saveObjects(world, sealed);
  saveState(project, state);
  rememberProjectFiles(project, parseModelRegistry(new TextDecoder().decode(sealed.metadata.get(MODEL_REGISTRY_PATH)!)));
  for (const [path, bytes] of sealed.metadata) {
    const before = path === CONFIG_PATH ? books.configText : path === MODEL_REGISTRY_PATH ? books.modelRegistryText : undefined;
    const now = readBytesIfThere(onDisk(project, path));
    if (now !== null && digestOf(now) === sealed.files.get(path)!.digest) continue;
    // Else somebody edited it meanwhile: theirs stays.
    if (before === undefined || textOf(now) === before) writeAtomic(onDisk(project, path), bytes, { sync: true });
  }
  rememberBaseFiles(project, sealed.bundle.manifest.digest, sealed.files);
  keepOnly(project, rememberedObjects(project, rememberedBundles(state)));
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** A pin ends when the tag that the folder follows holds its content; publishing from a pin under another name keeps it. */
function pinAfter(books: Books, tags: readonly string[]): Digest | null {
  return tags.includes(followedTag(books)) ? null : books.state.pinned;
}

function movedMeanwhile(name: string, tag: string, expected: Digest | null, found: Digest | null, cause?: unknown): Failure {
  return new Failure("tag-moved", `${name}:${tag} moved while this push was under way; nothing was tagged`, {
    hint: `mops bundle pull --tag ${tag}`,
    facts: { tag, expected, found },
    cause,
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
