/**
 * `.modelops-bundle/config.yaml`: what everybody who works on a bundle shares, and nothing of one machine (D3). The one owner of that
 * format: reads it and writes it; `config_edit.ts` edits it (docs/formats.md, "config.yaml").
 */
import { CONFIG_PATH, whyNotABundlePath } from "../base/bundle_path.ts";
import { asCount, asString, at, type Found, items, member, members, oneOf, optional } from "../base/decode.ts";
import { Failure } from "../base/failure.ts";
import { parsePlainYaml } from "../base/plain_yaml.ts";
import { mergeKeyIn, parseYaml, quotedYaml } from "../base/yaml.ts";
import { LAYOUT_POLICIES, type LayoutPolicy } from "../bundle/pack.ts";
import { isLawfulName, isTag, parseRemoteBase, type RemoteBase } from "../bundle/reference.ts";

export interface Config {
  /** The repository's name, without a host; null in a project that has no config.yaml yet. */
  readonly name: string | null;
  readonly defaultTag: string;
  readonly storage: { readonly mode: "auto" | "oci" | "blob"; readonly thresholdBytes: number };
  readonly autoCode: AutoCode;
  /** Whether small files travel in packs (D13). */
  readonly layout: LayoutPolicy;
  /** The host that an older tool wrote into `registry_ref`; read as a hint, never written. */
  readonly hostOfOldTool: RemoteBase | null;
  /** Keys that this version does not know; kept as they are. */
  readonly unknownKeys: readonly string[];
}

/** How imports are followed (`auto_code`), as far as people said it. */
export interface AutoCode {
  /** Folders from the project root that imports start from, "" for the root itself; null: pyproject.toml and the folders decide. */
  readonly codeRoots: readonly string[] | null;
  /** What `--code-mode` is where nobody says it; null: not said. */
  readonly importMode: "files" | "package" | null;
  /** Patterns of code that is left out of closures. */
  readonly ignore: readonly string[];
}

export const DEFAULT_TAG = "latest";
export const DEFAULT_THRESHOLD = 50 * 1024 * 1024;

const KNOWN = ["version", "registry_ref", "default_tag", "storage", "auto_code", "cache_dir", "cache_link_mode", "environment", "layout"];
/** `auto_code` without its block: the Python tool reads these at the top level then. */
const LEGACY = ["code_roots", "import_mode", "ignore"];
const MODES: Readonly<Record<string, Config["storage"]["mode"]>> = {
  "auto": "auto",
  "oci": "oci",
  "oci-only": "oci",
  "oci-inline": "oci",
  "blob": "blob",
  "blob-only": "blob",
};

export const NO_CONFIG: Config = {
  name: null,
  defaultTag: DEFAULT_TAG,
  storage: { mode: "auto", thresholdBytes: DEFAULT_THRESHOLD },
  autoCode: { codeRoots: null, importMode: null, ignore: [] },
  layout: "auto",
  hostOfOldTool: null,
  unknownKeys: [],
};

/** @throws Failure("invalid") with the place of the fault; Failure("unsupported") for a newer version. */
export function parseConfig(text: string): Config {
  const value = parsePlainYaml(text) ?? readByLibrary(text);
  if (value === null) return NO_CONFIG;
  try {
    return decode(at(value));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.code === "unsupported" ? "unsupported" : "invalid", `${CONFIG_PATH}: ${error.message}`, {
      hint: error.hint ?? `edit ${CONFIG_PATH}`,
      facts: { file: CONFIG_PATH },
      cause: error,
    });
  }
}

/** @throws Failure("invalid"), also for a merge key: the Python tool takes the keys that it brings, and YAML 1.2 has none */
function readByLibrary(text: string): unknown {
  const value = parseYaml(text, CONFIG_PATH);
  const place = mergeKeyIn(text, CONFIG_PATH);
  if (place === null) return value;
  throw new Failure("invalid", `${CONFIG_PATH}: line ${place.line}, column ${place.column}: the merge key << stands for other keys`, {
    hint: `edit ${CONFIG_PATH}   (write out the keys that << brings)`,
    facts: { file: CONFIG_PATH, ...place },
  });
}

