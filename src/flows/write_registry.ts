/**
 * The last steps of every command that edits `registry.yaml`: edit the text, seal what was touched so that it is Ready, track what is
 * needed, write. Tracked first: a crash in between leaves files tracked that nobody needs yet, never a registered model without them.
 */
import { type BundlePath, MODEL_REGISTRY_PATH, whyNotABundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { withQuotedTexts } from "../models/quote_misread_texts.ts";
import { EMPTY_MODEL_REGISTRY, type Entry, type ModelRegistry } from "../models/model_registry.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { editModelRegistry, type RegistryEdit, sealModelRegistry } from "../models/model_registry_yaml.ts";
import { entriesOf, type EntryKey, keyOf, recordedPaths } from "../plan/cloud_state.ts";
import { neededPaths } from "../plan/needed_paths.ts";
import type { Ignored } from "../plan/reports.ts";
import { closureFiles } from "../plan/seal.ts";
import { PROJECT_FILES } from "../python/pyproject.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { openStatCache } from "../worktree/stat_cache.ts";
import { takeSnapshot } from "../worktree/take_snapshot.ts";
import { saveTracked } from "../worktree/tracked.ts";
import { type Books, refuseRegistryThatIsNotUtf8 } from "./gather.ts";
import { rememberProjectFiles } from "./remembered_objects.ts";
import { canonicalPyprojectOf } from "./seal_texts.ts";
import { trackNeeded, withTarget } from "./track_needed.ts";
import { wireCode } from "./wire_code.ts";
import type { World } from "./world.ts";

export interface RegistryChange {
  readonly edits: readonly RegistryEdit[];
  /** Entries that are sealed anew. */
  readonly touched: ReadonlySet<EntryKey>;
  readonly dryRun: boolean;
}

export interface ChangedRegistry {
  readonly after: ModelRegistry;
  readonly tracked: readonly BundlePath[];
  readonly ignored: readonly Ignored[];
}

/** The text that edits begin with. @throws Failure("invalid") when it is not UTF-8. */
export function registryText(books: Books): string {
  refuseRegistryThatIsNotUtf8(books);
  return books.modelRegistryText ?? EMPTY_MODEL_REGISTRY;
}

/** `before`: the model registry that the edits were planned for. `files`: what the project has on disk, as far as it is known; for packages of entries that an older tool recorded. */
export async function changeRegistry(
  world: World,
  project: Project,
  books: Books,
  files: ReadonlySet<BundlePath>,
  before: ModelRegistry,
  change: RegistryChange,
): Promise<ChangedRegistry> {
  const edited = withQuotedTexts(editModelRegistry(registryText(books), change.edits));
  const now = change.edits.length === 0 ? before : parseModelRegistry(edited);
  const sealed = await sealTouched(world, project, books, edited, now, change);
  const after = sealed === edited ? now : parseModelRegistry(sealed);
  const wire = await wireCode(world, project, books, { remember: !change.dryRun });
  const needed = entriesOf(after).length === 0 ? [] : [...neededPaths(after, files), ...PROJECT_FILES, ...wire.files];
  const tracking = trackNeeded(project, books.tracked, needed);
  if (!change.dryRun) {
    if (tracking.added.length > 0) saveTracked(project, tracking.tracked);
    if (sealed !== books.modelRegistryText) {
      refuseIfEditedMeanwhile(project, books);
      writeAtomic(onDisk(project, MODEL_REGISTRY_PATH), sealed, { sync: true });
      rememberProjectFiles(project, after);
    }
  }
  return { after, tracked: tracking.added, ignored: tracking.ignored };
}

async function sealTouched(
  world: World,
  project: Project,
  books: Books,
  text: string,
  registry: ModelRegistry,
  change: RegistryChange,
): Promise<string> {
  if (change.touched.size === 0) return text;
  const paths = new Set<BundlePath>();
  for (const entry of entriesOf(registry)) {
    if (!change.touched.has(keyOf(entry))) continue;
    for (const path of recordedPaths(entry)) {
      if (whyNotABundlePath(path) === null) { for (const one of withTarget(project, path as BundlePath)) paths.add(one); }
    }
  }
  const statCache = openStatCache(project, { write: !change.dryRun, partial: true });
  const { snapshot } = await takeSnapshot(project, paths, {
    statCache,
    executableBit: books.state.executableBit,
    lookOnly: true,
    emit: world.emit,
    signal: world.signal,
  });
  statCache.save();
  return sealModelRegistry(text, closureFiles(snapshot, canonicalPyprojectOf(project)), change.touched);
}

function refuseIfEditedMeanwhile(project: Project, books: Books): void {
  if (readTextIfThere(onDisk(project, MODEL_REGISTRY_PATH)) === books.modelRegistryText) return;
  throw new Failure("changed-underneath", `${MODEL_REGISTRY_PATH} was edited while this command ran; it was left as it is`, {
    hint: "run the command again",
    facts: { path: MODEL_REGISTRY_PATH },
  });
}

/** Files that are other than when the entry was last sealed, as short texts. */
export function changedSince(before: Entry, after: Entry): string[] {
  const digests = (entry: Entry): Map<string, string | null> =>
    new Map<string, string | null>([
      [entry.path, entry.ownDigest],
      ...Object.entries(entry.codeDigests),
      ...Object.entries(entry.dataDigests),
      ...Object.entries(entry.closure?.projectDigests ?? {}),
    ]);
  const then = digests(before);
  return [...digests(after)].filter(([path, digest]) => then.has(path) && then.get(path) !== digest).map(([path]) => `${path} changed`);
}
