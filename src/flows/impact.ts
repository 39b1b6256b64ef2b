/** Impact: whose results become stale when this folder is pushed, against a bundle. Changes nothing but caches. */
import type { Digest } from "../base/digest.ts";
import type { Remote } from "../bundle/content.ts";
import { formatRepository } from "../bundle/reference.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { type Impact, impactOf } from "../plan/impact.ts";
import { unlistedMentions } from "../plan/preflight_rules/unlisted_data.ts";
import { keyOf } from "../plan/cloud_state.ts";
import { absent } from "./absent.ts";
import { analyseProject } from "./analyse_project.ts";
import { followedTag, readBooks } from "./gather.ts";
import { filesNow, readinessOfAll } from "./model_status.ts";
import { readBundle } from "./read_bundle.ts";
import { type ProjectWorld, settled } from "./world.ts";

export interface ImpactRequest {
  /** Where `--ref` points; null: the tag that is followed, in the project's remote. */
  readonly against: { readonly remote: Remote; readonly tag: string | null; readonly digest: Digest | null } | null;
}

export interface ImpactReport extends Impact {
  /** `repository:tag`, or with the digest where it was one. */
  readonly reference: string;
  /** null: nothing was pushed yet, and everything is new. */
  readonly digest: Digest | null;
  /** Ids of entries whose source says more or less than what is registered: a push is refused until they are registered again. */
  readonly needsRegistration: readonly string[];
}

export async function impact(world: ProjectWorld, request: ImpactRequest): Promise<ImpactReport> {
  const { project, signal } = world;
  await settled(world, project);
  const books = readBooks(project);
  const remote = request.against?.remote ?? await world.openRemote();
  const name = formatRepository(remote.repository);
  const tag = request.against === null ? followedTag(books) : request.against.tag;
  const pinned = request.against === null ? books.state.pinned : null;
  const digest = request.against?.digest ?? pinned ?? (tag === null ? null : await remote.resolve(tag, signal));
  if (digest === null && request.against !== null) throw absent(remote.repository, `${name}:${tag}`);
  const bundle = digest === null ? null : await readBundle({ project, remote, signal }, digest, `${name}@${digest}`);
  const text = await bundle?.modelRegistry() ?? null;

  const analysis = await analyseProject(world, project, books, { remember: true });
  const result = impactOf({
    here: analysis?.registry ?? NOTHING_HERE,
    now: analysis === null ? NO_FILES : filesNow(project, analysis),
    unlisted: (entry) => unlistedMentions(entry, analysis?.readings.get(keyOf(entry))).map(({ path }) => path),
    there: bundle === null ? null : { registry: text === null ? NOTHING_HERE : parseModelRegistry(text), files: bundle.files },
  });
  const readiness = analysis === null ? [] : readinessOfAll(project, analysis);
  const by = request.against?.digest ?? pinned;
  return {
    reference: by === null ? `${name}:${tag}` : `${name}@${by}`,
    digest,
    ...result,
    needsRegistration: readiness.filter((one) => one.needsRegistration).map(({ entry }) => entry.id),
  };
}

const NOTHING_HERE = { models: new Map(), targets: new Map(), sets: new Map() };
const NO_FILES = { file: () => undefined, projectFile: () => undefined, tokensOf: () => null, projectChanges: () => [] };
