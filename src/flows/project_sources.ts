/**
 * What those need who analyse a project: which files it has, what it declares, and the outline of every Python file that is reached from
 * some of them. Each file is read once, and its digest is that of the bytes that were read. Nothing is run (D11).
 */
import { type BundlePath, whyNotABundlePath } from "../base/bundle_path.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { stopIfInterrupted } from "../base/failure.ts";
import { readBytesIfThere } from "../disk/atomic_file.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { hashFileSync } from "../disk/hash_file.ts";
import { expandGiven } from "../models/closure_of.ts";
import { projectFilesNamedBy, unreadFiles } from "../python/follow_imports.ts";
import type { Outline, ReadSource } from "../python/outline.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { PROJECT_FILES, type ProjectDeclarations, readDeclarations } from "../python/pyproject.ts";
import { readOutline } from "../python/read_outline.ts";
import { MAX_SOURCE_BYTES, tooLarge } from "../python/source_text.ts";
import { loadIgnore } from "../worktree/ignore.ts";
import { inspectLink, type Obstacle, parentObstacle } from "../worktree/links.ts";
import { openOutlineCache, type OutlineCache } from "../worktree/outline_cache.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import type { Books } from "./gather.ts";
import { listProjectFiles } from "./project_files.ts";
import type { World } from "./world.ts";

export interface SourcesRequest {
  readonly project: Project;
  readonly books: Books;
  /** Files to begin with; those that are not there are left out. */
  readonly roots: readonly BundlePath[];
  /** More files to begin with, which only the layout of the project tells. */
  readonly alsoFrom?: ((sources: ProjectSources) => readonly BundlePath[]) | undefined;
  /** What people named as code: files, folders and patterns, whose Python files are read, too. */
  readonly given?: readonly string[] | undefined;
  /** Whether the outline cache may be written. */
  readonly remember: boolean;
  /** Also every file of the packages that `roots` reach, for `--code-mode package`; without it, what is recorded decides. */
  readonly wholePackages?: boolean | undefined;
}

export interface GatheredSources {
  readonly sources: ProjectSources;
  readonly declarations: ProjectDeclarations;
  /** Of the Python files that were read. */
  readonly digests: ReadonlyMap<BundlePath, { readonly digest: Digest; readonly size: number }>;
  /** Files that are in the list and could not be read: links that lead nowhere that can travel, what is gone meanwhile. */
  readonly unread: ReadonlySet<BundlePath>;
  /** The outline of bytes that were read here or earlier; null when the cache has forgotten them. */
  readonly outlineOf: (digest: Digest) => Outline | null;
}

/** How long files are read before others (Ctrl-C, progress) get their turn. */
const TURN_MS = 40;

/** @throws Failure of the disk naming a file that cannot be read; Failure("interrupted"). */
export async function gatherSources(world: World, request: SourcesRequest): Promise<GatheredSources> {
  const { project, books } = request;
  const { files, folders } = listProjectFiles(project, books.tracked);
  const texts = new Map<BundlePath, string>();
  const reader = new SourceReader(project, openOutlineCache(project, { write: request.remember }));
  for (const path of PROJECT_FILES) {
    const file = files.has(path) ? reader.fileOf(path) : null;
    const bytes = file === null ? null : readBytesIfThere(file);
    if (bytes !== null) texts.set(path, new TextDecoder().decode(bytes));
  }
  const declarations = readDeclarations(texts, files, folders, books.config.autoCode);
  const sources: ProjectSources = { files, folders, layout: declarations.layout, read: reader.read, ignoredBy: ignoredIn(project, files) };
  const wholePackages = request.wholePackages === true || mentionsPackageMode(books);

  const given = expandGiven(sources, request.given ?? []).paths.filter((path) => path.endsWith(".py"));
  const roots = [...new Set([...request.roots, ...request.alsoFrom?.(sources) ?? [], ...given])];
  const starts = roots.map((path) => ({ path, codeMode: wholePackages ? "package" as const : "files" as const }));

  const tried = new Set<BundlePath>();
  const unread = new Set<BundlePath>();
  const isNew = (path: BundlePath) => !tried.has(path);
  let turn = performance.now();
  for (let batch = roots.filter(isNew); batch.length > 0;) {
    const next = new Set<BundlePath>();
    for (const path of batch) {
      if (performance.now() - turn > TURN_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        turn = performance.now();
      }
      stopIfInterrupted(world.signal);
      tried.add(path);
      const source = files.has(path) ? reader.readOne(path) : null;
      if (source === null && files.has(path)) unread.add(path);
      if (source === null || !("outline" in source)) continue;
      for (const named of projectFilesNamedBy(sources, path, source.outline)) next.add(named);
    }
    batch = [...next].filter(isNew);
    // What a constant of another file names is known only when that file has been read.
    if (batch.length === 0) batch = unreadFiles(sources, starts).filter(isNew);
  }
  reader.cache.save();
  return { sources, declarations, digests: reader.digests, unread, outlineOf: (digest) => outlineIn(reader.cache.find(digest)) };
}

