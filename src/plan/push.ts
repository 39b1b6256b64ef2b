/**
 * What a push should send and which tags it should move. Pure: facts in, a plan out, with the manifest's final bytes; what is shown is
 * what is applied (D5). Law: what is refused here is refused before anything is sent.
 */
import { type BundlePath, compareBundlePaths, MANIFEST_PATH } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { count } from "../base/counted.ts";
import { Failure } from "../base/failure.ts";
import type { Blob } from "../bundle/content.ts";
import type { FileTable } from "../bundle/file_table.ts";
import { MAX_INDEX_BYTES, MAX_MANIFEST_BYTES } from "../bundle/media_types.ts";
import { formatReference, formatRepository, type Repository } from "../bundle/reference.ts";
import { MOST_LAYERS, type PackDraft } from "../bundle/pack.ts";
import { sameContent, type Snapshot } from "../bundle/snapshot.ts";
import { type Change, changesBetween } from "./compare.ts";
import type { SealDraft, Sealed } from "./seal.ts";

/** One tag as it was found, resolved once. */
export interface TagFacts {
  readonly tag: string;
  readonly holds: Digest | null;
  readonly base: Digest | null;
  /** What it holds, and what its base held, as compared; empty where there is none. */
  readonly remote: Snapshot;
  /** Why what it holds cannot be read as a bundle; null where it can. */
  readonly foreign: string | null;
  readonly before: Snapshot;
  /** It holds a bundle of a tool that writes no `manifest.yaml`. */
  readonly lacksManifestFile: boolean;
}

export interface PushFacts {
  readonly repository: Repository;
  readonly sealed: Sealed;
  /** The sealed files as compared. */
  readonly compared: Snapshot;
  /** The first one that exists is the one that the changes are told about. */
  readonly tags: readonly [TagFacts, ...TagFacts[]];
  /** Blobs that manifests of the remote name already. */
  readonly present: ReadonlySet<Digest>;
  /** Blobs that manifests of the remote name, and that it does not have any more. */
  readonly lost?: ReadonlySet<Digest>;
  readonly missing: readonly BundlePath[];
}

export interface Upload extends Blob {
  /** The file it is read from; null: the bytes are part of the plan (index and metadata files), or those of a pack. */
  readonly path: BundlePath | null;
  readonly pack?: PackDraft;
}

export interface PushPlan {
  readonly repository: Repository;
  readonly digest: Digest;
  readonly sealed: Sealed;
  readonly tags: readonly { readonly tag: string; readonly holds: Digest | null; readonly moves: boolean }[];
  readonly changes: readonly Change[];
  /** With `force`: what others put there that this push takes away. */
  readonly drops: readonly Change[];
  /** Each distinct blob once, in the order of the paths; then packs; the index last. */
  readonly uploads: readonly Upload[];
  readonly skipped: { readonly blobs: number; readonly bytes: number };
  /** Tracked, but not on disk: not in the bundle. */
  readonly missing: readonly BundlePath[];
  /** No tag moves; what the remote has lost is sent all the same. */
  readonly nothingToDo: boolean;
}

/** @throws Failure("tag-moved") | Failure("would-overwrite") | Failure("invalid") when it must not be applied. */
export function planPush(facts: PushFacts, options: { readonly force: boolean }): PushPlan {
  const { bundle } = facts.sealed;
  const digest = bundle.manifest.digest;
  refuseTooLarge(facts.sealed);
  const moving = facts.tags.filter(({ holds }) => holds !== digest);
  if (!options.force) { for (const tag of moving) refuseUnlessOurs(tag, facts.repository); }
  const told = facts.tags.find(({ holds }) => holds !== null) ?? facts.tags[0];
  const uploads = uploadsOf(facts).filter(({ digest }) => moving.length > 0 || facts.lost?.has(digest));
  const sent = new Set(uploads.map((upload) => upload.digest));
  const skipped = new Map(blobsOf(facts.sealed).filter((blob) => !sent.has(blob.digest)).map((blob) => [blob.digest, blob.size]));
  return {
    repository: facts.repository,
    digest,
    sealed: facts.sealed,
    tags: facts.tags.map(({ tag, holds }) => ({ tag, holds, moves: holds !== digest })),
    changes: changesTold(facts.compared, told),
    drops: moving.flatMap((tag) => droppedBy(facts.compared, tag)),
    uploads,
    skipped: { blobs: skipped.size, bytes: [...skipped.values()].reduce((sum, size) => sum + size, 0) },
    missing: facts.missing,
    nothingToDo: moving.length === 0,
  };
}

