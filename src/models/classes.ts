/**
 * Classes of a project and what they descend from: the order in which Python asks them (C3), and whether the framework's `BaseModel` is
 * among them. Bases are resolved by what names are bound to; a base that cannot be resolved is said, never guessed.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Unresolved } from "../python/dependencies.ts";
import type { Assignment, ClassOutline, FunctionOutline, Place, Value } from "../python/outline.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { frameworkBase, type FrameworkName, otherBaseModel } from "./framework.ts";
import { outlineOf, resolveName, type Site } from "./names.ts";

export interface ProjectClass {
  readonly path: BundlePath;
  readonly declared: ClassOutline;
}

export type Ancestor =
  | { readonly kind: "project"; readonly of: ProjectClass }
  | { readonly kind: "outside"; readonly name: string; readonly framework: FrameworkName | null; readonly isStandardLibrary: boolean };

export interface Lineage {
  /** The class itself first. */
  readonly order: readonly Ancestor[];
  /** The framework's base, wherever it stands in the order. */
  readonly framework: FrameworkName | null;
  /** Bases that cannot be resolved, its own and its ancestors'. */
  readonly unresolved: readonly Unresolved[];
  /** Python refuses this class: no order of its bases is consistent, or it is its own ancestor. */
  readonly problem: string | null;
  /** What is said of it depends on where the circle was entered. */
  readonly isCircular: boolean;
}

/** Every class that Python would find by its qualified name: the last of one name. */
export function findClass(sources: ProjectSources, path: BundlePath, className: string): ProjectClass | null {
  const declared = outlineOf(sources, path)?.classes.findLast((one) => one.qualifiedName === className && !one.inFunction);
  return declared === undefined ? null : { path, declared };
}

const lineages = new WeakMap<ProjectSources, Map<ClassOutline, Lineage>>();

export function lineageOf(sources: ProjectSources, of: ProjectClass): Lineage {
  return lineage(sources, of, new Set());
}

function lineage(sources: ProjectSources, of: ProjectClass, open: ReadonlySet<ClassOutline>): Lineage {
  let known = lineages.get(sources);
  if (known === undefined) lineages.set(sources, known = new Map());
  const earlier = known.get(of.declared);
  if (earlier !== undefined) return earlier;
  const own: Ancestor = { kind: "project", of };
  if (open.has(of.declared)) {
    return {
      order: [own],
      framework: null,
      unresolved: [],
      problem: `${of.declared.qualifiedName} descends from itself`,
      isCircular: true,
    };
  }
  const unresolved: Unresolved[] = [];
  let problem: string | null = null;
  let isCircular = false;
  const direct: Ancestor[] = [];
  const lines: (readonly Ancestor[])[] = [];
  for (const base of of.declared.bases) {
    const ancestor = ancestorOf(sources, of, base);
    if ("why" in ancestor) {
      unresolved.push(ancestor);
      continue;
    }
    if (ancestor.kind === "outside" && UNORDERED.has(ancestor.name)) continue;
    direct.push(ancestor);
    if (ancestor.kind === "outside") {
      lines.push([ancestor]);
      continue;
    }
    const above = lineage(sources, ancestor.of, new Set([...open, of.declared]));
    lines.push(above.order);
    unresolved.push(...above.unresolved);
    problem ??= above.problem;
    isCircular ||= above.isCircular;
  }
  const merged = mergeLines([...lines, direct]);
  if (merged === null) problem ??= `Python finds no consistent order of the bases of ${of.declared.qualifiedName}`;
  const order = [own, ...merged ?? distinct(lines.flat())];
  const framework = order.reduce<FrameworkName | null>((found, one) => found ?? (one.kind === "outside" ? one.framework : null), null);
  const made: Lineage = { order, framework, unresolved, problem, isCircular };
  if (open.size === 0 || !isCircular) known.set(of.declared, made);
  return made;
}

/** C3 (the Python language, "method resolution order"): null where there is no consistent one. */
function mergeLines(lines: readonly (readonly Ancestor[])[]): Ancestor[] | null {
  let left = lines.filter((line) => line.length > 0);
  const order: Ancestor[] = [];
  while (left.length > 0) {
    const next = left.map((line) => line[0]!).find((head) => !left.some((line) => line.slice(1).some((one) => isSame(one, head))));
    if (next === undefined) return null;
    order.push(next);
    left = left.map((line) => isSame(line[0]!, next) ? line.slice(1) : line).filter((line) => line.length > 0);
  }
  return order;
}

