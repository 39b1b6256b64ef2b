/**
 * The model registry as values (docs/formats.md, "registry.yaml"; decision 0007). Read with tolerance for what the Python tool wrote;
 * `models/model_registry_yaml.ts` reads and edits the text.
 */
import type { Digest } from "../base/digest.ts";

/** What `init` writes; the keys are those the Python readers expect. */
export const EMPTY_MODEL_REGISTRY = `version: "1.0"\nmodels: {}\ntargets: {}\ntarget_sets: {}\n`;

/** Version of the rule that makes `data`, `code` and the names of an entry from its source (decision 0007). */
export const CLOSURE_RULE = 1;

/** An id that a shell and every option take as it stands: letters, digits, `_`, and inside `-` and `.`. */
export function isPlainId(id: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(id);
}

/** What is recorded of a closure; digests are derived. */
export interface RecordedClosure {
  readonly rule: number;
  readonly project: readonly string[];
  readonly projectDigests: Readonly<Record<string, Digest>>;
  readonly digest: Digest | null;
}

export interface RecordedUnresolved {
  readonly what: string;
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

interface RegisteredEntry {
  readonly id: string;
  readonly entrypoint: string;
  readonly path: string;
  /** As recorded: paths from the root, `./` and doubled slashes taken away; may hold what an old tool wrote (backslashes, `..`). */
  readonly data: readonly string[];
  readonly dataDigests: Readonly<Record<string, Digest>>;
  readonly code: readonly string[];
  readonly codeDigests: Readonly<Record<string, Digest>>;
  readonly dataGiven: readonly string[];
  readonly codeGiven: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly unresolved: readonly RecordedUnresolved[];
  /** Paths of the above as they are written, where they have backslashes: workers take these for parts of a name. */
  readonly windowsPaths: readonly string[];
  /** model_digest or target_digest. */
  readonly ownDigest: Digest | null;
  /** null: the Python tool, or hands, wrote it. */
  readonly closure: RecordedClosure | null;
}

/** A parameter as far as it is literal. */
export interface ParameterSpec {
  readonly name: string;
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  readonly kind?: string | undefined;
  readonly doc?: string | undefined;
}

export interface ModelEntry extends RegisteredEntry {
  readonly kind: "model";
  readonly className: string;
  readonly scenarios: readonly string[];
  readonly parameters: readonly string[];
  readonly outputs: readonly string[];
  readonly parameterSpecs: readonly ParameterSpec[];
  readonly codeMode: "files" | "package";
  readonly autoCode: boolean;
}

export interface TargetEntry extends RegisteredEntry {
  readonly kind: "target";
  readonly modelOutput: string;
  readonly weight: number | null;
}

export type Entry = ModelEntry | TargetEntry;

export interface TargetSet {
  readonly name: string;
  readonly targets: readonly string[];
  readonly weights: Readonly<Record<string, number>>;
}

export interface ModelRegistry {
  /** In the order of the file; an order that decides for old workers (facts: the first model of a module is run). */
  readonly models: ReadonlyMap<string, ModelEntry>;
  readonly targets: ReadonlyMap<string, TargetEntry>;
  readonly sets: ReadonlyMap<string, TargetSet>;
}