/**
 * Whether `planPush` cannot refuse this, whatever its packs become: the tags are free or ours, and index and manifest fit for certain.
 * Law: what is settled is planned.
 */
export function isSettled(
  tags: readonly Pick<TagFacts, "holds" | "base">[],
  draft: Pick<SealDraft, "files" | "drafts">,
  options: { readonly force: boolean },
): boolean {
  if (!options.force && tags.some(({ holds, base }) => holds !== null && holds !== base)) return false;
  const { index, manifest } = sizesAtMost(draft);
  return index <= MAX_INDEX_BYTES && manifest <= MAX_MANIFEST_BYTES;
}

/** What there is but once, in an index or a manifest (bytes). */
const HEAD = 512;
/** All of an entry of an index beside its names, every number with its most digits, and of one of its packs (bytes). */
const ENTRY = 192;
/** All of a layer of a manifest beside its title (bytes). */
const LAYER = 256;
/** A UTF-16 unit in JSON, `\u0001` for example (bytes). */
const UNIT = 6;
const PLAIN = /^[\w./-]*$/;

function jsonAtMost(text: string): number {
  return PLAIN.test(text) ? text.length : UNIT * text.length;
}

/** Bounds of what sealing makes (bytes), without making it. */
export function sizesAtMost({ files, drafts }: Pick<SealDraft, "files" | "drafts">): { readonly index: number; readonly manifest: number } {
  const isPacked = packedRows(files, drafts);
  let index = HEAD + ENTRY * drafts.length;
  let manifest = HEAD + LAYER * drafts.length;
  files.paths.strings().forEach((path, row) => {
    const most = jsonAtMost(path);
    const link = files.links.get(path);
    index += ENTRY + 2 * most + (link === undefined ? 0 : jsonAtMost(link));
    if (isPacked[row] === 0) manifest += LAYER + most;
  });
  return { index, manifest };
}

/**
 * Requests that applying takes at the most, repetitions aside. Per blob: look, begin, send. Per tag: record (two blobs, manifest, the
 * fallback list read, written, read again), check, put, check, and finding the record before it. Four more for tokens.
 */
export function requestBound(plan: PushPlan, perTag = 20): number {
  if (plan.nothingToDo || plan.repository.kind === "layout") return 0; // a layout is a folder
  return plan.uploads.length * 3 + 1 + plan.tags.filter(({ moves }) => moves).length * perTag + 4;
}

function uploadsOf(facts: PushFacts): Upload[] {
  const index = facts.sealed.bundle.index.descriptor;
  return [...blobsOf(facts.sealed), { digest: index.digest, size: index.size, path: null }].filter(({ digest }) =>
    !facts.present.has(digest)
  );
}

/** What a bundle is made of beside its index: each distinct blob once. */
export function blobsOf({ files, metadata, packs }: Sealed): Upload[] {
  const isPacked = packedRows(files, packs.map(({ draft }) => draft));
  const blobs = new Map<Digest, Upload>();
  for (let row = 0; row < isPacked.length; row++) {
    if (isPacked[row] === 1) continue;
    const { digest, size, link } = files.at(row);
    if (blobs.has(digest) || link !== undefined) continue; // a link's bytes are its target's, which is a file too
    const path = files.paths.at(row);
    blobs.set(digest, { digest, size, path: metadata.has(path) ? null : path });
  }
  for (const { draft, blob } of packs) blobs.set(blob.digest, { ...blob, path: null, pack: draft });
  return [...blobs.values()];
}

/** 1 for each row of the table that lies in a pack. */
function packedRows(files: FileTable, drafts: readonly PackDraft[]): Uint8Array {
  const marks = new Uint8Array(files.size);
  for (const { rows } of drafts) for (const row of rows) marks[row] = 1;
  return marks;
}

