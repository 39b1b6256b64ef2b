/**
 * `.modelops-bundle/base-files`: the file list of the bundle that the folder last agreed with, in columns, so that `status` of a hundred
 * thousand files does not parse and check 20 MB of JSON each time. A copy of what the base object says, made with it or from it, and made anew
 * from it whenever it is missing, damaged or of another bundle (docs/formats.md, "base-files").
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { PathList } from "../base/path_list.ts";
import { FileTable } from "../bundle/file_table.ts";
import type { Snapshot } from "../bundle/snapshot.ts";
import { asText, bytesOf, encodeSections, numbersOf, readSections, writeSections } from "./checked_sections.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";

const NAME = "mops base 2\n";
const SECTIONS = 6; // bundle, paths, sizes, executable bits, digests, links
const WORTH_KEEPING = 5000; // files; below that, the index is decoded in some milliseconds

/** null when another bundle is remembered, or none. */
export function readBaseFiles(project: Project, bundle: Digest): FileTable | null {
  const sections = readSections(metaPath(project, LOCAL_NAMES.baseFiles), NAME, SECTIONS);
  if (sections === null || asText(sections[0]!) !== bundle) return null;
  const links = new Map(JSON.parse(new TextDecoder().decode(sections[5]!)) as [BundlePath, string][]);
  return new FileTable(PathList.ofSorted(sections[1]!.slice()), numbersOf(sections[2]!), sections[3]!, sections[4]!.slice(), links);
}

/** Does nothing for few files, and where the folder cannot be written. */
export function rememberBaseFiles(project: Project, bundle: Digest, files: Snapshot): void {
  if (files.size < WORTH_KEEPING) return;
  const { paths, sizes, executable, digests, links } = FileTable.of(files);
  const text = (value: string) => new TextEncoder().encode(value);
  writeSections(
    metaPath(project, LOCAL_NAMES.baseFiles),
    encodeSections(NAME, [
      text(bundle),
      paths.bytes,
      bytesOf(sizes),
      executable,
      digests,
      text(JSON.stringify([...links])),
    ]),
  );
}
