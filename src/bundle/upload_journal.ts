/**
 * What a push remembers of uploads that are under way, so that the next process goes on with them, and what was learned of hosts. Both are
 * handed to a remote as values: a remote touches no disk.
 */
import type { Digest } from "../base/digest.ts";

/** An upload that a registry has begun: where it goes on, and how many bytes the registry has said it has. */
export interface UploadSession {
  /** It may carry a signature: nothing to print. */
  readonly url: string;
  /** Bytes. */
  readonly offset: number;
  /** The smallest piece but the last that the registry takes, bytes (OCI-Chunk-Min-Length). */
  readonly smallestPiece: number;
}

/** @param remote as `formatRepository` writes it: a session belongs to one repository */
export interface UploadJournal {
  find(remote: string, digest: Digest): UploadSession | null;
  keep(remote: string, digest: Digest, session: UploadSession): void;
  drop(remote: string, digest: Digest): void;
}

/** How a host wants big blobs sent, as far as it has refused other ways. */
export interface HostProfile {
  /** One PUT is refused above this size (bytes); null: no size was refused yet. */
  readonly wholeUpTo: number | null;
  /** false: it takes no pieces. */
  readonly takesPieces: boolean;
  /** Bytes of one piece. */
  readonly piece: number;
}

export interface HostMemory {
  find(host: string): HostProfile | null;
  keep(host: string, profile: HostProfile): void;
}
