/**
 * Where imports of the project's own code begin, by what decides it: `auto_code.code_roots` of config.yaml, the wheel configuration of the
 * build backend, else `src/` if it holds Python. The project's folder is always the last root: it is the worker's current folder.
 */
import type { TomlTable, TomlValue } from "../base/toml.ts";
import type { BundlePath } from "../base/bundle_path.ts";
import type { SourceLayout, SourceRoot } from "./project_sources.ts";
import { isPythonSource } from "./resolve_import.ts";

export interface LayoutRequest {
  /** pyproject.toml; null where there is none that can be read. */
  readonly pyproject: TomlTable | null;
  /** `auto_code.code_roots`; null where config.yaml says nothing of it. */
  readonly codeRoots: readonly string[] | null;
  readonly files: ReadonlySet<BundlePath>;
  readonly folders: ReadonlySet<string>;
}

export function sourceLayout({ pyproject, codeRoots, files, folders }: LayoutRequest): SourceLayout {
  const configured = pyproject === null ? null : wheelLayout(pyproject);
  const given = codeRoots === null ? [] : codeRoots.map(plainRoot);
  const usual = [...files].some((path) => path.startsWith("src/") && isPythonSource(path)) ? [plainRoot("src")] : [];
  const chosen = [...given, ...(configured?.roots ?? (given.length > 0 ? [] : usual))];
  const roots: SourceRoot[] = [];
  for (const { folder, prefix } of [...chosen.map(shortest), { folder: "", prefix: "" }]) {
    if (folder === null || (folder !== "" && !folders.has(folder))) continue;
    const isLast = folder === "" && prefix === "";
    if (!isLast && !roots.some((other) => other.folder === folder && other.prefix === prefix)) roots.push({ folder, prefix });
  }
  const from = given.length > 0
    ? "auto_code.code_roots in config.yaml"
    : configured !== null
    ? configured.from
    : usual.length > 0
    ? "src/"
    : "the project's folder";
  return { roots: [...roots, { folder: "", prefix: "" }], from, ...(from === "src/" ? { isGuessed: true } : {}) };
}

/** The roots that a build backend's configuration gives; null where it says nothing, so that the backend's own defaults count. */
export function wheelLayout(pyproject: TomlTable): SourceLayout | null {
  const backend = textAt(pyproject, "build-system", "build-backend");
  const readers: readonly (readonly [RegExp, (pyproject: TomlTable) => SourceLayout | null])[] = [
    [/^hatchling\b/, hatch],
    [/^setuptools\b/, setuptools],
    [/^poetry\b/, poetry],
    [/^uv_build\b/, uvBuild],
    [/^pdm\b/, pdm],
    [/^flit/, flit],
    [/^maturin\b/, maturin],
  ];
  for (const [name, read] of readers) if (backend !== null && name.test(backend)) return read(pyproject);
  if (backend !== null) return null;
  for (const read of [hatch, setuptools, poetry, pdm]) {
    const layout = read(pyproject);
    if (layout !== null) return layout;
  }
  return null;
}

/** `packages` strips what stands before the package; `sources` strips or renames prefixes (hatch, "Build configuration"). */
function hatch(pyproject: TomlTable): SourceLayout | null {
  const common = tableAt(pyproject, "tool", "hatch", "build");
  const wheel = tableAt(pyproject, "tool", "hatch", "build", "targets", "wheel");
  const setting = (key: string): TomlValue | undefined => own(wheel, key) ?? own(common, key);
  const roots: SourceRoot[] = [];
  for (const folder of texts(setting("packages"))) roots.push(plainRoot(parentOf(folder)));
  const sources = setting("sources");
  if (Array.isArray(sources)) roots.push(...texts(sources).map(plainRoot));
  else for (const [folder, name] of entries(sources)) roots.push({ folder, prefix: typeof name === "string" ? dotted(name) : "" });
  for (const [folder, name] of entries(setting("force-include"))) {
    // A file, or a folder under its own name, needs no root of its own: only what is renamed does.
    if (typeof name === "string" && !/\.[a-z]+$/.test(folder)) roots.push(renamed(folder, name));
  }
  roots.push(...texts(own(common, "dev-mode-dirs")).map(plainRoot));
  const only = [...texts(setting("only-include")), ...texts(setting("include"))];
  if (roots.length === 0 && only.length === 0) return null;
  return { roots: roots.length === 0 ? [plainRoot("")] : roots, from: "tool.hatch.build.targets.wheel" };
}

