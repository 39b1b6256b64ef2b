/**
 * Where an import leads, as Python's own path finder would find it (importlib, "The import system", 5.4–5.5): a regular package before a
 * module before a folder without `__init__.py`, the first root first, and folders without `__init__.py` joined over all roots. What no
 * root has lies outside the project. Pure: it asks the list of files, never the disk.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import type { ProjectSources, SourceLayout, SourceRoot } from "./project_sources.ts";
import { isLoadedAtStart, isStandardLibrary } from "./standard_library.ts";

export type ResolvedModule =
  | {
    readonly kind: "file";
    readonly path: BundlePath;
    /** Every `__init__.py` above it, outermost first. */
    readonly ancestors: readonly BundlePath[];
    /** Other forms of the module beside it: extension modules of several platforms, Cython sources. */
    readonly also: readonly BundlePath[];
    /** The folders in which submodules are looked for; empty for a module that is no package. */
    readonly folders: readonly string[];
  }
  | { readonly kind: "namespace"; readonly folders: readonly string[]; readonly ancestors: readonly BundlePath[] }
  | { readonly kind: "outside"; readonly name: string; readonly module: string; readonly isStandardLibrary: boolean }
  /** Relative, or below a package of the project, and not there. */
  | {
    readonly kind: "missing";
    readonly expected: BundlePath;
    readonly ancestors: readonly BundlePath[];
    /** Its dots lead above the package that the file is in: Python refuses it, whatever there is. */
    readonly isBeyond?: boolean;
  };

/** Folders that code puts on `sys.path`, from the project root. */
export interface PathAdditions {
  readonly front: readonly string[];
  readonly back: readonly string[];
}

export const NO_ADDITIONS: PathAdditions = { front: [], back: [] };

/** @param from the file that imports; only relative imports ask it. @param module dotted, "" for `from . import x`. */
export function resolveModule(
  sources: ProjectSources,
  from: BundlePath,
  module: string,
  level: number,
  additions: PathAdditions = NO_ADDITIONS,
): ResolvedModule {
  // Python reads identifiers in NFKC (language reference, 2.3); file names are compared as they are, whatever the file system thinks.
  const names = module === "" ? [] : module.normalize("NFKC").split(".");
  if (level > 0) return resolveRelative(sources, from, names, level, additions);
  const first = names[0] ?? "";
  const outside = { kind: "outside", name: first, module: names.join("."), isStandardLibrary: isStandardLibrary(first) } as const;
  if (names.includes("") || isLoadedAtStart(first)) return outside;
  const start = roots(sources, additions);
  const top = find(indexOf(sources), start, first, indexOf(sources).importable);
  // A folder without __init__.py gives way to whatever module stands anywhere on the path, so also to the standard library's.
  if (top === null || (top.kind === "namespace" && outside.isStandardLibrary)) return outside;
  return descend(indexOf(sources), names, 0, start, [], null);
}

/** `models.sir` for models/sir.py and for src/models/sir.py, `models` for models/__init__.py. */
export function moduleNameOf(layout: SourceLayout, path: BundlePath): string {
  const root = rootOf(layout, path);
  const inside = root.folder === "" ? path : path.slice(root.folder.length + 1);
  const parts = inside.replace(/\.[^/]*$/, "").split("/");
  if (parts.at(-1) === "__init__") parts.pop();
  return [...(root.prefix === "" ? [] : [root.prefix]), ...parts].join(".");
}

/** The `__init__.py` files that run before `path` does, outermost first; its own is not among them. */
export function ancestorsOf(sources: ProjectSources, path: BundlePath): BundlePath[] {
  const index = indexOf(sources);
  const own = isPackageFile(path) ? folderOf(folderOf(path)) : folderOf(path);
  const top = rootOf(sources.layout, path).folder;
  const found: BundlePath[] = [];
  for (let folder = own; folder !== top && folder !== ""; folder = folderOf(folder)) {
    const init = moduleAt(index, `${folder}/__init__`);
    if (init !== null) found.unshift(init.path);
  }
  return found;
}

export function isPackageFile(path: BundlePath): boolean {
  return /(^|\/)__init__\.[^/]*$/.test(path);
}

/** Python sources below a folder, however deep, sorted; "" is the whole project. */
export function pythonFilesBelow(sources: ProjectSources, folder: string): BundlePath[] {
  const { python } = indexOf(sources);
  if (folder === "") return [...python];
  const prefix = `${folder}/`;
  let [low, high] = [0, python.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareUtf8(python[middle]!, prefix) < 0) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < python.length && python[end]!.startsWith(prefix)) end++;
  return python.slice(low, end);
}

