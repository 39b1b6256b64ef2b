/**
 * Code that a file loads or runs by calling something: `import_module("models.extra")`, `runpy`, scripts that are started as programs. What
 * is written down is followed like an import; what is not is said, since it may be anything.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import {
  argumentOf,
  attributeOf,
  type Call,
  calledName,
  callsIn,
  callsOfFile,
  fullNameOf,
  functionNamed,
  namesHandedOn,
  partsOf,
} from "./file_names.ts";
import { type Findings, type Importer, takeModule } from "./import_edges.ts";
import type { Mention, Outline, Place, Value } from "./outline.ts";
import { projectPathOf, shownPath } from "./path_texts.ts";
import { itemsOf, type Standing, textsOf } from "./path_values.ts";
import { resolveModule } from "./resolve_import.ts";

export function takeDynamicImports(importer: Importer, outline: Outline, into: Findings): void {
  for (const { mention, call, loops, name } of callsOfFile(outline)) {
    if (name === "") continue;
    const standing: Standing = { ...importer, outline, scope: mention.scope, loops };
    takeCall({ importer, mention, standing, into, call, at: call.at }, name);
  }
  for (const { mention, value, to, loops } of namesHandedOn(outline, (name) => IMPORTERS.test(name))) {
    const standing: Standing = { ...importer, outline, scope: mention.scope, loops };
    takeHandedOn({ importer, mention, standing, into, call: to ?? NO_CALL, at: value.at }, value);
  }
}

interface Seen {
  readonly importer: Importer;
  readonly mention: Mention;
  readonly standing: Standing;
  readonly into: Findings;
  readonly call: Call;
  readonly at: Place;
}

function takeCall(seen: Seen, name: string): void {
  if (name === "getattr") return takeAttribute(seen);
  if (name === "pydoc.locate" || name === "pydoc.safeimport" || name === "pkgutil.resolve_name" || /(^|\.)import_string$/.test(name)) {
    return takeObjects(seen, name, argumentOf(seen.call, 0, "path", "name", "import_name", "dotted_path"));
  }
  if (name === "logging.config.dictConfig" || name === "logging.config.fileConfig") return takeLogging(seen, name);
  if (name === "importlib.util.find_spec" || name === "importlib.find_loader") return takeSpec(seen, name);
  if (name === "os.chdir" || name === "os.fchdir" || name === "contextlib.chdir") return takeFolder(seen, name);
  if (name === "importlib.import_module" || name === "import_module") return takeImportModule(seen);
  if (name === "__import__" || name === "builtins.__import__" || name === "importlib.__import__") return takeDunderImport(seen);
  if (name === "pytest.importorskip") return takeNamed(seen, "pytest.importorskip", seen.call.args[0]);
  if (name === "runpy.run_module" || name === "runpy._run_module_as_main") return takeRunModule(seen, seen.call.args[0]);
  if (name === "runpy.run_path") return takeFile(seen, name, argumentOf(seen.call, 0, "path_name"), true);
  if (/^importlib\.util\.spec_from_file_location$|(^|\.)spec_from_file_location$/.test(name)) {
    return takeFile(seen, "spec_from_file_location", argumentOf(seen.call, 1, "location"), false);
  }
  if (/^importlib\.machinery\.(SourceFileLoader|ExtensionFileLoader)$/.test(name)) {
    return takeFile(seen, name, argumentOf(seen.call, 1, "path"), false);
  }
  if (/^(builtins\.)?(exec|eval)$/.test(name)) return takeExec(seen, name.replace("builtins.", ""));
  if (/^pkgutil\.(iter_modules|walk_packages)$/.test(name)) return say(seen, `${name}(…)`, "it finds modules by looking into folders");
  if (
    /^importlib\.metadata\.entry_points$|^importlib_metadata\.entry_points$|^pkg_resources\.(iter_entry_points|load_entry_point)$/.test(
      name,
    )
  ) {
    return say(seen, `${name}(…)`, "it finds what installed packages offer");
  }
  if (UNPICKLERS.test(name)) return say(seen, `${name}(…)`, "a pickle imports what it names when it is loaded");
  if (STARTERS.test(name)) return takeProgram(seen, name);
  if (RESOURCES.test(name)) return takePackage(seen);
}

/** Whoever asks for a package's resources imports it; one that is given as a module is imported already. */
function takePackage(seen: Seen): void {
  const anchor = argumentOf(seen.call, 0, "anchor", "package");
  if (anchor?.kind !== "text") return;
  for (const name of valuesOf(seen, anchor) ?? []) takeAbsolute(seen, name, name);
}

