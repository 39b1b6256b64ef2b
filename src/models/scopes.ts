/**
 * Which names each scope of a file binds, and where: the module, its classes, its functions. One outline, nothing of other files;
 * `names.ts` follows what is bound.
 */
import type { Assignment, ClassOutline, FunctionOutline, Import, Outline, Place, Surroundings } from "../python/outline.ts";

export type Binding =
  & { readonly at: Place; readonly condition: Surroundings["condition"] }
  & (
    | { readonly kind: "import"; readonly statement: Import; readonly name: string | null }
    | { readonly kind: "star"; readonly statement: Import }
    | { readonly kind: "class"; readonly declared: ClassOutline }
    | { readonly kind: "function"; readonly declared: FunctionOutline }
    | { readonly kind: "assignment"; readonly assignment: Assignment }
    | { readonly kind: "parameter" }
  );

export interface Scope {
  readonly name: string;
  readonly isFunction: boolean;
  readonly bindings: Map<string, Binding[]>;
  readonly stars: Binding[];
}

/** An outline never changes, so what was put in order once stays. */
const known = new WeakMap<Outline, Map<string, Scope>>();

export function scopesOf(outline: Outline): Map<string, Scope> {
  let scopes = known.get(outline);
  if (scopes === undefined) known.set(outline, scopes = readScopes(outline));
  return scopes;
}

function readScopes(outline: Outline): Map<string, Scope> {
  const scopes = new Map<string, Scope>();
  const scope = (name: string, isFunction: boolean): Scope => {
    let found = scopes.get(name);
    if (found === undefined) scopes.set(name, found = { name, isFunction, bindings: new Map(), stars: [] });
    return found;
  };
  const functions = [...outline.functions, ...outline.classes.flatMap(({ methods }) => methods)];
  scope("", false);
  for (const declared of functions) scope(declared.qualifiedName, true);
  for (const declared of outline.classes) scope(declared.qualifiedName, false);
  const bind = (where: string, name: string, binding: Binding) => {
    const { bindings } = scope(where, true);
    const list = bindings.get(name);
    if (list === undefined) bindings.set(name, [binding]);
    else list.push(binding);
  };
  for (const statement of outline.imports) {
    const { at, condition } = statement;
    if (statement.names === "*") scope(statement.scope, true).stars.push({ kind: "star", at, condition, statement });
    else if (statement.names === null) {
      const name = statement.alias ?? statement.module.split(".")[0]!;
      bind(statement.scope, name, { kind: "import", at, condition, statement, name: null });
    } else {
      for (const item of statement.names) {
        bind(statement.scope, item.alias ?? item.name, { kind: "import", at, condition, statement, name: item.name });
      }
    }
  }
  for (const declared of outline.classes) {
    bind(declared.scope, declared.name, { kind: "class", at: declared.at, condition: declared.condition, declared });
    for (const assignment of declared.attributes) bindAssignment(declared.qualifiedName, assignment);
  }
  for (const declared of functions) {
    bind(declared.scope, declared.name, { kind: "function", at: declared.at, condition: declared.condition, declared });
    for (const assignment of declared.locals) bindAssignment(declared.qualifiedName, assignment);
    const { positional, keywordOnly } = declared.parameters;
    for (const name of [...positional, ...keywordOnly.map(({ name }) => name)]) {
      bind(declared.qualifiedName, name, { kind: "parameter", at: declared.at, condition: "none" });
    }
  }
  for (const assignment of outline.assignments) bindAssignment("", assignment);
  return scopes;

  function bindAssignment(where: string, assignment: Assignment): void {
    if (assignment.value === null && assignment.operator === "=") return; // only annotated: binds nothing
    bind(where, assignment.name, { kind: "assignment", at: assignment.at, condition: assignment.condition, assignment });
  }
}

/** The scope itself, functions around it, the module; a class around a function is not seen from within. */
export function visibleScopes(scopes: Map<string, Scope>, name: string): Scope[] {
  const visible: Scope[] = [];
  for (let at = name; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const scope = scopes.get(at);
    if (scope !== undefined && (at === name || scope.isFunction)) visible.push(scope);
  }
  return [...visible, scopes.get("")!];
}

export function isInFunction(scopes: Map<string, Scope>, name: string): boolean {
  return visibleScopes(scopes, name).some(({ isFunction }) => isFunction);
}

/** Names of a literal `__all__`; null where there is none, or it is put together. */
export function namedByAll(outline: Outline): Set<string> | null {
  const names = new Set<string>();
  let isThere = false;
  for (const { name, value } of outline.assignments) {
    if (name !== "__all__") continue;
    if (value?.kind !== "sequence") return null;
    isThere = true;
    for (const item of value.items) {
      if (item.kind !== "text") return null;
      names.add(item.text);
    }
  }
  return isThere ? names : null;
}

export function comparePlaces(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column;
}