/** True where Python would look at the file for an import, and where a reader of outlines can read it. */
export function isPythonSource(path: string): boolean {
  return path.endsWith(".py");
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

export function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** The deepest root that holds the file. */
function rootOf(layout: SourceLayout, path: string): SourceRoot {
  let deepest: SourceRoot = { folder: "", prefix: "" };
  for (const root of layout.roots) {
    if (root.folder.length > deepest.folder.length && path.startsWith(`${root.folder}/`)) deepest = root;
  }
  return deepest;
}

/** A place to look in: a folder, or one that is reached only through the names of its prefix. */
interface Portion {
  readonly folder: string;
  readonly prefix: readonly string[];
}

type Found =
  | { readonly kind: "package"; readonly file: ModuleFile; readonly portions: readonly Portion[] }
  | { readonly kind: "module"; readonly file: ModuleFile }
  | { readonly kind: "namespace"; readonly portions: readonly Portion[] };

interface ModuleFile {
  readonly path: BundlePath;
  readonly also: readonly BundlePath[];
}

function resolveRelative(
  sources: ProjectSources,
  from: BundlePath,
  names: readonly string[],
  level: number,
  additions: PathAdditions,
): ResolvedModule {
  let folder = folderOf(from); // for an __init__.py this is the package itself, for a module the package that it is in
  let above = 0;
  for (let up = 1; up < level; up++) {
    if (folder === "") above++;
    folder = folderOf(folder);
  }
  if (above > 0 || isRootOfNames(sources, folder)) {
    return {
      kind: "missing",
      expected: `${joined(folder, names.join("/") || "__init__")}.py` as BundlePath,
      ancestors: [],
      isBeyond: true,
    };
  }
  const index = indexOf(sources);
  const probe = joined(folder, "__init__.py") as BundlePath;
  const ancestors = ancestorsOf(sources, probe);
  const init = moduleAt(index, joined(folder, "__init__"));
  const portions = init === null && folder !== "" ? siblings(sources, folder, additions) : [{ folder, prefix: [] }];
  if (names.length === 0) {
    if (init === null) return { kind: "namespace", folders: portions.map(({ folder }) => folder), ancestors };
    return { kind: "file", ...init, ancestors, folders: [folder] };
  }
  return descend(index, names, 0, portions, init === null ? ancestors : [...ancestors, init.path], folder);
}

/** A folder that no module is named by: what is in it is in no package. Nobody imports through the name of a root such as `src`. */
function isRootOfNames({ layout, files, read }: ProjectSources, folder: string): boolean {
  const here = layout.roots.filter((root) => root.folder === folder);
  if (here.length === 0 || here.some(({ prefix }) => prefix !== "")) return false;
  if (folder === "") return true;
  if (files.has(`${folder}/__init__.py` as BundlePath)) return false;
  // `lib/src` may be a root, and `lib` another one that its files are imported from, too.
  if (layout.roots.some((root) => root.folder !== "" && folder.startsWith(`${root.folder}/`))) return false;
  const name = folder.replaceAll("/", ".");
  for (const source of read.values()) {
    if (!("outline" in source)) continue;
    if (source.outline.imports.some(({ level, module }) => level === 0 && `${module}.`.startsWith(`${name}.`))) return false;
  }
  return true;
}

/** All portions of the package without `__init__.py` that this folder is one of, under whichever root it was imported. */
function siblings(sources: ProjectSources, folder: string, additions: PathAdditions): Portion[] {
  const names = [moduleNameOf(sources.layout, joined(folder, "__init__.py") as BundlePath)];
  for (const root of [...additions.front, ...additions.back]) {
    if (folder.startsWith(`${root}/`)) names.push(folder.slice(root.length + 1).replaceAll("/", "."));
  }
  const folders = new Set([folder]);
  for (const name of names) {
    const whole = resolveModule(sources, "" as BundlePath, name, 0, additions);
    if (whole.kind === "namespace" && whole.folders.includes(folder)) { for (const other of whole.folders) folders.add(other); }
  }
  return [...folders].map((one): Portion => ({ folder: one, prefix: [] }));
}

function descend(
  index: Index,
  names: readonly string[],
  at: number,
  portions: readonly Portion[],
  ancestors: readonly BundlePath[],
  /** The folder that a missing module would be in; null at the top, where only folders with something to import count as packages. */
  home: string | null,
): ResolvedModule {
  const found = find(index, portions, names[at]!, home === null ? index.importable : index.folders);
  const isLast = at === names.length - 1;
  if (found === null || (found.kind === "module" && !isLast)) {
    // A module in a package's place runs before Python sees that nothing can be below it.
    const ran = found?.kind === "module" ? [...ancestors, found.file.path] : ancestors;
    return {
      kind: "missing",
      expected: `${joined(home ?? portions[0]?.folder ?? "", names.slice(at).join("/"))}.py` as BundlePath,
      ancestors: ran,
    };
  }
  if (found.kind === "module") return { kind: "file", ...found.file, ancestors, folders: [] };
  const folders = found.portions.map(({ folder }) => folder);
  if (isLast) {
    return found.kind === "package" ? { kind: "file", ...found.file, ancestors, folders } : { kind: "namespace", folders, ancestors };
  }
  const below = found.kind === "package" ? [...ancestors, found.file.path] : ancestors;
  return descend(index, names, at + 1, found.portions, below, folders[0] ?? "");
}

/** What the path finder takes for one name, looking through the portions in order. */
function find(index: Index, portions: readonly Portion[], name: string, folders: ReadonlySet<string>): Found | null {
  const namespace: Portion[] = [];
  for (const { folder, prefix } of portions) {
    if (prefix.length > 0 && prefix[0] !== name) continue;
    const inside: Portion = prefix.length > 0 ? { folder, prefix: prefix.slice(1) } : { folder: joined(folder, name), prefix: [] };
    if (inside.prefix.length > 0) {
      namespace.push(inside);
      continue;
    }
    const init = moduleAt(index, joined(inside.folder, "__init__"));
    if (init !== null) return { kind: "package", file: init, portions: [inside] };
    const module = prefix.length > 0 ? null : moduleAt(index, inside.folder);
    if (module !== null) return { kind: "module", file: module };
    if (folders.has(inside.folder)) namespace.push(inside);
  }
  return namespace.length === 0 ? null : { kind: "namespace", portions: namespace };
}

function roots(sources: ProjectSources, additions: PathAdditions): Portion[] {
  const plain = (folder: string): Portion => ({ folder, prefix: [] });
  const configured = sources.layout.roots.map(({ folder, prefix }): Portion => ({
    folder,
    prefix: prefix === "" ? [] : prefix.split("."),
  }));
  return [...additions.front.map(plain), ...configured, ...additions.back.map(plain)];
}

interface Index {
  readonly files: ReadonlySet<string>;
  /** For noticing that files were added. */
  readonly size: number;
  /** `models/fast` → models/fast.cpython-312-x86_64-linux-gnu.so, models/fast.pyx. */
  readonly compiled: ReadonlyMap<string, readonly BundlePath[]>;
  /** Folders that hold something to import, however deep. Others are no packages: `data/` is none, and `yaml/` with texts in it hides nobody. */
  readonly importable: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  /** Sources, sorted. */
  readonly python: readonly BundlePath[];
}

const indexes = new WeakMap<ProjectSources["files"], Index>();

function indexOf({ files }: ProjectSources): Index {
  const known = indexes.get(files);
  if (known !== undefined && known.size === files.size) return known;
  const compiled = new Map<string, BundlePath[]>();
  const importable = new Set<string>();
  const folders = new Set<string>();
  for (const path of files) {
    for (let folder = folderOf(path); folder !== "" && !folders.has(folder); folder = folderOf(folder)) folders.add(folder);
    const form = COMPILED.exec(path);
    if (form !== null) compiled.set(form[1]!, [...(compiled.get(form[1]!) ?? []), path]);
    if (form === null && !isPythonSource(path)) continue;
    for (let folder = folderOf(path); folder !== "" && !importable.has(folder); folder = folderOf(folder)) importable.add(folder);
  }
  for (const forms of compiled.values()) forms.sort(compareUtf8);
  const python = [...files].filter(isPythonSource).sort(compareUtf8);
  const index: Index = { files, size: files.size, compiled, importable, folders, python };
  indexes.set(files, index);
  return index;
}

/** `.so` and `.pyd` with any tag of platform and version, Cython sources, and `.pyc` that stands in place of a source (PEP 3147). */
const COMPILED = /^((?:(?!__pycache__\/)[^/]+\/)*[^/.]+)(?:\.[^/]+)?\.(?:so|pyd|pyx|pyc)$/;

function moduleAt(index: Index, base: string): ModuleFile | null {
  const forms = index.compiled.get(base) ?? [];
  const source = `${base}.py`;
  if (index.files.has(source)) {
    return { path: source as BundlePath, also: forms.length === 0 ? forms : forms.filter((path) => !path.endsWith(".pyc")) };
  }
  const [path, ...also] = forms;
  return path === undefined ? null : { path, also };
}
