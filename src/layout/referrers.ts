/**
 * Which manifests of a layout are about another one (OCI distribution-spec, "Referrers"; a layout has no such interface, so the listed
 * manifests are asked). Those that we listed say in their entry what their subject is; the others are opened once.
 */
import { asCount, asObject, asString, at, items, member, optional } from "../base/decode.ts";
import { type Digest, isDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Blob, Descriptor } from "../bundle/content.ts";
import { decodeDescriptor } from "../bundle/manifest.ts";
import { MAX_MANIFEST_BYTES, OCI_MANIFEST_TYPE } from "../bundle/media_types.ts";
import { annotationsOf, type LayoutIndex, type Listed, NO_SUBJECT, SUBJECT_ANNOTATION } from "./layout_index.ts";

/** What a manifest says of itself. */
export interface About {
  readonly subject: Digest | null;
  readonly descriptor: Descriptor;
}

/** Reads the manifest that a descriptor names; throws Failure("not-found" | "corrupt") when it is not what it should be. */
export type ReadManifest = (blob: Blob) => Promise<Uint8Array>;

/**
 * @param known what was learnt of manifests before, by digest; manifests never change, so it never grows stale.
 * @param onDamaged told of listed manifests that cannot be read; they are passed over, as a listing should not fail for one of them.
 */
export async function referrersIn(
  index: LayoutIndex,
  subject: Digest,
  artifactType: string,
  read: ReadManifest,
  known: Map<string, About | null>,
  onDamaged: (digest: string, reason: string) => void,
): Promise<readonly Descriptor[]> {
  const found = new Map<string, Descriptor>();
  const all = new Set(index.manifests.map(({ digest }) => digest));
  for (const listed of index.manifests) {
    if (!mayRefer(listed, subject, artifactType, all)) continue;
    const digest = String(listed.digest);
    if (!known.has(digest)) {
      try {
        known.set(digest, await describe(listed, read));
      } catch (error) {
        if (!isFailure(error, "not-found", "corrupt", "invalid")) throw error;
        onDamaged(digest, error.message);
        continue;
      }
    }
    const about = known.get(digest);
    if (about?.subject === subject && about.descriptor.artifactType === artifactType) found.set(digest, about.descriptor);
  }
  return [...found.values()];
}

/** From the bytes of an image manifest or an image index; what is neither has no subject. @throws Failure("invalid") */
export function aboutManifest(bytes: Uint8Array, blob: Blob): About {
  const root = at(parseJson(bytes));
  const subject = optional(member(root, "subject"), (found) => asString(member(found, "digest")));
  const configType = optional(member(root, "config"), (found) => optional(member(found, "mediaType"), asString));
  const artifactType = (optional(member(root, "artifactType"), asString) || undefined) ?? configType;
  const annotations = optional(member(root, "annotations"), asObject) ?? {};
  const texts = Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return {
    subject: subject !== undefined && isDigest(subject) ? subject : null,
    descriptor: {
      mediaType: optional(member(root, "mediaType"), asString) ?? OCI_MANIFEST_TYPE,
      digest: blob.digest,
      size: blob.size,
      ...(texts.length === 0 ? {} : { annotations: Object.fromEntries(texts) }),
      ...(artifactType === undefined ? {} : { artifactType }),
    },
  };
}

/** What a manifest needs to be whole: config, layers, listed manifests. The subject may come later. @throws Failure("invalid") */
export function blobsOf(bytes: Uint8Array): readonly Blob[] {
  const root = at(parseJson(bytes));
  const lists = ["layers", "manifests"].flatMap((key) => optional(member(root, key), items) ?? []);
  const config = member(root, "config");
  return (config.value === undefined ? lists : [config, ...lists]).map(decodeDescriptor);
}

/**
 * false when the entry in the list is enough to rule it out. An entry that has rotted is not: one that names our subject is opened whatever
 * type it says, and one whose subject nobody lists is opened, too.
 */
function mayRefer(listed: Listed, subject: Digest, artifactType: string, all: ReadonlySet<unknown>): boolean {
  const said = annotationsOf(listed)[SUBJECT_ANNOTATION];
  if (said === subject) return true;
  if (typeof said === "string") return said !== NO_SUBJECT && !all.has(said);
  return typeof listed.artifactType !== "string" || listed.artifactType === "" || listed.artifactType === artifactType;
}

async function describe(listed: Listed, read: ReadManifest): Promise<About | null> {
  const found = at(listed, "the entry");
  const digest = asString(member(found, "digest"));
  const size = asCount(member(found, "size"));
  if (!isDigest(digest) || size > MAX_MANIFEST_BYTES) {
    if (annotationsOf(listed)[SUBJECT_ANNOTATION] === undefined) return null; // another tool's, by another hash
    throw new Failure("invalid", "its digest or its size is not what we wrote");
  }
  return aboutManifest(await read({ digest, size }), { digest, size });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return {}; // listed, but no manifest of any kind that has a subject
    throw error;
  }
}
