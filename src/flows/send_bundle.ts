/**
 * Sending the blobs that a push planned, under no tag. Whatever is sent is hashed once more on its
 * way, so that a file that changed since it was planned ends the push with its name.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { type ByteSource, sourceOf } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import type { Blob, Remote } from "../bundle/content.ts";
import type { Emit } from "../bundle/events.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { fileSource } from "../disk/file_source.ts";
import type { PushPlan, Upload } from "../plan/push.ts";
import { onDisk } from "../worktree/project.ts";
import type { PackMaker } from "./make_packs.ts";
import type { ProjectWorld } from "./world.ts";

export interface Sending {
  readonly uploads: readonly Upload[];
  readonly packs: PackMaker;
  /** The repository is known to hold nothing: nobody asks whether it has a blob. */
  readonly isNew: boolean;
  /** What went ahead of the plan: `there` now, `sent` over the wire. */
  readonly ahead?: { readonly there: ReadonlySet<Digest>; readonly sent: ReadonlySet<Digest> } | null;
}

/** The blobs that were really sent: others had them there already. */
export async function sendBlobs(
  world: ProjectWorld,
  remote: Remote,
  plan: PushPlan,
  { uploads, packs, isNew, ahead = null }: Sending,
): Promise<Set<Digest>> {
  const { emit } = world;
  const sent = new Set<Digest>(ahead?.sent);
  const left = uploads.filter(({ digest }) => !ahead?.there.has(digest));
  const bytesOf = new Map<Digest, Uint8Array<ArrayBuffer>>();
  for (const [path, bytes] of plan.sealed.metadata) bytesOf.set(plan.sealed.files.get(path)!.digest, bytes);
  const { index } = plan.sealed.bundle;
  bytesOf.set(index.descriptor.digest, index.bytes);
  emit({ kind: "begin", activity: "uploading", items: left.length, bytes: left.reduce((sum, { size }) => sum + size, 0) });
  await mapPool(remote.parallel, left, async (blob, signal) => {
    const bytes = blob.path === null ? bytesOf.get(blob.digest) : undefined;
    const source = blob.pack !== undefined
      ? packs.source(blob.pack, blob)
      : bytes !== undefined
      ? sourceOf(bytes)
      : fileSource(onDisk(world.project, blob.path!), blob.size);
    try {
      const name = blob.path ?? blob.digest;
      await sendBlob(remote, { ...blob, name }, source, { signal, isNew, emit, onSent: () => sent.add(blob.digest) });
    } catch (error) {
      throw blob.path === null ? error : namingFile(world, { ...blob, path: blob.path }, error);
    }
    if (blob.pack !== undefined) packs.forget(blob);
  }, world.signal);
  emit({ kind: "end", activity: "uploading" });
  return sent;
}

/** One blob, with its progress. */
export async function sendBlob(
  remote: Remote,
  { digest, size, name }: Blob & { readonly name: string },
  source: ByteSource,
  { signal, isNew, emit, onSent }: {
    readonly signal: AbortSignal;
    readonly isNew: boolean;
    readonly emit: Emit;
    /** Bytes of it went over the wire. */
    readonly onSent: () => void;
  },
): Promise<void> {
  let moved = 0;
  await remote.blobs.write({ digest, size }, source, {
    signal,
    isNew,
    onBytes: (count) => {
      moved += count;
      onSent();
      emit({ kind: "bytes", activity: "uploading", count });
    },
  });
  // What is there already, from a push that was stopped for example, is less to do, not something done.
  if (moved < size) emit({ kind: "begin", activity: "uploading", items: 0, bytes: moved - size });
  emit({ kind: "item", activity: "uploading", name });
}

/** What a person can do something about has the name of the file. */
function namingFile(
  { project }: ProjectWorld,
  { path, size }: { readonly path: BundlePath; readonly size: number },
  error: unknown,
): unknown {
  if (isFailure(error, "changed-underneath") || !isStillThere(onDisk(project, path), size)) {
    return new Failure("changed-underneath", `${path} changed while it was pushed; nothing was tagged`, {
      hint: "mops bundle push   (once nothing writes to it any more)",
      facts: { path },
      cause: error,
    });
  }
  if (isFailure(error, "corrupt") && !error.message.startsWith(path)) {
    return new Failure("corrupt", `${path}: ${error.message}; nothing was tagged`, {
      hint: error.hint,
      facts: { ...error.facts, path },
      cause: error,
    });
  }
  return error;
}

function isStillThere(file: string, size: number): boolean {
  const info = lstatIfThere(file);
  return info !== null && info.isFile && info.size === size;
}
