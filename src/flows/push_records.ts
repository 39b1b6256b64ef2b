/** Push records as a chain: which one put a tag where it is, and what came before it (D2). */
import { readVerified, sourceOf } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import type { Descriptor, Remote } from "../bundle/content.ts";
import { decodeManifest } from "../bundle/manifest.ts";
import { PUSH_RECORD_TYPE } from "../bundle/media_types.ts";
import { decodePushRecord, encodePushRecord, type PushRecord, recordFromAnnotations } from "../bundle/push_record.ts";

export interface KnownRecord extends PushRecord {
  readonly digest: Digest;
}

const MAX_RECORD_BYTES = 1024 * 1024;

/** How many older records are looked at to tell several records of one bundle apart. */
const MAX_LOOKS = 10;

/**
 * The record that put `bundle` under `tag` (null: under any). Of several, since content may return to an old digest, the latest, unless
 * another one's chain shows within a few steps that clocks were wrong. null when nobody left one (an older tool, a copy).
 */
export async function headRecord(remote: Remote, bundle: Digest, tag: string | null, signal: AbortSignal): Promise<KnownRecord | null> {
  const listed = await remote.referrers(bundle, PUSH_RECORD_TYPE, signal);
  const records: KnownRecord[] = [];
  for (const descriptor of listed) {
    const record = recordOf(descriptor, bundle) ?? await readRecord(remote, descriptor.digest, signal);
    if (record !== null && (tag === null || record.tag === tag)) records.push(record);
  }
  records.sort((a, b) => a.time < b.time ? 1 : a.time > b.time ? -1 : 0);
  let [head] = records;
  let looks = 0;
  for (const rival of records.slice(1)) {
    if (looks >= MAX_LOOKS) break;
    for await (const older of chainFrom(remote, rival, signal)) {
      if (older.digest === head!.digest) head = rival; // it came after the one that says it is later
      if (older.digest === head!.digest && older !== rival || ++looks >= MAX_LOOKS) break;
    }
  }
  return head ?? null;
}

/** From a record back to the first one, itself included. Ends where a record is gone; a circle is walked once. */
export async function* chainFrom(remote: Remote, record: KnownRecord, signal: AbortSignal): AsyncGenerator<KnownRecord> {
  const seen = new Set<Digest>();
  let current: KnownRecord | null = record;
  while (current !== null && !seen.has(current.digest)) {
    seen.add(current.digest);
    yield current;
    current = current.previous.record === null ? null : await readRecord(remote, current.previous.record, signal);
  }
}

/** Puts a record, findable as a referrer of its bundle; under no tag. */
export async function writeRecord(remote: Remote, record: PushRecord, bundleSize: number, signal: AbortSignal): Promise<Digest> {
  const encoded = encodePushRecord(record, { digest: record.bundle, size: bundleSize });
  const send = async (): Promise<void> => {
    for (const { descriptor, bytes } of encoded.blobs) await remote.blobs.write(descriptor, sourceOf(bytes), { signal });
    await remote.writeManifest(encoded.manifest, signal);
  };
  try {
    await send();
  } catch (error) {
    if (!isFailure(error, "not-found")) throw error;
    await send(); // its blobs are the same for everybody: they may have been collected, or be written by somebody else just now
  }
  return encoded.manifest.digest;
}

/** null when it is gone or is no push record: a chain may be cut, and that is no reason to fail. */
export async function readRecord(remote: Remote, digest: Digest, signal: AbortSignal): Promise<KnownRecord | null> {
  try {
    const what = `push record ${digest}`;
    const manifest = decodeManifest((await remote.readManifest(digest, signal)).bytes, what);
    if (manifest.artifactType !== PUSH_RECORD_TYPE || manifest.subject === undefined) return null;
    const short = recordFromAnnotations(manifest.annotations, manifest.subject.digest);
    if (short !== null) return { ...short, digest };
    const layer = manifest.layers[0];
    if (layer === undefined || layer.size > MAX_RECORD_BYTES) return null;
    const bytes = await readVerified(await remote.blobs.read(layer, { signal }), layer, what);
    return { ...decodePushRecord(bytes, what), digest };
  } catch (error) {
    if (isFailure(error, "not-found", "invalid", "not-a-bundle")) return null;
    throw error;
  }
}

function recordOf(descriptor: Descriptor, bundle: Digest): KnownRecord | null {
  const record = recordFromAnnotations(descriptor.annotations, bundle);
  return record === null ? null : { ...record, digest: descriptor.digest };
}