/** Functions whose first argument is a package with resources. */
export const RESOURCES =
  /^((importlib\.resources|importlib_resources)\.(files|open_text|open_binary|read_text|read_binary|path|is_resource|contents)|pkgutil\.get_data|pkg_resources\.resource_(filename|stream|string|listdir))$/;

const UNPICKLERS =
  /^(pickle|cPickle|_pickle|dill|cloudpickle|joblib)\.(load|loads|Unpickler)$|^(pandas|pd)\.read_pickle$|^torch\.load$|^sciris\.(load|loadobj)$|^sc\.(load|loadobj)$/;
const STARTERS =
  /^subprocess\.(run|call|check_call|check_output|Popen|getoutput|getstatusoutput)$|^os\.(system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|startfile)$|^asyncio\.create_subprocess_(exec|shell)$/;

/** `import_module("models.extra")`, `import_module(".extra", package="models")`. */
function takeImportModule(seen: Seen): void {
  const names = valuesOf(seen, argumentOf(seen.call, 0, "name"));
  if (names === null) return say(seen, "import_module(…)", "the module's name is not written out");
  const anchor = argumentOf(seen.call, 1, "package");
  for (const name of names) {
    const level = /^\.*/.exec(name)![0].length;
    if (level === 0) {
      takeAbsolute(seen, name, name);
      continue;
    }
    const packages = valuesOf(seen, anchor);
    if (packages === null) say(seen, `import_module("${name}")`, "the package that it is relative to is not written out");
    for (const base of packages ?? []) {
      const above = base.split(".").slice(0, level > 1 ? 1 - level : undefined);
      takeAbsolute(seen, [...above, name.slice(level)].filter((part) => part !== "").join("."), name);
    }
  }
}

/** What imports by a name, as a value: of `map(import_module, NAMES)` the names are known, of everything else nothing is. */
function takeHandedOn(seen: Seen, value: Value): void {
  const [first, list, ...more] = seen.call.args;
  const isMapped = seen.call.callee.kind === "name" && seen.call.callee.name === "map" && first === value && more.length === 0;
  const names = isMapped && list !== undefined ? itemsOf(list, seen.standing) : null;
  if (names === null || names.some((name) => name.startsWith("."))) {
    return say(seen, IMPORTER_TEXT.exec(shownName(value))?.[0] ?? "import_module", "it is handed on, and may import anything");
  }
  for (const name of names) takeAbsolute(seen, name, name);
}

/** `getattr(importlib, "import_module")`. */
function takeAttribute(seen: Seen): void {
  const [of, attribute] = seen.call.args;
  if (of?.kind !== "name" || attribute?.kind !== "text" || !IMPORTER_TEXT.test(attribute.text)) return;
  if (!/^(importlib|builtins|__builtins__)$/.test(fullNameOf(seen.standing.outline, of.name))) return;
  say(seen, attribute.text, "it is handed on, and may import anything");
}

const IMPORTERS = /^(importlib\.)?import_module$|^((builtins|importlib)\.)?__import__$/;
const IMPORTER_TEXT = /(import_module|__import__)$/;
/** Stands for the call that something is handed to, where there is none. */
const NO_CALL: Call = {
  kind: "call",
  callee: { kind: "other", at: { line: 0, column: 0 } },
  args: [],
  keywords: [],
  at: { line: 0, column: 0 },
};

function shownName(value: Value): string {
  return value.kind === "name" ? value.name : "";
}

