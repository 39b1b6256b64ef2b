/**
 * Paths of files in a bundle: relative to the project, `/` between components, the same text on every machine.
 * A `BundlePath` exists only if this room made it, so whoever holds one may join it to a folder: it cannot leave that folder,
 * cannot reach `.git`, and of `.modelops-bundle/` only the three files that travel (decision 0002).
 */
import { Failure } from "./failure.ts";
import { compareUtf8 } from "./utf8_order.ts";

export type BundlePath = string & { readonly __brand: "BundlePath" };

export const META_DIRECTORY = ".modelops-bundle";
export const CONFIG_PATH = `${META_DIRECTORY}/config.yaml` as BundlePath;
export const MODEL_REGISTRY_PATH = `${META_DIRECTORY}/registry.yaml` as BundlePath;
export const MANIFEST_PATH = `${META_DIRECTORY}/manifest.yaml` as BundlePath;
/** The only names below `.modelops-bundle/` that a bundle may bring (D3). */
export const METADATA_PATHS: readonly BundlePath[] = [CONFIG_PATH, MANIFEST_PATH, MODEL_REGISTRY_PATH];

const MAX_COMPONENT_BYTES = 255; // what ext4, xfs, apfs and ntfs take
const MAX_PATH_BYTES = 4096; // PATH_MAX of Linux

/** What nearly all paths are: components of ASCII letters, digits, "_", "-" and ".", none with a dot in front. Nothing below refuses one. */
const PLAIN = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/;

/** Why a text is no bundle path, as the end of a sentence ("… contains a backslash"), or null when it is one. */
export function whyNotABundlePath(text: string): string | null {
  if (text.length <= MAX_COMPONENT_BYTES && PLAIN.test(text)) return null;
  if (text === "") return "is empty";
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) return text.includes("\n") ? "contains a newline" : "contains a control character";
  if (text.includes("\\")) return "contains a backslash";
  if (!text.isWellFormed()) return "is not valid Unicode";
  if (text.startsWith("/")) return "is absolute";
  const components = text.split("/");
  for (const component of components) {
    if (component === "..") return 'contains ".."';
    if (component === "." || component === "") return "is not in its shortest form";
    if (utf8Length(component) > MAX_COMPONENT_BYTES) return `has a component longer than ${MAX_COMPONENT_BYTES} bytes`;
    if (isDotGit(component)) return `leads into ${component}/`;
  }
  if (utf8Length(text) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (asOthersRead(components[0]!) === META_DIRECTORY && !METADATA_PATHS.includes(text as BundlePath)) {
    return `leads into local state in ${META_DIRECTORY}/`;
  }
  return null;
}

/** @throws Failure("usage") that quotes the path and says what is wrong with it. */
export function parseBundlePath(text: string): BundlePath {
  const why = whyNotABundlePath(text);
  if (why !== null) throw new Failure("usage", `path ${JSON.stringify(text)} ${why}`, { facts: { path: text } });
  return text as BundlePath;
}

export const compareBundlePaths: (a: BundlePath, b: BundlePath) => number = compareUtf8;

export function isMetadataPath(path: BundlePath): boolean {
  return path.charCodeAt(0) === 0x2e && METADATA_PATHS.includes(path); // a dot: nearly no path has one in front
}

/**
 * Every path that another one of the list would replace on macOS or Windows, with that other one: names that differ only by case
 * or by Unicode form. Pairs are reported once, in the order of the list.
 */
export function collidingPaths(paths: Iterable<BundlePath>): readonly (readonly [BundlePath, BundlePath])[] {
  const seen = new Map<string, string>();
  const looked = new Set<string>();
  const pairs = new Map<string, readonly [BundlePath, BundlePath]>();
  const look = (prefix: string): void => {
    if (looked.has(prefix)) return;
    const slash = prefix.lastIndexOf("/");
    if (slash > 0) look(prefix.slice(0, slash));
    looked.add(prefix);
    const folded = fold(prefix);
    const earlier = seen.get(folded);
    if (earlier === undefined) seen.set(folded, prefix);
    else if (earlier !== prefix) pairs.set(`${earlier}\n${prefix}`, [earlier as BundlePath, prefix as BundlePath]);
  };
  for (const path of paths) look(path);
  return [...pairs.values()];
}

/**
 * Whether `collidingPaths` may find any: never false where it does. Of a million files only the names in one folder are held at a time.
 * @param paths in order
 */
export function mayCollide(paths: Iterable<BundlePath>): boolean {
  let before: readonly string[] = [];
  const names: Set<string>[] = []; // at each depth those of the folder that the paths are in
  for (const path of paths) {
    const components = path.split("/");
    let depth = 0;
    while (depth < before.length && components[depth] === before[depth]) depth++;
    names.length = Math.min(names.length, depth + 1);
    for (; depth < components.length; depth++) {
      const known = names[depth] ??= new Set();
      const folded = fold(components[depth]!);
      if (known.has(folded)) return true;
      known.add(folded);
    }
    before = components;
  }
  return false;
}

/** A name that Windows cannot create; a reason to warn, not to refuse. Returns the offending component or null. */
export function unportableComponent(path: BundlePath): string | null {
  for (const component of path.split("/")) {
    if (/^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i.test(component)) return component;
    if (/[<>:"|?*]/.test(component) || /[. ]$/.test(component)) return component;
  }
  return null;
}

// deno-lint-ignore no-control-regex
const LOWER = /^[\x00-@\[-\x7f]*$/; // ASCII without capitals

/** Two names are one file where case or Unicode form does not count. */
function fold(text: string): string {
  if (LOWER.test(text)) return text;
  return text.normalize("NFC").toLowerCase();
}

/** `.git`, and the short name that NTFS gives it. */
function isDotGit(component: string): boolean {
  const first = component.charCodeAt(0);
  if (first < 0x200c && first !== 0x2e && first !== 0x67 && first !== 0x47) return false; // neither ".", "g", "G" nor ignorable: nearly all
  const name = asOthersRead(component);
  return name === ".git" || name === "git~1";
}

/**
 * The name that a file system may take a component for: in any case, without the characters that HFS+ ignores (CVE-2014-9390), the
 * stream that NTFS reads after a colon and the dots and spaces that Windows cuts off at the end (CVE-2019-1352).
 */
function asOthersRead(component: string): string {
  return fold(component.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "").replace(/:.*$/, "").replace(/[. ]+$/, ""));
}

function utf8Length(text: string): number {
  // Cheap for the usual case: ASCII has one byte a unit.
  return text.length * 3 <= MAX_COMPONENT_BYTES ? text.length : new TextEncoder().encode(text).byteLength;
}
