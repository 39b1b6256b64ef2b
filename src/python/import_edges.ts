/**
 * What the import statements of one file lead to, and what they leave open. One step; `follow_imports.ts` walks on from there. Every branch
 * of a condition counts, except `if TYPE_CHECKING`, which never runs.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { fullNameOf, storesOfFile } from "./file_names.ts";
import { exportedNames } from "./star_exports.ts";
import type { BrokenImport, OutsideImport, Unresolved } from "./dependencies.ts";
import type { Import, Outline, Place, Surroundings, Value } from "./outline.ts";
import { findMoved, movedPath, movesOthers } from "./package_paths.ts";
import { outlineOf, type ProjectSources } from "./project_sources.ts";
import { folderOf, isPackageFile, moduleNameOf, type PathAdditions, type ResolvedModule, resolveModule } from "./resolve_import.ts";
import { isStandardLibrary } from "./standard_library.ts";

/** One file that another one names. */
export interface Edge {
  readonly to: BundlePath;
  readonly how: "imports" | "package" | "reads";
  readonly what: string;
  readonly at: Place;
  /** The file is run as a program of its own: its folder is where its imports begin. */
  readonly isProgram: boolean;
}

/** Lists that grow while a file is looked at. */
export interface Findings {
  readonly edges: Edge[];
  readonly outside: OutsideImport[];
  readonly broken: BrokenImport[];
  readonly unresolved: Unresolved[];
  readonly shadows: { path: BundlePath; name: string }[];
}

export interface Importer {
  readonly sources: ProjectSources;
  readonly path: BundlePath;
  readonly additions: PathAdditions;
}

export function takeImports(importer: Importer, outline: Outline, into: Findings): void {
  for (const statement of outline.imports) {
    if (statement.condition === "type-checking") continue;
    const what = ".".repeat(statement.level) + statement.module;
    takeOther(importer, statement, what, into);
    const resolved = takeModule(importer, { ...statement, what }, into);
    if (resolved === null || statement.names === null) continue;
    if (statement.names === "*") takeStar(importer, statement, resolved, what, into);
    else takeNames(importer, statement, statement.names, resolved, what, into);
  }
}

/**
 * Where `src/` is a root only because nothing says otherwise, a module that stands in the project's folder, too, is either of the two: what a
 * worker takes that runs in the folder, or what is installed. Both are needed then.
 */
function takeOther(importer: Importer, statement: Import, what: string, into: Findings): void {
  const { sources, path, additions } = importer;
  if (statement.level > 0 || !sources.layout.isGuessed) return;
  const usual = resolveModule(sources, path, statement.module, 0, additions);
  const there: Importer = { ...importer, additions: { ...additions, front: ["", ...additions.front] } };
  const other = resolveModule(sources, path, statement.module, 0, there.additions);
  if (usual.kind !== "file" || other.kind !== "file" || usual.path === other.path) return;
  const found: Findings = { edges: into.edges, outside: [], broken: [], unresolved: [], shadows: [] };
  const resolved = takeModule(there, { ...statement, what }, found);
  if (resolved !== null && Array.isArray(statement.names)) takeNames(there, statement, statement.names, resolved, what, found);
  const why = `${usual.path} and ${other.path} are both there, and nothing says which one is meant`;
  into.unresolved.push({ what, file: path, at: statement.at, why });
}

export interface NamedModule extends Surroundings {
  readonly module: string;
  readonly level: number;
  /** As it is written. */
  readonly what: string;
  readonly at: Place;
}

