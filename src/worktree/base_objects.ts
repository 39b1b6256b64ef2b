/**
 * Base objects: what the last pull or push agreed on (index, model registry), by digest, so that changes can be told from both sides
 * without asking the remote (D6). A damaged object counts as absent: everything here can be fetched again.
 */
import { join } from "node:path";
import { type Digest, digestOf, digestParts, isDigest } from "../base/digest.ts";
import { makeFolder, readBytesIfThere, removeIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { namesIn } from "../disk/names_in.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";

/** null when it is not there, or not what its name says. A damaged one stays until it is written anew: looking changes nothing. */
export function readObject(project: Project, digest: Digest): Uint8Array<ArrayBuffer> | null {
  const path = objectPath(project, digest);
  const bytes = lstatIfThere(path)?.isDirectory ? null : readBytesIfThere(path);
  return bytes === null || digestOf(bytes) === digest ? bytes : null;
}

/** Durable when it returns: local state that names it is written after it. */
export function writeObject(project: Project, bytes: Uint8Array): Digest {
  const digest = digestOf(bytes);
  if (readObject(project, digest) !== null) return digest;
  const { algorithm } = digestParts(digest);
  makeFolder(join(metaPath(project, LOCAL_NAMES.objects), algorithm), { sync: true });
  writeAtomic(objectPath(project, digest), bytes, { sync: true });
  return digest;
}

/** Removes every other object, and what interrupted writes left. */
export function keepOnly(project: Project, digests: Iterable<Digest>): void {
  const keep = new Set<string>(digests);
  const root = metaPath(project, LOCAL_NAMES.objects);
  for (const algorithm of namesIn(root)) {
    for (const encoded of namesIn(join(root, algorithm))) {
      const digest = `${algorithm}:${encoded}`;
      const path = join(root, algorithm, encoded);
      // A folder is not ours, whatever its name.
      if ((!isDigest(digest) || !keep.has(digest)) && lstatIfThere(path)?.isDirectory !== true) removeIfThere(path);
    }
  }
}

function objectPath(project: Project, digest: Digest): string {
  const { algorithm, encoded } = digestParts(digest);
  return join(metaPath(project, LOCAL_NAMES.objects), algorithm, encoded);
}
