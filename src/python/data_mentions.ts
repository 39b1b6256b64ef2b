/**
 * Files of the project that code names by a path that is written out: what it opens or reads, what it finds with a pattern, and texts and
 * joined paths that name a file which is there. Paths are from the project's folder, the worker's current one. What is only written is no
 * dependency; a read whose path is put together from unknown parts is said.
 */
import { type BundlePath, compareBundlePaths } from "../base/bundle_path.ts";
import type { DataMention } from "./dependencies.ts";
import { argumentOf, attributeOf, type Call, calledName, type FoundCall, partsOf } from "./file_names.ts";
import type { Findings, Importer } from "./import_edges.ts";
import type { Mention, Outline, Place, Value } from "./outline.ts";
import { isPattern, pathPattern } from "./path_pattern.ts";
import { projectPathOf, shownPath } from "./path_texts.ts";
import { moduleNamesOf, namedResource, type Standing, textsOf } from "./path_values.ts";

export interface DataFindings extends Findings {
  readonly mentions: DataMention[];
}

export function takeDataMentions(importer: Importer, outline: Outline, into: DataFindings): void {
  const found = new Map<string, DataMention>();
  for (const mention of outline.mentions) {
    if (mention.condition === "type-checking") continue;
    new MentionReader(importer, outline, mention, into, found).read();
  }
  for (const { mention, named } of defaultsOf(outline)) {
    new MentionReader(importer, outline, mention, into, found).readNamed(named);
  }
  const isRun = new Set(into.edges.filter(({ how }) => how === "reads").map(({ to }) => to));
  into.mentions.push(...[...found.values()].filter(({ path }) => !isRun.has(path)));
}

/** `data = "data/x.csv"` at module level is a text that names a file, whoever reads it. */
function defaultsOf(outline: Outline): { mention: Mention; named: Value }[] {
  const surroundings = { scope: "", inFunction: false, loops: [] } as const;
  return outline.assignments.flatMap(({ value, condition }) =>
    value === null || condition === "type-checking"
      ? []
      : partsOf(value).filter(({ value: part }) => part.kind === "text" && part.text.includes("/")).map(({ value: part }) => ({
        mention: { ...surroundings, condition, value: part },
        named: part,
      }))
  );
}

/** A default of a parameter is worked out where the function is made, and is what the function reads. */
function readerOf({ functions }: Outline, scope: string, { line }: Place): string {
  return functions.find((made) => made.scope === scope && made.at.line <= line && line <= made.endLine)?.qualifiedName ?? scope;
}

class MentionReader {
  readonly #outline: Outline;
  readonly #mention: Mention;
  readonly #importer: Importer;
  readonly #into: DataFindings;
  readonly #found: Map<string, DataMention>;
  /** Expressions that were read as part of something larger, or are only written to. */
  readonly #settled = new Set<Value>();

  constructor(importer: Importer, outline: Outline, mention: Mention, into: DataFindings, found: Map<string, DataMention>) {
    this.#importer = importer;
    this.#outline = outline;
    this.#mention = mention;
    this.#into = into;
    this.#found = found;
  }

