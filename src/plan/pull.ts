/**
 * What a pull should do to the folder. Pure: sides in, edits and conflicts out; nobody is asked, nothing is touched.
 * Laws: planning again after applying yields no edits · local work is never replaced unless the user decided so, for everything
 * (`overwrite`) or for that path (`take`) · files that were never synced stay.
 */
import { type BundlePath, MANIFEST_PATH, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { type FileContent, sameContent, type Snapshot, sortedPaths } from "../bundle/snapshot.ts";
import { type ChangeKind, kindOf } from "./compare.ts";
import type { Edit } from "./edits.ts";
import type { EntryConflict, EntryDecisions, EntryName } from "./merge_model_registry.ts";

/** A side twice: as it is on disk or in the bundle, and as it is compared (`plan/compare.ts`, `comparable`). */
export interface Side {
  readonly files: Snapshot;
  readonly compared: Snapshot;
}

export interface PullFacts {
  /** Tracked files that are on disk. */
  readonly local: Side;
  readonly remote: Side;
  readonly base: Side;
  readonly tracked: ReadonlySet<BundlePath>;
  /** Files on disk at paths of the remote that are not tracked. */
  readonly untracked: Snapshot;
  /** The model registry, merged entry by entry; null where nothing is to be merged, or one side cannot be read. */
  readonly registry?: MergedContent | null | undefined;
}

/** The model registry as it is to stand on disk, or what stands in the way of one. */
export interface MergedContent {
  readonly content: FileContent;
  /** It says what the remote's says, up to derived digests. */
  readonly isTheirs: boolean;
  readonly conflicts: readonly EntryConflict[];
}

export interface PullDecisions {
  readonly overwrite: boolean;
  readonly restoreDeleted: boolean;
  /** Paths or folders, from the project root; "" is the root. */
  readonly take: readonly string[];
  readonly keep: readonly string[];
  /** Entries of the model registry. */
  readonly entries?: EntryDecisions | undefined;
}

export interface Conflict {
  readonly path: BundlePath;
  /** `changed here and there`, … ready to be read after the path. */
  readonly reason: string;
  /** An entry of the model registry: `--take` and `--keep` decide it by this name. */
  readonly entry?: EntryName | undefined;
}

export interface PullPlan {
  readonly edits: readonly Edit[];
  /** With any of these the plan must not be applied. */
  readonly conflicts: readonly Conflict[];
  /** Local changes that stay. */
  readonly kept: readonly { readonly path: BundlePath; readonly kind: ChangeKind }[];
  readonly tracked: ReadonlySet<BundlePath>;
}

/** @throws Failure("usage") when a `take` or `keep` names no path of either side, or a path is in both. */
export function planPull(facts: PullFacts, decisions: PullDecisions): PullPlan {
  const paths = sortedPaths(facts.local.files.keys(), facts.remote.files.keys(), facts.base.files.keys(), facts.tracked);
  refuseIdleDecisions(paths, decisions);
  const edits: Edit[] = [];
  const conflicts: Conflict[] = [];
  const kept: { path: BundlePath; kind: ChangeKind }[] = [];
  const tracked = new Set(facts.tracked);

  for (const path of paths) {
    const there = facts.remote.files.get(path);
    const here = facts.local.files.get(path);
    const onDisk = here ?? facts.untracked.get(path);
    if (path === MANIFEST_PATH) { // derived: it follows the bundle
      if (there !== undefined && !sameContent(onDisk, there)) edits.push(write(path, there, onDisk));
      continue;
    }
    if (path === MODEL_REGISTRY_PATH && isMerged(facts, decisions)) {
      const { content, conflicts: found } = facts.registry!;
      conflicts.push(...found.map(({ entry, reason }) => ({ path, reason, entry })));
      if (found.length === 0 && !sameContent(here, content)) edits.push(write(path, content, onDisk));
      if (found.length === 0 && !facts.registry!.isTheirs) kept.push({ path, kind: "modified" });
      tracked.add(path);
      continue;
    }
    const verdict = judge(path, facts, decisions);
    if (verdict.action === "conflict") conflicts.push({ path, reason: verdict.reason });
    else if (verdict.action === "keep") kept.push({ path, kind: verdict.kind });
    else if (verdict.action === "adopt") {
      kept.push({ path, kind: "modified" });
      tracked.add(path);
    } else if (verdict.action === "write") {
      edits.push(write(path, there!, onDisk));
      tracked.add(path);
    } else if (verdict.action === "remove") {
      edits.push({ kind: "remove", path, replaces: here! });
      tracked.delete(path);
    } else if (verdict.action === "forget") tracked.delete(path);
    else if (verdict.action === "follow") {
      tracked.add(path);
      // Equal as people see it. The derived digests in it are the bundle's, unless only this folder has sealed anew since.
      const isNews = decisions.overwrite || !sameContent(there, facts.base.files.get(path));
      if (path === MODEL_REGISTRY_PATH && there !== undefined && here !== undefined && !sameContent(here, there) && isNews) {
        edits.push(write(path, there, here));
      }
    }
  }
  conflicts.push(...filesInTheWay(facts, edits));
  return { edits, conflicts, kept, tracked };
}

/** Decided as a whole, by its own path, it is a file like any other. */
function isMerged(facts: PullFacts, decisions: PullDecisions): boolean {
  return facts.registry != null && !decisions.take.includes(MODEL_REGISTRY_PATH) && !covers(decisions.keep, MODEL_REGISTRY_PATH);
}

/** `--overwrite`, or a folder that holds it is taken: theirs, entry by entry, so that entries that were never synced stay. */
export function takesEveryEntry(decisions: PullDecisions): boolean {
  return decisions.overwrite || covers(decisions.take, MODEL_REGISTRY_PATH) && !decisions.take.includes(MODEL_REGISTRY_PATH);
}

type Verdict =
  | { readonly action: "follow" | "forget" | "write" | "remove" | "nothing" }
  | { readonly action: "keep"; readonly kind: ChangeKind }
  | { readonly action: "adopt" }
  | { readonly action: "conflict"; readonly reason: string };

function judge(path: BundlePath, facts: PullFacts, decisions: PullDecisions): Verdict {
  const there = facts.remote.compared.get(path);
  const before = facts.base.compared.get(path);
  const untracked = facts.untracked.get(path);
  const take = decisions.overwrite || covers(decisions.take, path);
  const keep = covers(decisions.keep, path);
  if (!facts.tracked.has(path) && untracked !== undefined && !facts.local.files.has(path)) {
    return judgeUntracked(untracked, there, before, take && !keep, keep);
  }
  const here = facts.local.compared.get(path);
  const kind = kindOf(here, there, before);
  switch (kind) {
    case "unchanged":
      return { action: there === undefined ? (before === undefined ? "nothing" : "forget") : "follow" };
    case "added": // never synced: it stays, whatever was decided for the rest
      return { action: "keep", kind };
    case "modified":
      return take && !keep ? { action: "write" } : { action: "keep", kind };
    case "deleted":
      return (take || decisions.restoreDeleted) && !keep ? { action: "write" } : { action: "keep", kind };
    case "remote-added":
    case "remote-modified":
      return keep ? { action: "keep", kind } : { action: "write" };
    case "remote-deleted":
      return keep ? { action: "keep", kind } : { action: "remove" };
    case "conflict":
      if (keep) return { action: "keep", kind };
      if (take) return { action: there !== undefined ? "write" : "remove" };
      return { action: "conflict", reason: conflictReason(here, there, before) };
  }
}

/** A file on disk that is not tracked, at a path the remote has or had. */
function judgeUntracked(
  here: FileContent,
  there: FileContent | undefined,
  before: FileContent | undefined,
  take: boolean,
  keep: boolean,
): Verdict {
  if (there === undefined) return { action: "nothing" };
  const untrackedByUser = before !== undefined && sameContent(there, before);
  if (sameContent(here, there)) return untrackedByUser ? { action: "keep", kind: "deleted" } : { action: "follow" };
  if (take) return { action: "write" };
  if (keep && before === undefined) return { action: "adopt" }; // left untracked, a push would publish that it is gone
  if (keep || untrackedByUser) return { action: "keep", kind: "deleted" };
  return { action: "conflict", reason: before === undefined ? "untracked here, added there" : "no longer tracked here, changed there" };
}

function conflictReason(here: FileContent | undefined, there: FileContent | undefined, before: FileContent | undefined): string {
  if (here === undefined) return "deleted here, changed there";
  if (there === undefined) return "changed here, deleted there";
  return before === undefined ? "added here and there, with different content" : "changed here and there";
}

/** A path that stays or is written cannot lie below another one that stays or is written as a file. */
function filesInTheWay(facts: PullFacts, edits: readonly Edit[]): Conflict[] {
  const after = new Set<BundlePath>([...facts.local.files.keys(), ...facts.untracked.keys()]);
  const written = new Set<BundlePath>();
  for (const edit of edits) {
    if (edit.kind === "remove") after.delete(edit.path);
    else {
      after.add(edit.path);
      written.add(edit.path);
    }
  }
  const conflicts = new Map<BundlePath, Conflict>();
  for (const path of after) {
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const parent = path.slice(0, slash) as BundlePath;
      if (!after.has(parent) || !written.has(path) && !written.has(parent)) continue;
      const mine = written.has(path) ? parent : path;
      conflicts.set(mine, {
        path: mine,
        reason: written.has(path) ? `a file here, a folder there (${path})` : `a folder here, a file there (${parent})`,
      });
    }
  }
  return [...conflicts.values()];
}