function setuptools(pyproject: TomlTable): SourceLayout | null {
  const tool = tableAt(pyproject, "tool", "setuptools");
  const roots: SourceRoot[] = [];
  for (const [name, folder] of entries(own(tool, "package-dir"))) {
    if (typeof folder === "string") roots.push(name === "" ? plainRoot(folder) : renamed(folder, name));
  }
  for (const kind of ["find", "find-namespace"]) roots.push(...texts(own(tableAt(tool, "packages", kind), "where")).map(plainRoot));
  const isListed = texts(own(tool, "packages")).length > 0 || texts(own(tool, "py-modules")).length > 0;
  if (roots.length === 0 && !isListed) return null;
  return { roots: roots.length === 0 ? [plainRoot("")] : roots, from: "tool.setuptools" };
}

function poetry(pyproject: TomlTable): SourceLayout | null {
  const packages = own(tableAt(pyproject, "tool", "poetry"), "packages");
  if (!Array.isArray(packages) || packages.length === 0) return null;
  const roots = packages.flatMap((one): SourceRoot[] => {
    const from = textAt(one, "from") ?? "";
    const to = textAt(one, "to");
    return [{ folder: from, prefix: to === null ? "" : dotted(to) }];
  });
  return { roots, from: "tool.poetry.packages" };
}

/** The module root is `src` unless something else is said (uv, "Build backend"). */
function uvBuild(pyproject: TomlTable): SourceLayout {
  const root = textAt(pyproject, "tool", "uv", "build-backend", "module-root");
  return { roots: [plainRoot(root ?? "src")], from: root === null ? "uv_build" : "tool.uv.build-backend" };
}

function pdm(pyproject: TomlTable): SourceLayout | null {
  const folder = textAt(pyproject, "tool", "pdm", "build", "package-dir");
  return folder === null ? null : { roots: [plainRoot(folder)], from: "tool.pdm.build" };
}

/** flit looks for the module beside pyproject.toml, then in `src/`; nothing says which, so both count. */
function flit(): SourceLayout | null {
  return null;
}

function maturin(pyproject: TomlTable): SourceLayout | null {
  const folder = textAt(pyproject, "tool", "maturin", "python-source");
  return folder === null ? null : { roots: [plainRoot(folder)], from: "tool.maturin" };
}

function plainRoot(folder: string): SourceRoot {
  return { folder, prefix: "" };
}

/** `lib/model_code` installed as `models` is a root with a name; installed under its own name, its parent is the root. */
function renamed(folder: string, name: string): SourceRoot {
  const parts = dotted(name).split(".");
  const whole = shortest(plainRoot(folder)).folder?.split("/") ?? [];
  const isSame = parts.length <= whole.length && parts.every((part, at) => part === whole[whole.length - parts.length + at]);
  return isSame ? plainRoot(whole.slice(0, whole.length - parts.length).join("/")) : { folder, prefix: parts.join(".") };
}

function dotted(path: string): string {
  return path.replace(/^(\.\/)+/, "").replace(/\/+$/, "").replace(/\/+/g, ".");
}

function parentOf(path: string): string {
  const parts = path.replace(/\/+$/, "").split("/");
  return parts.slice(0, -1).join("/");
}

/** Without `./` and slashes at the end; null for what leads out of the project. */
function shortest({ folder, prefix }: SourceRoot): { folder: string | null; prefix: string } {
  const parts = folder.replaceAll("\\", "/").split("/").filter((part) => part !== "" && part !== ".");
  return { folder: folder.startsWith("/") || parts.includes("..") ? null : parts.join("/"), prefix };
}

export function tableAt(value: TomlValue | undefined, ...keys: string[]): TomlTable | undefined {
  let found = value;
  for (const key of keys) found = own(found, key);
  return isTable(found) ? found : undefined;
}

export function textAt(value: TomlValue | undefined, ...keys: string[]): string | null {
  const found = own(tableAt(value, ...keys.slice(0, -1)), keys.at(-1)!);
  return typeof found === "string" ? found : null;
}

export function own(value: TomlValue | undefined, key: string): TomlValue | undefined {
  return isTable(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function texts(value: TomlValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function entries(value: TomlValue | undefined): [string, TomlValue][] {
  return isTable(value) ? Object.entries(value) : [];
}

export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value);
}
