/**
 * What a remote lacks of the bundles that its tags hold: blobs that are gone or have another size. A push from a folder that has the content
 * sends them again. Looking is cheap in a layout and always done; in a registry it is a request for each blob, and done where it matters:
 * by a forced push, and by one to a new tag of a bundle of few blobs.
 */
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import type { Blob, Remote } from "../bundle/content.ts";
import type { PushPlan } from "../plan/push.ts";
import type { PackMaker } from "./make_packs.ts";
import { sendBlobs } from "./send_bundle.ts";
import type { ProjectWorld } from "./world.ts";

const LOOKS = 32; // at once; 10,000 take some 0.2 s

/** Above this many blobs a registry is asked only by a forced push. */
const MOST_ASKED = 50;

/** @param need what the push counts on: a registry is asked for nothing else. */
export async function lostIn(
  remote: Remote,
  blobs: ReadonlyMap<Digest, Blob>,
  options: { readonly need: ReadonlySet<Digest>; readonly force: boolean; readonly newTag: boolean; readonly signal: AbortSignal },
): Promise<ReadonlySet<Digest>> {
  const { need, force, newTag, signal } = options;
  const isLayout = remote.repository.kind === "layout";
  const asked = isLayout ? [...blobs.values()] : [...blobs.values()].filter(({ digest }) => need.has(digest));
  const lost = new Set<Digest>();
  if (!isLayout && !force && !(newTag && asked.length <= MOST_ASKED)) return lost;
  await mapPool(isLayout ? LOOKS : remote.parallel, asked, async (blob, signal) => {
    if (!await isWhole(remote, blob, signal)) lost.add(blob.digest);
  }, signal);
  return lost;
}

async function isWhole(remote: Remote, blob: Blob, signal: AbortSignal): Promise<boolean> {
  try {
    return await remote.blobs.has(blob, { signal });
  } catch (error) {
    if (isFailure(error, "corrupt")) return false;
    throw error;
  }
}

/** For a push that moves no tag: sends what was lost of the bundle that its tags hold. */
export async function mend(world: ProjectWorld, remote: Remote, plan: PushPlan, packs: PackMaker, force: boolean): Promise<void> {
  if (remote.repository.kind !== "layout" && !force) return;
  const { manifest } = plan.sealed.bundle;
  const isWhole = await remote.readManifest(manifest.digest, world.signal).then(() => true, (error) => {
    if (isFailure(error, "not-found", "corrupt")) return false;
    throw error;
  });
  const { uploads } = plan;
  if (uploads.length === 0 && isWhole) return;
  world.emit({ kind: "warning", code: "blobs-lost", message: "the remote lacks files that it had before; they are sent again" });
  await sendBlobs(world, remote, plan, { uploads, packs, isNew: false });
  if (!isWhole) await remote.writeManifest(manifest, world.signal);
}
