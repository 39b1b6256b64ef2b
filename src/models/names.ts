/**
 * What a name in a Python file stands for: a class, a function, an assignment or a module of the project, or something outside. Follows
 * imports, re-exports, star imports and plain aliases across files; circles end as unknown.
 *
 * Code at module level and in class bodies runs from the top to the bottom, so the last binding above the place counts; a function runs
 * later and sees the last one of all. Of conditional bindings (`try`, `if`) the first that leads somewhere counts, those under
 * `if TYPE_CHECKING` last: they are read for what they say, though Python never runs them.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Assignment, ClassOutline, FunctionOutline, Import, Outline, Place } from "../python/outline.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { moduleNameOf, resolveModule } from "../python/resolve_import.ts";
import { isFrameworkExport, isFrameworkModule } from "./framework.ts";
import { type Binding, comparePlaces, isInFunction, namedByAll, type Scope, scopesOf, visibleScopes } from "./scopes.ts";

/** Where a name is read. */
export interface Site {
  readonly path: BundlePath;
  /** Qualified name of the class or function around it; "" at module level. */
  readonly scope: string;
  /** For code that runs as the file is read from top to bottom; null in a function. */
  readonly before: Place | null;
}

export type Found =
  | { readonly kind: "class"; readonly path: BundlePath; readonly declared: ClassOutline }
  | { readonly kind: "function"; readonly path: BundlePath; readonly declared: FunctionOutline }
  | {
    readonly kind: "assignment";
    readonly path: BundlePath;
    readonly scope: string;
    readonly assignment: Assignment;
    /** It is assigned once, and nothing decides whether. */
    readonly isOnly: boolean;
  }
  | { readonly kind: "module"; readonly module: ModuleName; readonly path: BundlePath | null }
  | { readonly kind: "outside"; readonly name: string; readonly isStandardLibrary: boolean }
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "unknown"; readonly why: string };

/** A name and what is left of it: `Base.PARAMS.specs` is a class and [PARAMS, specs]. */
export interface Resolved {
  readonly found: Found;
  readonly rest: readonly string[];
}

interface ModuleName {
  readonly from: BundlePath;
  readonly module: string;
  readonly level: number;
}

/** The outline of a file; null where it was not read or cannot be. */
export function outlineOf(sources: ProjectSources, path: BundlePath): Outline | null {
  const read = sources.read.get(path);
  return read !== undefined && "outline" in read ? read.outline : null;
}

export function resolveName(sources: ProjectSources, site: Site, dotted: string): Resolved {
  return new Search(sources).name(site, dotted.split("."));
}

/** Every binding of a name at the top of a file, whatever decides; for "what is there instead" and "assigned twice". */
export function isBoundAtTop(sources: ProjectSources, path: BundlePath, name: string): boolean {
  const outline = outlineOf(sources, path);
  return outline !== null && (scopesOf(outline).get("")!.bindings.get(name)?.length ?? 0) > 0;
}

const DEEPEST = 64; // a chain of aliases and re-exports that is longer is no chain that a person wrote

class Search {
  readonly #open = new Set<string>();
  /** What was found once is not looked for again: ways through a project may meet and part without end. */
  readonly #done = new Map<string, Resolved | null>();
  readonly #stars = new Map<string, boolean>();

  constructor(readonly sources: ProjectSources) {}

  name(site: Site, parts: readonly string[]): Resolved {
    const first = this.#lookUp(site, parts[0]!);
    if (first === null) return { found: { kind: "builtin", name: parts[0]! }, rest: parts.slice(1) };
    return this.#attributes(first.found, [...first.rest, ...parts.slice(1)]);
  }