/** `pydoc.locate("models.extra.Rates")`, `pkgutil.resolve_name("models.extra:Rates")`: as much of the name as is a module. */
function takeObjects(seen: Seen, name: string, value: Value | undefined): void {
  const texts = valuesOf(seen, value);
  if (texts === null) return say(seen, `${name}(…)`, "the name is not written out");
  for (const text of texts) takeObject(seen, text);
}

function takeObject(seen: Seen, text: string): void {
  const names = text.replace(":", ".").split(".");
  if (!names.every((name) => /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name))) return;
  for (let end = 1; end <= names.length; end++) takeIfThere(seen, names.slice(0, end).join("."), 0);
}

/** Handlers, filters and formatters are named by their classes: under `class` and `()`, and as `ext://` texts. */
function takeLogging(seen: Seen, name: string): void {
  const config = argumentOf(seen.call, 0, "config");
  const found = config === undefined || name.endsWith("fileConfig") ? null : mappingOf(config, seen.standing);
  if (found === null) return say(seen, `${name}(…)`, "it imports the classes that the configuration names");
  for (const { value } of partsOf(found)) {
    if (value.kind === "text" && value.text.startsWith("ext://")) takeObject(seen, value.text.slice("ext://".length));
    for (const { key, value: named } of value.kind === "mapping" ? value.entries : []) {
      if (key?.kind !== "text" || (key.text !== "class" && key.text !== "()")) continue;
      const texts = valuesOf(seen, named);
      for (const text of texts ?? []) takeObject(seen, text);
      if (texts === null && named.kind !== "name") say(seen, `${name}(…)`, "it imports the classes that the configuration names");
    }
  }
}

/** A mapping that is written out, here or as a constant of the module or the function. */
function mappingOf(value: Value, { outline, scope }: Standing): Value | null {
  if (value.kind === "mapping") return value;
  if (value.kind !== "name") return null;
  const locals = scope === "" ? [] : functionNamed(outline, scope)?.locals ?? [];
  const bound = [...locals, ...outline.assignments].filter(({ name }) => name === value.name);
  return bound.length === 1 && bound[0]!.operator === "=" && bound[0]!.value?.kind === "mapping" ? bound[0]!.value : null;
}

/** Looking for a module imports the packages above it; who loads what is found (`module_from_spec`), imports the module, too. */
function takeSpec(seen: Seen, name: string): void {
  const names = valuesOf(seen, argumentOf(seen.call, 0, "name", "fullname"));
  const loads = callsOfFile(seen.standing.outline).some(({ call }) =>
    call.callee.kind === "name" &&
    /(^|\.)(module_from_spec|load_module|exec_module|LazyLoader)$/.test(fullNameOf(seen.standing.outline, call.callee.name))
  );
  if (names === null) {
    if (loads) say(seen, `${name}(…)`, "the module's name is not written out");
    return;
  }
  for (const one of names) {
    const level = /^\.*/.exec(one)![0].length;
    if (level === 0) takeObject(seen, one);
    else if (loads) say(seen, `${name}("${one}")`, "the package that it is relative to is not written out");
  }
}

/** From then on paths are from another folder, and nobody knows which reads come after it. */
function takeFolder(seen: Seen, name: string): void {
  const texts = valuesOf(seen, argumentOf(seen.call, 0, "path", "fd"));
  const isStill = texts !== null && texts.every((text) => projectPathOf(text) === "");
  if (!isStill) say(seen, `${name}(…)`, "paths that are read after it are from another folder");
}

/** `__import__("a.b", fromlist=["c"])`: a.b, and a.b.c where it is a submodule. */
function takeDunderImport(seen: Seen): void {
  const names = valuesOf(seen, argumentOf(seen.call, 0, "name"));
  if (names === null) return say(seen, "__import__(…)", "the module's name is not written out");
  const levelValue = argumentOf(seen.call, 4, "level");
  const level = levelValue?.kind === "number" ? Math.max(0, levelValue.value) : 0;
  const list = argumentOf(seen.call, 3, "fromlist");
  const submodules = list === undefined ? [] : itemsOf(list, seen.standing) ?? [];
  for (const module of names) {
    const found = takeModule(seen.importer, { ...seen.mention, module, level, what: ".".repeat(level) + module, at: seen.at }, seen.into);
    if (found === null) continue;
    for (const submodule of submodules) takeIfThere(seen, `${module}.${submodule}`, level);
  }
}

