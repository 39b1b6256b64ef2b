/** What reading a project says of one model or target today; the types that analysis, registration, readiness and preflight share. */
import type { BundlePath } from "../base/bundle_path.ts";
import type { DataMention, Dependency, Followed, Unresolved } from "../python/dependencies.ts";
import type { Issue } from "./issue.ts";
import type { ParameterSpec } from "./model_registry.ts";

/** A class that a file declares, and whether it is a model. */
export interface DeclaredClass {
  /** Qualified: `Outer.Inner`. */
  readonly className: string;
  readonly line: number;
  /** model · abstract: a model's helper that cannot be run · other: no model, `why` says so ("its base BaseModel is pydantic's"). */
  readonly what: "model" | "abstract" | "other";
  readonly why: string;
}

/** What a model's source declares. Names that are certain; the rest is in `unresolved`. */
export interface ModelFacts {
  readonly className: string;
  readonly line: number;
  readonly parameters: readonly string[];
  readonly parameterSpecs: readonly ParameterSpec[];
  readonly outputs: readonly string[];
  /** `baseline` first. */
  readonly scenarios: readonly string[];
  readonly unresolved: readonly Unresolved[];
  /** Verdicts on the source (docs/model-forms.md §8): what fails at import, what registers nothing. Without `entry`; whoever has an id adds it. */
  readonly issues: readonly Issue[];
}

export interface TargetFacts {
  /** The keyword `name`, else the function's name. */
  readonly id: string;
  readonly functionName: string;
  readonly line: number;
  readonly modelOutput: string | null;
  /** Values of the decorator's `data`, from the project root, as far as literal. */
  readonly data: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly weight: number | null;
  readonly unresolved: readonly Unresolved[];
  readonly issues: readonly Issue[];
}

/** The files of a closure, found today; each with the way to it. Sorted by path, disjoint. */
export interface AnalysedClosure {
  /** The own file included. */
  readonly code: readonly Dependency[];
  readonly data: readonly Dependency[];
  readonly project: readonly Dependency[];
  /** Named by code, and in no list: proposed for `--auto-data`. */
  readonly proposed: readonly DataMention[];
  /** Given (`data_given`, `code_given`) and leading to no file. */
  readonly missingGiven: readonly string[];
  readonly followed: Followed;
}

export interface ModelAnalysis {
  readonly kind: "model";
  /** null: no such class in the file, or the file cannot be read; `issues` say which. */
  readonly facts: ModelFacts | null;
  readonly entrypoint: string | null;
  readonly closure: AnalysedClosure;
  readonly issues: readonly Issue[];
}

export interface TargetAnalysis {
  readonly kind: "target";
  readonly facts: TargetFacts | null;
  readonly entrypoint: string | null;
  readonly closure: AnalysedClosure;
  readonly issues: readonly Issue[];
}

export type EntryAnalysis = ModelAnalysis | TargetAnalysis;

/** What an analysis is asked for: an entry as it is recorded, or as it is about to be. */
export interface EntryRequest {
  readonly path: BundlePath;
  readonly symbol: string;
  readonly dataGiven: readonly string[];
  readonly codeGiven: readonly string[];
  readonly autoCode: boolean;
  readonly codeMode: "files" | "package";
}