class SourceReader {
  readonly read = new Map<BundlePath, ReadSource>();
  readonly digests = new Map<BundlePath, { digest: Digest; size: number }>();
  readonly #parents = new Map<string, Obstacle | null>();

  constructor(readonly project: Project, readonly cache: OutlineCache) {}

  /** null: gone meanwhile, a directory, or a link that leads nowhere that can travel. */
  readOne(path: BundlePath): ReadSource | null {
    const known = this.read.get(path);
    if (known !== undefined) return known;
    const file = this.fileOf(path);
    const size = file === null ? undefined : lstatIfThere(file)?.size;
    if (file === null || size === undefined) return null;
    if (size > MAX_SOURCE_BYTES) {
      this.digests.set(path, hashFileSync(file));
      return this.#keep(path, { problem: tooLarge(size) });
    }
    const bytes = readBytesIfThere(file);
    if (bytes === null) return null;
    const digest = digestOf(bytes);
    this.digests.set(path, { digest, size: bytes.byteLength });
    let source = this.cache.find(digest);
    if (source === null) {
      source = readOutline(bytes);
      this.cache.remember(digest, source);
    }
    return this.#keep(path, source);
  }

  /** The regular file behind a path: itself, or what a link in the project leads to, as a snapshot takes it. */
  fileOf(path: BundlePath): string | null {
    if (whyNotABundlePath(path) !== null || parentObstacle(this.project, path, this.#parents) !== null) return null;
    const info = lstatIfThere(onDisk(this.project, path));
    if (info?.isFile) return onDisk(this.project, path);
    if (!info?.isSymlink) return null;
    const link = inspectLink(this.project, path);
    return link.ok ? onDisk(this.project, link.target) : null;
  }

  #keep(path: BundlePath, source: ReadSource): ReadSource {
    this.read.set(path, source);
    return source;
  }
}

function outlineIn(source: ReadSource | null): Outline | null {
  return source !== null && "outline" in source ? source.outline : null;
}

/** An entry of the model registry, or the configuration, asks for whole packages. */
function mentionsPackageMode({ config, modelRegistryText }: Books): boolean {
  return config.autoCode.importMode === "package" || /^\s*["']?code_mode["']?\s*:\s*["']?package/m.test(modelRegistryText ?? "");
}

/** What leaves a file alone that is on disk and not among these: `*.csv (.modelopsignore line 1)`; null for every other path. */
export function ignoredIn(project: Project, files: ReadonlySet<BundlePath>): (path: BundlePath) => string | null {
  const ignore = loadIgnore(project);
  return (path) => {
    if (files.has(path) || whyNotABundlePath(path) !== null || lstatIfThere(onDisk(project, path))?.isDirectory !== false) return null;
    const rule = ignore.explain(path, false);
    return rule === null ? null : `${rule.pattern} (${rule.line === undefined ? rule.source : `${rule.source} line ${rule.line}`})`;
  };
}
