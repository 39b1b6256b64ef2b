/**
 * What is known of a Python file without running it: imports, classes, functions, module-level values, and calls that name files or
 * modules. Plain JSON, so that it can be cached by the file's digest; it holds no path and nothing of any other file.
 * Law: the same bytes give the same outline.
 */
import type { Digest } from "../base/digest.ts";

/** Changes whenever the same bytes give another outline; caches of another version are thrown away. */
export const OUTLINE_VERSION = 4;

/** Both count from 1; columns in characters (code points are not counted: as editors do, UTF-16 units). */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * An expression as far as it is of use. Names and attributes of names are one dotted text (`cb.BaseModel`, `Base.PARAMS.specs`). What is
 * too large (a text above 4 KiB, a list above 2,000 items) or of no use (await, lambda bodies) is `other`, never source text.
 */
export type Value = ValueKind & { readonly at: Place };
type ValueKind =
  | { readonly kind: "text"; readonly text: string } // adjacent literals are joined; bytes literals are `other`
  | { readonly kind: "number"; readonly value: number; readonly isInteger: boolean } // 1_000, 0x1f, 1e3; no complex numbers
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "none" }
  | { readonly kind: "sequence"; readonly of: "list" | "tuple" | "set"; readonly items: readonly Value[] }
  | { readonly kind: "mapping"; readonly entries: readonly { readonly key: Value | null; readonly value: Value }[] } // null: **spread
  | { readonly kind: "spread"; readonly value: Value } // *x, in a sequence or among arguments
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "attribute"; readonly of: Value; readonly name: string } // of something that is no name: f().x
  | { readonly kind: "call"; readonly callee: Value; readonly args: readonly Value[]; readonly keywords: readonly Keyword[] }
  | { readonly kind: "subscript"; readonly of: Value; readonly index: Value }
  | { readonly kind: "formatted"; readonly parts: readonly (string | Value)[] } // f-string; a part with a format or conversion is `other`
  | { readonly kind: "operation"; readonly operator: string; readonly operands: readonly Value[] } // + - * / // % ** and unary + -
  | {
    readonly kind: "comprehension";
    readonly of: "list" | "set" | "mapping" | "generator";
    readonly element: Value;
    readonly loops: readonly Loop[];
    readonly isFiltered: boolean;
  }
  | { readonly kind: "choice"; readonly values: readonly Value[] } // `a if c else b`, `a or b`
  | { readonly kind: "lambda"; readonly parameters: Parameters }
  | { readonly kind: "other" };

export interface Keyword {
  /** null: **spread. */
  readonly name: string | null;
  readonly value: Value;
}

/** `for TARGETS in ITERABLE`; targets that are no plain names are "". */
export interface Loop {
  readonly targets: readonly string[];
  readonly iterable: Value;
}

export interface Parameters {
  /** Positional-only and plain ones, in order. */
  readonly positional: readonly string[];
  /** How many of `positional`, counted from the end, have a default. */
  readonly defaults: number;
  readonly keywordOnly: readonly { readonly name: string; readonly hasDefault: boolean }[];
  readonly hasStar: boolean;
  readonly hasDoubleStar: boolean;
}

/** Where a statement stands. */
export interface Surroundings {
  /** Qualified name of the innermost enclosing function or class: `load`, `SIR`, `SIR.run_sim`; "" at module level. */
  readonly scope: string;
  /** True inside a function or lambda: it runs only when somebody calls it. */
  readonly inFunction: boolean;
  /** The innermost condition that decides, `with suppress(…)` counting as a `try`; type-checking: `if TYPE_CHECKING:` by any alias (not its else branch). */
  readonly condition: "none" | "if" | "try" | "type-checking";
}

export interface Import extends Surroundings {
  /** `import a.b as c`: module "a.b", level 0, names null, alias "c". `from ..a import b`: module "a", level 2. `from . import x`: module "", level 1. */
  readonly module: string;
  readonly level: number;
  readonly names: readonly { readonly name: string; readonly alias: string | null; readonly at: Place }[] | "*" | null;
  readonly alias: string | null;
  readonly at: Place;
}

/**
 * `NAME = VALUE`, `NAME: T = VALUE`, `NAME += VALUE` (operator "+="), also by unpacking two tuples of one length. Every other binding of a
 * name (`for`, `with`, `except`, `match`, `:=`, unpacking of anything else) is one with the value `other` and the operator "other", so that
 * whoever asks whether a module binds a name sees it; so is what a function binds after `global`.
 */
