/**
 * Whether a blob need be asked for before it is sent. Into a repository without a tag nobody has pushed yet, so nothing is there, unless an
 * earlier push of ours was cut off: for that there is a mark in the project, which stands from the first blob to the end of a push.
 */
import type { Digest } from "../base/digest.ts";
import type { Remote } from "../bundle/content.ts";
import { formatRepository } from "../bundle/reference.ts";
import { readTextIfThere, removeIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { LOCAL_NAMES, metaPath, type Project } from "../worktree/project.ts";
import type { ProjectWorld } from "./world.ts";

/** From so many blobs on a look at the list of tags costs less than a look for each. */
const WORTH_ASKING = 4;

/** @param uploads how many blobs would be sent @param held what the tags of this push hold */
export async function isNewRepository(
  { project, signal }: ProjectWorld,
  remote: Remote,
  { uploads, held }: { readonly uploads: number; readonly held: readonly (Digest | null)[] },
): Promise<boolean> {
  if (remote.repository.kind === "layout" || uploads < WORTH_ASKING) return false; // a look into a folder costs nothing
  if (held.some((digest) => digest !== null)) return false;
  const unfinished = readTextIfThere(metaPath(project, LOCAL_NAMES.sending))?.split("\n") ?? [];
  if (unfinished.includes(formatRepository(remote.repository))) return false;
  return (await remote.tags(signal)).length === 0;
}

/** Not synced: what a power cut takes with it costs no more than bytes that are sent twice. */
export function beginSending(project: Project, repository: string): void {
  writeAtomic(metaPath(project, LOCAL_NAMES.sending), `${repository}\n`);
}

export function endSending(project: Project): void {
  removeIfThere(metaPath(project, LOCAL_NAMES.sending));
}
