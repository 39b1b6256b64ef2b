/**
 * The file list of a bundle: the manifest's config blob, and the authority on what the bundle holds (docs/formats.md, "Index").
 * Encoding is a pure function of the entries (D2). Decoding refuses what must not reach a folder: escaping paths, two entries for one
 * path, a file in another file's place, links that lead elsewhere, kinds of storage that this version cannot read.
 */
import { type BundlePath, compareBundlePaths, whyNotABundlePath } from "../base/bundle_path.ts";
import { asBoolean, asCount, asObject, asString, at, type Found, items, member, optional } from "../base/decode.ts";
import { type Digest, isDigest } from "../base/digest.ts";
import { encodedText } from "../base/encoded_text.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Blob } from "./content.ts";
import { FileTable } from "./file_table.ts";
import { KnownPacks, LAYOUT_VERSION, type PackDraft, type PackedAt } from "./pack.ts";
import { type FileContent, linkTarget, type Snapshot } from "./snapshot.ts";
import { BLOCK } from "./tar.ts";

/**
 * Where a file's bytes lie. A union that grows: readers refuse by name what they do not know, and what a place is called stands in
 * the entry as `storage`.
 */
export type Place =
  | { readonly kind: "layer" }
  /** In a tar archive with others; a link's place is its header's, and it has no bytes there. */
  | { readonly kind: "pack" } & PackedAt;

export interface IndexEntry extends FileContent {
  readonly path: BundlePath;
  readonly place: Place;
}

/** Sorted by the UTF-8 bytes of the path. */
export type BundleIndex = readonly IndexEntry[];

const LAYER_STORAGE = "oci"; // what the Python tool calls it
const PACK_STORAGE = "pack";
const MAX_LINK_BYTES = 4096;
const LAYER: Place = { kind: "layer" };

interface MadePack {
  readonly draft: PackDraft;
  readonly blob: Blob;
}

/** The index of a table, whose entries are made when they are asked for: a million of them are never there at once. */
export class TableIndex implements Iterable<IndexEntry> {
  readonly #files: FileTable;
  /** For each row its pack, counted from 1; 0: it has a layer of its own. */
  readonly #packOf: Uint32Array;
  readonly #offsets: Float64Array;
  readonly #blobs: readonly Blob[];

  /** @param packs drafts and the blobs that they became; what is in none of them has a layer of its own */
  constructor(snapshot: Snapshot, packs: readonly MadePack[]) {
    this.#files = FileTable.of(snapshot);
    this.#packOf = new Uint32Array(this.#files.size);
    this.#offsets = new Float64Array(this.#files.size);
    this.#blobs = packs.map(({ blob }) => blob);
    packs.forEach(({ draft }, number) => {
      const rowOf = draft.files === this.#files ? null : this.#files.paths;
      draft.rows.forEach((place, nth) => {
        const row = rowOf === null ? place : rowOf.indexOf(draft.files.paths.at(place));
        this.#packOf[row] = number + 1;
        this.#offsets[row] = draft.offsets[nth]!;
      });
    });
  }

