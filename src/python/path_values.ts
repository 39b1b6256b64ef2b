/**
 * What an expression says of a path, or of a module's name: every text that it can be, as far as that is written down. Follows constants of
 * the module, of its functions and classes, and of other modules of the project; knows `__file__`, `pathlib`, `os.path` and
 * `importlib.resources`. Never guesses: what depends on anything else is null.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { argumentOf, attributeOf, type Call, fullNameOf, functionNamed, importBindings } from "./file_names.ts";
import type { Assignment, Loop, Outline, Value } from "./outline.ts";
import { absolute, joinPaths, normal, parentOf, PROJECT } from "./path_texts.ts";
import { outlineOf, type ProjectSources } from "./project_sources.ts";
import {
  folderOf,
  isPackageFile,
  joined,
  moduleNameOf,
  NO_ADDITIONS,
  type PathAdditions,
  type ResolvedModule,
  resolveModule,
} from "./resolve_import.ts";

/** Where an expression stands. */
export interface Standing {
  readonly sources: ProjectSources;
  readonly path: BundlePath;
  readonly outline: Outline;
  readonly additions: PathAdditions;
  /** Qualified name of the enclosing function or class; "" at module level. */
  readonly scope: string;
  /** `for` statements and comprehensions around it, outermost first. */
  readonly loops: readonly Loop[];
  /** Told where the value may be something else, too: what the environment says, a branch that is not known. */
  readonly onOpen?: (() => void) | undefined;
}

/** An expression that refers to itself, or to a chain of modules as long as this, is nothing that people write down as a path. */
const DEEPEST = 24;
/** More texts than this are a table, no names of files. */
const MOST = 1_000;

/** Every text that the expression can be; null where that is not known. Of several assignments, those count that are known. */
export function textsOf(value: Value, standing: Standing, depth = 0): string[] | null {
  if (depth > DEEPEST) return null;
  const texts = textsOfKind(value, standing, depth);
  return texts === null || texts.length === 0 || texts.length > MOST ? null : [...new Set(texts)];
}

/** The texts of every item of a list, tuple or set, of the keys of a mapping, of a joined or chosen list. */
export function itemsOf(value: Value, standing: Standing, depth = 0): string[] | null {
  if (depth > DEEPEST) return null;
  if (value.kind === "sequence") {
    return flat(
      value.items.map((item) => item.kind === "spread" ? itemsOf(item.value, standing, depth + 1) : textsOf(item, standing, depth + 1)),
    );
  }
  if (value.kind === "mapping") return flat(value.entries.map(({ key }) => key === null ? null : textsOf(key, standing, depth + 1)));
  if (value.kind === "operation" && value.operator === "+") return flat(value.operands.map((one) => itemsOf(one, standing, depth + 1)));
  if (value.kind === "choice") return known(value.values.map((one) => itemsOf(one, standing, depth + 1)), standing);
  if (value.kind === "comprehension") {
    return value.of === "mapping" ? null : textsOf(value.element, { ...standing, loops: [...standing.loops, ...value.loops] }, depth + 1);
  }
  if (value.kind === "call") {
    const name = value.callee.kind === "name" ? value.callee.name : "";
    const first = value.args[0];
    return /^(list|tuple|set|sorted|reversed|frozenset)$/.test(name) && first !== undefined ? itemsOf(first, standing, depth + 1) : null;
  }
  if (value.kind === "name") return followName(value.name, standing, depth, (found, there) => itemsOf(found, there, depth + 1));
  return null;
}

/** The folders of a package that the project has, or of the package that a module is in; null for others. */
export function packageFolders(module: string, standing: Standing): string[] | null {
  const found = resolveModule(standing.sources, standing.path, module, 0, standing.additions);
  if (found.kind === "namespace") return [...found.folders];
  if (found.kind === "outside" && !found.isStandardLibrary) {
    // A folder without anything to import is a package for its resources all the same.
    const folders = standing.sources.layout.roots.filter(({ prefix }) => prefix === "").map(({ folder }) =>
      joined(folder, module.replaceAll(".", "/"))
    );
    return folders.filter((folder) => standing.sources.folders.has(folder));
  }
  if (found.kind !== "file") return null;
  return found.folders.length > 0 ? [...found.folders] : [folderOf(found.path)];
}

