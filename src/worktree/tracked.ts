/**
 * `.modelops-bundle/tracked.txt`: which files belong to the bundle, one path a line (docs/formats.md, "tracked.txt"). The three files
 * that always travel (D3) are not part of the set; the line of the model registry is written for the Python tool, which tracks it like
 * any other file.
 */
import {
  type BundlePath,
  compareBundlePaths,
  isMetadataPath,
  MANIFEST_PATH,
  META_DIRECTORY,
  METADATA_PATHS,
  MODEL_REGISTRY_PATH,
  whyNotABundlePath,
} from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { PathList } from "../base/path_list.ts";
import { listOf, PathSet } from "../base/path_set.ts";
import { parseManifestFile } from "../bundle/manifest_file.ts";
import { readBytesIfThere, readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { LOCAL_NAMES, metaPath, onDisk, type Project } from "./project.ts";

/**
 * In order of the paths' UTF-8 bytes. Where the file is missing (a git checkout, a bundle unpacked by `ensure`), the set is what
 * `manifest.yaml` lists; where that is missing too, it is empty.
 * @throws Failure("invalid") with the line.
 */
export function loadTracked(project: Project): ReadonlySet<BundlePath> {
  return readTracked(project) ?? trackedByManifest(project) ?? new Set();
}

/** null when the file is missing. @throws Failure("invalid") with the line. */
export function readTracked(project: Project): ReadonlySet<BundlePath> | null {
  const bytes = readBytesIfThere(metaPath(project, LOCAL_NAMES.tracked));
  return bytes === null ? null : parseTracked(bytes);
}

export function saveTracked(project: Project, tracked: Iterable<BundlePath>): void {
  writeAtomic(metaPath(project, LOCAL_NAMES.tracked), bytesOf(tracked), { sync: true });
}

export function formatTracked(tracked: Iterable<BundlePath>): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(tracked));
}

function bytesOf(tracked: Iterable<BundlePath>): Uint8Array<ArrayBuffer> {
  return listOf(tracked).without(METADATA_PATHS).with([MODEL_REGISTRY_PATH]).bytes;
}

/** Lines are taken exactly: a name may begin or end with a blank. @throws Failure("invalid") with the line. */
export function parseTracked(bytes: Uint8Array<ArrayBuffer>): ReadonlySet<BundlePath> {
  const quick = quickTracked(bytes);
  if (quick !== null) return new PathSet(quick);
  const text = new TextDecoder().decode(bytes); // without a byte order mark
  const tracked: BundlePath[] = [];
  const lines = text.split(text.includes("\r") ? /\r?\n/ : "\n");
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (line === "") continue;
    const why = whyNotABundlePath(line);
    if (why !== null) throw unlawful(line, why, index + 1);
    if (!isMetadataPath(line as BundlePath)) tracked.push(line as BundlePath);
  }
  return new PathSet(PathList.of(tracked));
}

/** Of a file as we write it, in order and lawful, with no string for each of a hundred thousand lines; null: it is to be read line by line. */
function quickTracked(bytes: Uint8Array<ArrayBuffer>): PathList | null {
  if (bytes.at(-1) !== 0x0a || bytes[0] === 0xef) return null; // maybe a byte order mark
  const list = PathList.ofSorted(bytes);
  if (!list.isInOrder()) return null;
  const decoder = new TextDecoder();
  const { ends } = list;
  for (let index = 0, start = 0; index < ends.length; index++) {
    const end = ends[index]!;
    if (!isPlain(bytes, start, end)) {
      const line = decoder.decode(bytes.subarray(start, end));
      if (line.includes("\ufffd") || whyNotABundlePath(line) !== null) return null;
    }
    start = end + 1;
  }
  return list.without(METADATA_PATHS);
}

/** What nearly all paths are, and `whyNotABundlePath` takes without looking closer: components of letters, digits, "_", "-" and ".". */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > 255) return false;
  let isFirst = true; // of a component, which begins with no "-" or "."
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const isWord = byte >= 0x61 && byte <= 0x7a || byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5a || byte === 0x5f;
    if (!isWord && (isFirst || byte !== 0x2f && byte !== 0x2e && byte !== 0x2d)) return false;
    isFirst = byte === 0x2f;
  }
  return !isFirst;
}

function trackedByManifest(project: Project): ReadonlySet<BundlePath> | null {
  const text = readTextIfThere(onDisk(project, MANIFEST_PATH));
  if (text === null) return null;
  return new Set([...parseManifestFile(text).keys()].filter((path) => !isMetadataPath(path)).sort(compareBundlePaths));
}

function unlawful(line: string, why: string, number: number): Failure {
  const file = `${META_DIRECTORY}/${LOCAL_NAMES.tracked}`;
  return new Failure("invalid", `${file}, line ${number}: the path ${JSON.stringify(line)} ${why}`, {
    hint: `take line ${number} out of ${file}`,
    facts: { file, line: number, path: line },
  });
}