export interface Assignment {
  readonly name: string;
  /** null: only annotated (`PARAMS: ParameterSpace`). */
  readonly value: Value | null;
  readonly operator: "=" | "+=" | "other";
  readonly condition: Surroundings["condition"];
  /** Enclosing `for` loops, outermost first. */
  readonly loops: readonly Loop[];
  readonly at: Place;
}

/**
 * `self._scenarios["x"] = VALUE`, `locals()["x"] = VALUE`, `BOUNDS["x"] = VALUE`: a store under a key. A call that fills or empties
 * something by its name (`SPECS.append(…)`, `self._scenarios.update(…)`) is one with a key of the kind `other` and the call as its value.
 * So is an assignment to a whole attribute that says where modules are looked for (`sys.path = VALUE`, `sys.path += VALUE`,
 * `pkg.__path__ = VALUE`), or to one of an imported module (`pkg.thing = VALUE`), or of something in `sys.modules` (into "sys.modules").
 */
export interface KeyedStore {
  /** `self._scenarios`; "" where it is no dotted name. `locals()` is "locals()". */
  readonly into: string;
  readonly key: Value;
  readonly value: Value;
  readonly condition: Surroundings["condition"];
  readonly loops: readonly Loop[];
  readonly at: Place;
}

export interface FunctionOutline extends Surroundings {
  readonly name: string;
  /** `SIR.run_sim`, `outer.inner` (Python's `outer.<locals>.inner`). */
  readonly qualifiedName: string;
  readonly isAsync: boolean;
  readonly parameters: Parameters;
  /** From the top (outermost) to the bottom. */
  readonly decorators: readonly Value[];
  /** Values of its own `return` statements (no nested functions). */
  readonly returns: readonly Value[];
  /** Simple assignments to local names, in order. */
  readonly locals: readonly Assignment[];
  readonly stores: readonly KeyedStore[];
  /** It calls `super().__init__(…)` or `Base.__init__(self, …)`. */
  readonly callsSuperInit: boolean;
  readonly at: Place;
  readonly endLine: number;
}

export interface ClassOutline extends Surroundings {
  readonly name: string;
  /** `Outer.Inner`. */
  readonly qualifiedName: string;
  readonly bases: readonly Value[];
  /** metaclass= and others. */
  readonly keywords: readonly Keyword[];
  readonly decorators: readonly Value[];
  /** Methods defined in its own body, in order, conditional ones included. */
  readonly methods: readonly FunctionOutline[];
  /** Names bound in its own body by assignment, in order. */
  readonly attributes: readonly Assignment[];
  readonly stores: readonly KeyedStore[];
  readonly at: Place;
  readonly endLine: number;
}

/** A call that may name a file or a module, or an expression that joins paths; anywhere in the file. */
export interface Mention extends Surroundings {
  /**
   * A `call` (open, read_csv, Path, import_module, __import__, files, get_data, glob, insert, append, run_module …, and any call with a text
   * that holds a slash among its arguments) or a `/` operation; the whole, outermost expression. Also a `text` with a slash that is the
   * default of a parameter, and the `name` of `import_module` or `__import__` where it is handed on and not called, in the call that it is
   * given to, if there is one.
   */
  readonly value: Value;
  /** Enclosing `for` statements, outermost first: `for name in ("a", "b"): import_module(name)`. */
  readonly loops: readonly Loop[];
}

export interface Outline {
  readonly version: typeof OUTLINE_VERSION;
  /** Everywhere in the file, in order. */
  readonly imports: readonly Import[];
  /** Everywhere in the file, nested ones too, in order; a class in a function has `inFunction`. */
  readonly classes: readonly ClassOutline[];
  /** Everywhere but methods (those stand in their class), in order. */
  readonly functions: readonly FunctionOutline[];
  /** Module level, conditional ones included, in order. */
  readonly assignments: readonly Assignment[];
  /** Module level. */
  readonly stores: readonly KeyedStore[];
  readonly mentions: readonly Mention[];
  /** Digest of the tokens without comments, blank lines and spacing (INDENT, DEDENT and NEWLINE kept): equal for two texts that differ in form only. Never an identity (D12). */
  readonly tokens: Digest;
}

/** Why there is no outline. */
export interface SourceProblem {
  readonly code: "not-utf8" | "unknown-encoding" | "null-byte" | "syntax" | "too-large";
  /** After the file's name: `line 12, column 4: …` is not part of it. */
  readonly message: string;
  readonly at: Place;
}

export type ReadSource = { readonly outline: Outline } | { readonly problem: SourceProblem };
