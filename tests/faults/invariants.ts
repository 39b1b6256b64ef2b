/** What must hold after a crash at any effect (docs/design.md, "Invariants after a crash"), and what must be true once the command was run again. */
import assert from "node:assert/strict";
import { readVerified } from "../../src/base/bytes.ts";
import type { Digest } from "../../src/base/digest.ts";
import { decodeBundleManifest } from "../../src/bundle/manifest.ts";
import { status } from "../../src/flows/status.ts";
import { loadState } from "../../src/worktree/local_state.ts";
import { loadTracked } from "../../src/worktree/tracked.ts";
import { isThere } from "../support/site.ts";
import { tree } from "../support/program.ts";
import type { Place } from "./place.ts";

/** Half of a write, and what locks are made and broken with. */
const SCRATCH = /(^|\/)(\.mops-[^/]*\.tmp|[^/]*lock(\.breaking|\.[^/]*\.dead)?|staging|journal\.json)$/;

/** What people can see and what commands believe, of all folders and of the remote. */
export interface Picture {
  /** `ann/notes.txt` → content, mode, link. */
  readonly files: Readonly<Record<string, string>>;
  /** `ann/notes.txt` → "tracked", for each project. */
  readonly tracked: Readonly<Record<string, "tracked">>;
  readonly tags: Readonly<Record<string, Digest>>;
}

/** Everything that tags hold is read and verified on the way; but for `known`, which was. */
export async function pictureOf(place: Place, known: Set<Digest> = new Set()): Promise<Picture> {
  const files: Record<string, string> = {};
  const tracked: Record<string, "tracked"> = {};
  for (const folder of place.folders()) {
    for (const [path, content] of Object.entries(tree(place.path(folder)))) {
      if (!SCRATCH.test(path)) files[`${folder}/${path}`] = content;
    }
    const project = { root: place.path(folder) };
    const isWhole = !isThere(project, ".modelops-bundle/clone.json"); // a clone that is under way tracks nothing yet
    if (isWhole && isThere(project, ".modelops-bundle/tracked.txt")) {
      for (const path of loadTracked(project)) tracked[`${folder}/${path}`] = "tracked";
    }
    if (isThere(project, ".modelops-bundle/state.json")) loadState(project);
  }
  return { files, tracked, tags: await tagsOf(place, known) };
}

async function tagsOf(place: Place, known: Set<Digest>): Promise<Record<string, Digest>> {
  const remote = place.remote();
  const tags: Record<string, Digest> = {};
  for (const tag of await remote.tags()) {
    if (tag.startsWith("sha256-")) continue; // lists of push records, where a registry has no referrers
    const digest = await remote.resolve(tag);
    assert.ok(digest !== null, `${tag} holds nothing`);
    tags[tag] = digest;
    if (known.has(digest)) continue;
    const manifest = await remote.readManifest(digest);
    const { config, layers } = decodeBundleManifest(manifest.bytes, tag);
    for (const blob of [config, ...layers]) await readVerified(await remote.blobs.read(blob), blob, `${tag}: ${blob.digest}`);
    known.add(digest);
  }
  return tags;
}

/** Each thing is as it was, or as the command leaves it: nothing between, nothing else. */
export function assertOldOrNew(now: Picture, before: Picture, after: Picture): void {
  for (const part of ["files", "tracked", "tags"] as const) {
    for (const name of new Set([...Object.keys(now[part]), ...Object.keys(before[part]), ...Object.keys(after[part])])) {
      const [is, was, becomes] = [now, before, after].map((picture) => picture[part][name]);
      assert.ok(is === was || is === becomes, `${part}: ${name} is neither old nor new:\n${is}\n- old\n${was}\n- new\n${becomes}`);
    }
  }
}

/** Looking works, with and without the remote. */
export async function assertStatusWorks(place: Place, folder: string): Promise<void> {
  const project = { root: place.path(folder) };
  if (!isThere(project, ".modelops-bundle/config.yaml")) return; // no project yet
  for (const offline of [true, false]) await status(place.world(project), { offline, includeIgnored: false });
}

/** What dead commands left, in any folder. */
export function scratchIn(place: Place): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const { name, isDirectory } of Deno.readDirSync(place.path(folder))) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (SCRATCH.test(path)) found.push(path);
      else if (isDirectory) visit(path);
    }
  };
  visit("");
  return found.sort();
}

/** `mops` leaves what is minutes old to whoever may still be at work: time goes by. */
export function letTimePass(place: Place): void {
  const hours = new Date(Date.now() - 48 * 3600_000);
  for (const path of scratchIn(place)) {
    if (path.endsWith(".breaking")) { // says itself since when
      const text = Deno.readTextFileSync(place.path(path));
      Deno.writeTextFileSync(place.path(path), text.replace(/"started":"[^"]*"/, `"started":"${hours.toISOString()}"`));
    }
    if (/\.(tmp|dead|breaking)$|lock$/.test(path)) Deno.utimeSync(place.path(path), hours, hours);
  }
}
