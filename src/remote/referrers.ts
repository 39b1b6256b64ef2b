/**
 * Which manifests name another one as their subject (OCI distribution-spec, "Listing Referrers", "Referrers Tag Schema"). Asks the
 * registry, and reads the fallback tag as well: older clients may have written it beside a registry that has the interface by now.
 */
import { canonicalJsonBytes, type Json } from "../base/canonical_json.ts";
import { asObject, at, isDeeper, member, optional } from "../base/decode.ts";
import { type Digest, digestOf, digestParts } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Descriptor, EncodedManifest } from "../bundle/content.ts";
import { decodeDescriptor, descriptorJson } from "../bundle/manifest.ts";
import { OCI_IMAGE_INDEX_TYPE } from "../bundle/media_types.ts";
import { discard, type HttpResponse, readStart } from "../http/message.ts";
import type { Exchange } from "./exchange.ts";
import { withParameter } from "./location.ts";
import type { Manifests } from "./manifests.ts";
import { endlessPages } from "./remote_failure.ts";
import { nextPage } from "./tags.ts";

/** How a registry that does not know the interface refuses it (rule R17). */
const UNSUPPORTED = [400, 404, 405, 501, 301, 302, 303, 307, 308];
const PAGE_BYTES = 16 * 1024 * 1024;
const MOST_PAGES = 1000;
const MOST_LISTED = 100_000;
/** Levels: what others put into a list is written again. */
const DEEPEST = 100;
/** How often a list is written again when another one wrote it at the same time. */
const ROUNDS = 8;

type Listed = Readonly<Record<string, unknown>>;

export class Referrers {
  /** Lists that this process changes now, one after another. */
  readonly #changing = new Map<Digest, Promise<void>>();

  constructor(readonly exchange: Exchange, readonly manifests: Manifests) {}

  async list(subject: Digest, artifactType: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    const found = new Map<Digest, Descriptor>();
    const lists = [await this.#fromRegistry(subject, artifactType, signal), (await this.#fromTag(subject, signal)).manifests];
    for (const descriptor of lists.flat().map(readable)) {
      if (descriptor === null || descriptor.digest === subject) continue; // GitLab lists the subject itself
      if (descriptor.artifactType === artifactType && !found.has(descriptor.digest)) found.set(descriptor.digest, descriptor);
    }
    return [...found.values()];
  }

  /**
   * After a manifest with a subject was put: a registry that knows subjects says so in OCI-Subject; for any other one the list under the
   * fallback tag is brought up to date (rule R18).
   */
  async announce(manifest: EncodedManifest, headers: Headers, signal?: AbortSignal): Promise<void> {
    const about = subjectOf(manifest);
    if (about === null || headers.has("oci-subject")) return;
    const before = this.#changing.get(about.subject) ?? Promise.resolve();
    const change = before.then(() => this.#addToTag(about.subject, about.descriptor, signal));
    const settled = change.catch(() => {}); // whoever comes next does not fail for this one
    this.#changing.set(about.subject, settled);
    await change;
    if (this.#changing.get(about.subject) === settled) this.#changing.delete(about.subject);
  }

  /** Filtered again by the caller, since not every registry filters (rule R20). */
  async #fromRegistry(subject: Digest, artifactType: string, signal?: AbortSignal): Promise<readonly Listed[]> {
    const found: Listed[] = [];
    const asked = new Set<string>();
    let next: URL | null = withParameter(this.exchange.urlOf(`referrers/${subject}`), "artifactType", artifactType);
    while (next !== null && !asked.has(next.href) && next.origin === this.exchange.options.origin.origin) {
      if (asked.size === MOST_PAGES || found.length > MOST_LISTED) {
        throw endlessPages(`list what refers to ${subject}`, this.exchange.repository, next.host);
      }
      asked.add(next.href);
      const response = await this.#askPage(subject, next, signal);
      const page = response === null ? null : await indexIn(response);
      if (page === null) break;
      const isFiltered = response!.headers.get("oci-filters-applied")?.includes("artifactType") ?? false;
      found.push(...page.map((listed) => isFiltered && listed.artifactType === undefined ? { ...listed, artifactType } : listed));
      next = nextPage(response!);
    }
    return found;
  }

  /** null: the registry does not know the interface. Some say so by leading to a login page, so redirects are not followed. */
  async #askPage(subject: Digest, at: URL, signal?: AbortSignal): Promise<HttpResponse | null> {
    const operation = `list what refers to ${subject}`;
    const headers = { accept: OCI_IMAGE_INDEX_TYPE };
    const question = { operation, access: "pull", method: "GET", at, headers, accept: UNSUPPORTED, follow: false, signal } as const;
    const response = await this.exchange.ask(question);
    if (response.status === 200) return response;
    await discard(response);
    return null;
  }

  /** The list under the fallback tag; empty when there is none, or when the tag holds something else. */
  async #fromTag(subject: Digest, signal?: AbortSignal): Promise<{ readonly manifests: readonly Listed[]; readonly rest: Listed }> {
    // A list of ours that is not seen yet must not count as none: it would be written anew, without what others put there.
    const index = await this.manifests.getWritten(fallbackTag(subject), signal);
    const none = { manifests: [], rest: { schemaVersion: 2, mediaType: OCI_IMAGE_INDEX_TYPE } };
    if (index === null) return none;
    const document = parse(index.bytes);
    const manifests = document === null ? null : listedIn(document);
    if (manifests === null) return none; // GitLab gives the subject itself (rule R17)
    if (isDeeper(document, DEEPEST)) {
      const what = `the list of what refers to ${subject} in ${this.exchange.repository}`;
      throw new Failure("remote-error", `${what} is nested deeper than ${DEEPEST} levels`);
    }
    const { manifests: _, ...rest } = document!;
    return { manifests, rest };
  }

