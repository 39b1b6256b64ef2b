/**
 * `hosts.json` in the user's cache directory: how hosts want big blobs sent, as far as they refused other ways, for a day (docs/formats.md,
 * "hosts.json"). Version 1. A cache: what cannot be read, written or understood is as good as absent.
 */
import { dirname, join } from "node:path";
import { asBoolean, asCount, asString, at, type Found, member, members } from "../base/decode.ts";
import { isFailure } from "../base/failure.ts";
import type { HostMemory, HostProfile } from "../bundle/upload_journal.ts";
import { makeFolder, readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";

interface Entry extends HostProfile {
  /** ISO 8601 */
  readonly learned: string;
}

const VERSION = 1;
/** ms: a day, after which the better ways are tried again. */
const GOOD_FOR = 24 * 3600_000;

/** @param cacheDirectory the user's own; null where there is none. @param now ISO 8601 */
export function openHostMemory(cacheDirectory: string | null, now: () => string): HostMemory {
  if (cacheDirectory === null) return { find: () => null, keep: () => {} };
  const file = join(cacheDirectory, "mops", "hosts.json");
  const isFresh = ({ learned }: Entry) => {
    const age = Date.parse(now()) - Date.parse(learned);
    return age >= 0 && age < GOOD_FOR;
  };
  const fresh = () => new Map([...readHosts(file)].filter(([, entry]) => isFresh(entry)));
  return {
    find: (host) => fresh().get(host) ?? null,
    keep(host, { wholeUpTo, takesPieces, piece }) {
      const hosts = fresh().set(host, { wholeUpTo, takesPieces, piece, learned: now() });
      try {
        makeFolder(dirname(file));
        writeAtomic(file, JSON.stringify({ version: VERSION, hosts: Object.fromEntries(hosts) }, null, 2) + "\n");
      } catch (error) {
        if (!isFailure(error)) throw error;
      }
    },
  };
}

function readHosts(file: string): Map<string, Entry> {
  try {
    const text = readTextIfThere(file);
    if (text === null) return new Map();
    const root = at(JSON.parse(text));
    if (asCount(member(root, "version")) !== VERSION) return new Map();
    return new Map([...members(member(root, "hosts"))].map(([host, found]) => [host, decodeEntry(found)]));
  } catch (error) {
    if (error instanceof SyntaxError || isFailure(error)) return new Map();
    throw error;
  }
}

function decodeEntry(found: Found): Entry {
  const wholeUpTo = member(found, "wholeUpTo");
  const piece = asCount(member(found, "piece"));
  return {
    wholeUpTo: wholeUpTo.value === null ? null : asCount(wholeUpTo),
    takesPieces: asBoolean(member(found, "takesPieces")),
    piece: Math.max(piece, 256 * 1024), // less would never end
    learned: asString(member(found, "learned")),
  };
}
