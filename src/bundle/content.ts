/**
 * Places for bytes, and the one remote seam. A place has four verbs: has, read, readPart, write. `Remote` is one repository, in a registry
 * (`src/remote/`) or in an OCI layout (`src/layout/`); nobody above knows which.
 */
import type { ByteSource } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import type { Repository } from "./reference.ts";

/** OCI image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of referrers only. */
  readonly artifactType?: string;
}

export type Blob = Pick<Descriptor, "digest" | "size">;

/** Some bytes of a blob, from `offset` on. */
export interface BlobPart {
  readonly offset: number;
  readonly length: number;
}

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes moved since the last call; negative when an attempt starts again. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** What is written is known not to be there: nobody asks. */
  readonly isNew?: boolean | undefined;
}

export interface ContentStore {
  /** false only when known to be absent; every doubt is thrown. */
  has(blob: Blob, options?: TransferOptions): Promise<boolean>;
  /**
   * The bytes, verified in the stream: it errors with Failure("corrupt") before its end when they are not those of the digest.
   * @throws Failure("not-found")
   */
  read(blob: Blob, options?: TransferOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /**
   * Exactly those bytes, NOT verified: a part has no digest of its own, so whoever asks for it verifies what is made of it. A part of no
   * bytes is not asked for. @throws Failure("not-found"); Failure("corrupt"), also in the stream, when there are fewer or more bytes
   * than the blob should have.
   */
  readPart(blob: Blob, part: BlobPart, options?: TransferOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Writing what is there already is success. @throws Failure("changed-underneath") when the source does not give the blob's bytes. */
  write(blob: Blob, source: ByteSource, options?: TransferOptions): Promise<void>;
  /** For who found bytes of a part wrong: what makes the blob good, beginning with a command. */
  hintOfDamage(blob: Blob): string;
}

/** A manifest as it travels: exact bytes, their digest, their type. */
export interface EncodedManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Remote {
  readonly repository: Repository;
  readonly blobs: ContentStore;
  /** How many transfers at once this remote takes well. */
  readonly parallel: number;

  /** The digest a tag holds now; null for a tag (or a whole repository) that does not exist, and for nothing else. */
  resolve(tag: string, signal?: AbortSignal): Promise<Digest | null>;
  /** Bytes verified against the digest. @throws Failure("not-found") */
  readManifest(digest: Digest, signal?: AbortSignal): Promise<EncodedManifest>;
  /**
   * Stores a manifest by digest, under no tag. When it has a `subject`, it is found by `referrers` afterwards, whatever the remote
   * supports (OCI distribution-spec, "Pushing Manifests with Subject"). @throws Failure("not-found") when the remote
   * says that it lacks a blob of it.
   */
  writeManifest(manifest: EncodedManifest, signal?: AbortSignal): Promise<void>;
  /**
   * Moves a tag if it still holds `expect` (null: still absent; "any": whatever it holds). @throws Failure("tag-moved") with
   * `facts.found`. A layout does this under a lock; a registry checks right before and right after (docs/guarantees.md).
   */
  setTag(tag: string, manifest: EncodedManifest, expect: Digest | null | "any", signal?: AbortSignal): Promise<void>;
  /** Takes a tag away; what it held stays. @throws Failure("not-found") | Failure("unsupported") | Failure("tag-moved") */
  removeTag(tag: string, expect: Digest | "any", signal?: AbortSignal): Promise<void>;
  /** All tags, sorted by UTF-8 bytes, without the fallback tags of the referrers schema. */
  tags(signal?: AbortSignal): Promise<readonly string[]>;
  /** Manifests whose subject is `digest`, filtered by type. Empty when there are none. */
  referrers(digest: Digest, artifactType: string, signal?: AbortSignal): Promise<readonly Descriptor[]>;
  /** Requests sent so far (0 for a layout). */
  requests(): number;
  close(): void;
}