  /** Those with a layer of their own. */
  *layers(): Generator<IndexEntry> {
    for (let row = 0; row < this.#packOf.length; row++) if (this.#packOf[row] === 0) yield this.#at(row);
  }

  /** Each once, in the order in which the index first names it. */
  get packs(): readonly Blob[] {
    const packs = new Map<Digest, Blob>();
    let before = 0;
    for (const number of this.#packOf) {
      if (number === before || number === 0) continue;
      before = number;
      const blob = this.#blobs[number - 1]!;
      if (!packs.has(blob.digest)) packs.set(blob.digest, blob);
    }
    return [...packs.values()];
  }

  *[Symbol.iterator](): Generator<IndexEntry> {
    for (let row = 0; row < this.#packOf.length; row++) yield this.#at(row);
  }

  #at(row: number): IndexEntry {
    const number = this.#packOf[row]!;
    const place: Place = number === 0 ? LAYER : { kind: "pack", pack: this.#blobs[number - 1]!, offset: this.#offsets[row]! };
    return { path: this.#files.paths.at(row), ...this.#files.at(row), place };
  }
}

export function indexOf(snapshot: Snapshot, packs: readonly MadePack[] = []): TableIndex {
  return new TableIndex(snapshot, packs);
}

export function snapshotOf(index: Iterable<IndexEntry>): Snapshot {
  return new Map([...index].map(({ path, digest, size, executable, link }) => [path, { digest, size, executable, link }]));
}

/** Each pack once, in the order in which the index first names it. */
export function packsIn(index: Iterable<IndexEntry>): readonly Blob[] {
  if (index instanceof TableIndex) return index.packs;
  const packs = new Map<Digest, Blob>();
  for (const { place } of index) if (place.kind === "pack" && !packs.has(place.pack.digest)) packs.set(place.pack.digest, place.pack);
  return [...packs.values()];
}

/** Where the bytes of a digest lie, as far as they lie in packs. */
export function packedIn(index: Iterable<IndexEntry>): ReadonlyMap<Digest, PackedAt> {
  const places = new Map<Digest, PackedAt>();
  for (const { digest, place, link } of index) {
    if (place.kind === "pack" && link === undefined && !places.has(digest)) places.set(digest, place);
  }
  return places;
}

/** The packs of a bundle by what they hold, for the next one to be made of. */
export function knownPacks(index: Iterable<IndexEntry>): KnownPacks {
  const held = new Map<Digest, { blob: Blob; members: [BundlePath, FileContent][] }>();
  for (const entry of index) {
    if (entry.place.kind !== "pack") continue;
    const { pack } = entry.place;
    const known = held.get(pack.digest);
    if (known === undefined) held.set(pack.digest, { blob: pack, members: [[entry.path, entry]] });
    else known.members.push([entry.path, entry]);
  }
  return new KnownPacks(held.values());
}

/**
 * Canonical JSON (`base/canonical_json.ts`), put together by hand: the members stand in the order of their names, and a hundred thousand
 * entries take a sixth of the time.
 */
export function encodeIndex(index: Iterable<IndexEntry>): Uint8Array<ArrayBuffer> {
  return encodedText(piecesOf(index));
}

function* piecesOf(index: Iterable<IndexEntry>): Generator<string> {
  const packs = packsIn(index);
  const numbers = new Map(packs.map(({ digest }, number) => [digest, number]));
  // The Python reader wants a time of creation, and D2 wants no clock; of `tool` it takes only text to text.
  yield '{"created":"1970-01-01T00:00:00Z","files":{';
  let comma = "";
  for (const entry of index) {
    const path = JSON.stringify(entry.path);
    yield `${comma}${path}:${encodeEntry(entry, path, numbers)}`;
    comma = ",";
  }
  const layout = packs.length === 0 ? "" : `"layout":${LAYOUT_VERSION},`;
  const table = packs.length === 0
    ? ""
    : `"packs":[${packs.map(({ digest, size }) => `{"digest":"${digest}","size":${size}}`).join(",")}],`;
  yield `},${layout}"metadata":{},${table}"tool":{"name":"mops"},"version":"1.0"}`;
}

/** @param path as JSON */
function encodeEntry(
  { digest, size, executable, link, place }: IndexEntry,
  path: string,
  numbers: ReadonlyMap<Digest, number>,
): string {
  const inPack = place.kind === "pack";
  const bit = executable ? '"executable":true,' : "";
  const text = link === undefined ? "" : `"link":${JSON.stringify(link)},`;
  const at = inPack ? `"offset":${place.offset},"pack":${numbers.get(place.pack.digest)},` : "";
  return `{"digest":"${digest}",${bit}${text}${at}"path":${path},"size":${size},"storage":"${inPack ? PACK_STORAGE : LAYER_STORAGE}"}`;
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
  const packs = decodePacks(root);
  const entries = new Map<BundlePath, IndexEntry>();
  const files = member(root, "files");
  for (const [key, value] of Object.entries(asObject(files))) {
    const entry = plainEntry(key, value, packs) ?? decodeEntry(key, member(files, key), packs);
    if (entries.has(entry.path)) throw new Failure("invalid", `${JSON.stringify(entry.path)} stands in it twice`);
    entries.set(entry.path, entry);
  }
  refuseFilesBelowFiles(entries);
  refuseForeignLinks(entries);
  return [...entries.values()].sort((a, b) => compareBundlePaths(a.path, b.path));
}

/** @throws Failure("unsupported") for packs that were cut by rules of a later version */
function decodePacks(root: Found): readonly Blob[] {
  const layout = optional(member(root, "layout"), asCount);
  if (layout !== undefined && layout !== LAYOUT_VERSION) {
    throw new Failure("unsupported", `its packs have the layout ${layout}, and this mops reads ${LAYOUT_VERSION}`, {
      hint: "a newer mops reads it",
    });
  }
  return (optional(member(root, "packs"), items) ?? []).map((found) => {
    const digest = asString(member(found, "digest"));
    if (!isDigest(digest)) throw new Failure("invalid", `${found.where}.digest is not sha256: and 64 hex digits`);
    return { digest, size: asCount(member(found, "size")) };
  });
}

/** An entry as we write it, of a file, with nothing to be said against it; undefined: look closer. The usual case, five times as fast. */
function plainEntry(key: string, value: unknown, packs: readonly Blob[]): IndexEntry | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { path, digest, size, storage, executable, link, pack, offset } = value as Record<string, unknown>;
  if (path !== key || link !== undefined || typeof digest !== "string" || !isDigest(digest)) return undefined;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return undefined;
  if ((executable !== undefined && executable !== true) || whyNotABundlePath(key) !== null) return undefined;
  const content = { path: key as BundlePath, digest, size, executable: executable === true, link: undefined };
  if (storage === LAYER_STORAGE) return { ...content, place: LAYER };
  const blob = storage === PACK_STORAGE && typeof pack === "number" ? packs[pack] : undefined;
  if (blob === undefined || typeof offset !== "number" || !isPlace(blob, offset, size)) return undefined;
  return { ...content, place: { kind: "pack", pack: blob, offset } };
}

function decodeEntry(key: string, found: Found, packs: readonly Blob[]): IndexEntry {
  asObject(found);
  const path = decodePath(asString(member(found, "path")));
  if (path !== decodePath(key)) throw new Failure("invalid", `the entry ${JSON.stringify(key)} carries the path ${JSON.stringify(path)}`);
  const storage = asString(member(found, "storage"));
  if (storage !== LAYER_STORAGE && storage !== PACK_STORAGE) {
    throw new Failure("unsupported", `${JSON.stringify(path)} lies in storage of the kind "${storage}", which this mops cannot read`, {
      hint: "a newer mops may read it",
      facts: { path, storage },
    });
  }
  const digest = asString(member(found, "digest"));
  if (!isDigest(digest)) throw new Failure("invalid", `the digest of ${JSON.stringify(path)} is not sha256: and 64 hex digits`);
  const link = optional(member(found, "link"), asString);
  const size = asCount(member(found, "size"));
  return {
    path,
    digest,
    size,
    executable: link === undefined && (optional(member(found, "executable"), asBoolean) ?? false),
    link,
    place: storage === LAYER_STORAGE ? LAYER : decodePlace(found, packs, link === undefined ? size : 0),
  };
}

/** A place outside of its pack is refused here, before anything is asked for. */
function decodePlace(found: Found, packs: readonly Blob[], length: number): Place {
  const number = asCount(member(found, "pack"));
  const offset = asCount(member(found, "offset"));
  const pack = packs[number];
  if (pack === undefined) throw new Failure("invalid", `${found.where} names the pack ${number}, and there are ${packs.length}`);
  if (!isPlace(pack, offset, length)) {
    throw new Failure(
      "invalid",
      `${found.where} lies at ${offset} in a pack of ${pack.size} bytes, where no file of ${length} bytes can be`,
    );
  }
  return { kind: "pack", pack, offset };
}

function isPlace(pack: Blob, offset: number, length: number): boolean {
  return Number.isSafeInteger(offset) && offset % BLOCK === 0 && offset >= BLOCK && offset + length <= pack.size;
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
