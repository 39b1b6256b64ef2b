/**
 * The file list of a bundle: the manifest's config blob, and the authority on what the bundle holds (docs/formats.md, "Index").
 * Encoding is a pure function of the entries (D2). Decoding refuses what must not reach a folder: escaping paths, two entries for one
 * path, a file in another file's place, links that lead elsewhere, kinds of storage that this version cannot read.
 */
import { type BundlePath, compareBundlePaths, whyNotABundlePath } from "../base/bundle_path.ts";
import { canonicalJsonBytes, type Json } from "../base/canonical_json.ts";
import { asBoolean, asCount, asObject, asString, at, type Found, member, members, optional } from "../base/decode.ts";
import { isDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { type FileContent, linkTarget, type Snapshot } from "./snapshot.ts";

/**
 * Where a file's bytes lie. A union that grows: readers refuse by name what they do not know, and what a place is called stands in
 * the entry as `storage`.
 */
export type Place = { readonly kind: "layer" };

export interface IndexEntry extends FileContent {
  readonly path: BundlePath;
  readonly place: Place;
}

/** Sorted by the UTF-8 bytes of the path. */
export type BundleIndex = readonly IndexEntry[];

const LAYER_STORAGE = "oci"; // what the Python tool calls it
const MAX_LINK_BYTES = 4096;

export function indexOf(snapshot: Snapshot): BundleIndex {
  return [...snapshot].map(([path, content]) => ({ path, ...content, place: { kind: "layer" } as const }))
    .sort((a, b) => compareBundlePaths(a.path, b.path));
}

export function snapshotOf(index: BundleIndex): Snapshot {
  return new Map(index.map(({ path, digest, size, executable, link }) => [path, { digest, size, executable, link }]));
}

export function encodeIndex(index: BundleIndex): Uint8Array<ArrayBuffer> {
  const files = new Map<string, Json>();
  for (const { path, digest, size, executable, link } of index) {
    files.set(path, { path, digest, size, storage: LAYER_STORAGE, executable: executable ? true : undefined, link });
  }
  return canonicalJsonBytes({
    version: "1.0",
    created: "1970-01-01T00:00:00Z", // the Python reader wants one; D2 wants no clock
    tool: { name: "mops" }, // text to text is all that the Python reader takes
    metadata: {},
    files,
  });
}

/** @throws Failure("invalid") naming the entry; Failure("unsupported") for a kind of storage or a version of another tool. */
export function decodeIndex(bytes: Uint8Array, what: string): BundleIndex {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Failure("invalid", `the index of ${what} is not JSON`, { cause: error });
  }
  try {
    return decode(document);
  } catch (error) {
    if (isFailure(error)) {
      throw new Failure(error.code, `the index of ${what} cannot be used: ${error.message}`, { ...error, cause: error });
    }
    throw error;
  }
}

function decode(document: unknown): BundleIndex {
  const root = at(document);
  const version = optional(member(root, "version"), asString) ?? "1.0";
  if (!/^1\./.test(version)) {
    throw new Failure("unsupported", `it has version ${version}, and this mops reads version 1`, { hint: "a newer mops reads it" });
  }
  const entries = new Map<BundlePath, IndexEntry>();
  for (const [key, found] of members(member(root, "files"))) {
    const entry = decodeEntry(key, found);
    if (entries.has(entry.path)) throw new Failure("invalid", `${JSON.stringify(entry.path)} stands in it twice`);
    entries.set(entry.path, entry);
  }
  refuseFilesBelowFiles(entries);
  refuseForeignLinks(entries);
  return [...entries.values()].sort((a, b) => compareBundlePaths(a.path, b.path));
}

function decodeEntry(key: string, found: Found): IndexEntry {
  asObject(found);
  const path = decodePath(asString(member(found, "path")));
  if (path !== decodePath(key)) throw new Failure("invalid", `the entry ${JSON.stringify(key)} carries the path ${JSON.stringify(path)}`);
  const storage = asString(member(found, "storage"));
  if (storage !== LAYER_STORAGE) {
    throw new Failure("unsupported", `${JSON.stringify(path)} lies in storage of the kind "${storage}", which this mops cannot read`, {
      hint: "a newer mops may read it",
      facts: { path, storage },
    });
  }
  const digest = asString(member(found, "digest"));
  if (!isDigest(digest)) throw new Failure("invalid", `the digest of ${JSON.stringify(path)} is not sha256: and 64 hex digits`);
  const link = optional(member(found, "link"), asString);
  return {
    path,
    digest,
    size: asCount(member(found, "size")),
    executable: link === undefined && (optional(member(found, "executable"), asBoolean) ?? false),
    link,
    place: { kind: "layer" },
  };
}

/** The Python tool accepts `./a` and `a//b`; they mean `a` and `a/b`. Everything else must be a bundle path as it stands. */
function decodePath(text: string): BundlePath {
  const shortest = text.startsWith("/") ? text : text.split("/").filter((component) => component !== "." && component !== "").join("/");
  const why = whyNotABundlePath(shortest);
  if (why !== null) throw new Failure("invalid", `unsafe path: ${JSON.stringify(text)} ${why}`, { facts: { path: text } });
  return shortest as BundlePath;
}

function refuseFilesBelowFiles(entries: ReadonlyMap<BundlePath, IndexEntry>): void {
  for (const path of entries.keys()) {
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const parent = path.slice(0, slash) as BundlePath;
      if (entries.has(parent)) {
        throw new Failure("invalid", `${JSON.stringify(parent)} is a file, and ${JSON.stringify(path)} lies below it`);
      }
    }
  }
}

/** A link may lead only to a file of the same bundle, and must carry that file's digest and size. */
function refuseForeignLinks(entries: ReadonlyMap<BundlePath, IndexEntry>): void {
  for (const entry of entries.values()) {
    if (entry.link === undefined) continue;
    // deno-lint-ignore no-control-regex
    const text = entry.link.length > MAX_LINK_BYTES || /[\u0000-\u001f\u007f\\]/.test(entry.link)
      ? null
      : linkTarget(entry.path, entry.link);
    const target = text === null ? undefined : entries.get(text as BundlePath);
    if (target === undefined || target.link !== undefined) {
      throw new Failure(
        "invalid",
        `the link ${JSON.stringify(entry.path)} leads to ${JSON.stringify(entry.link)}, which is no file of the bundle`,
      );
    }
    if (target.digest !== entry.digest || target.size !== entry.size) {
      throw new Failure("invalid", `the link ${JSON.stringify(entry.path)} carries another digest than the file it leads to`);
    }
  }
}
