/** What lies in a remote: a bundle's files, the tags, the chain of pushes. Works without a project when the reference says where. */
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import { mapPool } from "../base/pool.ts";
import { packsIn } from "../bundle/bundle_index.ts";
import type { Remote } from "../bundle/content.ts";
import { formatReference, formatRepository } from "../bundle/reference.ts";
import type { BundleFile, LogReport, ManifestReport, TagsReport } from "../plan/reports.ts";
import { absent } from "./absent.ts";
import { readBundle } from "./read_bundle.ts";
import { chainFrom, headRecord, type KnownRecord } from "./push_records.ts";
import type { World } from "./world.ts";

export interface Target {
  readonly remote: Remote;
  readonly tag: string | null;
  readonly digest: Digest | null;
}

export async function manifestOf(world: World, target: Target): Promise<ManifestReport> {
  const digest = await digestOfTarget(world, target);
  const { remote, tag } = target;
  const bundle = await readBundle({ project: null, remote, signal: world.signal }, digest, nameOfTarget(target));
  const files = bundle.index.map(({ place, ...file }): BundleFile => ({
    ...file,
    ...(place.kind === "pack" && file.link === undefined ? { packed: { pack: place.pack.digest, offset: place.offset } } : {}),
  }));
  const held = Map.groupBy(bundle.index.flatMap(({ place }) => place.kind === "pack" ? [place.pack.digest] : []), (digest) => digest);
  return {
    repository: formatRepository(remote.repository),
    reference: formatReference({ repository: remote.repository, tag: tag ?? undefined, digest }),
    digest,
    size: [...new Map(files.map((file) => [file.digest, file.size])).values()].reduce((sum, size) => sum + size, 0),
    files,
    packs: packsIn(bundle.index).map((pack) => ({ ...pack, files: held.get(pack.digest)!.length })),
  };
}

/** All tags; with `detail` also what each holds. A tag that holds no bundle is listed without files. */
export async function tagsOf(world: World, remote: Remote, detail: boolean): Promise<TagsReport> {
  const tags = await remote.tags(world.signal);
  const repository = formatRepository(remote.repository);
  if (!detail) return { repository, tags: tags.map((tag) => ({ tag, digest: null, files: null, bytes: null })) };
  return {
    repository,
    tags: await mapPool(4, tags, async (tag) => {
      const digest = await remote.resolve(tag, world.signal);
      if (digest === null) return { tag, digest: null, files: null, bytes: null };
      try {
        const { files } = await readBundle({ project: null, remote, signal: world.signal }, digest, `${repository}:${tag}`);
        return { tag, digest, files: files.size, bytes: [...files.values()].reduce((sum, { size }) => sum + size, 0) };
      } catch (error) {
        if (isFailure(error, "not-a-bundle", "invalid", "unsupported")) return { tag, digest, files: null, bytes: null };
        throw error;
      }
    }, world.signal),
  };
}

/** The pushes that led to a tag, or to a digest under the tag that it is or was found under; the newest first. */
export async function logOf(world: World, target: Target): Promise<LogReport> {
  const { remote, tag } = target;
  const digest = await digestOfTarget(world, target);
  const records: KnownRecord[] = [];
  const head = await headRecord(remote, digest, tag, world.signal);
  if (head !== null) { for await (const record of chainFrom(remote, head, world.signal)) records.push(record); }
  return { reference: formatReference({ repository: remote.repository, tag: tag ?? undefined, digest }), digest, records };
}

export async function digestOfTarget(world: World, target: Target): Promise<Digest> {
  const digest = target.digest ?? await target.remote.resolve(target.tag!, world.signal);
  if (digest !== null) return digest;
  throw absent(target.remote.repository, nameOfTarget(target));
}

function nameOfTarget({ remote, tag, digest }: Target): string {
  return formatReference({ repository: remote.repository, tag: tag ?? undefined, digest: digest ?? undefined });
}
