/**
 * The OCI image manifest of a bundle (image-spec, manifest.md): its digest is the bundle's digest. One layer for each file or pack, so that
 * any OCI tool can fetch them and no registry collects them as garbage; the index says what is what.
 */
import { canonicalJsonBytes } from "../base/canonical_json.ts";
import { asCount, asObject, asString, at, type Found, items, member, optional } from "../base/decode.ts";
import { digestOf, isDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { encodeIndex, type TableIndex } from "./bundle_index.ts";
import type { Descriptor, EncodedManifest } from "./content.ts";
import {
  DOCKER_LIST_TYPE,
  INDEX_TYPE,
  OCI_IMAGE_INDEX_TYPE,
  OCI_MANIFEST_TYPE,
  PACK_TYPE,
  RAW_FILE_TYPE,
  TITLE_ANNOTATION,
} from "./media_types.ts";

export interface Manifest {
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Everything of a bundle but the files' bytes, known before anything is sent (D5). */
export interface EncodedBundle {
  readonly manifest: EncodedManifest;
  readonly index: { readonly descriptor: Descriptor; readonly bytes: Uint8Array<ArrayBuffer> };
}

export function encodeBundle(index: TableIndex): EncodedBundle {
  const bytes = encodeIndex(index);
  const config: Descriptor = { mediaType: INDEX_TYPE, digest: digestOf(bytes), size: bytes.byteLength };
  const files = Array.from(index.layers(), ({ path, digest, size }): Descriptor => ({
    mediaType: RAW_FILE_TYPE,
    digest,
    size,
    annotations: { [TITLE_ANNOTATION]: path },
  }));
  const layers = [...files, ...index.packs.map(({ digest, size }): Descriptor => ({ mediaType: PACK_TYPE, digest, size }))];
  return { manifest: encodeManifest({ config, layers }), index: { descriptor: config, bytes } };
}

/** Members that are absent stay absent. */
export function encodeManifest(parts: {
  config: Descriptor;
  layers: readonly Descriptor[];
  artifactType?: string;
  subject?: Descriptor;
  annotations?: Readonly<Record<string, string>>;
}): EncodedManifest {
  const bytes = canonicalJsonBytes({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST_TYPE,
    artifactType: parts.artifactType,
    config: descriptorJson(parts.config),
    layers: parts.layers.map(descriptorJson),
    subject: parts.subject === undefined ? undefined : descriptorJson(parts.subject),
    annotations: parts.annotations === undefined ? undefined : new Map(Object.entries(parts.annotations)),
  });
  return { mediaType: OCI_MANIFEST_TYPE, digest: digestOf(bytes), bytes };
}

export function descriptorJson(descriptor: Descriptor) {
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest as string,
    size: descriptor.size,
    artifactType: descriptor.artifactType,
    annotations: descriptor.annotations === undefined ? undefined : new Map(Object.entries(descriptor.annotations)),
  };
}

/** @throws Failure("not-a-bundle") for what is no image manifest; Failure("invalid") when one breaks the rules. */
export function decodeManifest(bytes: Uint8Array, what: string): Manifest {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Failure("not-a-bundle", `${what} is not a bundle: its manifest is not JSON`, { cause: error });
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new Failure("not-a-bundle", `${what} is not a bundle: its manifest is not a mapping`);
  }
  const root = at(document);
  const declared = member(root, "mediaType").value;
  if (declared === OCI_IMAGE_INDEX_TYPE || declared === DOCKER_LIST_TYPE || Object.hasOwn(document, "manifests")) {
    throw new Failure("not-a-bundle", `${what} is not a bundle: it is an image index (multi-platform images are not bundles)`);
  }
  try {
    return {
      mediaType: optional(member(root, "mediaType"), asString) ?? OCI_MANIFEST_TYPE,
      artifactType: optional(member(root, "artifactType"), asString),
      config: decodeDescriptor(member(root, "config")),
      layers: (optional(member(root, "layers"), items) ?? []).map(decodeDescriptor),
      subject: optional(member(root, "subject"), decodeDescriptor),
      annotations: optional(member(root, "annotations"), decodeAnnotations) ?? {},
    };
  } catch (error) {
    if (isFailure(error)) throw new Failure("invalid", `the manifest of ${what} cannot be used: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The same, and the config must be a bundle's index. */
export function decodeBundleManifest(bytes: Uint8Array, what: string): Manifest {
  const manifest = decodeManifest(bytes, what);
  if (manifest.config.mediaType !== INDEX_TYPE) {
    throw new Failure("not-a-bundle", `${what} is not a bundle: its config is "${manifest.config.mediaType}"`, {
      hint: "only what mops bundle push wrote can be pulled",
      facts: { mediaType: manifest.config.mediaType },
    });
  }
  return manifest;
}

export function decodeDescriptor(found: Found): Descriptor {
  asObject(found);
  const digest = asString(member(found, "digest"));
  if (!isDigest(digest)) throw new Failure("invalid", `${found.where}.digest is not sha256: and 64 hex digits`);
  const annotations = optional(member(found, "annotations"), decodeAnnotations);
  const artifactType = optional(member(found, "artifactType"), asString);
  return {
    mediaType: asString(member(found, "mediaType")),
    digest,
    size: asCount(member(found, "size")),
    ...(annotations === undefined ? {} : { annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function decodeAnnotations(found: Found): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(asObject(found)).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