/** The dotted name of a module that a text or an imported module stands for: `"models.data"`, `models.data`, `__package__`. */
export function moduleNamesOf(value: Value, standing: Standing): string[] | null {
  const texts = textsOf(value, standing);
  if (texts !== null) return texts;
  const module = value.kind === "name" ? moduleOfName(value.name, standing) : null;
  return module === null || module.kind !== "file" ? null : [moduleNameOf(standing.sources.layout, module.path)];
}

function textsOfKind(value: Value, standing: Standing, depth: number): string[] | null {
  const next = (one: Value) => textsOf(one, standing, depth + 1);
  switch (value.kind) {
    case "text":
      return [value.text];
    case "number":
      return value.isInteger ? [String(value.value)] : null;
    case "formatted":
      return product(value.parts.map((part) => typeof part === "string" ? [part] : next(part)), (parts) => parts.join(""));
    case "choice":
      return known(value.values.filter(({ kind }) => kind !== "none").map(next), standing);
    case "operation":
      if (value.operator === "/") return product(value.operands.map(next), (parts) => joinPaths(parts));
      return value.operator === "+" ? product(value.operands.map(next), (parts) => parts.join("")) : null;
    case "subscript":
      return textsOfSubscript(value.of, value.index, standing, depth);
    case "call":
      return textsOfCall(value, standing, depth);
    case "attribute":
      return textsOfAttribute(value.of, value.name, standing, depth);
    case "name":
      return textsOfName(value.name, standing, depth);
    default:
      return null;
  }
}

function textsOfName(name: string, standing: Standing, depth: number): string[] | null {
  if (name === "__file__") return [`${PROJECT}/${standing.path}`];
  if (name === "__name__") return [moduleNameOf(standing.sources.layout, standing.path)];
  if (name === "__package__") {
    const own = moduleNameOf(standing.sources.layout, standing.path);
    return [isPackageFile(standing.path) ? own : own.split(".").slice(0, -1).join(".")];
  }
  const full = fullNameOf(standing.outline, name);
  if (full === "os.sep" || full === "os.path.sep") return ["/"];
  if (full === "os.pardir" || full === "os.path.pardir") return [".."];
  if (full === "sys.executable") return ["python"];
  if (full === "os.curdir" || full === "os.path.curdir") return ["."];
  const followed = followName(name, standing, depth, (found, there) => textsOf(found, there, depth + 1));
  if (followed !== null) return followed;
  const attribute = attributeOf({ kind: "name", name, at: NOWHERE });
  return attribute === null ? null : textsOfAttribute(attribute.of, attribute.name, standing, depth);
}

function textsOfAttribute(of: Value, name: string, standing: Standing, depth: number): string[] | null {
  if (name === "__file__" && of.kind === "name") {
    const module = moduleOfName(of.name, standing);
    return module?.kind === "file" ? [`${PROJECT}/${module.path}`] : null;
  }
  if (!["parent", "name", "stem", "suffix"].includes(name)) return null;
  const texts = textsOf(of, standing, depth + 1);
  if (texts === null) return null;
  if (name === "parent") return texts.map(parentOf);
  const last = (text: string) => normal(text).split("/").at(-1) ?? "";
  if (name === "name") return texts.map(last);
  return texts.map((text) => name === "stem" ? last(text).replace(/(?<=.)\.[^.]*$/, "") : /(?<=.)\.[^.]*$/.exec(last(text))?.[0] ?? "");
}

