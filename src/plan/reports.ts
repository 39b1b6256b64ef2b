/** What happened, as values: a flow returns one of these, `ui/` makes text of it, `--json` prints it (docs/formats.md, "JSON output"). */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import type { Blob } from "../bundle/content.ts";
import type { PushRecord } from "../bundle/push_record.ts";
import type { FileContent } from "../bundle/snapshot.ts";
import type { Issue } from "../models/issue.ts";
import type { Entry, ModelEntry, TargetEntry, TargetSet } from "../models/model_registry.ts";
import type { CloudState } from "./cloud_state.ts";
import type { Change, ChangeKind } from "./compare.ts";
import type { EntryReadiness } from "./entry_readiness.ts";
import type { EntryDifference } from "./entry_differences.ts";
import type { EntryChange, EntryConflict, EntryName } from "./merge_model_registry.ts";
import type { NotRegistered, Proposal, RegisteredChange, UnresolvedPlace } from "./registration.ts";
import type { Relation } from "./relation.ts";

export interface InitReport {
  readonly root: string;
  readonly name: string;
  /** false: it was a project before. */
  readonly created: boolean;
  /** From the root; made by this call. */
  readonly files: readonly string[];
  readonly changed: readonly string[];
  readonly tracked: readonly BundlePath[];
  readonly remote: string;
  readonly source: string;
}

export interface Ignored {
  readonly path: string;
  readonly pattern: string;
  readonly source: string;
}

