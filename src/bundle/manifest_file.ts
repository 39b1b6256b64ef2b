/**
 * `.modelops-bundle/manifest.yaml`: every other file of the bundle with digest, size and executable bit, so that a bundle directory
 * can be verified with no network (D3). Derived from the snapshot, never read to decide anything but "does it agree" and "what was
 * tracked" (docs/formats.md, "manifest.yaml").
 */
import { type BundlePath, compareBundlePaths, MANIFEST_PATH, parseBundlePath } from "../base/bundle_path.ts";
import { asBoolean, asCount, asString, at, type Found, items, member, optional } from "../base/decode.ts";
import { parseDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { parseYaml, quotedYaml } from "../base/yaml.ts";
import type { FileContent, Snapshot } from "./snapshot.ts";

const VERSION = 1;

/** Written without a library, so that its bytes never change with one. */
export function formatManifestFile(snapshot: Snapshot): string {
  const lines = [
    "# Written by mops at each push: every other file of this bundle. Edits here are lost.",
    `version: ${VERSION}`,
    "files:",
  ];
  const paths = [...snapshot.keys()].filter((path) => path !== MANIFEST_PATH).sort(compareBundlePaths);
  for (const path of paths) {
    const { digest, size, executable, link } = snapshot.get(path)!;
    lines.push(`  - path: ${quotedYaml(path)}`, `    digest: ${digest}`, `    size: ${size}`);
    if (executable) lines.push("    executable: true");
    if (link !== undefined) lines.push(`    link: ${quotedYaml(link)}`);
  }
  if (paths.length === 0) lines[2] = "files: []";
  return lines.join("\n") + "\n";
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
