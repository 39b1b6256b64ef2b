/**
 * `.modelops-bundle/base-files`: the file list of the bundle that the folder last agreed with, in columns, so that `status` of a hundred
 * thousand files does not parse and check 20 MB of JSON each time. A copy of what the base object says, made from it, and made anew
 * from it whenever it is missing, damaged or of another bundle (docs/formats.md, "base-files").
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import type { FileContent, Snapshot } from "../bundle/snapshot.ts";
import { asText, bytesOf, bytesOfLines, encodeSections, linesOf, numbersOf, readSections, writeSections } from "./checked_sections.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";

const NAME = "mops base 1\n";
const SECTIONS = 6; // bundle, paths, sizes, executable bits, digests, links
const DIGEST_LENGTH = 71; // "sha256:" and 64 digits
const WORTH_KEEPING = 5000; // files; below that, the index is decoded in some milliseconds

/** null when another bundle is remembered, or none. */
export function readBaseFiles(project: Project, bundle: Digest): Snapshot | null {
  const sections = readSections(metaPath(project, LOCAL_NAMES.baseFiles), NAME, SECTIONS);
  if (sections === null || asText(sections[0]!) !== bundle) return null;
  const [paths, sizes, executable] = [linesOf(sections[1]!), numbersOf(sections[2]!), sections[3]!];
  const digests = asText(sections[4]!);
  const files = new Map<BundlePath, FileContent>();
  for (let index = 0; index < paths.length; index++) {
    const digest = digests.slice(index * DIGEST_LENGTH, (index + 1) * DIGEST_LENGTH) as Digest; // ours, by the check over all of it
    files.set(paths[index] as BundlePath, { digest, size: sizes[index]!, executable: executable[index] === 1, link: undefined });
  }
  for (const [path, text] of JSON.parse(new TextDecoder().decode(sections[5]!)) as [BundlePath, string][]) {
    files.set(path, { ...files.get(path)!, link: text });
  }
  return files;
}

/** Does nothing for few files, and where the folder cannot be written. */
export function rememberBaseFiles(project: Project, bundle: Digest, files: Snapshot): void {
  if (files.size < WORTH_KEEPING) return;
  const contents = [...files.values()];
  const links = [...files].flatMap(([path, { link }]) => link === undefined ? [] : [[path, link]]);
  const text = (value: string) => new TextEncoder().encode(value);
  writeSections(
    metaPath(project, LOCAL_NAMES.baseFiles),
    encodeSections(NAME, [
      text(bundle),
      bytesOfLines([...files.keys()]),
      bytesOf(Float64Array.from(contents, ({ size }) => size)),
      Uint8Array.from(contents, ({ executable }) => executable ? 1 : 0),
      text(contents.map(({ digest }) => digest).join("")),
      text(JSON.stringify(links)),
    ]),
  );
}
