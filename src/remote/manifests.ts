/**
 * Manifests and tags of a repository in a registry (OCI distribution-spec, "Pulling manifests", "Pushing Manifests", "Deleting tags").
 * Nothing here ever deletes by digest: that would take every tag of a bundle with it.
 */
import { type Digest, digestOf, isDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { EncodedManifest } from "../bundle/content.ts";
import {
  DOCKER_LIST_TYPE,
  DOCKER_MANIFEST_TYPE,
  MAX_MANIFEST_BYTES,
  OCI_IMAGE_INDEX_TYPE,
  OCI_MANIFEST_TYPE,
} from "../bundle/media_types.ts";
import { discard, type HttpResponse } from "../http/message.ts";
import { readAll } from "../base/bytes.ts";
import type { Exchange } from "./exchange.ts";
import { asksForGet, isWebPage, Refused, refusedStatus, webPage } from "./remote_failure.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Without these, registries answer 404 for what is there (rule R32). */
export const ACCEPT = [OCI_MANIFEST_TYPE, OCI_IMAGE_INDEX_TYPE, DOCKER_MANIFEST_TYPE, DOCKER_LIST_TYPE].join(", ");
/** Our own bound; the bytes are measured and hashed before anything parses them. */
const MAX_BYTES = 16 * MAX_MANIFEST_BYTES;
/** How a tag that may not move is refused (rule R28). */
const IMMUTABLE = [400, 403, 409, 412];
/** What was written a moment ago may not be seen everywhere yet (rule R29): so many looks, so far apart (ms). */
const LOOKS = 4;
const LOOK_PAUSE = 300;
/** So many tries to name a blob that the registry says it lacks. */
const BLOB_LOOKS = 3;

export class Manifests {
  /** null until a HEAD that found nothing has been compared with a GET (rule R12). */
  #headWorks: boolean | null = null;
  readonly #written = new Set<string>();

  constructor(readonly exchange: Exchange) {}

  /** The digest that a tag holds; null when the tag, or the whole repository, does not exist. */
  async resolve(tag: string, signal?: AbortSignal): Promise<Digest | null> {
    if (this.#headWorks === false) return (await this.get(tag, signal))?.digest ?? null;
    try {
      const response = await this.exchange.ask({ ...readTag(tag), method: "HEAD", accept: [404], signal });
      await discard(response);
      const named = response.headers.get("docker-content-digest") ?? "";
      if (response.status === 404 && this.#headWorks) return null;
      if (response.status !== 404) {
        this.#headWorks = true;
        if (isDigest(named)) return named;
      }
      const found = await this.get(tag, signal);
      if (response.status === 404) this.#headWorks = found === null;
      return found?.digest ?? null;
    } catch (error) {
      if (!asksForGet(error)) throw error;
      const found = await this.get(tag, signal);
      this.#headWorks = false; // the same was allowed by GET
      return found?.digest ?? null;
    }
  }

  /** @throws Failure("not-found"), Failure("corrupt") */
  async read(digest: Digest, signal?: AbortSignal): Promise<EncodedManifest> {
    const manifest = await this.getWritten(digest, signal);
    if (manifest !== null) return manifest;
    throw new Failure("not-found", `${this.exchange.repository} has no manifest ${digest}`, {
      hint: "mops bundle manifest --tags-only shows what is there",
      facts: { digest, repository: this.exchange.repository },
    });
  }

  /** The same as `get`, but what this process put there is looked for more than once (rule R29). */
  async getWritten(reference: string, signal?: AbortSignal): Promise<EncodedManifest | null> {
    for (let look = 1;; look++) {
      const manifest = await this.get(reference, signal);
      if (manifest !== null || look === LOOKS || !this.#written.has(reference)) return manifest;
      await this.#wait(look, signal);
    }
  }

  /** By tag or digest, with the digest that its bytes have; null when it is not there. */
  async get(reference: string, signal?: AbortSignal): Promise<EncodedManifest | null> {
    const what = isDigest(reference) ? `the manifest ${reference}` : `the tag ${reference}`;
    const response = await this.exchange.ask({ ...readTag(reference), operation: `read ${what}`, method: "GET", accept: [404], signal });
    if (response.status === 404) {
      await discard(response);
      return null;
    }
    const bytes = await readAll(response.body ?? new Blob([]).stream(), MAX_BYTES, `${what} of ${this.exchange.repository}`);
    if (isWebPage(bytes)) throw webPage(`read ${what}`, this.exchange.repository, response.url.host);
    const digest = digestOf(bytes);
    if (isDigest(reference) && digest !== reference) {
      throw new Failure("corrupt", `${what} of ${this.exchange.repository} is corrupt: its bytes have the digest ${digest}`, {
        facts: { digest: reference, found: digest },
      });
    }
    this.#compare(what, digest, response);
    return { mediaType: mediaTypeOf(response, bytes), digest, bytes };
  }

  /**
   * Puts it under its digest. A registry may not see a blob of it for a moment, while somebody else sends the same one (distribution 2.8
   * empties the file that says "it is here" before it writes it again; seen in a race of two pushes). @throws as `put`
   */
  async write(manifest: EncodedManifest, signal?: AbortSignal): Promise<Headers> {
    for (let look = 1;; look++) {
      try {
        return await this.put(manifest.digest, manifest, signal);
      } catch (error) {
        if (look === BLOB_LOOKS || !isMissingBlob(error)) throw error;
        await this.#wait(look, signal);
      }
    }
  }

  /**
   * Puts it under a digest or a tag; gives the answer's headers. @param again false: the caller tries again itself.
   * @throws Failure("not-found") when a blob of it is missing
   */
  async put(reference: string, manifest: EncodedManifest, signal?: AbortSignal, again = true): Promise<Headers> {
    if (digestOf(manifest.bytes) !== manifest.digest) {
      throw new Failure("corrupt", `the manifest ${manifest.digest} was not sent: its bytes have another digest`, {
        facts: { digest: manifest.digest },
      });
    }
    await this.exchange.greet(signal);
    const operation = isDigest(reference) ? `write the manifest ${reference}` : `set the tag ${reference}`;
    try {
      const response = await this.exchange.ask({
        operation,
        access: "push",
        method: "PUT",
        at: `manifests/${reference}`,
        headers: { "content-type": manifest.mediaType },
        body: manifest.bytes,
        again,
        signal,
      });
      await discard(response);
      this.#written.add(reference).add(manifest.digest);
      return response.headers;
    } catch (error) {
      throw lacksBlob(error) ? missingBlob(error, this.exchange.repository, manifest.digest) : error;
    }
  }

  /** Looks at the tag before each try: what somebody puts there while a registry is slow, or asks for patience, is not put over. */
  async setTag(tag: string, manifest: EncodedManifest, expect: Digest | null | "any", signal?: AbortSignal): Promise<Headers | null> {
    for (let attempt = 1;; attempt++) {
      const before = await this.resolve(tag, signal);
      if (before === manifest.digest) return null;
      if (expect !== "any" && before !== expect) throw this.#moved(tag, expect, before);
      let headers: Headers;
      try {
        headers = await this.put(tag, manifest, signal, false);
      } catch (error) {
        if (await this.exchange.pause(attempt, error, signal)) continue;
        if (isMissingBlob(error) && attempt < BLOB_LOOKS) {
          await this.#wait(attempt, signal);
          continue;
        }
        if (!IMMUTABLE.includes(refusedStatus(error) ?? 0)) throw error;
        const now = await this.resolve(tag, signal);
        if (now === manifest.digest) return null;
        if (now !== before && expect !== "any") throw this.#moved(tag, expect, now);
        throw now === null ? error : immutable(tag, this.exchange.repository, error);
      }
      const after = await this.#settled(tag, before, manifest.digest, signal);
      if (after !== manifest.digest) throw this.#moved(tag, manifest.digest, after);
      return headers;
    }
  }

  /** Other tags of the same manifest stay, and so does the manifest; where a registry takes it too, it is put back. */
  async removeTag(tag: string, expect: Digest | "any", signal?: AbortSignal): Promise<void> {
    const held = await this.get(tag, signal);
    if (held === null) {
      throw new Failure("not-found", `${this.exchange.repository} has no tag ${tag}`, {
        hint: "mops bundle manifest --tags-only shows what is there",
        facts: { tag },
      });
    }
    if (expect !== "any" && held.digest !== expect) throw this.#moved(tag, expect, held.digest);
    await this.exchange.greet(signal);
    for (let attempt = 1;; attempt++) {
      try {
        await this.#delete(tag, signal);
        break;
      } catch (error) {
        if (!await this.exchange.pause(attempt, error, signal)) throw error;
        const now = await this.resolve(tag, signal);
        if (now === null) break; // the answer was lost
        if (now !== held.digest) throw this.#moved(tag, held.digest, now);
      }
    }
    if (await this.get(held.digest, signal) === null) await this.put(held.digest, held, signal);
  }

  async #delete(tag: string, signal: AbortSignal | undefined): Promise<void> {
    const at = `manifests/${tag}`;
    try {
      const operation = `remove the tag ${tag}`;
      await discard(await this.exchange.ask({ operation, access: "push", method: "DELETE", at, accept: [404], again: false, signal }));
    } catch (error) {
      if (![400, 405, 501].includes(refusedStatus(error) ?? 0)) throw error;
      throw new Failure(
        "unsupported",
        `${this.exchange.repository} cannot forget the tag ${tag}: its registry does not remove single tags`,
        {
          hint: "move the tag to another bundle instead, or ask who runs the registry for a retention rule",
          facts: { tag },
          cause: error,
        },
      );
    }
  }

  /** Looks until the registry shows what was written, or something that is neither that nor what was there before. */
  async #settled(tag: string, before: Digest | null, wanted: Digest, signal: AbortSignal | undefined): Promise<Digest | null> {
    for (let look = 1;; look++) {
      const found = await this.resolve(tag, signal);
      if (found === wanted || found !== before || look === LOOKS) return found;
      await this.#wait(look, signal);
    }
  }

  async #wait(look: number, signal: AbortSignal | undefined): Promise<void> {
    await this.exchange.options.gate.clock.sleep(LOOK_PAUSE * look, signal, this.exchange.options.origin);
  }

  /** A wrong header on what was asked for by digest is damage; on a tag it is worth a word (rule R13). */
  #compare(what: string, digest: Digest, response: HttpResponse): void {
    const named = response.headers.get("docker-content-digest");
    if (named === null || named === digest || !named.startsWith("sha256:")) return;
    const message = `${this.exchange.options.host} says that ${what} has the digest ${
      isDigest(named) ? named : "of another form"
    }, but it has ${digest}`;
    if (what.startsWith("the manifest")) throw new Failure("corrupt", message, { facts: { digest, found: named } });
    this.exchange.options.emit({ kind: "warning", code: "wrong-digest-header", message });
  }

  #moved(tag: string, expect: Digest | null, found: Digest | null): Failure {
    const now = found === null ? "is gone" : `holds ${found}`;
    return new Failure("tag-moved", `${this.exchange.repository}:${tag} ${now}, and not ${expect ?? "free"} any more`, {
      hint: "mops bundle pull",
      facts: { tag, expect: expect ?? null, expected: expect, found },
    });
  }
}

