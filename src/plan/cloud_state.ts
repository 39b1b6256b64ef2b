/**
 * How one model or target stands to the remote: the three-way comparison of decision D6, restricted to the files of its closure and to
 * its own entry in the model registry. One rule for models and targets.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import type { Snapshot } from "../bundle/snapshot.ts";
import type { Entry, ModelRegistry } from "../models/model_registry.ts";
import { type ChangeKind, isLocalKind, kindOf } from "./compare.ts";

export type CloudState = "synced" | "ahead" | "behind" | "diverged" | "not-pushed" | "unknown";

/** One side as far as entries are concerned. */
export interface EntrySide {
  readonly files: Snapshot;
  /** null: it has none, or none that can be read. */
  readonly registry: ModelRegistry | null;
  /** What people wrote of each entry: "model:ID" → digest. */
  readonly written: ReadonlyMap<string, Digest>;
}

export type EntryKey = `model:${string}` | `target:${string}`;

export function keyOf(entry: Pick<Entry, "kind" | "id">): EntryKey {
  return `${entry.kind}:${entry.id}`;
}

export function entryOf(registry: ModelRegistry | null, key: EntryKey): Entry | undefined {
  const id = key.slice(key.indexOf(":") + 1);
  return key.startsWith("model:") ? registry?.models.get(id) : registry?.targets.get(id);
}

/** Models first, each kind in the order of the file. */
export function entriesOf(registry: ModelRegistry): Entry[] {
  return [...registry.models.values(), ...registry.targets.values()];
}

/** Every path that is recorded of an entry, its own file first, each once. */
export function recordedPaths(entry: Entry): string[] {
  return [...new Set([entry.path, ...entry.code, ...entry.data, ...entry.closure?.project ?? []])];
}

export function cloudStateOf(key: EntryKey, here: EntrySide, there: EntrySide, base: EntrySide): CloudState {
  const entries = [here, there, base].map(({ registry }) => entryOf(registry, key));
  if (entries[1] === undefined && entries[2] === undefined) return "not-pushed";
  const paths = new Set(entries.flatMap((entry) => entry === undefined ? [] : recordedPaths(entry)));
  const kinds = [...paths].map((path) =>
    kindOf(here.files.get(path as BundlePath), there.files.get(path as BundlePath), base.files.get(path as BundlePath))
  );
  kinds.push(kindOf(...[here, there, base].map(({ written }) => asContent(written.get(key))) as Three));
  return stateOf(kinds);
}

type Three = [ReturnType<typeof asContent>, ReturnType<typeof asContent>, ReturnType<typeof asContent>];

function asContent(digest: Digest | undefined) {
  return digest === undefined ? undefined : { digest, size: 0, executable: false };
}

/** Diverged before ahead and behind, these before synced. */
function stateOf(kinds: readonly ChangeKind[]): CloudState {
  const local = kinds.some(isLocalKind);
  const remote = kinds.some((kind) => kind.startsWith("remote-"));
  if (kinds.includes("conflict") || local && remote) return "diverged";
  return local ? "ahead" : remote ? "behind" : "synced";
}
