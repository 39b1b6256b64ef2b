/** How ready a model or target is, as values: the types that readiness, preflight, `why`, `impact` and the reports share. */
import type { Digest } from "../base/digest.ts";
import type { EntryAnalysis } from "../models/entry_analysis.ts";
import type { Entry } from "../models/model_registry.ts";
import type { Via } from "../python/dependencies.ts";
import type { EntryKey } from "./cloud_state.ts";

export type Readiness = "ready" | "stale" | "broken";
export type DependencyKind = "own" | "code" | "package" | "data" | "project";

/**
 * added: needed today, not recorded · dropped: recorded, not needed today · unsealed: recorded without a digest, so that nothing is known
 * of what it was.
 */
export type DependencyState = "current" | "modified" | "missing" | "added" | "dropped" | "unsealed";

export interface EntryDependency {
  /** As recorded; what an old tool wrote may be no lawful path, and is missing then. */
  readonly path: string;
  readonly kind: DependencyKind;
  readonly state: DependencyState;
  readonly via: Via | null;
  /** pyproject.toml: of its canonical form. */
  readonly sealed: Digest | null;
  readonly now: Digest | null;
  /** Modified, and only comments or formatting changed. */
  readonly formOnly: boolean;
}

export interface Reason {
  readonly kind: "missing" | "unreadable" | "symbol" | "broken-import" | "modified" | "added" | "dropped" | "differs";
  readonly text: string;
  readonly path: string | null;
}

export interface EntryReadiness {
  readonly key: EntryKey;
  readonly entry: Entry;
  readonly status: Readiness;
  /** The own file first, then by kind and path. */
  readonly dependencies: readonly EntryDependency[];
  readonly closure: {
    /** Of the recorded files as they are now; null when one is missing. */
    readonly digest: Digest | null;
    readonly sealed: Digest | null;
    /** null: recorded without one. */
    readonly rule: number | null;
  };
  /** What breaks it first. */
  readonly reasons: readonly Reason[];
  /** A registration would take something over. */
  readonly needsRegistration: boolean;
}

export interface Content {
  readonly digest: Digest;
  readonly size: number;
}

/** The files as they are now. */
export interface FilesNow {
  file(path: string): Content | undefined;
  /** pyproject.toml by its canonical form, lock files by bytes. */
  projectFile(path: string): Content | undefined;
  /** The digest of a Python text's tokens, by the digest of its bytes; null where it is not known. */
  tokensOf(digest: Digest): Digest | null;
  /** What changed between two contents of a file of the project's declarations, as short texts; empty where it cannot be told. */
  projectChanges(path: string, sealed: Digest, now: Digest): readonly string[];
}

export interface ReadinessRequest {
  readonly entry: Entry;
  /** null: another rule, or none, made what is recorded; then the recorded lists count. */
  readonly analysis: EntryAnalysis | null;
  /** The same reading where `analysis` is null, for what it says of the source alone: whether it parses and has the symbol. */
  readonly source: EntryAnalysis | null;
  /** `recordedDiffers` */
  readonly differences: readonly string[];
  readonly now: FilesNow;
}