/** Takes a module and the packages above it; null where it leads out of the project, or nowhere. */
export function takeModule(
  importer: Importer,
  named: NamedModule,
  into: Findings,
): Extract<ResolvedModule, { kind: "file" | "namespace" }> | null {
  const { sources, path, additions } = importer;
  const resolved = resolveModule(sources, path, named.module, named.level, additions);
  const { what, at } = named;
  if (resolved.kind === "outside") {
    if (!resolved.isStandardLibrary) {
      const isConditional = named.condition !== "none" || named.inFunction;
      into.outside.push({ name: resolved.name, module: resolved.module, file: path, at, isConditional });
    }
    return null;
  }
  const package_ = resolved.ancestors.at(-1);
  if (resolved.kind === "file") {
    for (const to of [resolved.path, ...resolved.also]) into.edges.push({ to, how: "imports", what, at, isProgram: false });
    takeMoved(importer, package_, namesBelow(package_, resolved.path), named, true, into); // which one stands first is not known
  }
  for (const to of resolved.ancestors) into.edges.push({ to, how: "package", what, at, isProgram: false });
  if (resolved.kind === "missing") {
    const moved = takeMoved(importer, package_, namesBelow(package_, resolved.expected), named, false, into);
    if (moved !== null && moved !== "said") return moved;
    const { isBeyond } = resolved;
    if (moved === null && (isBeyond === true || !takeRegistered(importer, named, into))) {
      const isConditional = named.condition !== "none";
      into.broken.push({ what, expected: resolved.expected, file: path, at, isConditional, ...(isBeyond === true ? { isBeyond } : {}) });
    }
    return null;
  }
  const top = named.module.split(".")[0]!;
  if (named.level === 0 && isStandardLibrary(top)) {
    const first = resolved.ancestors[0] ?? (resolved.kind === "file" ? resolved.path : null);
    if (first !== null) into.shadows.push({ path: first, name: top });
  }
  return resolved;
}

/** `from p import name`: the submodule where there is one; p itself is taken already, for it may bind the name, too. */
function takeNames(
  importer: Importer,
  statement: Import,
  names: readonly { readonly name: string; readonly at: Place }[],
  resolved: Extract<ResolvedModule, { kind: "file" | "namespace" }>,
  written: string,
  into: Findings,
): void {
  if (resolved.folders.length === 0) return; // a module: its names are its own
  for (const { name, at } of names) {
    const what = written.endsWith(".") || written === "" ? `${written}${name}` : `${written}.${name}`;
    const module = statement.module === "" ? name : `${statement.module}.${name}`;
    const usual = resolveModule(importer.sources, importer.path, module, statement.level, importer.additions);
    // A package that was found in another folder has its modules there.
    const found = usual.kind === "missing" && resolved.kind === "file"
      ? findMoved(importer.sources, resolved.path, name, resolved) ?? usual
      : usual;
    if (found.kind === "file") {
      for (const to of [found.path, ...found.also]) into.edges.push({ to, how: "imports", what, at, isProgram: false });
    } else if (found.kind === "missing" && !mayBind(importer.sources, resolved, name)) {
      const package_ = resolved.kind === "file" ? resolved.path : undefined;
      if (takeMoved(importer, package_, name, { what, at }, false, into) !== null) continue;
      if (takeRegistered(importer, { ...statement, module, what, at }, into)) continue;
      into.broken.push({ what, expected: found.expected, file: importer.path, at, isConditional: statement.condition !== "none" });
    }
  }
}

/** `from p import *`: the submodules that `__all__` names; what `p` imports itself is found by following p. */
function takeStar(
  importer: Importer,
  statement: Import,
  resolved: Extract<ResolvedModule, { kind: "file" | "namespace" }>,
  written: string,
  into: Findings,
): void {
  if (resolved.kind !== "file" || !isPackageFile(resolved.path)) return;
  const exported = exportedNames(importer.sources, resolved.path);
  for (const name of new Set(exported.names)) {
    const module = statement.module === "" ? name : `${statement.module}.${name}`;
    const found = resolveModule(importer.sources, importer.path, module, statement.level, importer.additions);
    if (found.kind !== "file") continue;
    const what = written.endsWith(".") ? `${written}${name}` : `${written}.${name}`;
    for (const to of [found.path, ...found.also]) into.edges.push({ to, how: "imports", what, at: statement.at, isProgram: false });
  }
  if (exported.isOpen) {
    const why = `__all__ of ${resolved.path} is no list of texts, and may name submodules`;
    into.unresolved.push({ what: `from ${written} import *`, file: importer.path, at: statement.at, why });
  }
}

