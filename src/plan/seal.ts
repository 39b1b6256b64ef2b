/**
 * The seal: everything of a bundle that is computed and not written by people, made in memory before one byte is sent (D4). Gives the
 * final bytes of the three files that always travel, and with them the bundle's digest.
 * Law: sealing what was sealed gives the same digest.
 */
import { type BundlePath, CONFIG_PATH, MANIFEST_PATH, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { digestOf } from "../base/digest.ts";
import { indexOf } from "../bundle/bundle_index.ts";
import { ChangedFiles } from "../bundle/changed_files.ts";
import type { Blob } from "../bundle/content.ts";
import { FileTable } from "../bundle/file_table.ts";
import { encodeBundle, type EncodedBundle } from "../bundle/manifest.ts";
import { manifestFileBytes } from "../bundle/manifest_file.ts";
import { draftPacks, type LayoutPolicy, type PackDraft } from "../bundle/pack.ts";
import type { FileContent, Snapshot } from "../bundle/snapshot.ts";
import { type ClosureFiles, sealModelRegistry } from "../models/model_registry_yaml.ts";

/** A seal whose packs are planned and have no bytes yet: they come from the disk, where this floor never looks. */
export interface SealDraft {
  /** Every file of the bundle, the three metadata files included. */
  readonly files: FileTable;
  /** Bytes of the metadata files; they are on disk only after the tag has moved. */
  readonly metadata: ReadonlyMap<BundlePath, Uint8Array<ArrayBuffer>>;
  readonly drafts: readonly PackDraft[];
}

export interface SealedPack {
  readonly draft: PackDraft;
  readonly blob: Blob;
}

export interface Sealed extends Omit<SealDraft, "drafts"> {
  readonly packs: readonly SealedPack[];
  readonly bundle: EncodedBundle;
}

/** What a seal begins with. */
export interface SealTexts {
  readonly config: string;
  readonly modelRegistry: string;
  /** Of the tracked `pyproject.toml`, what decides what is installed (decision 0007); null where there is none, or it is no TOML: then its bytes count. */
  readonly canonicalPyproject: Uint8Array<ArrayBuffer> | null;
  /** As `config` says. */
  readonly layout: LayoutPolicy;
}

/** `tracked` is what is tracked and on disk, with or without the metadata files: those come from the texts. */
export function draftSeal(tracked: Snapshot, texts: SealTexts): SealDraft {
  const metadata = new Map<BundlePath, Uint8Array<ArrayBuffer>>();
  const contents = new Map<BundlePath, FileContent>();
  const put = (path: BundlePath, bytes: Uint8Array<ArrayBuffer>): void => {
    metadata.set(path, bytes);
    contents.set(path, { digest: digestOf(bytes), size: bytes.byteLength, executable: false });
  };
  const encoder = new TextEncoder();
  put(CONFIG_PATH, encoder.encode(texts.config));
  put(MODEL_REGISTRY_PATH, encoder.encode(sealModelRegistry(texts.modelRegistry, closureFiles(tracked, texts.canonicalPyproject))));
  put(MANIFEST_PATH, new Uint8Array(0)); // has its place in the table, and says nothing of itself
  const files = tracked instanceof ChangedFiles
    ? tracked.table.with([...tracked.changes, ...contents])
    : FileTable.of(tracked).with(contents);
  put(MANIFEST_PATH, manifestFileBytes(files));
  files.replace(MANIFEST_PATH, contents.get(MANIFEST_PATH)!);
  return { files, metadata, drafts: draftPacks(files, texts.layout) };
}

/** @param blobs what the drafts became, in their order */
export function seal({ files, metadata, drafts }: SealDraft, blobs: readonly Blob[]): Sealed {
  const packs = drafts.map((draft, index): SealedPack => ({ draft, blob: blobs[index]! }));
  return { files, metadata, packs, bundle: encodeBundle(indexOf(files, packs)) };
}

/** The files of a bundle as closures see them. */
export function closureFiles(files: Snapshot, canonicalPyproject: Uint8Array<ArrayBuffer> | null): ClosureFiles {
  const pyproject = canonicalPyproject === null ? undefined : { digest: digestOf(canonicalPyproject), size: canonicalPyproject.byteLength };
  return {
    file: (path) => files.get(path),
    projectFile: (path) => path === PYPROJECT && files.has(path) ? pyproject ?? files.get(path) : files.get(path),
  };
}

const PYPROJECT = "pyproject.toml";
