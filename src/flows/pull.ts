/**
 * Pull, told as a story: gather facts with the tag resolved once, plan, stop or apply, remember.
 */
import { type BundlePath, MANIFEST_PATH, METADATA_PATHS, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { readVerified } from "../base/bytes.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Remote } from "../bundle/content.ts";
import { formatReference, formatRepository } from "../bundle/reference.ts";
import { formatManifestFile, parseManifestFile } from "../bundle/manifest_file.ts";
import { type FileContent, sameSnapshot, type Snapshot } from "../bundle/snapshot.ts";
import { removeIfThere } from "../disk/atomic_file.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { syncFolder } from "../disk/sync_folder.ts";
import type { Edit } from "../plan/edits.ts";
import { planPull, type PullDecisions, type PullFacts, type PullPlan } from "../plan/pull.ts";
import type { PullReport } from "../plan/reports.ts";
import { closureFiles } from "../plan/seal.ts";
import { canonicalPyproject } from "../python/pyproject.ts";
import { refuseCollisions } from "../worktree/colliding_names.ts";
import { applyEdits } from "../worktree/apply_edits.ts";
import { keepOnly, readObject } from "../worktree/base_objects.ts";
import { type Obstacle, parentObstacle, readLink } from "../worktree/links.ts";
import { LOCAL_NAMES, metaPath, onDisk, type Project } from "../worktree/project.ts";
import { formatState, type LocalState, rememberedBundles } from "../worktree/local_state.ts";
import { openStatCache } from "../worktree/stat_cache.ts";
import { takeSnapshot } from "../worktree/take_snapshot.ts";
import { formatTracked } from "../worktree/tracked.ts";
import { absent } from "./absent.ts";
import { type ComparedSide, comparedSides, NOTHING } from "./compared_side.ts";
import { type Books, followedTag, gatherLocal, readBooks } from "./gather.ts";
import { mergedRegistry, sealedRegistry } from "./merged_registry.ts";
import { type KnownBundle, readBundle, readBundleIfAny, readFrom, rememberBundle } from "./read_bundle.ts";
import { readContent } from "./read_content.ts";
import { givenUpEntries } from "./given_up_entries.ts";
import { findBase, warnOfOvertaken } from "./find_base.ts";
import { canonicalPyprojectOf } from "./seal_texts.ts";
import { rememberedObjects, rememberSealedDeclarations } from "./remembered_objects.ts";
import { changing, type ProjectWorld, warnIfUnfinished, type World } from "./world.ts";

export interface PullRequest extends PullDecisions {
  /** Both null: the tag that is followed. A digest pins. */
  readonly tag: string | null;
  readonly digest: Digest | null;
  readonly dryRun: boolean;
  /** A path as the user would type it from where they stand; for hints. Default: from the root. */
  readonly asTyped?: ((path: BundlePath) => string) | undefined;
}

/** @throws Failure("conflict") with `facts.conflicts`; the folder is untouched then. */
export async function pull(world: ProjectWorld, request: PullRequest): Promise<PullReport> {
  const work = async () => pullInto(world, await world.openRemote(), world.project, request, { into: null, resumed: false });
  if (request.dryRun) {
    warnIfUnfinished(world, world.project);
    return await work();
  }
  return await changing(world, world.project, "pull", async () => {
    const report = await work();
    const wasCutOff = removeIfThere(metaPath(world.project, LOCAL_NAMES.clone)); // a clone that was cut off is whole now, and this folder its user's
    if (wasCutOff) syncFolder(metaPath(world.project, "."));
    return report;
  });
}

/** The part that pull and clone share; to be called under the lock, unless it is a dry run. */
export async function pullInto(
  world: World,
  remote: Remote,
  project: Project,
  request: PullRequest,
  /** `bundle`: what `digest` names, read and remembered already. */
  clone: { into: string | null; resumed: boolean; pin?: Digest | null; bundle?: KnownBundle | null },
): Promise<PullReport> {
  const { emit, signal } = world;
  const books = readBooks(project);
  const tag = request.tag ?? followedTag(books);
  const digest = request.digest ?? await resolved(remote, tag, signal);
  const name = formatRepository(remote.repository);
  const sources = { project, remote, signal };
  const what = formatReference({ repository: remote.repository, digest });
  const there = clone.bundle == null ? await readBundle(sources, digest, what) : readFrom(sources, clone.bundle, what);
  const found = await findBase(remote, books.state, tag, request.digest === null ? digest : null, signal);
  warnOfOvertaken(found, name, tag, emit);
  const baseDigest = found.base;
  const base = baseDigest === null
    ? null
    : baseDigest === digest
    ? there
    : await readBundleIfAny(sources, baseDigest, `${name}@${baseDigest}`);
  if (baseDigest !== null && base === null) {
    emit({
      kind: "warning",
      code: "base-lost",
      message: `${baseDigest}, which this folder came from, is nowhere to be found: what differs counts as changed on both sides`,
    });
  }
  if (!request.dryRun) refuseCollisions(project, { tracked: books.tracked, brought: there.files, base: base?.files ?? new Map() });
  const { plan, read } = await planFor(world, project, books, { remote, there }, base ?? NOTHING, request);
  const manifestFile = plan.edits.some(({ path }) => path === MANIFEST_PATH) ? await there.manifestFile() : null;
  if (manifestFile !== null) warnOfDisagreement(world, there, manifestFile);
  const shown = { into: clone.into, resumed: clone.resumed, dryRun: request.dryRun };
  const pinned = clone.pin !== undefined ? clone.pin : request.digest;
  if (plan.conflicts.length > 0 && !request.dryRun) {
    throw conflictFailure(plan, request, formatReference({ repository: remote.repository, tag }));
  }
  const givenUp = await givenUpEntries(books, there, base ?? NOTHING, request);
  const report = { ...reportOf(plan, remote, books, { ...request, tag, digest: pinned }, digest, shown), givenUp };
  if (request.dryRun) return report;

  const state: LocalState = { ...books.state, tag: nextTag(books, request.tag), pinned, pulled: digest, pushed: {}, pushing: {}, seen: [] };
  if (clone.bundle == null) await rememberBundle(project, there);
  const known = alreadyRead(project, there, [manifestFile, ...read]);
  const { left, stateMoved } = await applyEdits(project, plan.edits, {
    read: (content, options) => remote.blobs.read(content, options),
    readPart: (blob, part, options) => remote.blobs.readPart(blob, part, options),
    inMemory: known,
    hintOfDamage: (blob) => remote.blobs.hintOfDamage(blob),
    packs: {
      at: (digest) => known.has(digest) ? undefined : there.packed.get(digest),
      read: (pack, options) => remote.blobs.read(pack, options),
      readPart: (pack, part, options) => remote.blobs.readPart(pack, part, options),
    },
    after: [{ name: LOCAL_NAMES.state, text: formatState(state) }, { name: LOCAL_NAMES.tracked, text: formatTracked(plan.tracked) }],
    parallel: remote.parallel,
    emit,
    signal,
  });
  if (!stateMoved) {
    throw new Failure("changed-underneath", `${left.join(", ")} changed while this pull was under way, and was left as it is`, {
      hint: "mops bundle pull   (what was brought stays; it asks about the rest)",
      facts: { paths: left },
    });
  }
  rememberSealedDeclarations(project);
  keepOnly(project, rememberedObjects(project, rememberedBundles(state)));
  return report;
}

/** What was fetched for the plan is not fetched again for the folder. */
function alreadyRead(project: Project, there: KnownBundle, more: readonly (Uint8Array<ArrayBuffer> | null)[]) {
  const registry = there.files.get(MODEL_REGISTRY_PATH);
  const remembered = registry === undefined ? null : readObject(project, registry.digest);
  const all = [...more, remembered].filter((bytes) => bytes !== null);
  return new Map(all.map((bytes) => [digestOf(bytes), bytes]));
}

async function planFor(
  world: World,
  project: Project,
  books: Books,
  { remote: from, there }: { readonly remote: Remote; readonly there: KnownBundle },
  base: ComparedSide,
  decisions: PullDecisions & { readonly dryRun: boolean },
): Promise<{ readonly plan: PullPlan; readonly read: readonly (Uint8Array<ArrayBuffer> | null)[] }> {
  const { emit, signal } = world;
  const local = await gatherLocal(project, books, { base: base.files, remember: !decisions.dryRun, lookOnly: true, emit, signal });
  const [here, remote, before] = await comparedSides([local, there, base]);
  const tracked = new Set<BundlePath>([...books.tracked, ...METADATA_PATHS.filter((path) => local.files.has(path))]);
  const strangers = [...there.files.keys()].filter((path) => !tracked.has(path) && !local.files.has(path));
  const registry = await mergedRegistry(books, local, there, base, { here: here!, there: remote!, before: before! }, decisions);
  const facts: PullFacts = {
    local: { files: local.files, compared: here! },
    remote: { files: there.files, compared: remote! },
    base: { files: base.files, compared: before! },
    tracked,
    untracked: await snapshotOfUntracked(world, project, books, strangers),
    registry,
  };
  const plan = planPull(facts, decisions);
  if (registry === null || plan.conflicts.length > 0) return { plan, read: [] };
  const pyproject = await pyprojectOf(plan, from, there, signal);
  const canonical = pyproject === null ? canonicalPyprojectOf(project) : canonicalPyproject(new TextDecoder().decode(pyproject));
  const sealed = await sealedRegistry(registry, books, there, closureFiles(filesAfter(local.files, plan), canonical));
  return { plan: planPull({ ...facts, registry: sealed }, decisions), read: [sealed.bytes, pyproject] };
}

/** The files of the bundle as this plan leaves them. */
function filesAfter(files: Snapshot, plan: PullPlan): Snapshot {
  const after = new Map(files);
  for (const edit of plan.edits) {
    if (edit.kind === "write") after.set(edit.path, edit.content);
    else after.delete(edit.path);
  }
  return after;
}

/** The one that this plan writes, whose content closures are sealed with; null where it writes none. */
async function pyprojectOf(
  plan: PullPlan,
  remote: Remote,
  { packed }: KnownBundle,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const edit = plan.edits.find(({ path }) => path === "pyproject.toml");
  if (edit?.kind !== "write") return null;
  return await readVerified(await readContent(remote.blobs, packed, edit.content, { signal }), edit.content, edit.path);
}

/** What lies on disk at paths that the bundle wants to write, though nobody tracks it. */
async function snapshotOfUntracked(world: World, project: Project, books: Books, paths: readonly BundlePath[]): Promise<Snapshot> {
  if (paths.length === 0) return new Map();
  const links = new Map<BundlePath, FileContent>();
  const files: BundlePath[] = [];
  const parents = new Map<string, Obstacle | null>();
  for (const path of paths) {
    if (parentObstacle(project, path, parents)?.kind === "absent") continue;
    if (lstatIfThere(onDisk(project, path))?.isSymlink === true) {
      const link = readLink(onDisk(project, path));
      links.set(path, { digest: digestOf(new TextEncoder().encode(link)), size: 0, executable: false, link });
    } else files.push(path);
  }
  const { snapshot } = await takeSnapshot(project, files, {
    statCache: openStatCache(project, { write: false }),
    executableBit: books.state.executableBit,
    emit: world.emit,
    signal: world.signal,
  });
  return new Map([...snapshot, ...links]);
}

export async function resolved(remote: Remote, tag: string, signal: AbortSignal): Promise<Digest> {
  const digest = await remote.resolve(tag, signal);
  if (digest !== null) return digest;
  const name = formatReference({ repository: remote.repository, tag });
  throw absent(remote.repository, name);
}

/** The tag that is followed from now on; the default tag needs no record. */
function nextTag(books: Books, asked: string | null): string | null {
  return asked === null ? books.state.tag : asked;
}

function conflictFailure(plan: PullPlan, request: PullRequest, reference: string): Failure {
  const paths = plan.conflicts.map(({ path, entry }) => entry ?? request.asTyped?.(path) ?? path);
  const quoted = paths.slice(0, 3).map(shellQuoted);
  const more = paths.length > 3 ? " …" : "";
  const again = `mops bundle pull${request.tag === null ? "" : ` --tag ${request.tag}`}${
    request.digest === null ? "" : ` --ref ${request.digest}`
  }`;
  return new Failure(
    "conflict",
    `${whatConflicts(plan)} changed here and in ${reference}; nothing was written`,
    {
      hint: `${again} --keep ${
        quoted.join(" --keep ")
      }${more}   (yours stays; --take PATH takes theirs, --overwrite takes theirs everywhere; mops bundle diff -p shows both)`,
      facts: {
        conflicts: plan.conflicts,
        keep: `${again} ${paths.map((path) => `--keep ${shellQuoted(path)}`).join(" ")}`,
        take: `${again} ${paths.map((path) => `--take ${shellQuoted(path)}`).join(" ")}`,
      },
    },
  );
}

/** `2 files and model seir_sir`. */
function whatConflicts({ conflicts }: PullPlan): string {
  const entries = conflicts.flatMap(({ entry }) => entry === undefined ? [] : [entry.replace(":", " ")]);
  const files = conflicts.length - entries.length;
  const named = entries.length > 3 ? [`${entries.length} entries of registry.yaml`] : entries;
  const all = [...(files === 0 ? [] : [files === 1 ? "1 file" : `${files} files`]), ...named];
  return all.length === 1 ? all[0]! : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

function shellQuoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** The index is the authority; a manifest.yaml that says otherwise was carried along by an older tool (D1). */
function warnOfDisagreement(world: World, there: KnownBundle, manifestFile: Uint8Array): void {
  try {
    const text = new TextDecoder().decode(manifestFile);
    if (formatManifestFile(there.files) === text) return; // as we write it: parsing YAML takes a hundred times as long
    const files = new Map(there.files);
    files.delete(MANIFEST_PATH);
    if (sameSnapshot(parseManifestFile(text), files)) return;
  } catch (error) {
    if (!isFailure(error)) throw error; // one that cannot be read disagrees too
  }
  world.emit({
    kind: "warning",
    code: "manifest-disagrees",
    message:
      `${MANIFEST_PATH} in the bundle disagrees with its index (an older tool pushed it); the index counts, and the next push rewrites the file`,
  });
}

export function reportOf(
  plan: PullPlan,
  remote: Remote,
  books: Books,
  request: { readonly tag: string | null; readonly digest: Digest | null },
  digest: Digest,
  shown: { into: string | null; resumed: boolean; dryRun: boolean },
): PullReport {
  const writes = plan.edits.filter((edit): edit is Edit & { kind: "write" } => edit.kind === "write")
    .filter(({ path }) => shown.into !== null || path !== MANIFEST_PATH); // derived: nobody asked for it
  const before = followedTag(books);
  const after = request.tag ?? before;
  const switched = shown.into === null && request.digest === null && after !== before;
  const bytes = new Map<Digest, FileContent>(
    writes.filter((edit) => edit.replaces?.digest !== edit.content.digest).map((edit) => [edit.content.digest, edit.content]),
  );
  return {
    dryRun: shown.dryRun,
    digest,
    reference: formatReference({ repository: remote.repository, tag: after, digest }),
    pinned: request.digest !== null,
    switchedFrom: switched ? before : null,
    switchedTo: switched ? after : null,
    written: writes.map(({ path }) => path),
    removed: plan.edits.filter(({ kind }) => kind === "remove").map(({ path }) => path),
    kept: plan.kept,
    conflicts: plan.conflicts,
    givenUp: [],
    bytes: [...bytes.values()].reduce((sum, { size }) => sum + size, 0),
    directory: shown.into,
    resumed: shown.resumed,
  };
}