/** What everything descends from says nothing about an order. */
const UNORDERED: ReadonlySet<string> = new Set(["object", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"]);

function isSame(a: Ancestor, b: Ancestor): boolean {
  if (a.kind === "project") return b.kind === "project" && a.of.declared === b.of.declared;
  if (b.kind === "project") return false;
  return a.name === b.name || a.framework !== null && b.framework !== null;
}

function distinct(ancestors: readonly Ancestor[]): Ancestor[] {
  return ancestors.filter((one, index) => ancestors.findIndex((other) => isSame(one, other)) === index);
}

function ancestorOf(sources: ProjectSources, of: ProjectClass, base: Value): Ancestor | Unresolved {
  const { declared, path } = of;
  const site: Site = { path, scope: declared.scope, before: declared.inFunction ? null : declared.at };
  const failed = (why: string, what = baseText(base)): Unresolved => ({
    what: `base ${what} of ${declared.qualifiedName}`,
    file: path,
    at: base.at,
    why,
  });
  const named = withoutSubscript(base);
  if (named.kind !== "name") return failed("it is made when the file runs");
  const { found, rest } = resolveName(sources, site, named.name);
  if (rest.length > 0) return failed(`${rest.join(".")} of it cannot be read without running it`);
  switch (found.kind) {
    case "class":
      return { kind: "project", of: { path: found.path, declared: found.declared } };
    case "outside":
      return { ...found, framework: frameworkBase(found.name, found.isStandardLibrary) };
    case "builtin":
      if (!/^[a-z]|(Error|Exception|Warning)$/.test(found.name)) return failed(`${found.name} is bound nowhere in ${path}`);
      return { kind: "outside", name: found.name, framework: null, isStandardLibrary: true };
    case "assignment": {
      const value = found.assignment.value;
      const behind = value === null ? null : withoutSubscript(value);
      if (behind?.kind !== "name" || behind === value) return failed("it is made when the file runs");
      const next: Site = { path: found.path, scope: found.scope, before: found.assignment.at };
      const again = resolveName(sources, next, behind.name);
      if (again.rest.length > 0) return failed("it is made when the file runs");
      if (again.found.kind === "class") return { kind: "project", of: { path: again.found.path, declared: again.found.declared } };
      if (again.found.kind === "outside") {
        return { ...again.found, framework: frameworkBase(again.found.name, again.found.isStandardLibrary) };
      }
      return failed("it is made when the file runs");
    }
    case "function":
      return failed(`it is a function (${found.path} line ${found.declared.at.line})`);
    case "module":
      return failed("it is a module");
    case "unknown":
      return failed(found.why);
  }
}

/** `Base[int]` descends from `Base`. */
function withoutSubscript(value: Value): Value {
  return value.kind === "subscript" ? withoutSubscript(value.of) : value;
}

function baseText(base: Value): string {
  const named = withoutSubscript(base);
  if (named.kind === "name") return named.name;
  return named.kind === "call" && named.callee.kind === "name" ? `${named.callee.name}(…)` : "without a name";
}

/** Of a class that is no model although a base is called so: whose that base is. */
export function foreignBaseModel(order: readonly Ancestor[]): string | null {
  for (const one of order) {
    const package_ = one.kind === "outside" ? otherBaseModel(one.name) : null;
    if (package_ !== null) return package_;
  }
  return null;
}

/** Classes of the project in the order in which Python asks them for an attribute. */
export function projectOrder(line: Lineage): ProjectClass[] {
  return line.order.flatMap((one) => one.kind === "project" ? [one.of] : []);
}

/** Is this class itself a subclass of the framework's `BaseModel`? */
export function isModelClass(sources: ProjectSources, of: ProjectClass): boolean {
  return lineageOf(sources, of).framework !== null;
}

/** What a class body binds to a name, last one first; conditional ones included. */
export type Member =
  | { readonly kind: "method"; readonly of: ProjectClass; readonly declared: FunctionOutline; readonly isConditional: boolean }
  | { readonly kind: "attribute"; readonly of: ProjectClass; readonly declared: Assignment; readonly isConditional: boolean };

export function ownMember(of: ProjectClass, name: string): Member | null {
  let last: Member | null = null;
  for (const member of bodyOf(of)) if (member.declared.name === name) last = member;
  return last;
}

/** Methods and attributes of a class body in its order. */
export function bodyOf(of: ProjectClass): Member[] {
  const { declared } = of;
  // A condition around the whole class decides about the class, not about what is in it.
  const decides = (condition: string, line: number) =>
    condition !== "none" && (condition !== declared.condition || line === declared.at.line);
  const members: Member[] = [
    ...declared.methods.map((method): Member => ({
      kind: "method",
      of,
      declared: method,
      isConditional: decides(method.condition, method.at.line),
    })),
    ...declared.attributes.filter(({ value, operator }) => value !== null || operator !== "=").map((attribute): Member => ({
      kind: "attribute",
      of,
      declared: attribute,
      isConditional: decides(attribute.condition, attribute.at.line),
    })),
  ];
  return members.sort((a, b) => a.declared.at.line - b.declared.at.line || a.declared.at.column - b.declared.at.column);
}

/** The first class in the order that binds the name, as `Cls.name` finds it. */
export function memberOf(sources: ProjectSources, of: ProjectClass, name: string): Member | null {
  for (const one of projectOrder(lineageOf(sources, of))) {
    const member = ownMember(one, name);
    if (member !== null) return member;
  }
  return null;
}

/** Where values of a class body are read. */
export function bodySite(of: ProjectClass, before: Place): Site {
  return { path: of.path, scope: of.declared.qualifiedName, before };
}
