/**
 * What a remote lacks of the bundles that its tags hold: blobs that are gone or have another size. A push from a folder that has the content
 * sends them again. Looking is cheap in a layout and always done; in a registry it is a request for each blob, and done where it matters:
 * by a forced push, and by one to a new tag of a bundle of few blobs.
 */
import { count } from "../base/counted.ts";
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import type { Blob, Remote } from "../bundle/content.ts";
import { sortedPaths } from "../bundle/snapshot.ts";
import { blobsOf, type PushPlan, type Upload } from "../plan/push.ts";
import type { PackMaker } from "./make_packs.ts";
import { sendBlobs } from "./send_bundle.ts";
import type { ProjectWorld } from "./world.ts";

const LOOKS = 32; // at once; 10,000 take some 0.2 s

/** Names in a warning. */
const MOST_NAMED = 5;

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
  if (!isLayout && !force && !(newTag && asked.length <= MOST_ASKED)) return new Set();
  return await notWhole(remote, asked, signal);
}

async function notWhole(remote: Remote, blobs: readonly Blob[], signal: AbortSignal): Promise<Set<Digest>> {
  const lost = new Set<Digest>();
  await mapPool(remote.repository.kind === "layout" ? LOOKS : remote.parallel, blobs, async (blob, signal) => {
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
  if (plan.uploads.length === 0 && isWhole) return;
  await sendBlobs(world, remote, plan, { uploads: plan.uploads, packs, isNew: false });
  if (!isWhole) await remote.writeManifest(manifest, world.signal);
  warnOfLost(world, plan, new Set(plan.uploads.map(({ digest }) => digest)));
}

/**
 * The manifest, whose blobs are there. A remote that says it lacks one which a manifest of its own names has lost it: then each blob is
 * looked for, what is gone is sent again, and the manifest once more. Gives what was sent.
 */
export async function sendManifest(world: ProjectWorld, remote: Remote, plan: PushPlan, packs: PackMaker): Promise<ReadonlySet<Digest>> {
  const { bundle } = plan.sealed;
  try {
    await remote.writeManifest(bundle.manifest, world.signal);
    return new Set();
  } catch (error) {
    if (!isFailure(error, "not-found")) throw error;
    const all: Upload[] = [...blobsOf(plan.sealed), { ...bundle.index.descriptor, path: null }];
    const lost = await notWhole(remote, all, world.signal);
    // A remote that shows what it says it lacks is sent all of it.
    const uploads = lost.size === 0 ? all : all.filter(({ digest }) => lost.has(digest));
    const sent = await sendBlobs(world, remote, plan, { uploads, packs, isNew: false });
    await remote.writeManifest(bundle.manifest, world.signal);
    warnOfLost(world, plan, lost);
    return sent;
  }
}

/** Said when it is mended. */
function warnOfLost({ emit }: ProjectWorld, { sealed }: PushPlan, lost: ReadonlySet<Digest>): void {
  const files = [...sealed.files].filter(([, { digest, link }]) => link === undefined && lost.has(digest)).map(([path]) => path);
  const inPacks = sealed.packs.filter(({ blob }) => lost.has(blob.digest)).map(({ draft }) =>
    `a pack of ${count(draft.members.length, "file")}`
  );
  const names = [...sortedPaths(files), ...inPacks];
  if (names.length === 0) names.push("what lists the files of the bundle");
  const more = names.length - MOST_NAMED;
  const told = [...names.slice(0, MOST_NAMED), ...more > 0 ? [`${more} more`] : []].join(", ");
  emit({ kind: "warning", code: "blobs-lost", message: `the remote had lost what it held before: ${told}; sent again` });
}
