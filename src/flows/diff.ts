/** Diff and show: the folder beside a bundle, as paths, as contents, as one file's bytes. Changes nothing but the stat cache. */
import { type BundlePath, MODEL_REGISTRY_PATH, parseBundlePath } from "../base/bundle_path.ts";
import { readVerified } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Remote } from "../bundle/content.ts";
import { formatReference, formatRepository } from "../bundle/reference.ts";
import type { FileContent } from "../bundle/snapshot.ts";
import { compareSnapshots } from "../plan/compare.ts";
import { type EntryDifference, entryDifferences } from "../plan/entry_differences.ts";
import type { DiffReport } from "../plan/reports.ts";
import { canonicalPyproject } from "../python/pyproject.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { absent } from "./absent.ts";
import { followedTag, gatherLocal, readBooks } from "./gather.ts";
import { findBase, warnOfGone } from "./find_base.ts";
import { type ComparedSide, comparedSides, NOTHING } from "./compared_side.ts";
import { type KnownBundle, readBundle, readBundleIfAny } from "./read_bundle.ts";
import { readContent } from "./read_content.ts";
import { type ProjectWorld, settled, type World } from "./world.ts";

export interface DiffRequest {
  /** Where `--ref` points; null: the tag that is followed, in the project's remote. */
  readonly against: { readonly remote: Remote; readonly tag: string | null; readonly digest: Digest | null } | null;
  /** From the root; "" is everything. */
  readonly paths: readonly string[];
  readonly patch: boolean;
}

const MAX_PATCH_BYTES = 1024 * 1024;

/**
 * Without `--ref`: three-way, so that one sees what a push would send and what a pull would bring. With `--ref`: from that bundle to
 * the folder, two-way.
 */
export async function diff(world: ProjectWorld, request: DiffRequest): Promise<DiffReport> {
  const { project, emit, signal } = world;
  await settled(world, project);
  const books = readBooks(project);
  const remote = request.against?.remote ?? await world.openRemote();
  const name = formatRepository(remote.repository);
  const tag = request.against === null ? followedTag(books) : request.against.tag;
  const pinned = request.against === null ? books.state.pinned : null;
  const digest = request.against?.digest ?? pinned ?? (tag === null ? null : await remote.resolve(tag, signal));
  if (digest === null && tag !== null) warnOfGone(books.state, name, tag, emit);
  if (digest === null && request.against !== null) {
    throw absent(remote.repository, `${name}:${tag}`);
  }
  const sources = { project, remote, signal };
  const known = digest === null ? null : await readBundle(sources, digest, `${name}@${digest}`);
  const there: ComparedSide = known ?? NOTHING;
  const theirText = (content: FileContent, path: BundlePath) => textOf(remote, known!.packed, content, path, signal);
  const baseDigest = request.against !== null || digest === null
    ? null
    : pinned ?? (await findBase(remote, books.state, tag ?? "", digest, signal)).base;
  const base: ComparedSide = request.against !== null || digest === null
    ? there
    : baseDigest === null
    ? NOTHING
    : baseDigest === digest
    ? there
    : await readBundleIfAny(sources, baseDigest, `${name}@${baseDigest}`) ?? NOTHING;
  const local = await gatherLocal(project, books, { base: base.files, remember: true, lookOnly: true, emit, signal });
  const [here, far, before] = await comparedSides([local, there, base]);
  const chosen = compareSnapshots(here!, far!, before!).filter(({ path }) => isChosen(path, request.paths));
  const sides = [here!, far!, before!];
  for (const one of request.paths) {
    if (one === "" || sides.some((side) => [...side.keys()].some((path) => isChosen(path, [one])))) continue;
    throw new Failure("not-found", `"${one}" names no file of the folder's bundle or of ${name}`, {
      hint: one.includes("/") ? "mops bundle status --files" : `mops bundle diff --ref ${one}   (if ${one} is a tag)`,
      facts: { path: one },
    });
  }
  const changes = chosen.map((change) => ({
    ...change,
    here: local.files.get(change.path) ?? null,
    there: there.files.get(change.path) ?? null,
  }));
  /** A new description in `pyproject.toml` makes no model another one (decision 0007, "Closure"). */
  const deciding = async (all: typeof changes): Promise<BundlePath[]> => {
    const paths: BundlePath[] = [];
    for (const { path, here, there } of all) {
      if (path === "pyproject.toml" && here !== null && there !== null) {
        const texts = [textOnDisk(project, path, here), await theirText(there, path)];
        const [ours, theirs] = texts.map((text) => canonicalText(text));
        if (ours === theirs) continue;
      }
      paths.push(path);
    }
    return paths;
  };
  const patches = [];
  for (const { path, here, there } of request.patch ? changes : []) {
    patches.push({
      path,
      here: here === null ? null : textOnDisk(project, path, here),
      there: there === null ? null : await theirText(there, path),
    });
  }
  return {
    reference: formatReference({ repository: remote.repository, tag: tag ?? undefined, digest: digest ?? undefined }),
    digest,
    changes,
    models: isChosen(MODEL_REGISTRY_PATH, request.paths) ? await registryDifferences(local, there, base, await deciding(changes)) : [],
    patches,
  };
}

