/**
 * What a layout lacks of the bundles that it lists: files of its folder that are gone or have another size. A push from a folder that has
 * the content puts them back. A registry keeps what it took, and is asked only by a forced push that moves no tag: that is a request for each
 * blob.
 */
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import type { Blob, Remote } from "../bundle/content.ts";
import { blobsOf, type PushPlan, type Upload } from "../plan/push.ts";
import type { PackMaker } from "./make_packs.ts";
import { sendBlobs } from "./send_bundle.ts";
import type { ProjectWorld } from "./world.ts";

const LOOKS = 32; // at once; 10,000 take some 0.2 s

export async function lostIn(remote: Remote, blobs: ReadonlyMap<Digest, Blob>, signal: AbortSignal): Promise<ReadonlySet<Digest>> {
  const lost = new Set<Digest>();
  if (remote.repository.kind !== "layout") return lost;
  await mapPool(LOOKS, [...blobs.values()], async (blob) => {
    if (!await remote.blobs.has(blob, { signal })) lost.add(blob.digest);
  }, signal);
  return lost;
}

/** For a push that moves no tag: sends what was lost of the bundle that its tags hold. */
export async function mend(world: ProjectWorld, remote: Remote, plan: PushPlan, packs: PackMaker, force: boolean): Promise<void> {
  if (remote.repository.kind !== "layout" && !force) return;
  const { manifest } = plan.sealed.bundle;
  const isWhole = await remote.readManifest(manifest.digest, world.signal).then(() => true, (error) => {
    if (isFailure(error, "not-found", "corrupt")) return false;
    throw error;
  });
  const uploads = remote.repository.kind === "layout" ? plan.uploads : await lostOf(plan, remote, world.signal);
  if (uploads.length === 0 && isWhole) return;
  world.emit({ kind: "warning", code: "blobs-lost", message: "the remote lacks files that it had before; they are sent again" });
  await sendBlobs(world, remote, plan, { uploads: uploads, packs, isNew: false });
  if (!isWhole) await remote.writeManifest(manifest, world.signal);
}

async function lostOf(plan: PushPlan, remote: Remote, signal: AbortSignal): Promise<Upload[]> {
  const { descriptor } = plan.sealed.bundle.index;
  const all: Upload[] = [...blobsOf(plan.sealed), { digest: descriptor.digest, size: descriptor.size, path: null }];
  const isThere = await mapPool(remote.parallel, all, (blob) => remote.blobs.has(blob, { signal }), signal);
  return all.filter((_, i) => !isThere[i]);
}
