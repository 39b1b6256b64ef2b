/**
 * Changing the project folder, all or nothing: fetch everything aside, see that every path still holds what the plan saw, write down the
 * steps, take them. Any failure before the journal leaves the folder as it was; any crash after it is finished by the next command
 * (`recover.ts`). Nothing is ever written behind a link.
 */
import { join } from "node:path";
import type { BundlePath } from "../base/bundle_path.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { Failure, isFailure, stopIfInterrupted } from "../base/failure.ts";
import type { Blob } from "../bundle/content.ts";
import type { Emit } from "../bundle/events.ts";
import { type FileContent, sameContent } from "../bundle/snapshot.ts";
import { makeFolder, writeAtomic } from "../disk/atomic_file.ts";
import { sameStamp, stampOf } from "../disk/file_stamp.ts";
import { syncFiles, syncFolder } from "../disk/sync_folder.ts";
import type { Edit } from "../plan/edits.ts";
import { carryOut, holdsLinkOr, removeStaging, stagingPath } from "./carry_out.ts";
import { bringsBytes, checkEdits, type Seen } from "./check_edits.ts";
import { type Held, type Journal, type Step, writeJournal } from "./journal.ts";
import { LOCAL_NAMES, metaPath, onDisk, type Project } from "./project.ts";
import { warnOfLeft } from "./recover.ts";
import type { ReadPart } from "./fetch_big_file.ts";
import type { ReadContent } from "./fetch_file.ts";
import { type NewFolder, type Places, placesFor } from "./new_folders.ts";
import { stage } from "./stage.ts";
import type { PackSource } from "./stage_packs.ts";

export interface ApplyOptions {
  /** The bytes of one digest. They are verified again here while they are written. */
  readonly read: ReadContent;
  /** The same from a byte on, unverified, for big files; undefined where the source has no parts. */
  readonly readPart?: ReadPart | undefined;
  /** Bytes that were read before, by the digest that was told from them. */
  readonly inMemory?: ReadonlyMap<Digest, Uint8Array<ArrayBuffer>> | undefined;
  /** What makes a blob good whose bytes turned out wrong. */
  readonly hintOfDamage?: ((blob: Blob) => string) | undefined;
  /** Bytes that have no blob of their own; undefined where all have. */
  readonly packs?: PackSource | undefined;
  /** Files of local state that become true with the change: names below `.modelops-bundle/`. */
  readonly after: readonly { readonly name: string; readonly text: string }[];
  /** Transfers at once. */
  readonly parallel: number;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
  /** Called before each change to the disk; tests crash there. */
  readonly step?: ((name: string) => void) | undefined;
}

export interface Applied {
  readonly written: readonly BundlePath[];
  readonly removed: readonly BundlePath[];
  /** Changed by somebody while this was at work; left as they are, with a warning. */
  readonly left: readonly BundlePath[];
  /** false: because of those, `after` was not put; local state says what it said before. */
  readonly stateMoved: boolean;
}

/**
 * To be called under the project's lock. @throws Failure("would-overwrite") or Failure("changed-underneath") with `facts.paths` when the
 * folder is not what the plan saw; Failure("corrupt"); what `read` throws; Failure of the disk. The folder is untouched then, but for
 * a Failure with `facts.unfinished`, which the next command goes on from.
 */
export async function applyEdits(project: Project, edits: readonly Edit[], options: ApplyOptions): Promise<Applied> {
  const step = options.step ?? (() => {});
  const staging = crypto.randomUUID();
  const folder = stagingPath(project, staging);
  let journal: Journal;
  let seen: Seen;
  let places: Places;
  try {
    step("make the staging folder");
    makeFolder(folder, { sync: true });
    const wanted = edits.flatMap((edit): (Edit & { kind: "write" })[] => edit.kind === "write" && bringsBytes(edit) ? [edit] : []);
    places = placesFor(project, folder, wanted);
    const { names } = places;
    await stage(folder, wanted, places, {
      ...options,
      step,
      local: bytesGivenUp(project, edits),
      partials: metaPath(project, LOCAL_NAMES.partials),
    });
    seen = await checkEdits(project, edits, options.signal);
    journal = {
      staging,
      steps: stepsOf(edits, names, seen),
      after: options.after.map(({ name, text }, index) => {
        step(`stage ${name}`);
        const bytes = new TextEncoder().encode(text);
        writeAtomic(join(folder, `after-${index}`), bytes, { sync: true });
        return { name, staged: `after-${index}`, content: { digest: digestOf(bytes), size: bytes.byteLength } };
      }),
    };
    // A journal that outlives a power cut must not speak of files that did not.
    const files = wanted.flatMap(({ path, content }) => content.link === undefined ? [`${folder}/${names.get(path)}`] : []);
    await syncFiles(folder, files, { ...options, folders: places.folders.map((name) => `${folder}/${name}`) });
    syncFolder(folder);
    stopIfInterrupted(options.signal);
    step("write the journal");
    writeJournal(project, journal);
  } catch (error) {
    if (!isWorthKeeping(error)) cleanUp(project, step);
    throw error;
  }
  return finish(project, journal, places.newFolders, seen, step, options.emit);
}