  /** null: bound nowhere, so at most a builtin. */
  #lookUp(site: Site, name: string): Resolved | null {
    const outline = outlineOf(this.sources, site.path);
    if (outline === null) return { found: { kind: "unknown", why: `${site.path} cannot be read` }, rest: [] };
    const scopes = scopesOf(outline);
    for (const scope of visibleScopes(scopes, site.scope)) {
      const inOrder = site.scope === scope.name && !scope.isFunction || scope.name === "" && !isInFunction(scopes, site.scope);
      const found = this.#inScope(site.path, scope, name, inOrder ? site.before : null);
      if (found !== null) return found;
    }
    return null;
  }

  #inScope(path: BundlePath, scope: Scope, name: string, before: Place | null): Resolved | null {
    const key = `${path}\n${scope.name}\n${name}\n${before === null ? "" : `${before.line}:${before.column}`}`;
    const done = this.#done.get(key);
    if (done !== undefined) return done;
    if (this.#open.has(key) || this.#open.size > DEEPEST) {
      return { found: { kind: "unknown", why: `${name} leads in a circle of imports` }, rest: [] };
    }
    this.#open.add(key);
    try {
      const all = [...scope.bindings.get(name) ?? [], ...scope.stars].sort((a, b) => comparePlaces(a.at, b.at));
      const above = before === null ? all : all.filter(({ at }) => comparePlaces(at, before) < 0);
      const found = this.#best(path, scope, name, above) ?? this.#best(path, scope, name, all);
      this.#done.set(key, found);
      return found;
    } finally {
      this.#open.delete(key);
    }
  }

  #best(path: BundlePath, scope: Scope, name: string, bindings: readonly Binding[]): Resolved | null {
    const candidates: Binding[] = [];
    for (const binding of [...bindings].reverse()) {
      if (binding.kind === "star" && !this.#starGives(path, binding.statement, name)) continue;
      candidates.unshift(binding);
      if (binding.condition === "none" && !isWeak(binding)) break;
    }
    const order = [...candidates.filter((binding) => !isLastResort(binding)), ...candidates.filter(isLastResort)];
    let fallback: Resolved | null = null;
    for (const binding of order) {
      const resolved = this.#follow(path, scope, name, binding);
      if (isOfUse(resolved)) return resolved;
      fallback ??= resolved;
    }
    return fallback;
  }

  #follow(path: BundlePath, scope: Scope, name: string, binding: Binding): Resolved {
    switch (binding.kind) {
      case "class":
        return { found: this.#own({ kind: "class", path, declared: binding.declared }), rest: [] };
      case "function":
        return { found: this.#own({ kind: "function", path, declared: binding.declared }), rest: [] };
      case "parameter":
        return { found: { kind: "unknown", why: `${name} is given by whoever calls ${scope.name}` }, rest: [] };
      case "assignment": {
        const { assignment } = binding;
        const isOnly = scope.bindings.get(name)!.length === 1 && assignment.condition === "none" && assignment.operator === "=" &&
          assignment.loops.length === 0;
        if (assignment.value?.kind === "name" && assignment.operator === "=" && assignment.loops.length === 0) {
          const site: Site = { path, scope: scope.name, before: scope.isFunction ? null : assignment.at };
          const resolved = this.name(site, assignment.value.name.split("."));
          const isValue = resolved.found.kind === "assignment" || resolved.rest.length > 0;
          if (resolved.found.kind !== "unknown" && (isOnly || !isValue)) return resolved;
        }
        return { found: { kind: "assignment", path, scope: scope.name, assignment, isOnly }, rest: [] };
      }
      case "import":
        return this.#imported(path, binding.statement, binding.name);
      case "star":
        return this.#fromModule({ from: path, module: binding.statement.module, level: binding.statement.level }, name);
    }
  }

  #imported(path: BundlePath, statement: Import, name: string | null): Resolved {
    const { module, level } = statement;
    if (name !== null) return this.#fromModule({ from: path, module, level }, name);
    const bound = statement.alias === null ? module.split(".")[0]! : module;
    return { found: this.#module({ from: path, module: bound, level }), rest: [] };
  }

  #module(module: ModuleName): Found {
    if (module.level === 0 && isFrameworkModule(module.module)) return { kind: "outside", name: module.module, isStandardLibrary: false };
    const resolved = resolveModule(this.sources, module.from, module.module, module.level);
    switch (resolved.kind) {
      case "file":
        return { kind: "module", module, path: resolved.path };
      case "namespace":
        return { kind: "module", module, path: null };
      case "outside":
        return { kind: "outside", name: module.module, isStandardLibrary: resolved.isStandardLibrary };
      case "missing":
        return { kind: "unknown", why: `${resolved.expected} does not exist` };
    }
  }

  /** `from MODULE import NAME`, and `MODULE.NAME`: what the module binds, else a module below it. */
  #fromModule(module: ModuleName, name: string): Resolved {
    const found = this.#module(module);
    if (found.kind === "outside") return { found: { ...found, name: `${found.name}.${name}` }, rest: [] };
    if (found.kind !== "module") return { found, rest: [] };
    let bound: Resolved | null = null;
    if (found.path !== null) {
      const outline = outlineOf(this.sources, found.path);
      if (outline === null) bound = { found: { kind: "unknown", why: `${found.path} cannot be read` }, rest: [] };
      else bound = this.#inScope(found.path, scopesOf(outline).get("")!, name, null);
      if (bound !== null && bound.found.kind !== "unknown") return bound;
    }
    const below = this.#module({ ...module, module: module.module === "" ? name : `${module.module}.${name}` });
    if (below.kind === "module") return { found: below, rest: [] };
    if (bound !== null) return bound;
    const why = found.path === null ? `there is no module ${name} below ${module.module}` : `${found.path} has no ${name}`;
    return { found: { kind: "unknown", why }, rest: [] };
  }

  #attributes(found: Found, rest: readonly string[]): Resolved {
    let here = found;
    for (let index = 0; index < rest.length; index++) {
      const name = rest[index]!;
      const after = rest.slice(index + 1);
      if (here.kind === "outside") return { found: { ...here, name: [here.name, ...rest.slice(index)].join(".") }, rest: [] };
      if (here.kind === "module") {
        const next = this.#fromModule(here.module, name);
        if (next.rest.length > 0) return this.#attributes(next.found, [...next.rest, ...after]);
        here = next.found;
        continue;
      }
      if (here.kind === "class") {
        const inner = nestedClass(this.sources, here, name);
        if (inner !== null) {
          here = inner;
          continue;
        }
      }
      return { found: here, rest: rest.slice(index) };
    }
    return { found: here, rest: [] };
  }

  #starGives(path: BundlePath, statement: Import, name: string): boolean {
    const module = this.#module({ from: path, module: statement.module, level: statement.level });
    if (module.kind === "outside") return isFrameworkModule(module.name) ? isFrameworkExport(name) : !module.isStandardLibrary;
    if (module.kind !== "module" || module.path === null) return false;
    const outline = outlineOf(this.sources, module.path);
    if (outline === null) return false;
    const all = namedByAll(outline);
    if (all === null ? name.startsWith("_") : !all.has(name)) return false;
    const top = scopesOf(outline).get("")!;
    if (top.bindings.has(name)) return true;
    const key = `${module.path}\n${name}`;
    let gives = this.#stars.get(key);
    if (gives === undefined) {
      this.#stars.set(key, false); // a circle of star imports gives nothing more
      gives = top.stars.some((star) => star.kind === "star" && this.#starGives(module.path!, star.statement, name));
      this.#stars.set(key, gives);
    }
    return gives || all !== null;
  }

  /** A project that brings the framework's own files with it: what they define is the framework's. */
  #own(found: Extract<Found, { kind: "class" | "function" }>): Found {
    const module = moduleNameOf(this.sources.layout, found.path);
    if (!isFrameworkModule(module)) return found;
    return { kind: "outside", name: `${module}.${found.declared.qualifiedName}`, isStandardLibrary: false };
  }
}