/** What `registry_ref` says, as local state records it: NAME, or HOST/NAME where an older tool wrote it; null where it says nothing. */
export function namedBy({ name, hostOfOldTool: host }: Pick<Config, "name" | "hostOfOldTool">): string | null {
  return name === null || host?.kind !== "registry" ? name : `${host.host}/${name}`;
}

/** The reverse. @throws Failure("invalid") */
export function parseNamed(text: string): Pick<Config, "name" | "hostOfOldTool"> {
  const { name, host } = decodeName(text);
  return { name, hostOfOldTool: host };
}

/** What a new project begins with; the same bytes for the same settings, everywhere. */
export function formatConfig(settings: { name: string; defaultTag: string; thresholdBytes: number }): string {
  return [
    "# What everybody who works on this bundle shares. It travels inside the bundle; local choices stay out of it.",
    `registry_ref: ${quotedYaml(settings.name)}`,
    `default_tag: ${quotedYaml(settings.defaultTag)}`,
    "storage:",
    "  mode: auto",
    `  threshold_bytes: ${settings.thresholdBytes}`,
    "",
  ].join("\n");
}

function decode(root: Found): Config {
  refuseNewer(member(root, "version"));
  const { name, host } = decodeName(optional(member(root, "registry_ref"), asString));
  const defaultTag = optional(member(root, "default_tag"), asString) ?? DEFAULT_TAG;
  if (!isTag(defaultTag)) throw new Failure("invalid", `default_tag "${defaultTag}" is not a tag`);
  const storage = member(root, "storage");
  const mode = storage.value === undefined || storage.value === null
    ? undefined
    : optional(member(storage, "mode"), (found) => oneOf(found, ...Object.keys(MODES)));
  const threshold = storage.value === undefined || storage.value === null
    ? undefined
    : optional(member(storage, "threshold_bytes"), asCount);
  const block = member(root, "auto_code");
  const isLegacy = block.value === undefined || block.value === null;
  const known = isLegacy ? [...KNOWN, ...LEGACY] : KNOWN;
  return {
    name,
    defaultTag,
    storage: { mode: MODES[mode ?? "auto"]!, thresholdBytes: threshold ?? DEFAULT_THRESHOLD },
    autoCode: decodeAutoCode(isLegacy ? root : block),
    layout: optional(member(root, "layout"), (found) => oneOf(found, ...LAYOUT_POLICIES)) ?? "auto",
    hostOfOldTool: host,
    unknownKeys: members(root).map(([key]) => key).filter((key) => !known.includes(key)),
  };
}

function decodeAutoCode(found: Found): AutoCode {
  const roots = optional(member(found, "code_roots"), (list) => items(list).map(decodeCodeRoot));
  return {
    codeRoots: roots === undefined ? null : [...new Set(roots)],
    importMode: optional(member(found, "import_mode"), (mode) => oneOf(mode, "files", "package")) ?? null,
    ignore: optional(member(found, "ignore"), (list) => items(list).map(asString)) ?? [],
  };
}

/** `src`, `./src/`, `.`; nothing outside of the project. */
function decodeCodeRoot(found: Found): string {
  const folder = asString(found).split("/").filter((name, index) => name !== "." && (name !== "" || index === 0)).join("/");
  const why = folder === "" ? null : whyNotABundlePath(folder);
  if (why !== null) throw new Failure("invalid", `${found.where} ${JSON.stringify(found.value)} ${why}`, { facts: { place: found.where } });
  return folder;
}

/** Nobody writes a version yet; a later format will. */
function refuseNewer({ value }: Found): void {
  if (value === undefined || value === null || /^1(\.|$)/.test(String(value))) return;
  throw new Failure("unsupported", `it has version ${String(value)}, and this mops reads version 1`, { hint: "a newer mops reads it" });
}

/** `NAME` is ours; `host[:port]/NAME` is what the Python tool writes. */
function decodeName(text: string | undefined): { name: string | null; host: RemoteBase | null } {
  if (text === undefined || text === "") return { name: null, host: null };
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  const named = first.includes(".") || first.includes(":") || first === "localhost" ? text.slice(slash + 1) : text;
  if (!isLawfulName(named)) {
    throw new Failure("invalid", `registry_ref "${text}" is not a repository name`, { hint: "mops bundle init --name NAME" });
  }
  return { name: named, host: named === text ? null : parseRemoteBase(first, `registry_ref in ${CONFIG_PATH}`) };
}
