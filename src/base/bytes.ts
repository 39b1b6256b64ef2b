/**
 * Streams of bytes: read all of a small one, verify any. Verification happens in the stream, so that nobody can use bytes first and
 * check them later (D10).
 */
import { type Digest, Hasher } from "./digest.ts";
import { Failure } from "./failure.ts";

/** What bytes must be: their digest and their length. */
export interface Expected {
  readonly digest: Digest;
  readonly size: number;
}

/** Bytes that can be opened more than once, so that a failed transfer can start again. */
export interface ByteSource {
  readonly size: number;
  open(): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** From a byte on, where that is cheaper than to pass over what comes before. */
  readonly openAt?: ((offset: number) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>) | undefined;
}

export function sourceOf(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    size: bytes.byteLength,
    open: () =>
      Promise.resolve(
        new ReadableStream({
          start(controller) {
            if (bytes.byteLength > 0) controller.enqueue(bytes);
            controller.close();
          },
        }),
      ),
  };
}

/**
 * Passes bytes through and fails at the end, with no last piece lost, when they are not what they should be; fails at once when there
 * are too many. @throws Failure("corrupt") naming `what`.
 */
export function verifying(expected: Expected, what: string): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const check = new Verifier(expected, what);
  return new TransformStream({
    transform(piece, controller) {
      check.update(piece);
      controller.enqueue(piece);
    },
    flush: () => check.finish(),
  });
}

/** The same check for those who move bytes in a loop of their own. */
export class Verifier {
  readonly #hasher = new Hasher();
  constructor(readonly expected: Expected, readonly what: string) {}

  /** @throws Failure("corrupt") as soon as there are more bytes than there should be. */
  update(piece: Uint8Array): void {
    this.#hasher.update(piece);
    if (this.#hasher.size > this.expected.size) throw this.#wrong(`more than ${this.expected.size} bytes`);
  }

  /** @throws Failure("corrupt") when size or digest differ. */
  finish(): void {
    this.check({ size: this.#hasher.size, digest: this.#hasher.digest() });
  }

  /** The same for bytes that somebody else hashed. @throws as above */
  check({ size, digest: actual }: Expected): void {
    if (size !== this.expected.size) {
      throw this.#wrong(
        size > this.expected.size ? `more than ${this.expected.size} bytes` : `${size} bytes instead of ${this.expected.size}`,
      );
    }
    if (actual !== this.expected.digest) throw this.#wrong(`digest ${actual} instead of ${this.expected.digest}`);
  }

  #wrong(found: string): Failure {
    return new Failure("corrupt", `${this.what} is corrupt: it has ${found}`, { facts: { digest: this.expected.digest } });
  }
}

/** All bytes of a stream. @throws Failure("corrupt") naming `what` when there are more than `limit`. */
export async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  limit: number,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.byteLength;
    if (size > limit) throw new Failure("corrupt", `${what} is larger than the ${limit} bytes it may have`, { facts: { limit } });
    pieces.push(piece);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.byteLength;
  }
  return all;
}

/** All bytes of a stream, known to be the right ones. @throws Failure("corrupt") */
export async function readVerified(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  expected: Expected,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return await readAll(stream.pipeThrough(verifying(expected, what)), expected.size, what);
}
