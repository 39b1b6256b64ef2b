/**
 * `.modelops-bundle/manifest.yaml`: every other file of the bundle with digest, size and executable bit, so that a bundle directory
 * can be verified with no network (D3). Derived from the snapshot, never read to decide anything but "does it agree" and "what was
 * tracked" (docs/formats.md, "manifest.yaml").
 */
import { type BundlePath, MANIFEST_PATH, parseBundlePath } from "../base/bundle_path.ts";
import { asBoolean, asCount, asString, at, type Found, items, member, optional } from "../base/decode.ts";
import { parseDigest } from "../base/digest.ts";
import { encodedText } from "../base/encoded_text.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { parseYaml, quotedYaml } from "../base/yaml.ts";
import { FileTable } from "./file_table.ts";
import type { FileContent, Snapshot } from "./snapshot.ts";

const VERSION = 1;

/** Written without a library, so that its bytes never change with one. */
export function formatManifestFile(snapshot: Snapshot): string {
  return [...piecesOf(snapshot)].join("");
}

/** The same in UTF-8; of a million files neither a text nor its lines are ever there. */
export function manifestFileBytes(snapshot: Snapshot): Uint8Array<ArrayBuffer> {
  return encodedText(piecesOf(snapshot));
}

function* piecesOf(snapshot: Snapshot): Generator<string> {
  const files = FileTable.of(snapshot);
  const others = files.size - (files.has(MANIFEST_PATH) ? 1 : 0);
  yield "# Written by mops at each push: every other file of this bundle. Edits here are lost.\n";
  yield `version: ${VERSION}\n${others === 0 ? "files: []" : "files:"}\n`;
  for (const [path, { digest, size, executable, link }] of files.entries()) {
    if (path === MANIFEST_PATH) continue;
    const bit = executable ? "    executable: true\n" : "";
    const text = link === undefined ? "" : `    link: ${quotedYaml(link)}\n`;
    yield `  - path: ${quotedYaml(path)}\n    digest: ${digest}\n    size: ${size}\n${bit}${text}`;
  }
}

/** @throws Failure("invalid") naming the file and the place in it; Failure("unsupported") for a later version. */
export function parseManifestFile(text: string): Snapshot {
  const value = parseYaml(text, MANIFEST_PATH);
  try {
    return decode(at(value));
  } catch (error) {
    if (!isFailure(error)) throw error;
    const code = error.code === "unsupported" ? "unsupported" : "invalid";
    throw new Failure(code, `${MANIFEST_PATH} cannot be used: ${error.message}`, { hint: error.hint, facts: error.facts, cause: error });
  }
}

function decode(root: Found): Snapshot {
  const version = asCount(member(root, "version"));
  if (version !== VERSION) throw new Failure("unsupported", `it has version ${version}, and this mops reads version ${VERSION}`);
  const files = new Map<BundlePath, FileContent>();
  for (const found of items(member(root, "files"))) {
    const path = parseBundlePath(asString(member(found, "path")));
    if (files.has(path)) throw new Failure("invalid", `${JSON.stringify(path)} stands in it twice`);
    files.set(path, {
      digest: parseDigest(asString(member(found, "digest"))),
      size: asCount(member(found, "size")),
      executable: optional(member(found, "executable"), asBoolean) ?? false,
      link: optional(member(found, "link"), asString),
    });
  }
  return files;
}
