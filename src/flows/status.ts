/** Status: how the folder stands to the tag that it follows. Changes nothing but caches; a remote that is away is a value. */
import { type BundlePath, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { isFailure } from "../base/failure.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import type { Issue } from "../models/issue.ts";
import { EMPTY_MODEL_REGISTRY } from "../models/model_registry.ts";
import { formatRepository } from "../bundle/reference.ts";
import { compareSnapshots, kindOf } from "../plan/compare.ts";
import { relationOf } from "../plan/relation.ts";
import type { Ignored, ModelsReport, StatusReport } from "../plan/reports.ts";
import { loadIgnore } from "../worktree/ignore.ts";
import { baseOf } from "../worktree/local_state.ts";
import type { Project } from "../worktree/project.ts";
import { openListings } from "../worktree/listings.ts";
import { type Skipped, walk } from "../worktree/walk.ts";
import type { Asked } from "./ask_remote.ts";
import { type ComparedSide, comparedSides, NOTHING } from "./compared_side.ts";
import type { ProjectFiles } from "./project_files.ts";
import type { AnalysisStart } from "./analyse_project.ts";
import { type Books, followedTag, gatherLocal, readBooks } from "./gather.ts";
import { readBaseIfReachable } from "./known_base.ts";
import { mergedChanges } from "./registry_conflicts.ts";
import { type ProjectWorld, settled } from "./world.ts";

export interface StatusRequest {
  readonly offline: boolean;
  readonly includeIgnored: boolean;
  /** false: files are all that is asked for. Default true. */
  readonly models?: boolean | undefined;
}

export async function status(world: ProjectWorld, request: StatusRequest): Promise<StatusReport> {
  const { project, emit, signal, choice } = world;
  await settled(world, project);
  const books = readBooks(project);
  const tag = followedTag(books);
  const name = formatRepository(choice.repository);
  // What asks a remote is loaded only to do that, as everything below that most calls do without.
  const remoteRoom = request.offline ? null : await import("./ask_remote.ts");
  const deadline = remoteRoom === null ? signal : AbortSignal.any([signal, AbortSignal.timeout(remoteRoom.REMOTE_SECONDS * 1000)]);
  const asked: Asked = remoteRoom === null
    ? { view: { kind: "offline" }, remote: null, bundle: null, found: null }
    : await remoteRoom.askRemote(world, await world.openRemote(), tag, books.state, name, deadline);

  const pinned = books.state.pinned;
  const holds = asked.view.kind === "holds" || asked.view.kind === "foreign" ? asked.view.digest : null;
  const baseDigest = pinned ?? (asked.found !== null ? asked.found.base : baseOf(books.state, name, tag, holds));
  const sources = { project, remote: asked.remote, signal: deadline };
  const base: ComparedSide | null = baseDigest === null
    ? null
    : baseDigest === asked.bundle?.digest
    ? asked.bundle
    : await readBaseIfReachable(sources, baseDigest, `${name}@${baseDigest}`);
  const { start, problem } = request.models === false ? NOTHING_REGISTERED : await startIfReadable(project, books);
  const local = await gatherLocal(project, books, { base: base?.files, also: start?.wanted, remember: true, lookOnly: true, emit, signal });
  if (baseDigest !== null && base === null) {
    emit({
      kind: "warning",
      code: "base-away",
      message:
        `what this folder last agreed on, ${baseDigest}, is not remembered here, and the remote was not asked or has no answer: changes cannot be told from the rest`,
    });
  }
  const before: ComparedSide = base ?? NOTHING;
  const there: ComparedSide = pinned !== null ? before : asked.bundle ?? (asked.view.kind === "absent" ? NOTHING : before);
  const [here, remote, then] = await comparedSides([local, there, before]);
  const found = compareSnapshots(here!, remote!, asked.view.kind === "absent" && pinned === null ? new Map() : then!);
  const { changes, entryConflicts } = books.modelRegistryIsUtf8
    ? await mergedChanges(found, local, there, before)
    : { changes: found, entryConflicts: [] }; // what is no text is decided about as a file
  const { untracked, ignored } = lookAround(world, books.tracked, request.includeIgnored, start?.listed);
  const entries = start === null ? NO_MODELS : await (await import("./model_status.ts")).modelStatus(
    project,
    await (await import("./analyse_project.ts")).finishAnalysis(world, project, books, start, local, { remember: true }),
    { tracked: books.tracked, missing: local.missing, held: new Set([...before.files.keys(), ...there.files.keys()]) },
    { here: local, there, base: before, view: asked.view.kind, isPinned: pinned !== null },
  );
  let tracked: StatusReport["tracked"] | undefined;
  return {
    ...entries,
    preflight: problem === null ? entries.preflight : [problem],
    remote: name,
    source: choice.source,
    tag,
    relation: relationOf(asked.view, pinned !== null, changes),
    reason: "reason" in asked.view ? asked.view.reason : null,
    pinned,
    base: baseDigest,
    holds,
    changes,
    entryConflicts,
    get tracked() { // a hundred thousand records that the usual view does not show
      return tracked ??= [...books.tracked].map((path) => ({
        path,
        kind: kindOf(here!.get(path), remote!.get(path), then!.get(path)),
        size: local.files.get(path)?.size ?? remote!.get(path)?.size ?? 0,
      }));
    },
    untracked,
    ignored,
    overtaken: asked.found?.overtaken ?? null,
    hashed: local.hashed,
  };
}

const NO_MODELS: ModelsReport = { models: [], targets: [], targetSets: [], preflight: [] };
const NOTHING_REGISTERED = { start: null, problem: null };

/**
 * A model registry that cannot be read is told, and is no reason to say nothing of the files. Reading models is a third of this program:
 * it is loaded where something is registered.
 */
async function startIfReadable(
  project: Project,
  books: Books,
): Promise<{ readonly start: AnalysisStart | null; readonly problem: Issue | null }> {
  if (books.modelRegistryText === null || books.modelRegistryText === EMPTY_MODEL_REGISTRY) return NOTHING_REGISTERED;
  try {
    const { startAnalysis } = await import("./analyse_project.ts");
    return { start: startAnalysis(project, books), problem: null };
  } catch (error) {
    if (!isFailure(error, "invalid", "unsupported")) throw error;
    const { message, hint } = error;
    const problem: Issue = {
      code: "invalid-registry",
      severity: "error",
      message,
      path: MODEL_REGISTRY_PATH,
      line: null,
      entry: null,
      hint: hint ?? null,
    };
    return { start: null, problem };
  }
}

function lookAround(
  world: ProjectWorld,
  tracked: ReadonlySet<BundlePath>,
  includeIgnored: boolean,
  listed: ProjectFiles | undefined,
): { untracked: string[]; ignored: Ignored[] } {
  if (listed !== undefined && !includeIgnored) {
    warnOfNames(world, listed.skipped);
    return { untracked: [...listed.files].filter((path) => !tracked.has(path)), ignored: [] };
  }
  const { project } = world;
  const listings = openListings(project, tracked);
  const found = walk(project, loadIgnore(project), { includeIgnored, except: tracked, listings });
  listings?.save();
  warnOfNames(world, found.skipped);
  const untracked: string[] = [];
  const ignored: Ignored[] = [];
  for (const file of [...found.files, ...found.links]) {
    if (file.ignoredBy === undefined || file.ignoredBy === null) untracked.push(file.path);
    else ignored.push({ path: file.path, pattern: file.ignoredBy.pattern, source: file.ignoredBy.source });
  }
  ignored.sort((a, b) => compareUtf8(a.path, b.path));
  return { untracked: untracked.sort(compareUtf8), ignored };
}

const NAMES_TOLD = 5;

/** Files that nobody will find among the untracked ones, and that no bundle can hold. */
function warnOfNames({ emit }: ProjectWorld, skipped: readonly Skipped[]): void {
  const named = skipped.filter(({ byName }) => byName);
  for (const { path, why } of named.slice(0, NAMES_TOLD)) {
    emit({ kind: "warning", code: "unusable-name", message: `${path} cannot be tracked: it ${why}` });
  }
  const rest = named.length - NAMES_TOLD;
  if (rest > 0) emit({ kind: "warning", code: "unusable-name", message: `${rest} more cannot be tracked because of their names` });
}
