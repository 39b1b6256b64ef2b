/** Entries of the model registry that differ between two or three sides, and in what; what `diff` shows of `registry.yaml`. */
import { registryValues } from "../models/model_registry_text.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { writtenValues } from "../models/model_registry_written.ts";
import type { Entry } from "../models/model_registry.ts";
import { entriesOf, recordedPaths } from "./cloud_state.ts";
import { compareEntries, type EntryChange } from "./merge_model_registry.ts";
import { valueDifferences } from "./value_differences.ts";

export interface EntryDifference extends Omit<EntryChange, "change"> {
  /** files: nothing but files that it depends on. */
  readonly change: EntryChange["change"] | "files";
  /** In what, from the side that stayed to the side that changed: `new output deaths`, `labels area: city`. */
  readonly facts: readonly string[];
  /** Files that it depends on, by what is recorded on either side, and that differ. */
  readonly files: readonly string[];
}

/**
 * Those whose text differs, then those of which only files do. null: that side has no registry. `changed`: paths of files that differ.
 * @throws Failure("invalid" | "unsupported") for a text that cannot be read.
 */
export function entryDifferences(
  local: string | null,
  remote: string | null,
  base: string | null,
  changed: readonly string[],
): EntryDifference[] {
  const files = changedFiles([local, remote], new Set(changed));
  const written = writtenDifferences(local, remote, base).map((one) => ({
    ...one,
    files: files.get(`${one.kind}:${one.id}`)?.paths ?? [],
  }));
  const told = new Set(written.map(({ kind, id }) => `${kind}:${id}`));
  const others = [...files].filter(([name]) => !told.has(name)).map(([, { entry, paths }]): EntryDifference => ({
    kind: entry.kind,
    id: entry.id,
    change: "files",
    facts: [],
    files: paths,
  }));
  return [...written, ...others];
}

function changedFiles(texts: readonly (string | null)[], changed: ReadonlySet<string>): Map<string, { entry: Entry; paths: string[] }> {
  const found = new Map<string, { entry: Entry; paths: string[] }>();
  for (const entry of texts.flatMap((text) => text === null ? [] : entriesOf(parseModelRegistry(text)))) {
    const name = `${entry.kind}:${entry.id}`;
    const known = found.get(name)?.paths ?? [];
    const paths = [...known, ...recordedPaths(entry).filter((path) => changed.has(path) && !known.includes(path))];
    if (paths.length > 0) found.set(name, { entry, paths });
  }
  return found;
}

function writtenDifferences(local: string | null, remote: string | null, base: string | null): Omit<EntryDifference, "files">[] {
  const [here, there] = [local, remote].map((text) => text === null ? null : registryValues(text));
  // Beside no registry at all, its version is no news.
  const changes = compareEntries(local, remote, base).filter(({ kind }) => kind !== "key" || here !== null && there !== null);
  return changes.map((one) => {
    if (one.kind === "key") return { ...one, facts: [] };
    const section = one.kind === "model" ? "models" : one.kind === "target" ? "targets" : "target_sets";
    const [ours, theirs] = [here, there].map((side) => {
      const entry = side?.sections[section].get(one.id);
      return entry === undefined ? null : writtenValues(section, entry);
    });
    if (ours == null || theirs == null) return { ...one, facts: [] };
    const isTheirs = one.change === "remote-modified";
    return { ...one, facts: isTheirs ? valueDifferences(ours, theirs) : valueDifferences(theirs, ours) };
  });
}
