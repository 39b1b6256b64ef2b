/** Giving a bundle another name, and taking one away. Both move no bytes but a manifest; a tag in use is not replaced by accident. */
import { Failure } from "../base/failure.ts";
import type { Remote } from "../bundle/content.ts";
import { decodeBundleManifest } from "../bundle/manifest.ts";
import { formatReference, formatRepository, parseTag } from "../bundle/reference.ts";
import type { TagReport } from "../plan/reports.ts";
import { absent } from "./absent.ts";
import { digestOfTarget, type Target } from "./inspect.ts";
import { headRecord, writeRecord } from "./push_records.ts";
import type { World } from "./world.ts";

/** @throws Failure("would-overwrite") when the new tag holds something else and `force` is not given. */
export async function tag(
  world: World,
  target: Target,
  request: { readonly tag: string; readonly force: boolean; readonly message: string | null },
): Promise<TagReport> {
  const { remote } = target;
  const name = parseTag(request.tag);
  const digest = await digestOfTarget(world, target);
  const holds = await remote.resolve(name, world.signal);
  const repository = formatRepository(remote.repository);
  if (holds === digest) return { repository, tag: name, digest, previous: holds, changed: false };
  if (holds !== null && !request.force) {
    throw new Failure("would-overwrite", `${repository}:${name} exists and holds another bundle, ${holds}`, {
      hint: `mops bundle tag ${formatReference({ repository: remote.repository, digest })} ${name} --force`,
      facts: { tag: name, holds, wanted: digest },
    });
  }
  const manifest = await remote.readManifest(digest, world.signal);
  decodeBundleManifest(manifest.bytes, formatReference({ repository: remote.repository, digest }));
  await writeRecord(
    remote,
    {
      bundle: digest,
      tag: name,
      time: world.now(),
      author: await world.author(),
      tool: world.tool,
      previous: { bundle: holds, record: holds === null ? null : (await headRecord(remote, holds, name, world.signal))?.digest ?? null },
      git: null,
      message: request.message,
    },
    manifest.bytes.byteLength,
    world.signal,
  );
  await remote.setTag(name, manifest, holds, world.signal); // with force too: what it replaces is what it was shown
  return { repository, tag: name, digest, previous: holds, changed: true };
}

/** The bundle stays reachable by its digest, until the registry collects its garbage. */
export async function untag(world: World, remote: Remote, name: string): Promise<TagReport> {
  parseTag(name);
  const holds = await remote.resolve(name, world.signal);
  const repository = formatRepository(remote.repository);
  if (holds === null) throw absent(remote.repository, `${repository}:${name}`);
  await remote.removeTag(name, holds, world.signal);
  return { repository, tag: name, digest: holds, previous: holds, changed: true };
}