function write(path: BundlePath, content: FileContent, replaces: FileContent | undefined): Edit {
  return { kind: "write", path, content, replaces: replaces ?? null };
}

export function covers(chosen: readonly string[], path: BundlePath): boolean {
  return chosen.some((one) => one === "" || one === path || path.startsWith(`${one}/`));
}

function refuseIdleDecisions(paths: readonly BundlePath[], decisions: PullDecisions): void {
  for (const chosen of [...decisions.take, ...decisions.keep]) {
    if (!paths.some((path) => covers([chosen], path))) {
      throw new Failure("usage", `"${chosen}" names no file of the folder or of the bundle`, {
        hint: "mops bundle diff lists what differs",
      });
    }
  }
  const whole = { take: covers(decisions.keep, MODEL_REGISTRY_PATH), keep: decisions.take.includes(MODEL_REGISTRY_PATH) };
  const idle = decisions.entries === undefined
    ? undefined
    : [...whole.take ? decisions.entries.take : [], ...whole.keep ? decisions.entries.keep : []][0];
  if (idle !== undefined) {
    throw new Failure("usage", `"${idle}" is named, and so is the whole of ${MODEL_REGISTRY_PATH} by ${whole.take ? "--keep" : "--take"}`, {
      hint: "decide about the file, or about its entries",
    });
  }
  const both = paths.find((path) => covers(decisions.take, path) && covers(decisions.keep, path));
  if (both !== undefined) throw new Failure("usage", `"${both}" is named by --take and by --keep`, { hint: "name each path once" });
}