/** [] where a text cannot be read: then the file is what differs. */
async function registryDifferences(
  local: ComparedSide,
  there: ComparedSide,
  base: ComparedSide,
  changed: readonly string[],
): Promise<EntryDifference[]> {
  const [here, far, before] = await Promise.all([local, there, base].map((side) => side.modelRegistry()));
  try {
    return entryDifferences(here ?? null, far ?? null, before ?? null, changed);
  } catch (error) {
    if (isFailure(error, "invalid", "unsupported")) return [];
    throw error;
  }
}

/** One file's bytes, verified before the first of them is handed on only as far as a stream can: the end errors if they are wrong. */
export async function show(
  world: World,
  source: { readonly remote: Remote; readonly project: Project | null; readonly tag: string | null; readonly digest: Digest | null },
  path: string,
): Promise<
  {
    readonly digest: Digest;
    readonly path: BundlePath;
    readonly content: FileContent;
    readonly bytes: ReadableStream<Uint8Array<ArrayBuffer>>;
  }
> {
  const { remote, project } = source;
  const wanted = parseBundlePath(path.replace(/^(\.\/)+/, ""));
  const digest = source.digest ?? await remote.resolve(source.tag!, world.signal);
  const name = formatReference({ repository: remote.repository, tag: source.tag ?? undefined, digest: source.digest ?? undefined });
  if (digest === null) throw absent(remote.repository, name);
  const { files, packed } = await readBundle({ project, remote, signal: world.signal }, digest, name);
  const content = files.get(wanted);
  if (content === undefined) {
    throw new Failure("not-found", `${name} holds no ${wanted}`, { hint: `mops bundle manifest ${digest}`, facts: { path: wanted } });
  }
  return { digest, path: wanted, content, bytes: await readContent(remote.blobs, packed, content, { signal: world.signal }) };
}

function isChosen(path: BundlePath, paths: readonly string[]): boolean {
  return paths.length === 0 || paths.some((one) => one === "" || one === path || path.startsWith(`${one}/`));
}

function textOnDisk(project: Project, path: BundlePath, content: FileContent): string | "binary" {
  if (content.size > MAX_PATCH_BYTES) return "binary";
  return textOrBinary(Deno.readFileSync(onDisk(project, path)));
}

async function textOf(
  remote: Remote,
  packed: KnownBundle["packed"],
  content: FileContent,
  path: BundlePath,
  signal: AbortSignal,
): Promise<string | "binary"> {
  if (content.size > MAX_PATCH_BYTES) return "binary";
  return textOrBinary(await readVerified(await readContent(remote.blobs, packed, content, { signal }), content, path));
}

function canonicalText(pyproject: string): string {
  const canonical = canonicalPyproject(pyproject);
  return canonical === null ? pyproject : new TextDecoder().decode(canonical);
}

function textOrBinary(bytes: Uint8Array): string | "binary" {
  if (bytes.subarray(0, 8192).includes(0)) return "binary";
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return "binary"; // not UTF-8
    throw error;
  }
}
