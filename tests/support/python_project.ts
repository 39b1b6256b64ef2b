/** Projects as texts, for tests of rooms that read Python: the same values that a flow gathers from a folder, without the folder. */
import { type BundlePath, compareBundlePaths } from "../../src/base/bundle_path.ts";
import type { ProjectSources } from "../../src/python/project_sources.ts";
import { PROJECT_FILES, type ProjectDeclarations, readDeclarations } from "../../src/python/pyproject.ts";
import type { ReadSource } from "../../src/python/outline.ts";
import { readOutline } from "../../src/python/read_outline.ts";

export interface TextProject {
  readonly sources: ProjectSources;
  readonly declarations: ProjectDeclarations;
}

/** Every `.py` is read; the layout is by `pyproject.toml`, if there is one, and `codeRoots` (config.yaml). Bytes may stand in for a text. */
export function projectOf(
  texts: Readonly<Record<string, string | Uint8Array>>,
  options: { readonly codeRoots?: readonly string[]; readonly ignore?: readonly string[] } = {},
): TextProject {
  const paths = (Object.keys(texts) as BundlePath[]).sort(compareBundlePaths);
  const files = new Set(paths);
  const folders = foldersOf(paths);
  const ofProject = new Map(PROJECT_FILES.filter((path) => files.has(path)).map((path) => [path, text(texts[path]!)]));
  const declarations = readDeclarations(ofProject, files, folders, { codeRoots: options.codeRoots ?? null, ignore: options.ignore });
  const read = new Map<BundlePath, ReadSource>();
  for (const path of paths) if (path.endsWith(".py")) read.set(path, readOutline(bytes(texts[path]!)));
  return { sources: { files, folders, layout: declarations.layout, read }, declarations };
}

export function sourcesOf(
  texts: Readonly<Record<string, string | Uint8Array>>,
  options: { readonly codeRoots?: readonly string[]; readonly ignore?: readonly string[] } = {},
): ProjectSources {
  return projectOf(texts, options).sources;
}

/** Every folder above some path. */
export function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    for (let end = 1; end < parts.length; end++) folders.add(parts.slice(0, end).join("/"));
  }
  return folders;
}

/** Short for tests: `asPath("models/a.py")`. */
export function asPath(path: string): BundlePath {
  return path as BundlePath;
}

function bytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

function text(content: string | Uint8Array): string {
  return typeof content === "string" ? content : new TextDecoder().decode(content);
}