export interface AddReport {
  readonly added: readonly BundlePath[];
  /** Named or walked over, and tracked before. */
  readonly already: number;
  /** Files whose bytes were read; 0 when the stat cache knew them all. */
  readonly hashed: number;
  readonly ignored: readonly Ignored[];
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

export interface RemoveReport {
  readonly removed: readonly BundlePath[];
  /** Deleted from disk too. */
  readonly deleted: boolean;
}

export interface MoveReport {
  readonly moved: readonly { readonly from: BundlePath; readonly to: BundlePath }[];
}

/** One registered model or target. */
export interface EntryStatus extends Omit<EntryReadiness, "key" | "entry"> {
  readonly entry: Entry;
  /** The class's or function's own name, qualified. */
  readonly name: string;
  readonly cloud: CloudState;
  readonly issues: readonly Issue[];
}

export interface ModelsReport {
  readonly models: readonly EntryStatus[];
  readonly targets: readonly EntryStatus[];
  readonly targetSets: readonly TargetSet[];
  /** Errors first; those of entries too. */
  readonly preflight: readonly Issue[];
}

/** `register-model` and `register-target`. */
export interface RegisterReport {
  readonly dryRun: boolean;
  readonly entries: readonly RegisteredChange[];
  readonly notRegistered: readonly NotRegistered[];
  /** Of several files, those that declare no model (target). */
  readonly nothingIn: readonly BundlePath[];
  readonly issues: readonly Issue[];
  readonly proposals: readonly Proposal[];
  readonly unresolved: readonly UnresolvedPlace[];
  readonly sets: readonly { readonly name: string; readonly fact: string }[];
  /** Files that registered entries need and nobody had tracked. */
  readonly tracked: readonly BundlePath[];
  readonly ignored: readonly Ignored[];
}

export interface UnregisterReport {
  readonly dryRun: boolean;
  /** removed, or updated where `--data` and `--code` took something away. */
  readonly entries: readonly RegisteredChange[];
  readonly sets: RegisterReport["sets"];
}

export interface TargetSetReport {
  readonly set: TargetSet;
  readonly change: "added" | "updated" | "unchanged" | "removed";
}

export interface ListReport {
  readonly models: readonly ModelEntry[];
  readonly targets: readonly TargetEntry[];
  readonly targetSets: readonly TargetSet[];
  /** Registered and left out by a filter. */
  readonly hidden: number;
}

export interface StatusReport extends ModelsReport {
  readonly remote: string;
  /** Why it is the remote. */
  readonly source: string;
  readonly tag: string;
  readonly relation: Relation;
  /** Why the remote's side is not known. */
  readonly reason: string | null;
  readonly pinned: Digest | null;
  readonly base: Digest | null;
  readonly holds: Digest | null;
  /** A model registry that a pull merges is `modified` and `remote-modified`. */
  readonly changes: readonly Change[];
  /** Entries of the model registry that a pull asks about; then the file is among `changes` as a conflict. */
  readonly entryConflicts: readonly EntryConflict[];
  readonly tracked: readonly { readonly path: BundlePath; readonly kind: ChangeKind; readonly size: number }[];
  readonly untracked: readonly string[];
  readonly ignored: readonly Ignored[];
  /** A push of ours that somebody overtook: its bundle is safe under its digest. */
  readonly overtaken: Digest | null;
  /** Files whose bytes were read; 0 when the stat cache knew them all. */
  readonly hashed: number;
}

export interface DiffReport {
  readonly reference: string;
  readonly digest: Digest | null;
  readonly changes: readonly (Change & { readonly here: FileContent | null; readonly there: FileContent | null })[];
  /** Entries of the model registry that differ; `facts` say in what, where both sides have one. */
  readonly models: readonly EntryDifference[];
  /** With `-p`: what to make a patch of; null for a side that is absent, "binary" for what is no text. */
  readonly patches: readonly {
    readonly path: BundlePath;
    readonly here: string | null | "binary";
    readonly there: string | null | "binary";
  }[];
}

export interface TagMove {
  readonly tag: string;
  readonly previous: Digest | null;
  readonly moved: boolean;
  readonly record: Digest | null;
}

export interface PushReport {
  readonly dryRun: boolean;
  readonly digest: Digest;
  readonly repository: string;
  readonly tags: readonly TagMove[];
  readonly changes: readonly Change[];
  readonly drops: readonly Change[];
  readonly uploaded: { readonly blobs: number; readonly bytes: number };
  readonly skipped: { readonly blobs: number; readonly bytes: number };
  readonly missing: readonly BundlePath[];
  /** Sent so far, or, in a dry run, at the most to be sent. */
  readonly requests: number;
  readonly nothingToDo: boolean;
  /** What preflight found: warnings and notes, since errors stop a push. */
  readonly issues: readonly Issue[];
  readonly preflightSkipped: boolean;
  /** Needed by what is registered, and tracked by this push. */
  readonly autoTracked: readonly BundlePath[];
  /** With `--refresh`: entries that were registered anew, and target sets that lost a member by it. */
  readonly refreshed: readonly RegisteredChange[];
  readonly sets: readonly { readonly name: string; readonly fact: string }[];
}

export interface GivenUp {
  readonly entry: EntryName;
  /** ours: it is not as it was here · theirs: the next push takes it away there. */
  readonly whose: "ours" | "theirs";
  readonly change: EntryChange["change"];
}

export interface PullReport {
  readonly dryRun: boolean;
  readonly digest: Digest;
  readonly reference: string;
  readonly pinned: boolean;
  /** The tag that was followed before, where that changed. */
  readonly switchedFrom: string | null;
  readonly switchedTo: string | null;
  readonly written: readonly BundlePath[];
  readonly removed: readonly BundlePath[];
  readonly kept: readonly Change[];
  /** `entry` names an entry of the model registry: `model:seir_sir`. */
  readonly conflicts: readonly { readonly path: BundlePath; readonly reason: string; readonly entry?: EntryName | undefined }[];
  /** Entries of the model registry that a decision about the whole file, or `--overwrite`, gives up. */
  readonly givenUp: readonly GivenUp[];
  readonly bytes: number;
  /** With `--into`. */
  readonly directory: string | null;
  readonly resumed: boolean;
}

export interface TagReport {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly previous: Digest | null;
  readonly changed: boolean;
}

export interface ManifestReport {
  readonly repository: string;
  readonly reference: string;
  readonly digest: Digest;
  readonly size: number;
  readonly files: readonly BundleFile[];
  /** In the order of their paths; none where every file has a blob of its own. */
  readonly packs: readonly (Blob & { readonly files: number })[];
}

export interface BundleFile extends FileContent {
  readonly path: BundlePath;
  /** The pack that it lies in, and where; a link has no bytes there. */
  readonly packed?: { readonly pack: Digest; readonly offset: number } | undefined;
}

export interface TagsReport {
  readonly repository: string;
  readonly tags: readonly {
    readonly tag: string;
    readonly digest: Digest | null;
    readonly files: number | null;
    readonly bytes: number | null;
  }[];
}

export interface LogReport {
  readonly reference: string;
  readonly digest: Digest;
  readonly records: readonly (PushRecord & { readonly digest: Digest })[];
}

export interface EnvironmentReport {
  readonly pinned: string | null;
  readonly remote: string | null;
  readonly source: string | null;
  readonly candidates: readonly { readonly source: string; readonly repository: string | null; readonly wins: boolean }[];
  readonly environments: readonly { readonly name: string; readonly registry: string | null; readonly problem: string | null }[];
}