function refuseUnlessOurs(tag: TagFacts, repository: Repository): void {
  if (tag.holds === null || tag.holds === tag.base) return;
  if (tag.foreign !== null) {
    throw new Failure("would-overwrite", `${formatReference({ repository, tag: tag.tag })} holds something else: ${tag.foreign}`, {
      hint: "mops bundle push --tag OTHER   (--force replaces what is there)",
      facts: { tag: tag.tag, repository: formatRepository(repository), holds: tag.holds },
    });
  }
  const name = formatReference({ repository, tag: tag.tag });
  if (tag.base === null) {
    throw new Failure("would-overwrite", `${name} exists, and nothing here says that this folder came from it; nothing was pushed`, {
      hint:
        `mops bundle diff ${tag.tag}   (shows how they differ; mops bundle pull --tag ${tag.tag} joins the two, as after a git checkout; ` +
        "mops bundle init --name NAME publishes another project under another name)",
      facts: { tag: tag.tag, repository: formatRepository(repository), holds: tag.holds },
    });
  }
  const changes = changesBetween(tag.remote, tag.before);
  const list = changes.map(({ path, kind }) => `${kind} ${path}`);
  throw new Failure(
    "tag-moved",
    `${name} has moved since this folder last agreed with it: ${count(changes.length, "file")} changed there`,
    {
      hint: `mops bundle pull --tag ${tag.tag}   (takes them in and keeps your changes; then push again)`,
      facts: { tag: tag.tag, expected: tag.base, found: tag.holds, changedThere: list },
    },
  );
}

/** `manifest.yaml` is derived and no change by itself; only a bundle that gets its first one is told so. */
function changesTold(compared: Snapshot, tag: TagFacts): Change[] {
  const changes = changesBetween(compared, tag.remote);
  if (!tag.lacksManifestFile) return changes;
  return [...changes, { path: MANIFEST_PATH, kind: "added" } as const].sort((a, b) => compareBundlePaths(a.path, b.path));
}

/** Changes of the other side since the base that the new content does not hold. */
function droppedBy(compared: Snapshot, tag: TagFacts): Change[] {
  if (tag.holds === null || tag.holds === tag.base || tag.foreign !== null) return []; // what is no bundle has no list
  return changesBetween(tag.remote, tag.before).filter(({ path }) => !sameContent(compared.get(path), tag.remote.get(path)));
}

/** Registries bound a manifest, and readers an index: told before anything is sent. */
function refuseTooLarge({ bundle, files, packs }: Sealed): void {
  const manifestBytes = bundle.manifest.bytes.byteLength;
  if (manifestBytes > MAX_MANIFEST_BYTES) {
    const layers = files.size - packs.reduce((sum, { draft }) => sum + draft.rows.length, 0) + packs.length;
    const fits = Math.floor(layers * MAX_MANIFEST_BYTES / manifestBytes);
    const unpacked = packs.length === 0 && files.size > MOST_LAYERS;
    throw new Failure(
      "invalid",
      `${layers} layers make a manifest of ${manifestBytes} bytes, and registries take ${MAX_MANIFEST_BYTES}: about ${fits} layers fit`,
      {
        hint: unpacked
          ? "write layout: auto into .modelops-bundle/config.yaml   (small files then travel in packs)"
          : "mops bundle remove PATH   (or list folders in .modelopsignore that are not part of the model)",
        facts: { files: files.size, layers, fits, manifestBytes, limit: MAX_MANIFEST_BYTES },
      },
    );
  }
  const indexBytes = bundle.index.bytes.byteLength;
  if (indexBytes <= MAX_INDEX_BYTES) return;
  throw new Failure(
    "invalid",
    `${count(files.size, "file")} make an index of ${indexBytes} bytes, and at most ${MAX_INDEX_BYTES} are read`,
    {
      hint: "mops bundle remove PATH   (or list folders in .modelopsignore that are not part of the model)",
      facts: { files: files.size, indexBytes, limit: MAX_INDEX_BYTES },
    },
  );
}