function takeNamed(seen: Seen, what: string, value: Value | undefined): void {
  const names = valuesOf(seen, value);
  if (names === null) return say(seen, `${what}(…)`, "the module's name is not written out");
  for (const name of names) takeAbsolute(seen, name, name);
}

/** `runpy.run_module("models")` and `python -m models` run `models/__main__.py`, and `models.cli` itself. */
function takeRunModule(seen: Seen, value: Value | undefined): void {
  const names = valuesOf(seen, value);
  if (names === null) return say(seen, "run_module(…)", "the module's name is not written out");
  for (const name of names) {
    takeAbsolute(seen, name, name);
    takeIfThere(seen, `${name}.__main__`, 0);
  }
}

/** A file of code by its path. @param isProgram its folder is where its own imports begin */
function takeFile(seen: Seen, what: string, value: Value | undefined, isProgram: boolean): void {
  const paths = valuesOf(seen, value);
  if (paths === null) return say(seen, `${what}(…)`, "the file's path is not written out");
  for (const text of paths) {
    const path = projectPathOf(text);
    if (path === null) say(seen, `${what}("${shownPath(text)}")`, "the file lies outside the project");
    else if (seen.standing.sources.files.has(path as BundlePath)) takePath(seen, path, isProgram);
    else if (seen.standing.sources.folders.has(path)) takeFolderProgram(seen, path, what);
    else say(seen, `${what}("${shownPath(text)}")`, "there is no such file");
  }
}

/** A folder that is run, runs its `__main__.py`. */
function takeFolderProgram(seen: Seen, folder: string, what: string): void {
  const main = `${folder}/__main__.py`;
  if (seen.standing.sources.files.has(main as BundlePath)) takePath(seen, main, true);
  else say(seen, `${what}("${folder}")`, `there is no ${main}`);
}

/** A text that is written out can only use what is there already, unless it imports; files that are read for it are code. */
function takeExec(seen: Seen, name: string): void {
  const text = seen.call.args[0];
  if (text === undefined) return;
  const files = callsIn(text).flatMap(({ call }) => openedBy(seen, call));
  for (const path of files) takePath(seen, path, false);
  const texts = files.length > 0 ? [] : valuesOf(seen, text);
  if (texts === null || texts.some((code) => /\bimport\b|\b__import__\b/.test(code))) say(seen, `${name}(…)`, "it runs a text as code");
}

function openedBy(seen: Seen, call: Call): string[] {
  const method = attributeOf(call.callee);
  const value = calledName(seen.standing.outline, call) === "open"
    ? call.args[0]
    : method !== null && ["read_text", "read_bytes", "open"].includes(method.name)
    ? method.of
    : undefined;
  return (valuesOf(seen, value) ?? []).map(projectPathOf).filter((path) =>
    path !== null && seen.standing.sources.files.has(path as BundlePath)
  ) as string[];
}

