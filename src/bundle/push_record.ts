/**
 * A push record: who moved which tag, when, from where, and what it held before (D2). An OCI artifact whose subject is the bundle, so
 * that nothing of it enters the bundle's digest. Its fields stand in one JSON blob and again as annotations, so that a listing of
 * referrers tells the story without fetching each.
 */
import { canonicalJsonBytes } from "../base/canonical_json.ts";
import { asBoolean, asString, at, member, optional } from "../base/decode.ts";
import { type Digest, digestOf, isDigest, parseDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Descriptor, EncodedManifest } from "./content.ts";
import { encodeManifest } from "./manifest.ts";
import { OCI_EMPTY_TYPE, OCI_MANIFEST_TYPE, PUSH_RECORD_TYPE } from "./media_types.ts";

export interface PushRecord {
  readonly bundle: Digest;
  readonly tag: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly author: string;
  /** `mops 0.1.0` */
  readonly tool: string;
  /** What the tag held before, and the record that had put it there; null for the first push of a tag, or where none was found. */
  readonly previous: { readonly bundle: Digest | null; readonly record: Digest | null };
  readonly git: { readonly commit: string; readonly dirty: boolean } | null;
  readonly message: string | null;
  /** Only where it was: `push --no-preflight`. */
  readonly preflight?: "skipped" | undefined;
}

export interface EncodedRecord {
  readonly manifest: EncodedManifest;
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array<ArrayBuffer> }[];
}

const PREFIX = "vnd.modelops.bundle.push.";

export function encodePushRecord(record: PushRecord, bundle: { readonly digest: Digest; readonly size: number }): EncodedRecord {
  const bytes = canonicalJsonBytes({
    version: 1,
    ...record,
    previous: { ...record.previous },
    git: record.git === null ? null : { ...record.git },
  });
  const empty = new TextEncoder().encode("{}");
  const config: Descriptor = { mediaType: OCI_EMPTY_TYPE, digest: digestOf(empty), size: empty.byteLength };
  const layer: Descriptor = { mediaType: PUSH_RECORD_TYPE, digest: digestOf(bytes), size: bytes.byteLength };
  const manifest = encodeManifest({
    artifactType: PUSH_RECORD_TYPE,
    config,
    layers: [layer],
    subject: { mediaType: OCI_MANIFEST_TYPE, digest: bundle.digest, size: bundle.size },
    annotations: recordAnnotations(record),
  });
  return { manifest, blobs: [{ descriptor: config, bytes: empty }, { descriptor: layer, bytes }] };
}

/** @throws Failure("invalid") when the bytes are no push record. */
export function decodePushRecord(bytes: Uint8Array, what: string): PushRecord {
  try {
    const root = at(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
    const previous = member(root, "previous");
    const digest = (text: string | undefined): Digest | null => text === undefined ? null : parseDigest(text);
    return {
      bundle: parseDigest(asString(member(root, "bundle"))),
      tag: asString(member(root, "tag")),
      time: asString(member(root, "time")),
      author: asString(member(root, "author")),
      tool: asString(member(root, "tool")),
      previous: {
        bundle: digest(optional(member(previous, "bundle"), asString)),
        record: digest(optional(member(previous, "record"), asString)),
      },
      git: optional(member(root, "git"), (git) => ({
        commit: asString(member(git, "commit")),
        dirty: optional(member(git, "dirty"), asBoolean) ?? false,
      })) ?? null,
      message: optional(member(root, "message"), asString) ?? null,
      ...preflightOf(optional(member(root, "preflight"), asString)),
    };
  } catch (error) {
    const reason = isFailure(error) ? error.message : "it is not JSON";
    throw new Failure("invalid", `the push record ${what} cannot be used: ${reason}`, { cause: error });
  }
}

/** The same from the annotations of a listed referrer; null when they are not there (some registries drop them). */
export function recordFromAnnotations(annotations: Readonly<Record<string, string>> | undefined, bundle: Digest): PushRecord | null {
  const field = (name: string): string | undefined => annotations?.[PREFIX + name];
  const tag = field("tag");
  const time = field("time");
  if (tag === undefined || time === undefined) return null;
  const digest = (text: string | undefined): Digest | null => text !== undefined && isDigest(text) ? text : null;
  const commit = field("git.commit");
  return {
    bundle,
    tag,
    time,
    author: field("author") ?? "",
    tool: field("tool") ?? "",
    previous: { bundle: digest(field("previous.bundle")), record: digest(field("previous.record")) },
    git: commit === undefined ? null : { commit, dirty: field("git.dirty") === "true" },
    message: field("message") ?? null,
    ...preflightOf(field("preflight")),
  };
}

/** A word of a later version says nothing to us. */
function preflightOf(word: string | undefined): Pick<PushRecord, "preflight"> {
  return word === "skipped" ? { preflight: word } : {};
}

function recordAnnotations(record: PushRecord): Record<string, string> {
  const fields: Record<string, string | null | undefined> = {
    tag: record.tag,
    time: record.time,
    author: record.author,
    tool: record.tool,
    "previous.bundle": record.previous.bundle,
    "previous.record": record.previous.record,
    "git.commit": record.git?.commit,
    "git.dirty": record.git === null ? undefined : String(record.git.dirty),
    message: record.message,
    preflight: record.preflight,
  };
  const annotations: Record<string, string> = { "org.opencontainers.image.created": record.time };
  for (const [name, value] of Object.entries(fields)) if (value !== null && value !== undefined) annotations[PREFIX + name] = value;
  return annotations;
}
