/**
 * Packs on the wire while the next ones are still made. Only for a push that the tags cannot refuse any more, whatever its packs become
 * (`isSettled`): what is refused is refused before anything is sent.
 */
import { sourceOf } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { forerunnerOf } from "../base/forerunner.ts";
import type { Blob, Remote } from "../bundle/content.ts";
import type { Emit } from "../bundle/events.ts";
import { formatRepository } from "../bundle/reference.ts";
import type { PackDraft } from "../bundle/pack.ts";
import type { PackMaker } from "./make_packs.ts";
import { sendBlob } from "./send_bundle.ts";
import { beginSending, isNewRepository } from "./sending_mark.ts";
import type { ProjectWorld } from "./world.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Metadata files and index: what every bundle has beside its packs. */
const AFTERWARDS = 4;

/** @param known packs that need not be made, else null @param held what the tags hold. Gives null where there is nothing worth it */
export async function beginAhead(
  world: ProjectWorld,
  remote: Remote,
  known: readonly (Blob | null)[],
  held: readonly (Digest | null)[],
): Promise<SendingAhead | null> {
  const uploads = known.filter((blob) => blob === null).length;
  if (uploads < 2) return null;
  const isNew = await isNewRepository(world, remote, { uploads: uploads + AFTERWARDS, held });
  beginSending(world.project, formatRepository(remote.repository));
  return new SendingAhead(remote, isNew, world.emit, world.signal);
}

export class SendingAhead {
  /** Blobs that the remote has now. */
  readonly there = new Set<Digest>();
  /** Those of which bytes went over the wire. */
  readonly sent = new Set<Digest>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #failed: { readonly error: unknown } | null = null;

  /** @param isNew the repository is known to hold nothing: nobody asks whether it has a blob */
  constructor(readonly remote: Remote, readonly isNew: boolean, readonly emit: Emit, readonly outer: AbortSignal) {
    this.#signal = AbortSignal.any([outer, this.#stop.signal]);
  }

  /** What the drafts become, in their order; all of it is there when this ends. @throws what making or sending fails with */
  async makeAndSend(packs: PackMaker, drafts: readonly PackDraft[], known: readonly (Blob | null)[]): Promise<Blob[]> {
    try {
      const blobs = await packs.blobsOf(drafts, known, (blob, bytes) => this.#offer(blob, bytes));
      await Promise.all(this.#running);
      if (this.#failed !== null) throw this.#failed.error;
      return blobs;
    } catch (error) {
      this.#stop.abort(error);
      await Promise.all(this.#running);
      this.emit({ kind: "end", activity: "uploading" });
      throw error;
    }
  }

  /** Begins to send; waits while as many are under way as the remote takes well. @throws what an earlier one failed with */
  async #offer(blob: Blob, bytes: Bytes): Promise<void> {
    while (this.#running.size >= this.remote.parallel) await Promise.race(this.#running);
    forerunnerOf(this.outer)?.throwIfAborted();
    if (this.#failed !== null) throw this.#failed.error;
    this.emit({ kind: "begin", activity: "uploading", items: 1, bytes: blob.size });
    const one = this.#send(blob, bytes).finally(() => this.#running.delete(one));
    this.#running.add(one);
  }

  async #send(blob: Blob, bytes: Bytes): Promise<void> {
    try {
      await sendBlob(this.remote, { ...blob, name: blob.digest }, sourceOf(bytes), {
        signal: this.#signal,
        isNew: this.isNew,
        emit: this.emit,
        onSent: () => this.sent.add(blob.digest),
      });
      this.there.add(blob.digest);
    } catch (error) {
      this.#failed ??= { error };
      this.#stop.abort(error);
    }
  }
}