/** `subprocess.run([sys.executable, "scripts/x.py"])`, `os.system("Rscript fit.R")`: every word that names a script of the project is run. */
function takeProgram(seen: Seen, name: string): void {
  const words = commandWords(seen, name);
  if (words === null) return say(seen, `${name}(…)`, "the command is not written out");
  const starter = words[0] ?? null;
  const isPython = starter !== null && /(^|\/)(python[\d.]*|py|uv|poetry)(\.exe)?$/.test(starter);
  const isInterpreter = isPython || (starter !== null && /(^|\/)(Rscript|R|julia|bash|sh|perl|node|octave|matlab)(\.exe)?$/.test(starter));
  let isNamed = starter !== null && !isInterpreter;
  words.forEach((word, position) => {
    if (word === null) return;
    if (isPython && words[position - 1] === "-m" && /^[\w.]+$/.test(word)) {
      isNamed = true;
      // An installed module is no import of the project's.
      if (resolveModule(seen.importer.sources, seen.importer.path, word, 0, seen.importer.additions).kind === "outside") return;
      takeRunModule(seen, { kind: "text", text: word, at: seen.at });
      return;
    }
    const path = projectPathOf(word);
    const isScript = /\.(py|R|r|jl|sh|pl|m|js)$/.test(word);
    if (path !== null && seen.standing.sources.files.has(path as BundlePath)) {
      if (!isScript && position > 0) return; // what a program is given is data, if anything
      isNamed = true;
      takePath(seen, path, path.endsWith(".py"));
    } else if (position > 0 && isScript) {
      isNamed = true;
      say(seen, `${name}(… ${word} …)`, "there is no such file in the project");
    } else if (word === "-c" || word.startsWith("--version")) isNamed = true;
  });
  const isOpen = words.some((word) => word === null);
  if (!isNamed && isOpen) say(seen, `${name}(…)`, "the program that it runs is not written out");
}

/** Words of a command, null for one that is not known; null as a whole where nothing is. */
function commandWords(seen: Seen, name: string): (string | null)[] | null {
  const { call, standing } = seen;
  const first = argumentOf(call, 0, "args", "cmd", "command");
  if (first === undefined) return null;
  const word = (value: Value): (string | null)[] => {
    const texts = textsOf(value, standing);
    return texts === null ? [null] : texts;
  };
  if (/exec$|(exec|spawn)l/.test(name) && name !== "posix_spawn") return call.args.flatMap(word);
  if (first.kind === "sequence") return first.items.flatMap((item) => item.kind === "spread" ? [null] : word(item));
  const listed = first.kind === "text" ? null : itemsOf(first, standing);
  if (listed !== null) return listed;
  const texts = textsOf(first, standing);
  if (texts !== null) return texts.flatMap(shellWords);
  if (first.kind === "formatted") {
    // What is written out of `f"python scripts/run.py {seed}"` is known.
    return shellWords(first.parts.map((part) => typeof part === "string" ? part : textsOf(part, standing)?.[0] ?? "\u0001").join(""))
      .map((part) => part.includes("\u0001") ? null : part);
  }
  return null;
}

function shellWords(text: string): string[] {
  return (text.match(/"[^"]*"|'[^']*'|[^\s;|&<>]+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
}

function takeAbsolute(seen: Seen, module: string, what: string): void {
  if (!/^[\p{ID_Start}_][\p{ID_Continue}]*(\.[\p{ID_Start}_][\p{ID_Continue}]*)*$/u.test(module)) return;
  takeModule(seen.importer, { ...seen.mention, module, level: 0, what, at: seen.at }, seen.into);
}

function takeIfThere(seen: Seen, module: string, level: number): void {
  const found = resolveModule(seen.importer.sources, seen.importer.path, module, level, seen.importer.additions);
  if (found.kind !== "file") return;
  for (const to of [found.path, ...found.also]) seen.into.edges.push({ to, how: "imports", what: module, at: seen.at, isProgram: false });
}

function takePath(seen: Seen, path: string, isProgram: boolean): void {
  seen.into.edges.push({ to: path as BundlePath, how: "reads", what: seen.mention.scope, at: seen.at, isProgram });
}

/** Every text that an argument can be. One that may be something else, too, is said. */
function valuesOf(seen: Seen, value: Value | undefined): string[] | null {
  if (value === undefined) return null;
  let isOpen = false;
  const texts = textsOf(value, { ...seen.standing, onOpen: () => void (isOpen = true) });
  const called = seen.call.callee.kind === "name" ? seen.call.callee.name : "a call";
  if (isOpen && texts !== null) say(seen, `${called}(…)`, "it may be given something else than what is written out");
  return texts;
}

function say(seen: Seen, what: string, why: string): void {
  seen.into.unresolved.push({ what, file: seen.importer.path, at: seen.at, why });
}
