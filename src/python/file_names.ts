/**
 * Names as one file knows them: what its imports bind, and the calls in an expression with the full names of what is called. Remembered per
 * outline.
 */
import type { FunctionOutline, Import, KeyedStore, Loop, Mention, Outline, Value } from "./outline.ts";

/** What an import statement binds a name to. */
export interface Binding {
  readonly statement: Import;
  /** `from m import NAME`: NAME; null where the module itself is bound. */
  readonly name: string | null;
  /** Full dotted name without leading dots: `os.path.join`; "" + name for `from . import name`. */
  readonly fullName: string;
}

const bindingsOf = new WeakMap<Outline, ReadonlyMap<string, Binding>>();
const callsOf = new WeakMap<Outline, readonly CallOfFile[]>();
const storesOf = new WeakMap<Outline, readonly StoreOfFile[]>();
const functionsOf = new WeakMap<Outline, ReadonlyMap<string, FunctionOutline>>();

/** Names that imports bind, anywhere in the file; of two imports of one name the first counts. */
export function importBindings(outline: Outline): ReadonlyMap<string, Binding> {
  const known = bindingsOf.get(outline);
  if (known !== undefined) return known;
  const found = new Map<string, Binding>();
  const bind = (name: string, binding: Binding) => {
    if (!found.has(name)) found.set(name, binding);
  };
  for (const statement of outline.imports) {
    const { module, names, alias, level } = statement;
    if (names === "*") continue;
    if (names !== null) {
      const prefix = module === "" ? "" : `${module}.`;
      for (const one of names) {
        bind(one.alias ?? one.name, { statement, name: one.name, fullName: `${".".repeat(level)}${prefix}${one.name}` });
      }
    } else if (alias !== null) bind(alias, { statement, name: null, fullName: module });
    else bind(module.split(".")[0]!, { statement, name: null, fullName: module.split(".")[0]! });
  }
  bindingsOf.set(outline, found);
  return found;
}

/** `pd.read_csv` → `pandas.read_csv`, `join` → `os.path.join` after `from os.path import join`; a name that no import binds stays. */
export function fullNameOf(outline: Outline, name: string): string {
  const dot = name.indexOf(".");
  const first = dot < 0 ? name : name.slice(0, dot);
  const binding = importBindings(outline).get(first);
  return binding === undefined ? name : binding.fullName + (dot < 0 ? "" : name.slice(dot));
}

/** Functions and methods, by qualified name. */
export function functionNamed(outline: Outline, qualifiedName: string): FunctionOutline | undefined {
  let known = functionsOf.get(outline);
  if (known === undefined) {
    const all = [...outline.functions, ...outline.classes.flatMap(({ methods }) => methods)];
    functionsOf.set(outline, known = new Map(all.map((made) => [made.qualifiedName, made])));
  }
  return known.get(qualifiedName);
}

export type Call = Extract<Value, { kind: "call" }>;

export interface FoundCall {
  readonly call: Call;
  /** Of enclosing comprehensions, outermost first. */
  readonly loops: readonly Loop[];
}

/** Every call in an expression, outer ones first. */
export function callsIn(value: Value, loops: readonly Loop[] = []): FoundCall[] {
  const found: FoundCall[] = [];
  for (const { value: part, loops: around } of partsOf(value, loops)) if (part.kind === "call") found.push({ call: part, loops: around });
  return found;
}

export interface CallOfFile extends FoundCall {
  readonly mention: Mention;
  /** `importlib.import_module` for `import_module` and `il.import_module`; "" for what is called by no name. */
  readonly name: string;
}

/** Every call among a file's mentions, with the full name of what is called; those under `if TYPE_CHECKING` never run, and are left out. */
export function callsOfFile(outline: Outline): readonly CallOfFile[] {
  let known = callsOf.get(outline);
  if (known === undefined) {
    known = outline.mentions.filter(({ condition }) => condition !== "type-checking").flatMap((mention) =>
      callsIn(mention.value).map(({ call, loops }): CallOfFile => ({
        mention,
        call,
        loops: loops.length === 0 ? mention.loops : [...mention.loops, ...loops],
        name: calledName(outline, call),
      }))
    );
    callsOf.set(outline, known);
  }
  return known;
}