  /** There is no compare-and-swap in a registry: after writing, the list is read again, and written again when our entry is not in it. */
  async #addToTag(subject: Digest, entry: Descriptor, signal?: AbortSignal): Promise<void> {
    const tag = fallbackTag(subject);
    const { clock } = this.exchange.options.gate;
    for (let round = 0; round < ROUNDS; round++) {
      const { manifests, rest } = await this.#fromTag(subject, signal);
      if (manifests.some(({ digest }) => digest === entry.digest)) return;
      if (round > 0) await clock.sleep(clock.random() * 100 * round, signal, this.exchange.options.origin);
      const bytes = canonicalJsonBytes({ ...rest, manifests: [...manifests, descriptorJson(entry)] } as Json);
      await this.manifests.put(tag, { mediaType: OCI_IMAGE_INDEX_TYPE, digest: digestOf(bytes), bytes }, signal);
    }
    const { manifests } = await this.#fromTag(subject, signal);
    if (manifests.some(({ digest }) => digest === entry.digest)) return;
    throw new Failure("remote-error", `others keep changing the list of what refers to ${subject} in ${this.exchange.repository}`, {
      hint: "run the command again",
    });
  }
}

/** `sha256-<hex>` */
function fallbackTag(subject: Digest): string {
  const { algorithm, encoded } = digestParts(subject);
  return `${algorithm}-${encoded}`;
}

/** What a manifest says of its subject, and how a list names it; null when it has none. */
function subjectOf(manifest: EncodedManifest): { subject: Digest; descriptor: Descriptor } | null {
  const root = at(parse(manifest.bytes) ?? {});
  const subject = optional(member(root, "subject"), decodeDescriptor);
  if (subject === undefined) return null;
  const own = asObject(root);
  const config = optional(member(root, "config"), asObject);
  const artifactType = own.artifactType ?? config?.mediaType;
  const annotations = optional(member(root, "annotations"), asObject) as Record<string, string> | undefined;
  return {
    subject: subject.digest,
    descriptor: {
      mediaType: manifest.mediaType,
      digest: manifest.digest,
      size: manifest.bytes.byteLength,
      ...(typeof artifactType === "string" ? { artifactType } : {}),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

/** null for what is no index: a web page, or JSON of another kind. */
async function indexIn(response: HttpResponse): Promise<readonly Listed[] | null> {
  const document = parse(await readStart(response, PAGE_BYTES));
  return document === null ? null : listedIn(document);
}

function listedIn(document: Listed): readonly Listed[] | null {
  const { manifests } = document;
  return Array.isArray(manifests) ? manifests.filter(isMapping) : null;
}

function readable(listed: Listed): Descriptor | null {
  try {
    return decodeDescriptor(at(listed));
  } catch (error) {
    if (isFailure(error, "invalid")) return null; // made by another tool, and not for us
    throw error;
  }
}

function parse(bytes: Uint8Array): Listed | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isMapping(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isMapping(value: unknown): value is Listed {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
