/**
 * `index.json` of an OCI layout (image-spec, image-layout.md) as a value: which manifests are listed, and which tags name them. Pure: text
 * in, text out. Whatever other tools put into it, at any level, survives.
 *
 * A manifest that nothing tags stays listed, so that it counts as content of the layout. Manifests that we list carry an annotation that
 * says what their subject is, so that referrers are found without opening every manifest.
 */
import { canonicalJson, type Json } from "../base/canonical_json.ts";
import { asObject, asString, at, isDeeper, items, member, optional } from "../base/decode.ts";
import { type Digest, isDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import type { Descriptor } from "../bundle/content.ts";
import { OCI_IMAGE_INDEX_TYPE, REF_NAME_ANNOTATION } from "../bundle/media_types.ts";
import { isTag } from "../bundle/reference.ts";

/** The digest of the subject, or "none"; absent on what other tools listed. */
export const SUBJECT_ANNOTATION = "vnd.modelops.bundle.subject";
export const NO_SUBJECT = "none";

/** One descriptor of the list, as it stands in the file: unknown members included. */
export type Listed = Readonly<Record<string, unknown>>;

export interface LayoutIndex {
  readonly manifests: readonly Listed[];
  /** Every other member of the document. */
  readonly rest: Readonly<Record<string, unknown>>;
}

const DEEPEST = 100; // levels, as of YAML; whatever others put into it is written again

export const EMPTY_INDEX: LayoutIndex = { manifests: [], rest: { schemaVersion: 2, mediaType: OCI_IMAGE_INDEX_TYPE } };

/** @throws Failure("invalid") naming the file. */
export function parseLayoutIndex(text: string, file: string): LayoutIndex {
  try {
    const root = at(JSON.parse(text));
    if (isDeeper(root.value, DEEPEST)) throw new Failure("invalid", `it is nested deeper than ${DEEPEST} levels`);
    const { manifests: _, ...rest } = asObject(root);
    const manifests = (optional(member(root, "manifests"), items) ?? []).map((found) => {
      asString(member(found, "digest"));
      optional(member(found, "annotations"), asObject);
      return asObject(found);
    });
    return { manifests, rest };
  } catch (error) {
    if (!isFailure(error) && !(error instanceof SyntaxError)) throw error;
    const reason = isFailure(error) ? error.message : "it is not JSON";
    throw new Failure("invalid", `${file} is not the index of an OCI layout: ${reason}`, { facts: { file }, cause: error });
  }
}

export function formatLayoutIndex(index: LayoutIndex): string {
  return JSON.stringify({ ...index.rest, manifests: index.manifests });
}

/** What a tag holds; of several entries with one name the last one counts, as in oras. @throws Failure("unsupported") for another hash. */
export function taggedDigest(index: LayoutIndex, tag: string): Digest | null {
  const entry = index.manifests.findLast((listed) => refName(listed) === tag);
  if (entry === undefined) return null;
  const digest = String(entry.digest);
  if (isDigest(digest)) return digest;
  throw new Failure("unsupported", `the tag ${tag} holds ${digest}, and this mops reads sha256 only`, { facts: { tag } });
}

export function tagsIn(index: LayoutIndex): readonly string[] {
  const names = index.manifests.map(refName).filter((name): name is string => name !== undefined && isTag(name));
  return [...new Set(names)].sort(compareUtf8);
}

/** The entry of a manifest in the list. */
export function listedAs(about: { readonly subject: Digest | null; readonly descriptor: Descriptor }): Listed {
  const { mediaType, digest, size, artifactType } = about.descriptor;
  const annotations = { [SUBJECT_ANNOTATION]: about.subject ?? NO_SUBJECT };
  return { mediaType, digest, size, annotations, ...(artifactType === undefined ? {} : { artifactType }) };
}

/** Lists a manifest under no tag, if it is not listed yet. */
export function withManifest(index: LayoutIndex, entry: Listed): LayoutIndex {
  if (index.manifests.some((listed) => listed.digest === entry.digest)) return index;
  return { ...index, manifests: [...index.manifests, entry] };
}

/** Moves or makes a tag. What it held before stays listed. `entry` counts only when the manifest is not listed yet. */
export function withTag(index: LayoutIndex, tag: string, entry: Listed): LayoutIndex {
  const freed = withoutTag(index, tag);
  const untagged = freed.manifests.findIndex((listed) => listed.digest === entry.digest && refName(listed) === undefined);
  if (untagged >= 0) return { ...freed, manifests: freed.manifests.with(untagged, named(freed.manifests[untagged]!, tag)) };
  const known = freed.manifests.find((listed) => listed.digest === entry.digest) ?? entry;
  return { ...freed, manifests: [...freed.manifests, named(known, tag)] };
}

/** Takes the name away; the manifest stays listed, but not twice. */
export function withoutTag(index: LayoutIndex, tag: string): LayoutIndex {
  const manifests = index.manifests.filter((listed) => refName(listed) !== tag);
  for (const freed of index.manifests.filter((listed) => refName(listed) === tag).map(unnamed)) {
    const listedAnyway = manifests.some((other) => other.digest === freed.digest && alike(unnamed(other), freed));
    if (!listedAnyway) manifests.push(freed);
  }
  return { ...index, manifests };
}

export function annotationsOf(listed: Listed): Readonly<Record<string, unknown>> {
  return (listed.annotations ?? {}) as Record<string, unknown>;
}

function refName(listed: Listed): string | undefined {
  const name = annotationsOf(listed)[REF_NAME_ANNOTATION];
  return typeof name === "string" ? name : undefined;
}

function named(listed: Listed, tag: string): Listed {
  return { ...listed, annotations: { ...annotationsOf(listed), [REF_NAME_ANNOTATION]: tag } };
}

function unnamed(listed: Listed): Listed {
  const { [REF_NAME_ANNOTATION]: _, ...annotations } = annotationsOf(listed);
  const { annotations: __, ...rest } = listed;
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function alike(a: Listed, b: Listed): boolean {
  return canonicalJson(a as Json) === canonicalJson(b as Json);
}
