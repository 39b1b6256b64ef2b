/** What preflight looks at, as values that a flow gathers. */
import type { BundlePath } from "../base/bundle_path.ts";
import type { EntryAnalysis } from "../models/entry_analysis.ts";
import type { Issue } from "../models/issue.ts";
import type { MisreadText } from "../models/misread_texts.ts";
import type { ModelRegistry } from "../models/model_registry.ts";
import type { SourceLayout } from "../python/project_sources.ts";
import type { EntryKey } from "./cloud_state.ts";
import type { EntryReadiness } from "./entry_readiness.ts";

export interface PreflightFacts {
  readonly registry: ModelRegistry;
  readonly readiness: readonly EntryReadiness[];
  /** Today's reading of each entry, of those of another rule too. */
  readonly readings: ReadonlyMap<EntryKey, EntryAnalysis>;
  /** On disk, and not ignored or tracked. */
  readonly files: ReadonlySet<BundlePath>;
  readonly folders: ReadonlySet<string>;
  readonly layout: SourceLayout;
  readonly tracked: ReadonlySet<BundlePath>;
  /** Needed, not tracked, and ignored. */
  readonly ignored: readonly { readonly path: string; readonly pattern: string; readonly source: string }[];
  /** Tracked and not on disk. */
  readonly missing: readonly BundlePath[];
  readonly project: ProjectFacts;
  readonly wire?: WireCode | undefined;
  /** Texts of the model registry that Python's readers take for something else. */
  readonly misread?: readonly MisreadText[] | undefined;
}

/** What `pyproject.toml` and the files that name the wire function say. */
export interface ProjectFacts {
  /** null: there is none. */
  readonly pyproject: {
    readonly problem: { readonly message: string; readonly line: number | null } | null;
    /** Normalised names of declared distributions. */
    readonly dependencies: readonly string[];
    readonly wireEntryPoints: readonly string[];
  } | null;
  /** What `.modelops/manifest.json` and `.modelops/modelops.toml` name; `wire` is null where the file names none. */
  readonly wires: readonly { readonly path: BundlePath; readonly wire: string | null; readonly problem: string | null }[];
}

/** The wire function as far as the project has it itself; nothing where a dependency brings it. */
export interface WireCode {
  /** What names it, where it lies, and what that imports: needed by every model. */
  readonly files: readonly BundlePath[];
  readonly issues: readonly Issue[];
}