export interface HandedOn {
  readonly mention: Mention;
  readonly loops: readonly Loop[];
  /** The name that is handed on: `importlib.import_module`. */
  readonly value: Value;
  /** The call that it is an argument of; null where it is none. */
  readonly to: Call | null;
}

/** Every name among a file's mentions that is not what is called; those under `if TYPE_CHECKING` are left out. */
export function namesHandedOn(outline: Outline, isWanted: (fullName: string) => boolean): HandedOn[] {
  const found: HandedOn[] = [];
  for (const mention of outline.mentions) {
    if (mention.condition === "type-checking") continue;
    const callers = new Map<Value, Call>();
    for (const { value, loops } of partsOf(mention.value)) {
      if (value.kind === "call") { for (const part of childrenOf(value)) callers.set(part, value); }
      if (value.kind !== "name" || !isWanted(fullNameOf(outline, value.name))) continue;
      const to = callers.get(value) ?? null;
      if (to?.callee !== value) {
        found.push({ mention, value, to, loops: loops.length === 0 ? mention.loops : [...mention.loops, ...loops] });
      }
    }
  }
  return found;
}

export interface StoreOfFile {
  readonly store: KeyedStore;
  /** Qualified name of the function or class that it stands in; "" at module level. */
  readonly scope: string;
}

/** Every store of a file, at module level, in functions, classes and methods. */
export function storesOfFile(outline: Outline): readonly StoreOfFile[] {
  let known = storesOf.get(outline);
  if (known === undefined) {
    const { functions, classes } = outline;
    const owners = [{ qualifiedName: "", stores: outline.stores }, ...functions, ...classes, ...classes.flatMap(({ methods }) => methods)];
    known = owners.flatMap(({ qualifiedName, stores }) => stores.map((store): StoreOfFile => ({ store, scope: qualifiedName })));
    storesOf.set(outline, known);
  }
  return known;
}

export function calledName(outline: Outline, call: Call): string {
  return call.callee.kind === "name" ? fullNameOf(outline, call.callee.name) : "";
}

/** An expression and everything in it, from outside to inside. */
export function partsOf(value: Value, loops: readonly Loop[] = []): { readonly value: Value; readonly loops: readonly Loop[] }[] {
  const found: { value: Value; loops: readonly Loop[] }[] = [];
  const take = (value: Value, loops: readonly Loop[]) => {
    found.push({ value, loops });
    const inner = value.kind === "comprehension" ? [...loops, ...value.loops] : loops;
    for (const part of childrenOf(value)) take(part, inner);
  };
  take(value, loops);
  return found;
}

export function childrenOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case "sequence":
      return value.items;
    case "mapping":
      return value.entries.flatMap(({ key, value }) => key === null ? [value] : [key, value]);
    case "spread":
      return [value.value];
    case "attribute":
      return [value.of];
    case "call":
      return [value.callee, ...value.args, ...value.keywords.map(({ value }) => value)];
    case "subscript":
      return [value.of, value.index];
    case "formatted":
      return value.parts.filter((part): part is Value => typeof part !== "string");
    case "operation":
      return value.operands;
    case "comprehension":
      return [value.element, ...value.loops.map(({ iterable }) => iterable)];
    case "choice":
      return value.values;
    default:
      return [];
  }
}

/** `HERE.parent` is one dotted name in an outline, `f().parent` an attribute: both as what has the attribute, and its name. */
export function attributeOf(value: Value): { readonly of: Value; readonly name: string } | null {
  if (value.kind === "attribute") return value;
  const dot = value.kind === "name" ? value.name.lastIndexOf(".") : -1;
  if (value.kind !== "name" || dot < 0) return null;
  return { of: { kind: "name", name: value.name.slice(0, dot), at: value.at }, name: value.name.slice(dot + 1) };
}

/** The argument at a position, or by one of its names; undefined where it is not given, or comes from a spread. */
export function argumentOf(call: Call, position: number, ...names: readonly string[]): Value | undefined {
  const positional = call.args.slice(0, position + 1);
  if (positional.length > position && !positional.some(({ kind }) => kind === "spread")) return positional[position];
  return call.keywords.find(({ name }) => name !== null && names.includes(name))?.value;
}
