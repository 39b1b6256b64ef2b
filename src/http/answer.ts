/**
 * Reads one HTTP/1.1 answer from a connection (RFC 9112, sections 4 to 7): its head, and a body that is short. What is longer than `MOST`
 * is cut off, since nobody reads on; large bodies are read by `receive.ts`.
 */
type Bytes = Uint8Array<ArrayBuffer>;

export interface Head {
  readonly status: number;
  readonly headers: Headers;
}

export interface Answer extends Head {
  readonly body: Bytes;
}

/** The next bytes that come; null at the end. */
export type ReadSome = () => Promise<Bytes | null>;

const MOST_INTERIM = 100;
const MOST = 64 * 1024; // bytes of a head, and of a body

/** @throws Error when the connection ends too early, or when it is no HTTP that comes. */
export async function readAnswer(read: ReadSome): Promise<Answer> {
  const inbox = new Inbox(read);
  const { status, headers } = await readHead(inbox);
  return { status, headers, body: await readShortBody({ status, headers }, inbox) };
}

/** Passes over interim answers (1xx). @throws Error as above */
export async function readHead(inbox: Inbox): Promise<Head> {
  for (let interim = 0; interim <= MOST_INTERIM; interim++) {
    const [line = "", ...fields] = (await inbox.upTo("\r\n\r\n")).split("\r\n");
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1]);
    if (Number.isNaN(status)) throw new Error("the answer is no HTTP");
    if (status < 200 && status !== 101) continue;
    const headers = new Headers();
    for (const field of fields) {
      const colon = field.indexOf(":");
      if (colon > 0) append(headers, field.slice(0, colon).trim(), field.slice(colon + 1).trim());
    }
    return { status, headers };
  }
  throw new Error("the answer never comes: only interim ones do");
}

function append(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch (error) {
    throw error instanceof TypeError ? new Error("the answer is no HTTP", { cause: error }) : error; // no name, or no value, of a field
  }
}

/** Only as far as the end of a head: for the answer to CONNECT, after which the connection is a tunnel. */
export async function readStatus(read: ReadSome): Promise<number> {
  const line = (await new Inbox(read).upTo("\r\n\r\n")).split("\r\n")[0]!;
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1] ?? 0);
}

export async function readShortBody({ status, headers }: Head, inbox: Inbox): Promise<Bytes> {
  if (status === 204 || status === 304) return new Uint8Array(0);
  if (/\bchunked\s*$/i.test(headers.get("transfer-encoding") ?? "")) return await readChunks(inbox);
  const length = headers.get("content-length");
  return await inbox.take(length === null ? MOST : Math.min(MOST, Number(length)));
}

async function readChunks(inbox: Inbox): Promise<Bytes> {
  let body: Bytes = new Uint8Array(0);
  while (body.byteLength < MOST) {
    const size = parseInt(await inbox.upTo("\r\n"), 16);
    if (!(size > 0)) break; // the last one, or none that can be read
    body = joined(body, await inbox.take(Math.min(size, MOST)));
    await inbox.upTo("\r\n");
  }
  return body;
}

/** What has come and was not taken yet. */
export class Inbox {
  #kept: Bytes = new Uint8Array(0);

  constructor(readonly read: ReadSome) {}

  /** The text before the mark, which is passed over. */
  async upTo(mark: string): Promise<string> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#kept); // one letter a byte, so that places agree
      const at = text.indexOf(mark);
      if (at >= 0) {
        this.#kept = this.#kept.subarray(at + mark.length);
        return text.slice(0, at);
      }
      if (this.#kept.byteLength > MOST) throw new Error("the head of the answer is too long");
      if (!await this.#more()) throw new Error("the connection was closed before an answer");
    }
  }

  /** What has come already. */
  rest(): Bytes {
    const rest = this.#kept;
    this.#kept = rest.subarray(rest.byteLength);
    return rest;
  }

  /** So many bytes; fewer when the connection ends before. */
  async take(size: number): Promise<Bytes> {
    while (this.#kept.byteLength < size && await this.#more());
    const taken = this.#kept.subarray(0, size);
    this.#kept = this.#kept.subarray(taken.byteLength);
    return taken;
  }

  async #more(): Promise<boolean> {
    const piece = await this.read();
    if (piece !== null) this.#kept = joined(this.#kept, piece);
    return piece !== null;
  }
}

function joined(a: Bytes, b: Bytes): Bytes {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}
