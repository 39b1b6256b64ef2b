/**
 * The facts that a push is planned from: what its tags hold, what their bases held, and which blobs the remote has already. Every bundle is
 * read once, whatever number of tags name it.
 */
import { MANIFEST_PATH } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import type { Blob, Remote } from "../bundle/content.ts";
import { formatRepository } from "../bundle/reference.ts";
import { blobsOf, planPush, type PushPlan, type TagFacts } from "../plan/push.ts";
import { type Sealed } from "../plan/seal.ts";
import { type LocalState } from "../worktree/local_state.ts";
import { type LocalSide } from "./gather.ts";
import { lostIn } from "./lost_blobs.ts";
import { type ComparedSide, comparedSides, NOTHING } from "./compared_side.ts";
import { type KnownBundle, readBundle, readBundleIfAny } from "./read_bundle.ts";
import { type ProjectWorld } from "./world.ts";

export async function planAgainstTags(
  world: ProjectWorld,
  remote: Remote,
  facts: {
    tags: readonly string[];
    held: readonly (Digest | null)[];
    bases: readonly (Digest | null)[];
    sealed: Sealed;
    local: LocalSide;
    state: LocalState;
    force: boolean;
    /** Bundles that were read already. */
    read: readonly KnownBundle[];
  },
): Promise<PushPlan> {
  const sources = { project: world.project, remote, signal: world.signal };
  const known = new Map<Digest, KnownBundle>(facts.read.map((bundle) => [bundle.digest, bundle]));
  const foreign = new Map<Digest, string>();
  const bundle = async (digest: Digest | null, lost: boolean): Promise<ComparedSide> => {
    if (digest === null) return NOTHING;
    const what = `${formatRepository(remote.repository)}@${digest}`;
    const found = known.get(digest) ?? (lost ? await readBundleIfAny(sources, digest, what) : await readHeld(sources, digest, what));
    if (typeof found === "string") foreign.set(digest, found);
    if (found === null || typeof found === "string") return NOTHING;
    known.set(digest, found);
    return found;
  };
  const own = facts.sealed.bundle.manifest.digest;
  const sealedSide: ComparedSide = { files: facts.sealed.files, modelRegistry: () => facts.local.modelRegistry() };
  const sides: ComparedSide[] = [sealedSide];
  for (const [i] of facts.tags.entries()) {
    const holds = facts.held[i] ?? null;
    sides.push(holds === own ? sealedSide : await bundle(holds, false), await bundle(facts.bases[i] ?? null, true));
  }
  const compared = await comparedSides(sides);
  const tagFacts = facts.tags.map((tag, i): TagFacts => ({
    tag,
    holds: facts.held[i] ?? null,
    base: facts.bases[i] ?? null,
    remote: compared[1 + 2 * i]!,
    before: compared[2 + 2 * i]!,
    foreign: facts.held[i] == null ? null : foreign.get(facts.held[i]!) ?? null,
    lacksManifestFile: facts.held[i] != null && sides[1 + 2 * i]!.files.size > 0 && !sides[1 + 2 * i]!.files.has(MANIFEST_PATH),
  }));
  const named = new Map<Digest, Blob>();
  for (const { layers, config } of await bundlesThere(world, remote, facts.held, known, facts.state)) {
    for (const blob of [...layers, config]) named.set(blob.digest, blob);
  }
  const ours = [...blobsOf(facts.sealed), facts.sealed.bundle.index.descriptor];
  if (facts.held.includes(own)) { for (const blob of ours) named.set(blob.digest, blob); }
  const need = new Set(ours.map(({ digest }) => digest));
  const lost = await lostIn(remote, named, { need, force: facts.force, newTag: facts.held.includes(null), signal: world.signal });
  const [first, ...rest] = tagFacts;
  return planPush({
    repository: remote.repository,
    sealed: facts.sealed,
    compared: compared[0]!,
    tags: [first!, ...rest],
    present: new Set(named.keys()).difference(lost),
    lost,
    missing: facts.local.missing,
  }, { force: facts.force });
}

/**
 * Bundles of which the remote has every blob: those that tags hold, and, for a tag that is new, one that this folder knows to have come
 * from there, if its manifest is still there.
 */
async function bundlesThere(
  world: ProjectWorld,
  remote: Remote,
  held: readonly (Digest | null)[],
  known: ReadonlyMap<Digest, KnownBundle>,
  state: LocalState,
): Promise<KnownBundle[]> {
  const there = [...known].filter(([digest]) => held.includes(digest)).map(([, bundle]) => bundle);
  if (there.length > 0) return there;
  const pushed = Object.values(state.pushed[formatRepository(remote.repository)] ?? {}).map(({ bundle }) => bundle);
  const [last] = [...pushed.reverse(), ...(state.pulled === null ? [] : [state.pulled])];
  if (last === undefined) return [];
  try {
    await remote.readManifest(last, world.signal); // not the project's own memory of it: what counts is what the remote has
    const bundle = await readBundleIfAny({ project: world.project, remote, signal: world.signal }, last, last);
    return bundle === null ? [] : [bundle];
  } catch (error) {
    if (isFailure(error, "not-found")) return [];
    throw error;
  }
}

/** The bundle, or why what is there cannot be read as one. */
async function readHeld(
  sources: { project: ProjectWorld["project"]; remote: Remote; signal: AbortSignal },
  digest: Digest,
  what: string,
): Promise<KnownBundle | string> {
  try {
    return await readBundle(sources, digest, what);
  } catch (error) {
    if (isFailure(error, "not-a-bundle", "invalid", "unsupported")) return error.message;
    throw error;
  }
}
