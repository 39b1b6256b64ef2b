/**
 * Packs (D13): which files of a bundle travel together, and in which bytes. A pure function of paths, sizes, executable bits and links: the
 * same snapshot gives the same packs on every machine. Boundaries depend on names, so that an edit changes the pack that holds it and
 * cuts find each other again after a file came or went (decision 0008).
 */
import { type BundlePath, isMetadataPath } from "../base/bundle_path.ts";
import { leadingBits } from "../base/digest.ts";
import { Failure } from "../base/failure.ts";
import type { Blob } from "./content.ts";
import { FileTable } from "./file_table.ts";
import { type FileContent, sameContent, type Snapshot } from "./snapshot.ts";
import { bodySize, headerSize, TAR_END, writeHeader } from "./tar.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** `layout` in config.yaml. */
export type LayoutPolicy = "auto" | "files" | "packs";
export const LAYOUT_POLICIES: readonly LayoutPolicy[] = ["auto", "files", "packs"];

/** The version of the numbers below: it stands in the index. Another number is another version. */
export const LAYOUT_VERSION = 1;
/** Entries of an index up to which `auto` keeps a layer for each file. */
export const MOST_LAYERS = 1000;
/** Files from this size on keep a layer of their own (bytes). */
export const PACKED_BELOW = 128 * 1024;
/** Bytes of a pack: no cut before the first, a sure one before the second; cuts come some MEAN after the first. */
const SMALLEST = 2 * 1024 * 1024;
const LARGEST = 8 * 1024 * 1024;
const MEAN = 3 * 1024 * 1024;

export interface PackMember {
  readonly path: BundlePath;
  readonly content: FileContent;
  /** Where the file's own bytes begin in the pack; of a link, where they would. */
  readonly offset: number;
}

/** A pack before its bytes are known: rows of a table, since a million members are never needed at once. */
export class PackDraft {
  constructor(
    readonly files: FileTable,
    /** Where the members stand in the table, in order. */
    readonly rows: readonly number[],
    /** Where the bytes of each begin. */
    readonly offsets: readonly number[],
    /** Bytes of the archive. */
    readonly size: number,
  ) {}

  /** Sorted by the UTF-8 bytes of the path. Made whenever it is asked for. */
  get members(): readonly PackMember[] {
    const paths = this.files.paths.strings();
    return this.rows.map((row, nth) => ({ path: paths[row]!, content: this.files.at(row), offset: this.offsets[nth]! }));
  }
}

/** Where a packed file's bytes lie. */
export interface PackedAt {
  readonly pack: Blob;
  readonly offset: number;
}

/** The packs of a snapshot, in the order of the paths; none where every file keeps its own layer. */
export function draftPacks(snapshot: Snapshot, policy: LayoutPolicy): PackDraft[] {
  if (policy === "files" || (policy === "auto" && snapshot.size <= MOST_LAYERS)) return [];
  const files = FileTable.of(snapshot);
  const drafts: PackDraft[] = [];
  let rows: number[] = [];
  let offsets: number[] = [];
  let size = 0;
  const cut = () => {
    if (rows.length > 0) drafts.push(new PackDraft(files, rows, offsets, size + TAR_END));
    rows = [];
    offsets = [];
    size = 0;
  };
  files.paths.strings().forEach((path, row) => {
    const content = { size: files.sizes[row]!, link: files.links.get(path) };
    if (!isPacked(path, content)) return;
    const head = headerSize(path, content.link);
    const added = head + bodySize(content);
    if (size + added + TAR_END > LARGEST || (size >= SMALLEST && beginsPack(path, added))) cut();
    rows.push(row);
    offsets.push(size + head);
    size += added;
  });
  cut();
  return drafts;
}

/** The three files that always travel keep their layers, so that they can be read alone; a link needs no layer, since it has no bytes. */
export function isPacked(path: BundlePath, { size, link }: Pick<FileContent, "size" | "link">): boolean {
  return !isMetadataPath(path) && (link !== undefined || size < PACKED_BELOW);
}

/**
 * The archive. @param read the bytes of a member that is no link, exactly `content.size` of them, known to be those of its digest.
 * @throws what `read` throws
 */
export function encodePack(draft: PackDraft, read: (member: PackMember) => Uint8Array): Bytes {
  const pack = new Uint8Array(draft.size);
  let at = 0;
  for (const member of draft.members) {
    const { path, content, offset } = member;
    at = writeHeader(pack, at, path, content);
    if (at !== offset) throw new Failure("bug", `the pack member ${path} was planned at ${offset} and would lie at ${at}`);
    if (content.link === undefined) pack.set(read(member), at);
    at += bodySize(content);
  }
  return pack;
}

/** Packs of an earlier bundle, found again by what they hold: their bytes need not be made to know their digest. */
export class KnownPacks {
  readonly #byFirst = new Map<BundlePath, { readonly members: readonly (readonly [BundlePath, FileContent])[]; readonly blob: Blob }>();

  /** @param packs what each pack holds, sorted by path */
  constructor(packs: Iterable<{ readonly members: readonly (readonly [BundlePath, FileContent])[]; readonly blob: Blob }>) {
    for (const pack of packs) if (pack.members.length > 0) this.#byFirst.set(pack.members[0]![0], pack);
  }

  find(draft: PackDraft): Blob | null {
    const known = this.#byFirst.get(draft.files.paths.at(draft.rows[0]!));
    if (known === undefined || known.members.length !== draft.rows.length || known.blob.size !== draft.size) return null;
    const same = draft.members.every(({ path, content }, index) => {
      const [knownPath, knownContent] = known.members[index]!;
      return path === knownPath && content.size === knownContent.size && sameContent(content, knownContent);
    });
    return same ? known.blob : null;
  }
}

/** Chance decides, by the file's name alone: once for every MEAN bytes. */
function beginsPack(path: BundlePath, size: number): boolean {
  return leadingBits(path) < Math.min(1, size / MEAN) * 2 ** 32;
}