function nestedClass(sources: ProjectSources, outer: Extract<Found, { kind: "class" }>, name: string): Found | null {
  const qualifiedName = `${outer.declared.qualifiedName}.${name}`;
  const declared = outlineOf(sources, outer.path)?.classes.findLast((one) => one.qualifiedName === qualifiedName);
  return declared === undefined ? null : { kind: "class", path: outer.path, declared };
}

/** Not what a `try` falls back to: `X = None`, `X = object`, or a way that leads nowhere. */
function isOfUse({ found }: Resolved): boolean {
  if (found.kind === "unknown") return false;
  if (found.kind === "builtin") return found.name !== "object";
  return found.kind !== "assignment" || found.assignment.value !== null && found.assignment.value.kind !== "none" || found.isOnly;
}

/** A star import from a package that is not here may bind anything; it does not hide what stands above it. */
function isWeak(binding: Binding): boolean {
  return binding.kind === "star" && binding.statement.level === 0 && !isFrameworkModule(binding.statement.module);
}

function isLastResort(binding: Binding): boolean {
  return binding.condition === "type-checking" || isWeak(binding);
}

/** Something in the file fills what a name holds: `SPECS.append(…)`, `BOUNDS["x"] = …`. @param scope where the name is bound. */
export function isFilled(sources: ProjectSources, path: BundlePath, scope: string, name: string): boolean {
  const outline = outlineOf(sources, path);
  if (outline === null) return false;
  const inside = (where: string) => scope === "" || where === scope || where.startsWith(`${scope}.`);
  const bodies = [...outline.functions, ...outline.classes, ...outline.classes.flatMap(({ methods }) => methods)];
  return [...scope === "" ? outline.stores : [], ...bodies.flatMap(({ qualifiedName, stores }) => inside(qualifiedName) ? stores : [])]
    .some(({ into }) => into === name);
}
