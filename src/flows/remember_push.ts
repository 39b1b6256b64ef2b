/**
 * What a folder knows after a push, also after one that had nothing to do: the base of its tags, the objects that tell changes from both
 * sides, and the metadata files as they were pushed (D4).
 */
import { CONFIG_PATH, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { readBytesIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import type { Sealed } from "../plan/seal.ts";
import { rememberBaseFiles } from "../worktree/base_files.ts";
import { keepOnly, writeObject } from "../worktree/base_objects.ts";
import { type LocalState, type Pushed, rememberedBundles, saveState } from "../worktree/local_state.ts";
import { onDisk } from "../worktree/project.ts";
import { saveTracked } from "../worktree/tracked.ts";
import { type Books, followedTag, type LocalSide } from "./gather.ts";
import { rememberedObjects, rememberProjectFiles } from "./remembered_objects.ts";
import type { ProjectWorld } from "./world.ts";

/**
 * After this the working tree equals what was pushed, and the next command knows it.
 * @param books as they were before the push: what somebody edited meanwhile stays
 * @param tags that the push was for
 */
export function rememberPush(world: ProjectWorld, state: LocalState, sealed: Sealed, books: Books, tags: readonly string[]): void {
  const { project } = world;
  rememberObjects(world, sealed);
  saveState(project, { ...state, pinned: pinAfter(books, tags) });
  rememberProjectFiles(project, parseModelRegistry(new TextDecoder().decode(sealed.metadata.get(MODEL_REGISTRY_PATH)!)));
  for (const [path, bytes] of sealed.metadata) {
    const before = path === CONFIG_PATH ? books.configText : path === MODEL_REGISTRY_PATH ? books.modelRegistryText : undefined;
    const now = readBytesIfThere(onDisk(project, path));
    if (now !== null && digestOf(now) === sealed.files.get(path)!.digest) continue;
    // Else somebody edited it meanwhile: theirs stays.
    if (before === undefined || textOf(now) === before) writeAtomic(onDisk(project, path), bytes, { sync: true });
  }
  rememberBaseFiles(project, sealed.bundle.manifest.digest, sealed.files);
  keepOnly(project, rememberedObjects(project, rememberedBundles(state)));
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Index, manifest and metadata: durable before the state names them. */
export function rememberObjects(world: ProjectWorld, sealed: Sealed): void {
  writeObject(world.project, sealed.bundle.manifest.bytes);
  writeObject(world.project, sealed.bundle.index.bytes);
  for (const bytes of sealed.metadata.values()) writeObject(world.project, bytes);
}

/** What is known of a tag that holds the bundle already. */
export function pushedBefore(state: LocalState, name: string, tag: string, bundle: Digest): Pushed {
  for (const known of [state.pushing[name]?.[tag], state.pushed[name]?.[tag]]) if (known?.bundle === bundle) return known;
  return { bundle, record: null };
}

/** As a commit of a deletion: what is gone here and from the bundle that this folder follows is tracked no longer. */
export function forgetDropped({ project }: ProjectWorld, books: Books, { missing }: LocalSide, tags: readonly string[]): void {
  if (!tags.includes(followedTag(books))) return; // what the folder follows holds it still
  const gone = new Set(missing.filter((path) => lstatIfThere(onDisk(project, path)) === null)); // a link that leads nowhere is something
  if (gone.size > 0) saveTracked(project, [...books.tracked].filter((path) => !gone.has(path)));
}

/** A pin ends when the tag that the folder follows holds its content; publishing from a pin under another name keeps it. */
function pinAfter(books: Books, tags: readonly string[]): Digest | null {
  return tags.includes(followedTag(books)) ? null : books.state.pinned;
}