  read(): void {
    for (const { value, loops } of partsOf(this.#mention.value)) {
      const standing = this.#standing(loops);
      if (this.#settled.has(value)) continue;
      if (value.kind === "call") this.#readCall({ call: value, loops }, standing);
      if (!this.#settled.has(value)) this.#readPath(value, standing);
    }
  }

  /** A text that names a file which is there. */
  readNamed(value: Value): void {
    if (value.kind === "text") this.#readPath(value, this.#standing([]));
  }

  #standing(loops: FoundCall["loops"]): Standing {
    return { ...this.#importer, outline: this.#outline, scope: this.#mention.scope, loops: [...this.#mention.loops, ...loops] };
  }

  #readCall({ call }: FoundCall, standing: Standing): void {
    const name = calledName(this.#outline, call);
    const method = attributeOf(call.callee);
    const last = method?.name ?? name;
    if (isWriter(name, last, call)) {
      return this.#settlePaths([method?.of, ...call.args, ...call.keywords.map(({ value }) => value)], standing);
    }
    if (RESOURCES.test(name)) return this.#readResource(call, standing);
    if (isGlob(name, last)) return this.#readGlob(call, name, method?.of ?? null, standing);
    if (/^(os\.(listdir|scandir|walk)|.*\.iterdir)$/.test(name) || last === "iterdir") {
      return this.#readFolder(call, name.startsWith("os.") ? call.args[0] : method?.of, standing);
    }
    if (method !== null && PATH_READERS.has(last) && isPathLike(method.of, standing)) {
      return this.#readArgument(call, method.of, standing, "");
    }
    if (READERS.test(last) && !/^(json|yaml|tomllib|toml|tomli|pickle)\./.test(name)) {
      return this.#readArgument(call, argumentOf(call, 0, ...PATH_KEYWORDS), standing, method === null ? name : last);
    }
  }

  /** A text with a slash, or a path that is put together: a mention if it names a file that is there. */
  #readPath(value: Value, standing: Standing): void {
    const isText = value.kind === "text" && value.text.includes("/") && !/[\s\0]/.test(value.text);
    const isJoined = value.kind === "operation" && value.operator === "/" || value.kind === "call" ||
      value.kind === "formatted" && value.parts.some((part) => typeof part === "string" && part.includes("/"));
    if (!isText && !isJoined) return;
    const texts = textsOf(value, standing) ?? [];
    const paths = texts.map(projectPathOf).filter((path) => path !== null && standing.sources.files.has(path as BundlePath));
    if (paths.length === 0) return;
    for (const path of paths) this.#add(path as BundlePath, value.at, true);
    this.#settle(value);
  }

  /** What a reading call reads: a file, a folder with everything in it, a pattern, or several of them. */
  #readArgument(call: Call, value: Value | undefined, standing: Standing, name: string): void {
    if (value === undefined) return;
    const items = value.kind === "sequence" ? value.items : value.kind === "choice" ? value.values : [value];
    for (const item of items) {
      const texts = textsOf(item, standing);
      if (texts === null) {
        if (isPutTogether(item, standing)) {
          this.#say(`${name === "" ? "a path" : name}(…)`, call.at, "its path is put together from parts that are not written out");
        }
        continue;
      }
      this.#settle(item);
      this.#addAll(texts, item.at, standing, name);
    }
  }

  /** @param isOneOf the same file in several places that it may be in: one that is there answers the question */
  #addAll(texts: readonly string[], at: Place, standing: Standing, name: string, isOneOf = false): void {
    const { files, folders } = standing.sources;
    const expanded = texts.flatMap((text) => {
      const path = projectPathOf(text);
      if (path === null) {
        const isElsewhere = /^[/~]/.test(text) || text.startsWith("..") || text.startsWith("\0");
        if (isElsewhere && !/^\/(dev|proc|sys|tmp|etc)(\/|$)/.test(text)) {
          this.#say(`${name || "a path"}("${shownPath(text)}")`, at, "it lies outside the project");
        }
        return [];
      }
      if (files.has(path as BundlePath) || path === "") return [path];
      if (folders.has(path)) return [...files].filter((file) => file.startsWith(`${path}/`));
      if (isPattern(path)) return matching(files, path, true);
      return [path];
    });
    const there = expanded.filter((path) => files.has(path as BundlePath));
    for (const path of isOneOf && there.length > 0 ? there : expanded) {
      if (path !== "") this.#add(path as BundlePath, at, files.has(path as BundlePath));
    }
  }

  /** `glob.glob("data/*.csv")`, `Path("data").glob("*.csv")`, `DATA.rglob("*.csv")`. */
  #readGlob(call: Call, name: string, on: Value | null, standing: Standing): void {
    const isFunction = /^(glob\.)?i?glob$/.test(name) && (name.startsWith("glob.") || on === null);
    const first = argumentOf(call, 0, "pathname", "pattern");
    if (first === undefined) return;
    const patterns = textsOf(first, standing);
    const folders = isFunction ? rootsOf(call, standing) : on === null ? null : textsOf(on, standing);
    if (patterns === null || folders === null) {
      if (isFunction ? isPutTogether(first, standing) : true) {
        this.#say(`${name || "glob"}(…)`, call.at, "the folder or the pattern is not written out");
      }
      return;
    }
    this.#settle(call);
    const recursive = argumentOf(call, 99, "recursive");
    const isRecursive = !isFunction || (recursive?.kind === "boolean" && recursive.value);
    for (const folder of folders) {
      for (const pattern of patterns) {
        const below = !isFunction && attributeOf(call.callee)?.name === "rglob" ? `**/${pattern}` : pattern;
        const path = projectPathOf(folder === "" || /^[/\0~]/.test(below) ? below : `${folder}/${below}`);
        if (path === null) continue;
        for (const file of matching(standing.sources.files, path, isRecursive)) this.#add(file, call.at, true);
      }
    }
  }

  #readFolder(call: Call, value: Value | undefined, standing: Standing): void {
    const texts = value === undefined ? null : textsOf(value, standing);
    if (texts === null) {
      if (value !== undefined && isPutTogether(value, standing)) {
        this.#say("a folder's list", call.at, "its path is put together from parts that are not written out");
      }
      return;
    }
    this.#settle(call);
    const isDeep = calledName(this.#outline, call) === "os.walk";
    for (const folder of texts.map(projectPathOf)) {
      if (folder === null || folder === "") continue; // the whole project is in no closure
      for (const file of standing.sources.files) {
        if (file.startsWith(`${folder}/`) && (isDeep || !file.slice(folder.length + 1).includes("/"))) this.#add(file, call.at, true);
      }
    }
  }

  /** `pkgutil.get_data("models", "x.csv")`, `importlib.resources.read_text(…)`. */
  #readResource(call: Call, standing: Standing): void {
    const texts = namedResource(call, standing);
    this.#settle(call);
    if (texts !== null) return this.#addAll(texts, call.at, standing, "a resource", true);
    const isOwn = call.args[0] !== undefined && moduleNamesOf(call.args[0], standing) !== null;
    const isNamed = call.args.slice(1).every((one) => textsOf(one, standing) !== null);
    if (isOwn && !isNamed) this.#say(`${calledName(this.#outline, call)}(…)`, call.at, "the resource's name is not written out");
  }

  #add(path: BundlePath, at: Place, exists: boolean): void {
    if (path === this.#importer.path) return; // `Path(__file__)` is no data
    const scope = readerOf(this.#outline, this.#mention.scope, at);
    const key = `${path}\n${at.line}\n${scope}`;
    if (!this.#found.has(key)) this.#found.set(key, { path, exists, file: this.#importer.path, at, scope });
  }

  #say(what: string, at: Place, why: string): void {
    this.#into.unresolved.push({ what, file: this.#importer.path, at, why });
  }

  /** What is written to is not read; but `out.write(open("data/x.csv").read())` reads. */
  #settlePaths(values: readonly (Value | undefined)[], standing: Standing): void {
    for (const value of values) if (value !== undefined && textsOf(value, standing) !== null) this.#settle(value);
  }

  #settle(value: Value): void {
    for (const part of partsOf(value)) this.#settled.add(part.value);
  }
}

