/** An upload that a registry has begun, and what was found out about the registry by uploads before. */
import type { HttpResponse } from "../http/message.ts";
import { uploadLocation } from "./location.ts";

export interface Session {
  readonly url: URL;
  /** The smallest piece but the last that it takes, bytes (OCI-Chunk-Min-Length). */
  readonly smallestPiece: number;
}

/** What was found out about a registry while sending. */
export interface UploadProfile {
  /** One PUT is refused from this size on (bytes). */
  wholeUpTo: number;
  /** Pieces are refused altogether. */
  takesPieces: boolean;
  /** Bytes of one piece. */
  piece: number;
}

/** The address where an upload goes on after an answer; the one before, when the answer names none. */
export function movedOn(response: HttpResponse, asked: URL, origin: URL): URL {
  const location = response.headers.get("location");
  return location === null ? asked : uploadLocation(location, asked, origin);
}