function readTag(reference: string) {
  return { operation: `read the tag ${reference}`, access: "pull", at: `manifests/${reference}`, headers: { accept: ACCEPT } } as const;
}

/** What the server calls it; where that is too general, what it calls itself. */
function mediaTypeOf(response: HttpResponse, bytes: Bytes): string {
  const type = (response.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type !== "" && !/^(application\/(json|octet-stream)|text\/plain)$/.test(type)) return type;
  try {
    const own = (JSON.parse(new TextDecoder().decode(bytes)) as { mediaType?: unknown } | null)?.mediaType;
    return typeof own === "string" ? own : OCI_MANIFEST_TYPE;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return OCI_MANIFEST_TYPE; // whoever decodes it will say that it is none
  }
}

/** Some registries say it with a code, some with a server error and words. */
function lacksBlob(error: unknown): boolean {
  if (!(error instanceof Refused)) return false;
  const { codes, words } = error.refusal;
  return codes.some((code) => code === "MANIFEST_BLOB_UNKNOWN" || code === "BLOB_UNKNOWN") ||
    /blob unknown|unknown blob|blob .*not found/i.test(words);
}

function isMissingBlob(error: unknown): boolean {
  return isFailure(error, "not-found") && lacksBlob(error.cause);
}

function missingBlob(error: unknown, repository: string, digest: Digest): Failure {
  return new Failure("not-found", `${repository} lacks a blob that the manifest ${digest} names`, {
    hint: "mops bundle push sends what is missing",
    facts: { digest, repository },
    cause: error,
  });
}

function immutable(tag: string, repository: string, error: unknown): Failure {
  if (!isFailure(error)) throw error;
  if (error.code === "unauthorized" || (error.code === "forbidden" && !/immutab|overwrit|locked/i.test(error.message))) return error;
  return new Failure(
    error.code === "forbidden" ? "forbidden" : "unsupported",
    `the tag ${tag} of ${repository} may not move: ${error.message}`,
    {
      hint: "mops bundle push --tag ANOTHER-TAG",
      facts: { tag, repository },
      cause: error,
    },
  );
}
