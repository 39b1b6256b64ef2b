/**
 * `.modelops-bundle/uploads.json`: uploads of big files that a registry has begun and not finished, so that a push that was killed goes on
 * where it was (docs/formats.md, "uploads.json"). Version 1. It is a help and no more: what cannot be read or written is as good as
 * absent, and nothing in it is trusted, since the registry verifies the whole.
 */
import { checkOf, withCheck } from "../base/checked_text.ts";
import { asCount, asString, at, items, member } from "../base/decode.ts";
import { type Digest, parseDigest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import type { UploadJournal, UploadSession } from "../bundle/upload_journal.ts";
import { readTextIfThere, removeIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";

interface Entry extends UploadSession {
  readonly remote: string;
  readonly digest: Digest;
  /** ISO 8601: when the registry last took something. */
  readonly at: string;
}

const VERSION = 1;

/** @param now ISO 8601 */
export function openUploadJournal(project: Project, now: () => string): UploadJournal {
  const entries = () => readEntries(project);
  const others = (remote: string, digest: Digest) => entries().filter((entry) => entry.remote !== remote || entry.digest !== digest);
  return {
    find: (remote, digest) => entries().find((entry) => entry.remote === remote && entry.digest === digest) ?? null,
    keep: (remote, digest, { url, offset, smallestPiece }) =>
      writeEntries(project, [...others(remote, digest), { remote, digest, url, offset, smallestPiece, at: now() }]),
    drop(remote, digest) {
      const left = others(remote, digest);
      if (left.length < entries().length) writeEntries(project, left);
    },
  };
}

/** @param olderThan ms since 1970 */
export function sweepUploads(project: Project, olderThan: number): void {
  const entries = readEntries(project);
  const fresh = entries.filter((entry) => Date.parse(entry.at) >= olderThan);
  if (fresh.length < entries.length) writeEntries(project, fresh);
}

function readEntries(project: Project): Entry[] {
  try {
    const text = readTextIfThere(metaPath(project, LOCAL_NAMES.uploads));
    if (text === null || checkOf(text) !== "right") return []; // a flipped bit in an address would lead to another host
    const root = at(JSON.parse(text));
    if (asCount(member(root, "version")) !== VERSION) return [];
    return items(member(root, "uploads")).map((found) => ({
      remote: asString(member(found, "remote")),
      digest: parseDigest(asString(member(found, "digest"))),
      url: asString(member(found, "url")),
      offset: asCount(member(found, "offset")),
      smallestPiece: asCount(member(found, "smallestPiece")),
      at: asString(member(found, "at")),
    }));
  } catch (error) {
    if (error instanceof SyntaxError || isFailure(error)) return [];
    throw error;
  }
}

/** Mode 600: an address may carry a signature. */
function writeEntries(project: Project, uploads: readonly Entry[]): void {
  const file = metaPath(project, LOCAL_NAMES.uploads);
  try {
    if (uploads.length === 0) removeIfThere(file);
    else writeAtomic(file, withCheck(JSON.stringify({ version: VERSION, uploads }, null, 2)), { mode: 0o600 });
  } catch (error) {
    if (!isFailure(error)) throw error;
  }
}