/** `path.parents[1]`, `os.path.split(path)[0]`, `NAMES["key"]`, `package.__path__[0]`. */
function textsOfSubscript(of: Value, index: Value, standing: Standing, depth: number): string[] | null {
  const number = index.kind === "number" && index.isInteger ? index.value : null;
  const attribute = attributeOf(of);
  if (attribute?.name === "parents" && number !== null && number >= 0 && number < 64) {
    let texts = textsOf(attribute.of, standing, depth + 1);
    for (let up = 0; up <= number && texts !== null; up++) texts = texts.map(parentOf);
    return texts;
  }
  if (of.kind === "name" && (of.name === "__path__" || attribute?.name === "__path__") && number === 0) {
    const file = of.name === "__path__" ? standing.path : fileOf(moduleOfName(of.name.slice(0, -".__path__".length), standing));
    return file === null || !isPackageFile(file) ? null : [`${PROJECT}/${folderOf(file)}`];
  }
  if (
    of.kind === "call" && of.callee.kind === "name" && fullNameOf(standing.outline, of.callee.name) === "os.path.split" &&
    of.args[0] !== undefined
  ) {
    const texts = textsOf(of.args[0], standing, depth + 1);
    if (texts === null || (number !== 0 && number !== 1)) return null;
    return texts.map((text) => number === 0 ? parentOf(text) : normal(text).split("/").at(-1)!);
  }
  const select = (found: Value, there: Standing): string[] | null => {
    if (found.kind === "mapping") {
      const key = textsOf(index, standing, depth + 1);
      const chosen = found.entries.filter((entry) =>
        entry.key !== null && key !== null && textsOf(entry.key, there, depth + 1)?.some((text) => key.includes(text))
      );
      return chosen.length === 0 ? null : flat(chosen.map(({ value }) => textsOf(value, there, depth + 1)));
    }
    const item = found.kind === "sequence" && number !== null ? found.items.at(number) : undefined;
    return item === undefined ? null : textsOf(item, there, depth + 1);
  };
  return of.kind === "name" ? followName(of.name, standing, depth, select) : select(of, standing);
}

function textsOfCall(call: Call, standing: Standing, depth: number): string[] | null {
  const next = (one: Value | undefined) => one === undefined ? null : textsOf(one, standing, depth + 1);
  const name = call.callee.kind === "name" ? fullNameOf(standing.outline, call.callee.name) : "";
  if (/^(pathlib\.)?(Pure)?(Posix)?Path$/.test(name)) return call.args.length === 0 ? [PROJECT] : product(call.args.map(next), joinPaths);
  if (/^(os|ntpath|posixpath)\.path\.join$|^posixpath\.join$/.test(name)) return product(call.args.map(next), joinPaths);
  if (/^(pathlib\.)?Path\.cwd$|^os\.getcwd$/.test(name)) return [PROJECT];
  if (name === "os.path.dirname") return next(call.args[0])?.map(parentOf) ?? null;
  if (name === "os.path.basename") return next(call.args[0])?.map((text) => text.split("/").at(-1)!) ?? null;
  if (/^os\.path\.(abspath|realpath)$/.test(name)) return next(call.args[0])?.map(absolute) ?? null;
  if (/^(str|os\.fspath|os\.path\.(normpath|normcase)|(importlib\.resources|importlib_resources)\.as_file)$/.test(name)) {
    return next(call.args[0]);
  }
  if (/^os\.(getenv|environ\.get)$/.test(name)) return known([null, next(argumentOf(call, 1, "default"))], standing);
  if (/^(importlib\.resources|importlib_resources)\.files$/.test(name)) {
    return textsOfPackage(argumentOf(call, 0, "anchor", "package"), standing);
  }
  if (/^(importlib\.resources|importlib_resources)\.path$/.test(name)) return namedResource(call, standing);
  if (/^pkg_resources\.resource_filename$/.test(name)) return namedResource(call, standing);
  const method = attributeOf(call.callee);
  if (method === null) return null;
  const on = () => textsOf(method.of, standing, depth + 1);
  switch (method.name) {
    case "resolve":
    case "absolute":
      return on()?.map(absolute) ?? null;
    case "as_posix":
    case "expanduser":
      return on();
    case "joinpath":
      return product([on(), ...call.args.map(next)], joinPaths);
    case "with_name":
      return product([on(), next(call.args[0])], ([path, text]) => joinPaths([parentOf(path!), text!]));
    case "with_suffix":
      return product([on(), next(call.args[0])], ([path, text]) => path!.replace(/(?<=[^/])\.[^./]*$/, "") + text!);
    case "with_stem":
      return product(
        [on(), next(call.args[0])],
        ([path, text]) => joinPaths([parentOf(path!), text! + (/(?<=[^/])\.[^./]*$/.exec(path!)?.[0] ?? "")]),
      );
    case "format":
      return call.args.length === 0 && call.keywords.length > 0 ? formatted(on(), call, standing, depth) : null;
    case "join": {
      const items = call.args[0] === undefined || call.args[0].kind !== "sequence" ? null : call.args[0].items.map(next);
      const between = on();
      return items === null || between === null ? null : product(items, (parts) => parts.join(between[0]));
    }
    default:
      return null;
  }
}