/** Whether a package may have this name without a submodule of that name: it binds it, or does something that could. */
function mayBind(sources: ProjectSources, resolved: Extract<ResolvedModule, { kind: "file" | "namespace" }>, name: string): boolean {
  if (resolved.kind === "namespace") return false; // nothing runs there that could bind a name
  if (name.startsWith("__")) return true;
  const outline = outlineOf(sources, resolved.path);
  if (outline === null) return true;
  const sameName = (other: string) => other.normalize("NFKC") === name.normalize("NFKC");
  return outline.assignments.some((binding) => sameName(binding.name) || binding.name === "__getattr__") ||
    // `global name` in a function makes its local names the module's.
    outline.functions.some((made) => (made.scope === "" && sameName(made.name)) || made.locals.some((local) => sameName(local.name))) ||
    outline.functions.some((made) => made.name === "__getattr__") ||
    outline.classes.some((made) => made.scope === "" && sameName(made.name)) ||
    outline.imports.some((made) => bindsByImport(made, sameName)) ||
    outline.mentions.some(({ value }) => value.kind === "call" && mayBindAnything(value.callee)) ||
    // `vars()["name"] = …`, `sys.modules[__name__] = Lazy()`
    storesOfFile(outline).some(({ store: { into } }) => into === "" || into === "locals()" || fullNameOf(outline, into) === "sys.modules");
}

function bindsByImport(made: Import, sameName: (other: string) => boolean): boolean {
  if (made.names === "*") return true;
  if (made.names !== null) return made.names.some(({ name, alias }) => sameName(alias ?? name));
  // `import p.x` inside p binds p there, and x as an attribute of p
  return sameName(made.alias ?? made.module.split(".")[0]!) || made.module.split(".").some(sameName);
}

function mayBindAnything(callee: Value): boolean {
  return callee.kind === "name" && /^(exec|eval|setattr|lazy_loader\..*|lazy\..*|globals|vars|locals)$/.test(callee.name) ||
    callee.kind === "attribute" && callee.name === "update";
}

/** Something that no file has, but that a file of the project puts there when it runs: `pkg.thing = …`, `sys.modules["pkg.thing"] = …`. */
function takeRegistered({ sources, path }: Importer, { module, level, what, at }: NamedModule, into: Findings): boolean {
  if (level > 0 && isTop(path)) return false;
  const own = moduleNameOf(sources.layout, path).split(".");
  const above = own.slice(0, own.length - level + (isPackageFile(path) ? 1 : 0));
  const name = level === 0 ? module : [...above, module].filter((part) => part !== "").join(".");
  for (const [file, read] of sources.read) {
    if (!("outline" in read)) continue;
    const isPut = storesOfFile(read.outline).some(({ store: { into, key } }) =>
      into === "sys.modules"
        ? key.kind === "text" ? key.text === name : key.kind === "formatted" || key.kind === "operation"
        : fullNameOf(read.outline, into) === name
    );
    if (!isPut) continue;
    into.unresolved.push({ what, file: path, at, why: `${file} puts it there when it runs` });
    return true;
  }
  return false;
}

function isTop(path: BundlePath): boolean {
  return folderOf(path) === "";
}

/**
 * What a package that changes its `__path__` has elsewhere: taken, where the folder is written down.
 * @returns said: it is not there, and may be anywhere; null: the package is an ordinary one, or has it itself
 */
function takeMoved(
  { sources, path }: Importer,
  package_: BundlePath | undefined,
  names: string,
  { what, at }: Pick<NamedModule, "what" | "at">,
  isThere: boolean,
  into: Findings,
): Extract<ResolvedModule, { kind: "file" }> | "said" | null {
  const moved = package_ === undefined ? null : movedPath(sources, package_);
  const found = moved === null ? null : findMoved(sources, package_!, names, moved);
  if (found !== null) {
    for (const to of [found.path, ...found.also]) into.edges.push({ to, how: "imports", what, at, isProgram: false });
    for (const to of found.ancestors) into.edges.push({ to, how: "package", what, at, isProgram: false });
    return found;
  }
  if (isThere || package_ === undefined) return null;
  const own = outlineOf(sources, path);
  if (moved === null && (own === null || !movesOthers(own))) return null;
  const why = `${moved === null ? path : package_} changes where ${moved === null ? "a package's" : "its"} modules are looked for`;
  into.unresolved.push({ what, file: path, at, why });
  return "said";
}

/** `pkg/deep/hidden.py` below `pkg/__init__.py` → `deep.hidden`. */
function namesBelow(package_: BundlePath | undefined, path: BundlePath): string {
  const folder = package_ === undefined ? "" : folderOf(package_);
  return path.slice(folder === "" ? 0 : folder.length + 1).replace(/(\/__init__)?\.[^/]*$/, "").replaceAll("/", ".");
}
