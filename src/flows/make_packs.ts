/**
 * Packs on their way from the folder: their digests for the plan, their bytes for the remote. A pack that an earlier bundle had, with the
 * same members, is known by its digest, and nothing of it is read. Every member's bytes are compared with the digest that it was planned with.
 */
import { type ByteSource, sourceOf } from "../base/bytes.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { Failure, isFailure, stopIfInterrupted } from "../base/failure.ts";
import type { Blob } from "../bundle/content.ts";
import type { Emit } from "../bundle/events.ts";
import { encodePack, type KnownPacks, type PackDraft, type PackMember } from "../bundle/pack.ts";
import { readBytes } from "../disk/file_source.ts";
import { type SmallFile, type SmallFilesThread, startSmallFilesThread } from "../disk/small_files_thread.ts";
import { onDisk, type Project } from "../worktree/project.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Packs whose bytes are kept from the plan for sending (bytes): the others are read once more. */
const KEPT = 96 * 1024 * 1024;

/** Packs that a thread has begun, so that it need not wait for what is done with them here. */
const BEGUN = 3;
const NOTHING = new Uint8Array(0);

/** Packs that an earlier bundle has, in the order of the drafts; null for those that have to be made. */
export function knownBlobs(drafts: readonly PackDraft[], known: readonly KnownPacks[]): (Blob | null)[] {
  return drafts.map((draft) => known.map((packs) => packs.find(draft)).find((blob) => blob !== null) ?? null);
}

export class PackMaker {
  readonly #kept = new Map<Digest, Bytes>();
  #room = KEPT;

  constructor(readonly project: Project, readonly emit: Emit, readonly signal: AbortSignal) {}

  /**
   * What the drafts become, in their order. @param found as far as it is known (`knownBlobs`)
   * @param take is given each pack that is made, and waited for; without it, as many as there is room for are kept for `source`
   * @throws Failure("changed-underneath") naming a file that is not what was planned; what `take` throws
   */
  async blobsOf(
    drafts: readonly PackDraft[],
    known: readonly (Blob | null)[],
    take?: (blob: Blob, bytes: Bytes) => Promise<void>,
  ): Promise<Blob[]> {
    const found = [...known];
    const unknown = [...drafts.keys()].filter((index) => found[index] === null);
    if (unknown.length === 0) return found as Blob[];
    const bytes = unknown.reduce((sum, index) => sum + drafts[index]!.size, 0);
    this.emit({ kind: "begin", activity: "packing", items: unknown.length, bytes });
    using thread = startSmallFilesThread(unknown.reduce((sum, index) => sum + drafts[index]!.rows.length, 0));
    const begun: Promise<Bytes>[] = [];
    try {
      for (const [nth, index] of unknown.entries()) {
        for (const next of unknown.slice(nth + begun.length, nth + (thread === null ? 1 : BEGUN))) {
          const making = thread === null ? Promise.resolve(this.#make(drafts[next]!)) : this.#makeOn(thread, drafts[next]!);
          making.catch(() => {}); // what it fails with is thrown when its turn comes, which may be later
          begun.push(making);
        }
        const pack = await begun[0]!;
        begun.shift();
        const digest = digestOf(pack);
        const blob = found[index] = { digest, size: pack.byteLength };
        if (take !== undefined) await take(blob, pack);
        else if (pack.byteLength <= this.#room) {
          this.#kept.set(digest, pack);
          this.#room -= pack.byteLength;
        }
        this.emit({ kind: "bytes", activity: "packing", count: pack.byteLength });
        this.emit({ kind: "item", activity: "packing", name: digest });
        await new Promise((resolve) => setTimeout(resolve, 0)); // progress and Ctrl-C get their turn
        stopIfInterrupted(this.signal);
      }
    } finally {
      await Promise.allSettled(begun);
      this.emit({ kind: "end", activity: "packing" });
    }
    return found as Blob[];
  }

  /** @throws (when opened) Failure("changed-underneath") naming the file */
  source(draft: PackDraft, { digest, size }: Blob): ByteSource {
    return { size, open: async () => await sourceOf(this.#kept.get(digest) ?? this.#make(draft)).open() };
  }

  /** It was sent, or need not be. */
  forget({ digest }: Blob): void {
    this.#kept.delete(digest);
  }

  #make(draft: PackDraft): Bytes {
    return encodePack(draft, (member) => this.#read(member));
  }

  /** The same; the files are read on the thread. */
  async #makeOn(thread: SmallFilesThread, draft: PackDraft): Promise<Bytes> {
    const files = draft.members.flatMap(({ path, content: { size, digest, link }, offset }): SmallFile[] =>
      link === undefined ? [{ path: onDisk(this.project, path), offset, size, digest, mode: 0 }] : []
    );
    const { bytes, done } = await thread.read(encodePack(draft, () => NOTHING), files);
    return done === files.length ? bytes : this.#make(draft);
  }

  #read({ path, content }: PackMember): Uint8Array {
    let bytes: Uint8Array;
    try {
      bytes = readBytes(onDisk(this.project, path), content.size);
    } catch (error) {
      if (isFailure(error, "not-found", "changed-underneath")) throw changed(path, error);
      throw error;
    }
    if (digestOf(bytes) !== content.digest) throw changed(path);
    return bytes;
  }
}

function changed(path: string, cause?: unknown): Failure {
  return new Failure("changed-underneath", `${path} changed while it was pushed; nothing was tagged`, {
    hint: "mops bundle push   (once nothing writes to it any more)",
    facts: { path },
    cause,
  });
}
