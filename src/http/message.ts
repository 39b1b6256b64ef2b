/** One HTTP request and its answer, as values. Bodies are streams both ways; whoever gets an answer reads its body or discards it. */
import { Failure } from "../base/failure.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Bytes | StreamedBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are expected to come back, as far as known. */
  readonly expects?: number | undefined;
}

/** A body of known length that is not in memory. It can be sent once. */
export interface StreamedBody {
  /** Bytes. */
  readonly size: number;
  readonly stream: ReadableStream<Bytes>;
}

export interface HttpResponse {
  /** Where it came from in the end; redirects may have led elsewhere. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  /** Errors with a Failure when it breaks or stands still. */
  readonly body: ReadableStream<Bytes> | null;
}

/**
 * One try: sends the request, gives whatever is answered; redirects come back as they are.
 * @throws Failure("unreachable") with `facts.reason`, Failure("interrupted")
 */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** Lets go of the body, so that the connection is free again. */
export async function discard(response: HttpResponse): Promise<void> {
  try {
    await response.body?.cancel();
  } catch (error) {
    if (!(error instanceof Failure || error instanceof TypeError)) throw error; // it broke on its own: as good as cancelled
  }
}

/** At most `limit` bytes from the start of the body; the rest is let go. */
export async function readStart(response: HttpResponse, limit: number): Promise<Bytes> {
  const pieces: Bytes[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const piece of response.body) {
      pieces.push(piece.subarray(0, limit - size));
      size += pieces.at(-1)!.byteLength;
      if (size >= limit) break;
    }
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.byteLength;
  }
  return all;
}

export function isStreamed(body: HttpRequest["body"]): body is StreamedBody {
  return body !== undefined && !(body instanceof Uint8Array);
}
