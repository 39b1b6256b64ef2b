/**
 * Entries whose file is gone: it has moved, and another file declares the same name now, or it is gone for good. Nothing is taken out
 * for that (decision 0007, "Registering"): the way out is told.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { shellWord } from "../base/shell_word.ts";
import type { Entry } from "../models/model_registry.ts";
import type { ProjectSources } from "../python/project_sources.ts";

/** The one entry whose file is gone, and that has the name which another file declares now: it keeps what people wrote of it. */
export function movedEntry<T extends Entry>(sources: ProjectSources, entries: Iterable<T>, isNamed: (entry: T) => boolean): T | undefined {
  const gone = [...entries].filter((entry) => isNamed(entry) && !sources.files.has(entry.path as BundlePath));
  return gone.length === 1 ? gone[0] : undefined;
}

export function movedFacts(entry: Entry, path: BundlePath): string[] {
  return entry.path === path ? [] : [`moved from ${entry.path}, which is gone; labels and what was given stay`];
}

/** Why an entry stays as it was. */
export function whyKept(problem: { readonly code: string; readonly message: string }, entry: Pick<Entry, "kind" | "id">): string {
  if (problem.code !== "not-found") return problem.message;
  return `${problem.message}; register the file that it moved to, or take it out: ${unregisterCommand(entry)}`;
}

/** The command that takes an entry out. */
export function unregisterCommand({ kind, id }: Pick<Entry, "kind" | "id">): string {
  return `mops bundle unregister ${shellWord(id)} --${kind}s`;
}

export function goneHint(entry: Pick<Entry, "kind" | "id">): string {
  return `${
    unregisterCommand(entry)
  }   (takes the entry out; where the file moved, register it there, and mops bundle pull --restore-deleted brings back what was deleted)`;
}