/** What was fetched already serves the next try (`adopt_staging.ts`); but where there is no space, it would stand in its way. */
function isWorthKeeping(error: unknown): boolean {
  return isFailure(error) && !isFailure(error, "not-ready", "bug");
}

/** The failure that led here is the one to tell; what cannot be removed now, the next command removes. */
function cleanUp(project: Project, step: (name: string) => void): void {
  try {
    removeStaging(project, step);
  } catch (error) {
    if (!isFailure(error)) throw error;
  }
}

/** From here on an interruption is not listened to: the rest takes moments, and would have to be finished anyway. */
function finish(
  project: Project,
  journal: Journal,
  newFolders: readonly NewFolder[],
  seen: Seen,
  step: (name: string) => void,
  emit: Emit,
): Applied {
  const { steps } = journal;
  emit({ kind: "begin", activity: "placing", items: steps.length, bytes: 0 });
  try {
    const applied = carryOut(project, journal, {
      // Looked at a moment ago: an equal stamp is enough.
      holds: (path, held, info) =>
        holdsLinkOr(onDisk(project, path), held, info, () => {
          const stamp = seen.stamps.get(path);
          return stamp !== undefined && sameStamp(stamp, stampOf(info));
        }),
      stillHolds: (aside, path, held, info) =>
        holdsLinkOr(aside, held, info, () => {
          const stamp = seen.stamps.get(path);
          return stamp !== undefined && sameStamp(stamp, { ...stampOf(info), changed: stamp.changed });
        }),
      isStaged: () => true,
      isWhole: () => true, // verified while it was written
      newFolders,
      step,
    });
    for (const name of [...applied.written, ...applied.removed]) emit({ kind: "item", activity: "placing", name });
    warnOfLeft(applied.left, applied.stateMoved, emit);
    return applied;
  } catch (error) {
    if (!isFailure(error)) throw error;
    throw new Failure(error.code, `${error.message}; the folder is half changed, and the next command that changes it goes on from here`, {
      hint: error.hint,
      facts: { ...error.facts, unfinished: true },
      cause: error,
    });
  } finally {
    emit({ kind: "end", activity: "placing" });
  }
}

function stepsOf(edits: readonly Edit[], staged: ReadonlyMap<BundlePath, string>, seen: Seen): Step[] {
  const removals: Step[] = [];
  const others: Step[] = [];
  for (const edit of edits) {
    if (edit.kind === "remove") {
      if (!seen.gone.has(edit.path)) removals.push({ kind: "remove", path: edit.path, was: heldOf(edit.replaces) });
      continue;
    }
    const { path, content, replaces } = edit;
    const name = staged.get(path);
    const was = replaces === null ? null : heldOf(replaces);
    if (name !== undefined) others.push({ kind: "place", path, staged: name, content: heldOf(content), was });
    else if (!sameContent(content, replaces ?? undefined)) others.push({ kind: "mode", path, executable: content.executable, was: was! });
  }
  return [...removals, ...others];
}

/** Files that the change removes or replaces: their bytes may be wanted elsewhere. */
function bytesGivenUp(project: Project, edits: readonly Edit[]): ReadonlyMap<Digest, string> {
  const files = new Map<Digest, string>();
  for (const { replaces, path } of edits) {
    if (replaces !== null && replaces.link === undefined) files.set(replaces.digest, onDisk(project, path));
  }
  return files;
}

function heldOf({ digest, size, link }: FileContent): Held {
  return { digest, size, ...(link === undefined ? {} : { link }) };
}
