/**
 * The blobs of a repository in a registry (OCI distribution-spec, "Pulling blobs", "Pushing Blobs"). Bytes are verified as they pass, in
 * both directions; a download that breaks goes on where it stopped.
 */
import { type ByteSource, sourceOf } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Blob, BlobPart, ContentStore, TransferOptions } from "../bundle/content.ts";
import { discard, type HttpResponse } from "../http/message.ts";
import { BlobReader } from "./blob_reader.ts";
import { BlobWriter, type WriterOptions } from "./blob_writer.ts";
import type { Exchange } from "./exchange.ts";
import { asksForGet, DAMAGED_HINT } from "./remote_failure.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Up to here a blob is sent without asking first whether it is there: asking costs as much as sending (bytes). */
const ASK_FIRST = 64 * 1024;

export class RemoteBlobs implements ContentStore {
  /** Known to be there, since this process wrote or saw them. */
  readonly #present = new Map<Digest, number>();
  /** Found with another size: what a registry says of taking them is not believed before it has been looked at. */
  readonly #damaged = new Set<Digest>();
  readonly #writer: BlobWriter;
  /** null until a HEAD has been compared with a GET: some servers answer 404 to every HEAD (rule R12). */
  #headWorks: boolean | null = null;

  constructor(readonly exchange: Exchange, options: WriterOptions) {
    this.#writer = new BlobWriter(exchange, options);
  }

  async has(blob: Blob, options: TransferOptions = {}): Promise<boolean> {
    if (this.#present.get(blob.digest) === blob.size) return true;
    const found = await (this.#headWorks === false ? this.#peek(blob, options) : this.#head(blob, options)).catch((error) => {
      if (isFailure(error, "corrupt")) this.#damaged.add(blob.digest);
      throw error;
    });
    if (found) this.#present.set(blob.digest, blob.size);
    return found;
  }

  async read(blob: Blob, options: TransferOptions = {}): Promise<ReadableStream<Bytes>> {
    return await new BlobReader(this.exchange, blob, null, this.#present.has(blob.digest), options).open();
  }

  async readPart(blob: Blob, part: BlobPart, options: TransferOptions = {}): Promise<ReadableStream<Bytes>> {
    if (part.length === 0) return await sourceOf(new Uint8Array(0)).open();
    return await new BlobReader(this.exchange, blob, part, this.#present.has(blob.digest), options).open();
  }

  async write(blob: Blob, source: ByteSource, options: TransferOptions = {}): Promise<void> {
    if (this.#present.get(blob.digest) === blob.size) return;
    if (options.isNew !== true && blob.size > ASK_FIRST && !this.#damaged.has(blob.digest)) {
      const found = await this.has(blob, options).catch((error) => {
        if (isFailure(error, "corrupt")) return false; // sent again: some registries replace it
        throw error;
      });
      if (found) return;
    }
    await this.#writer.write(blob, source, options, () => this.has(blob, options));
    if (this.#damaged.has(blob.digest)) {
      await this.has(blob, options);
      this.#damaged.delete(blob.digest);
    }
    this.#present.set(blob.digest, blob.size);
  }

  hintOfDamage(): string {
    return DAMAGED_HINT;
  }

  /** Forgets what it saw: the registry has said that something is gone. */
  forget(): void {
    this.#present.clear();
  }

  async #head(blob: Blob, { signal }: TransferOptions): Promise<boolean> {
    try {
      const response = await this.exchange.ask({ ...lookFor(blob), method: "HEAD", accept: [404], signal });
      await discard(response);
      if (response.status !== 404) {
        // Some give the length of what they send, which is nothing: not believed of a host that has given none other yet.
        if (this.#headWorks === true || blob.size === 0 || response.headers.get("content-length") !== "0") {
          this.#headWorks = true;
          return isWhole(blob, response);
        }
        const found = await this.#peek(blob, { signal });
        this.#headWorks = false;
        return found;
      }
    } catch (error) {
      // A storage host, too, may take a signed address for GET only.
      if (!asksForGet(error)) throw error;
      const found = await this.#peek(blob, { signal });
      this.#headWorks = false; // the same was allowed by GET
      return found;
    }
    if (this.#headWorks) return false;
    const found = await this.#peek(blob, { signal });
    this.#headWorks = !found;
    return found;
  }

  /** The same by GET; the body is let go before it comes. */
  async #peek(blob: Blob, { signal }: TransferOptions): Promise<boolean> {
    const response = await this.exchange.ask({ ...lookFor(blob), method: "GET", accept: [404], signal });
    await discard(response);
    return response.status !== 404 && isWhole(blob, response);
  }
}

function lookFor(blob: Blob) {
  return { operation: `look for the blob ${blob.digest}`, access: "pull", at: `blobs/${blob.digest}` } as const;
}

/** There, but of another size, is neither there nor absent. */
function isWhole(blob: Blob, response: HttpResponse): boolean {
  const length = response.headers.get("content-length");
  if (length === null || Number(length) === blob.size) return true;
  throw new Failure("corrupt", `the blob ${blob.digest} on ${response.url.host} has ${length} bytes instead of ${blob.size}`, {
    hint: DAMAGED_HINT,
    facts: { digest: blob.digest, size: blob.size, found: Number(length) },
  });
}
