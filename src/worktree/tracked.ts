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
  MODEL_REGISTRY_PATH,
  whyNotABundlePath,
} from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { sortedUtf8 } from "../base/utf8_order.ts";
import { parseManifestFile } from "../bundle/manifest_file.ts";
import { readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";
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
  const text = readTextIfThere(metaPath(project, LOCAL_NAMES.tracked));
  return text === null ? null : parseTracked(text);
}

export function saveTracked(project: Project, tracked: Iterable<BundlePath>): void {
  writeAtomic(metaPath(project, LOCAL_NAMES.tracked), formatTracked(tracked), { sync: true });
}

export function formatTracked(tracked: Iterable<BundlePath>): string {
  const paths = new Set([...tracked].filter((path) => !isMetadataPath(path)));
  paths.add(MODEL_REGISTRY_PATH);
  return [...paths].sort(compareBundlePaths).map((path) => `${path}\n`).join("");
}

/** Lines are taken exactly: a name may begin or end with a blank. */
export function parseTracked(text: string): ReadonlySet<BundlePath> {
  const tracked: BundlePath[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(text.includes("\r") ? /\r?\n/ : "\n");
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (line === "") continue;
    const why = whyNotABundlePath(line);
    if (why !== null) throw unlawful(line, why, index + 1);
    if (!isMetadataPath(line as BundlePath)) tracked.push(line as BundlePath);
  }
  return new Set(sortedUtf8(tracked));
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