/** Last names of functions that read a file whose path is their first argument. */
const READERS =
  /^(f?open(_\w+)?|read_(csv|table|excel|parquet|json|feather|fwf|hdf|html|xml|sas|spss|stata|orc|ipc|ipc_stream|avro|ods|delta|ndjson|lines|file|text|bytes|gml|graphml|edgelist|adjlist|pickle)|scan_(csv|parquet|ipc|ndjson|delta|pyarrow_dataset)|load(txt|mat|json|obj|text|yaml|zip|_workbook|_dataset|_dataarray|_npz|_from_file)?|genfromtxt|fromfile|memmap|imread|File|Dataset|HDFStore|ExcelFile|ParquetFile|ZipFile|TarFile|connect)$/;
/** Methods of a path that read it. */
const PATH_READERS: ReadonlySet<string> = new Set(["open", "read_text", "read_bytes"]);
const PATH_KEYWORDS = [
  "file",
  "path",
  "filename",
  "fname",
  "filepath",
  "filepath_or_buffer",
  "source",
  "io",
  "path_or_buf",
  "path_or_buffer",
  "filename_or_obj",
  "name",
  "paths",
  "database",
  "fn",
];
const RESOURCES =
  /^((importlib\.resources|importlib_resources)\.(open_text|open_binary|read_text|read_binary|path|is_resource)|pkgutil\.get_data|pkg_resources\.resource_(filename|stream|string))$/;
const WRITERS =
  /^(to_[a-z]\w*|write\w*|sink_\w+|save\w*|dump\w*|mkdir|makedirs|remove|unlink|rename|replace|rmtree|rmdir|touch|exists|is_file|is_dir|isfile|isdir|getLogger|FileHandler|basicConfig|print|startswith|endswith|split|add_argument)$/;

function isWriter(name: string, last: string, call: Call): boolean {
  if (WRITERS.test(last) && name !== "yaml.safe_load") return true;
  if (last !== "open") return false;
  const isMethod = attributeOf(call.callee) !== null && !/^(io|codecs|gzip|bz2|lzma|tarfile)\.open$/.test(name);
  const mode = argumentOf(call, isMethod ? 0 : 1, "mode");
  return mode?.kind === "text" && /^[wax]|^r?b?t?[wax]/.test(mode.text) && !mode.text.includes("r");
}

function isGlob(name: string, last: string): boolean {
  return /^(glob\.)?i?glob$/.test(name) || last === "glob" || last === "rglob";
}

function rootsOf(call: Call, standing: Standing): string[] | null {
  const root = argumentOf(call, 99, "root_dir");
  return root === undefined ? [""] : textsOf(root, standing);
}

/** A path that is computed here: not a variable, whose value somebody else gives. */
function isPutTogether(value: Value, standing: Standing): boolean {
  if (value.kind === "formatted") return true;
  if (value.kind === "operation") return ["/", "+", "%"].includes(value.operator);
  if (value.kind !== "call") return false;
  const name = calledName(standing.outline, value);
  if (/^(pathlib\.)?Path$|^str$/.test(name)) return value.args.some((one) => isPutTogether(one, standing)) || value.args.length > 1;
  return /(^|\.)path\.join$/.test(name) ||
    ["joinpath", "with_name", "with_suffix", "format"].includes(attributeOf(value.callee)?.name ?? "") ||
    attributeOf(value.callee)?.name === "replace" && textsOf(attributeOf(value.callee)!.of, standing) !== null;
}

/** `Path("x").open()` and `HERE.read_text()`, but not `response.open()`. */
function isPathLike(value: Value, standing: Standing): boolean {
  return textsOf(value, standing) !== null || isPutTogether(value, standing);
}

function matching(files: ReadonlySet<BundlePath>, pattern: string, isRecursive: boolean): BundlePath[] {
  const expression = pathPattern(pattern, isRecursive);
  return [...files].filter((path) => expression.test(path)).sort(compareBundlePaths);
}
