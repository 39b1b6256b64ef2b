/** What the reading of imports and mentions ends in: the types of a closure before digests. `python/follow_imports.ts` makes them. */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Place } from "./outline.ts";

/** Why a file belongs to a closure: the first, shortest way to it. A chain is walked from `from` to `from` up to the entry's own file. */
export interface Via {
  /** The file that names it; null for the entry's own file, for what `--data`, `--code` and the project's declarations bring. */
  readonly from: BundlePath | null;
  readonly at: Place | null;
  /** own: the entry's file · imports · package: an `__init__.py` above something imported · member: `code_mode: package` · reads: a literal path in the code · given: --data or --code · declares: pyproject.toml and lock files. */
  readonly how: "own" | "imports" | "package" | "member" | "reads" | "given" | "declares";
  /** imports: what is written, `models.util` or `.util`; reads: the function it stands in, "" at module level; given: what was given. */
  readonly what: string;
}

export interface Dependency {
  readonly path: BundlePath;
  readonly via: Via;
}

/** Something that is there and was not resolved; said, never dropped. */
export interface Unresolved {
  readonly what: string;
  readonly file: BundlePath;
  readonly at: Place;
  readonly why: string;
}

/** A file of the project that code names by a literal path. `exists` is by `ProjectSources.files`. */
export interface DataMention {
  readonly path: BundlePath;
  readonly exists: boolean;
  readonly file: BundlePath;
  readonly at: Place;
  /** The function it stands in; "" at module level. */
  readonly scope: string;
}

/** An import that leads out of the project: a distribution has to bring it. */
export interface OutsideImport {
  /** Top-level name: `numpy`. */
  readonly name: string;
  /** The whole dotted name as imported. */
  readonly module: string;
  readonly file: BundlePath;
  readonly at: Place;
  /** In a `try`, an `if`, or a function: it may be optional. */
  readonly isConditional: boolean;
}

/** An import that can only mean the project's own code, and leads nowhere: relative, or below a package of the project. */
export interface BrokenImport {
  /** As written: `.util`, `models.extra`. */
  readonly what: string;
  /** The file that would have to be there. */
  readonly expected: BundlePath;
  /** Its dots lead out of the package that the file is in: whether `expected` is there does not matter. */
  readonly isBeyond?: boolean | undefined;
  readonly file: BundlePath;
  readonly at: Place;
  /** In a `try` or an `if`: no error then, a warning. */
  readonly isConditional: boolean;
  /** The file is there, and ignored: by what. */
  readonly ignoredBy?: string | undefined;
}

/** All that following imports from one file gives. Lists are sorted by path, then place. */
export interface Followed {
  /** The own file first in meaning, sorted by path; `__init__.py` of packages included. */
  readonly code: readonly Dependency[];
  readonly mentions: readonly DataMention[];
  readonly outside: readonly OutsideImport[];
  readonly broken: readonly BrokenImport[];
  readonly unresolved: readonly Unresolved[];
  /** Files reached that have no outline, with what is wrong; the entry's own among them. */
  readonly unreadable: readonly BundlePath[];
  /** Imported modules whose name is also one of the standard library, and which the project's file shadows. */
  readonly shadows: readonly { readonly path: BundlePath; readonly name: string }[];
}