function formatted(templates: string[] | null, call: Call, standing: Standing, depth: number): string[] | null {
  const names = call.keywords.map(({ name }) => name);
  return product(
    [templates, ...call.keywords.map(({ value }) => textsOf(value, standing, depth + 1))],
    ([template, ...values]) => template!.replace(/\{(\w+)\}/g, (whole, name: string) => values[names.indexOf(name)] ?? whole),
  )
    ?.filter((text) => !text.includes("{")) ?? null;
}

function textsOfPackage(anchor: Value | undefined, standing: Standing): string[] | null {
  const names = anchor === undefined ? textsOfName("__package__", standing, 0) : moduleNamesOf(anchor, standing);
  const folders = names?.flatMap((name) => packageFolders(name, standing) ?? []) ?? [];
  return folders.length === 0 ? null : folders.map((folder) => `${PROJECT}/${folder}`);
}

/** `(package, name, …)`, as the older functions of `importlib.resources`, `pkgutil.get_data` and `pkg_resources` take them. */
export function namedResource(call: Call, standing: Standing): string[] | null {
  const [anchor, ...names] = call.args;
  if (anchor === undefined) return null;
  const named = names.length > 0 ? names : [argumentOf(call, 1, "resource", "path", "resource_name")].filter((one) => one !== undefined);
  return named.length === 0 ? null : product([textsOfPackage(anchor, standing), ...named.map((one) => textsOf(one, standing))], joinPaths);
}

/** Looks for what a name was given, nearest first: loops, the function, the class, the module, the module that it was imported from. */
function followName(
  name: string,
  standing: Standing,
  depth: number,
  read: (value: Value, there: Standing) => string[] | null,
): string[] | null {
  if (depth > DEEPEST) return null;
  for (const loop of [...standing.loops].reverse()) {
    if (!loop.targets.includes(name)) continue;
    // The loop's own list was made outside it.
    const around = { ...standing, loops: standing.loops.slice(0, standing.loops.indexOf(loop)) };
    return loop.targets.length === 1
      ? itemsOf(loop.iterable, around, depth + 1)
      : followColumn(loop.iterable, loop.targets.indexOf(name), around, depth + 1);
  }
  const [first = "", ...rest] = name.split(".");
  if (rest.length === 0) {
    for (let scope = standing.scope; scope !== ""; scope = enclosing(scope)) {
      const made = functionNamed(standing.outline, scope);
      const bound = made?.locals.filter((local) => local.name === name) ?? [];
      if (bound.length > 0) return readAll(bound, { ...standing, scope }, read);
      const { positional = [], keywordOnly = [] } = made?.parameters ?? {};
      if (positional.includes(name) || keywordOnly.some((parameter) => parameter.name === name)) return null;
      const inClass = scope === standing.scope ? classAttributes(standing.outline, scope, name) : [];
      if (inClass.length > 0) return readAll(inClass, { ...standing, scope }, read);
    }
    const bound = standing.outline.assignments.filter((one) => one.name === name);
    if (bound.length > 0) return readAll(bound, { ...standing, scope: "" }, read);
  } else if (rest.length === 1) {
    const owner = first === "self" || first === "cls" ? enclosing(standing.scope) : first;
    const inClass = owner === "" ? [] : classAttributes(standing.outline, owner, rest[0]!);
    if (inClass.length > 0) return readAll(inClass, { ...standing, scope: owner }, read);
  }
  return followImportedName(name, standing, read);
}

