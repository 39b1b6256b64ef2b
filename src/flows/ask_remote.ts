/** What the remote holds under a tag, for those who only look: one that is away, or holds something else, is an answer. */
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import type { Remote } from "../bundle/content.ts";
import { formatRepository } from "../bundle/reference.ts";
import type { RemoteView } from "../plan/relation.ts";
import { baseOf, type LocalState } from "../worktree/local_state.ts";
import type { ComparedSide } from "./compared_side.ts";
import { findBase, type FoundBase, warnOfGone } from "./find_base.ts";
import { rememberedSide } from "./known_base.ts";
import type { ProjectWorld } from "./world.ts";

/** Seconds; the whole command answers within two. */
export const REMOTE_SECONDS = 1.8;

export interface Asked {
  readonly view: RemoteView;
  readonly remote: Remote | null;
  readonly bundle: ComparedSide & { readonly digest: Digest } | null;
  readonly found: FoundBase | null;
}

export async function askRemote(
  world: ProjectWorld,
  remote: Remote,
  tag: string,
  state: LocalState,
  name: string,
  signal: AbortSignal,
): Promise<Asked> {
  const nobody = { remote: null, bundle: null, found: null };
  let digest: Digest | null;
  try {
    digest = await remote.resolve(tag, signal);
  } catch (error) {
    if (isFailure(error, "invalid", "not-ready")) return { view: { kind: "unauthorized", reason: error.message }, ...nobody }; // credentials
    return { view: viewOfFailure(world, error), ...nobody };
  }
  if (digest === null) {
    if (state.pinned === null) warnOfGone(state, name, tag, world.emit);
    return { view: { kind: "absent" }, remote, bundle: null, found: null };
  }
  try {
    const sources = { project: world.project, remote, signal };
    const what = `${name}:${tag}`;
    const side = rememberedSide(sources, digest, what) ?? await (await import("./read_bundle.ts")).readBundle(sources, digest, what);
    const bundle = { digest, files: side.files, modelRegistry: () => side.modelRegistry() };
    return { view: { kind: "holds", digest }, remote, bundle, found: await baseInTime(remote, state, tag, digest, signal) };
  } catch (error) {
    if (isFailure(error, "not-a-bundle", "invalid", "unsupported", "corrupt")) {
      return { view: { kind: "foreign", digest, reason: error.message }, remote, bundle: null, found: null };
    }
    return { view: viewOfFailure(world, error), ...nobody };
  }
}

/** @throws what is no matter of the remote being away. */
function viewOfFailure(world: ProjectWorld, error: unknown): RemoteView {
  if (world.signal.aborted) throw error;
  if (isFailure(error, "unauthorized", "forbidden")) return { kind: "unauthorized", reason: error.message };
  if (isFailure(error, "unreachable", "rate-limited", "remote-error", "interrupted")) {
    const reason = error.code === "interrupted" ? `no answer within ${REMOTE_SECONDS} s` : error.message;
    return { kind: "unreachable", reason };
  }
  throw error;
}

/** The base by the chain of push records, as far as there is time for it; else by what is remembered. */
async function baseInTime(remote: Remote, state: LocalState, tag: string, holds: Digest, signal: AbortSignal): Promise<FoundBase> {
  try {
    return await findBase(remote, state, tag, holds, signal);
  } catch (error) {
    if (!isFailure(error, "unreachable", "rate-limited", "remote-error", "interrupted", "forbidden", "unauthorized")) throw error;
    return { base: baseOf(state, formatRepository(remote.repository), tag, holds), overtaken: null };
  }
}