/** `for name, file in [("a", "x.csv"), …]`, and `in TABLE.items()`. */
function followColumn(iterable: Value, column: number, standing: Standing, depth: number): string[] | null {
  if (depth > DEEPEST) return null;
  if (iterable.kind === "sequence") {
    return flat(iterable.items.map((item) => {
      const cell = item.kind === "sequence" ? item.items[column] : undefined;
      return cell === undefined ? null : textsOf(cell, standing, depth + 1);
    }));
  }
  if (iterable.kind === "mapping") {
    return flat(iterable.entries.map(({ key, value }) => key === null ? null : textsOf(column === 0 ? key : value, standing, depth + 1)));
  }
  if (iterable.kind === "name") {
    return followName(iterable.name, standing, depth, (found, there) => followColumn(found, column, there, depth + 1));
  }
  const method = iterable.kind === "call" && iterable.args.length === 0 ? attributeOf(iterable.callee) : null;
  return method?.name === "items" ? followColumn(method.of, column, standing, depth + 1) : null;
}

function followImportedName(name: string, standing: Standing, read: (value: Value, there: Standing) => string[] | null): string[] | null {
  const binding = importBindings(standing.outline).get(name);
  const dot = name.lastIndexOf(".");
  const module = binding?.name != null
    ? resolveModule(standing.sources, standing.path, binding.statement.module, binding.statement.level, standing.additions)
    : dot > 0
    ? moduleOfName(name.slice(0, dot), standing)
    : null;
  const file = fileOf(module);
  const outline = file === null ? null : outlineOf(standing.sources, file);
  if (file === null || outline === null || file === standing.path) return null;
  const there: Standing = { ...standing, path: file, outline, additions: NO_ADDITIONS, scope: "", loops: [] };
  const attribute = binding?.name ?? name.slice(dot + 1);
  const bound = outline.assignments.filter((one) => one.name === attribute);
  if (bound.length > 0) return readAll(bound, there, read);
  return read({ kind: "name", name: attribute, at: NOWHERE }, there); // re-exported from elsewhere; the depth ends circles
}

function readAll(bound: readonly Assignment[], there: Standing, read: (value: Value, there: Standing) => string[] | null): string[] | null {
  const given = bound.filter(({ value }) => value === null || value.kind !== "none");
  // An assignment inside a `for` sees the loop's names.
  return known(
    given.map(({ value, operator, loops }) => value === null || operator !== "=" ? null : read(value, { ...there, loops })),
    there,
  );
}

function classAttributes(outline: Outline, qualifiedName: string, name: string): readonly Assignment[] {
  const found = outline.classes.find((one) => one.qualifiedName === qualifiedName);
  return found?.attributes.filter((one) => one.name === name) ?? [];
}

/** The module that a dotted name stands for: `import models.paths as p` makes `p` one, and `from models import paths` makes `paths` one. */
export function moduleOfName(name: string, standing: Standing): ResolvedModule | null {
  const [first = "", ...rest] = name.split(".");
  const binding = importBindings(standing.outline).get(first);
  if (binding === undefined) return null;
  const { module, level } = binding.statement;
  const start = binding.name !== null ? [module, binding.name] : [binding.fullName];
  const whole = [...start, ...rest].filter((part) => part !== "").join(".");
  return resolveModule(standing.sources, standing.path, whole, binding.name !== null ? level : 0, standing.additions);
}

function fileOf(module: ResolvedModule | null): BundlePath | null {
  return module?.kind === "file" ? module.path : null;
}

function enclosing(scope: string): string {
  const dot = scope.lastIndexOf(".");
  return dot < 0 ? "" : scope.slice(0, dot);
}

const NOWHERE = { line: 0, column: 0 };

/** Every combination; null as soon as one part is not known. */
function product(parts: readonly (readonly string[] | null)[], join: (parts: readonly string[]) => string): string[] | null {
  let all: string[][] = [[]];
  for (const texts of parts) {
    if (texts === null || all.length * texts.length > MOST) return null;
    all = all.flatMap((before) => texts.map((text) => [...before, text]));
  }
  return all.map(join);
}

/** All of them, or null. */
function flat(lists: readonly (readonly string[] | null)[]): string[] | null {
  const found: string[] = [];
  for (const list of lists) {
    if (list === null) return null;
    found.push(...list);
  }
  return found;
}

/** Those that are known; null where none is. */
function known(lists: readonly (readonly string[] | null)[], standing: Standing): string[] | null {
  const found = lists.filter((list) => list !== null).flat();
  if (found.length > 0 && lists.includes(null)) standing.onOpen?.();
  return found.length === 0 ? null : found;
}
