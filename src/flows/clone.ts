/**
 * A clone is a pull into a folder that has nothing yet. It marks the folder first, with the digest that the reference was resolved to, so
 * that one that was cut off goes on with the same bundle.
 */
import { META_DIRECTORY } from "../base/bundle_path.ts";
import { type Digest, parseDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { asString, at, member } from "../base/decode.ts";
import type { Remote } from "../bundle/content.ts";
import { formatReference, formatRepository } from "../bundle/reference.ts";
import { shellWord } from "../base/shell_word.ts";
import { makeFolder, readTextIfThere, removeIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { diskFailure } from "../disk/disk_failure.ts";
import { syncFolder } from "../disk/sync_folder.ts";
import { planPull } from "../plan/pull.ts";
import type { PullReport } from "../plan/reports.ts";
import { NO_CONFIG } from "../settings/config.ts";
import { LOCAL_NAMES, metaPath, type Project } from "../worktree/project.ts";
import { formatState, type LocalState } from "../worktree/local_state.ts";
import { probeExecutableBit } from "../worktree/take_snapshot.ts";
import { formatTracked } from "../worktree/tracked.ts";
import type { Books } from "./gather.ts";
import { readBundle, rememberBundle } from "./read_bundle.ts";
import { pullInto, reportOf, resolved } from "./pull.ts";
import { changing, type World } from "./world.ts";

export interface CloneRequest {
  readonly directory: string;
  readonly tag: string;
  readonly digest: Digest | null;
  readonly dryRun: boolean;
}

const CLONE_MARK = LOCAL_NAMES.clone;
const HALF_WRITTEN = /^\.mops-.*\.tmp$/;

/** @throws Failure("would-overwrite") when the directory holds anything but an unfinished clone of the same reference. */
export async function clone(world: World, remote: Remote, request: CloneRequest): Promise<PullReport> {
  const wanted = formatReference({ repository: remote.repository, tag: request.tag, digest: request.digest ?? undefined });
  const begun = unfinishedClone(request.directory, wanted);
  const asked = begun ?? request.digest ?? await resolved(remote, request.tag, world.signal);
  const decisions = { overwrite: false, restoreDeleted: false, take: [], keep: [] };
  // Read first: a reference that is no bundle must leave no folder behind.
  const bundle = await readBundle({ project: null, remote, signal: world.signal }, asked, wanted).catch((error) => {
    throw begun === null ? error : pinnedTo(request.directory, begun, error);
  });
  const empty: Books = {
    state: stateOfClone(remote, request, true),
    tracked: new Set(),
    config: NO_CONFIG,
    configText: null,
    modelRegistryText: null,
    modelRegistryIsUtf8: true,
  };
  if (request.dryRun) {
    const plan = planPull({
      local: EMPTY_SIDE,
      remote: { files: bundle.files, compared: bundle.files },
      base: EMPTY_SIDE,
      tracked: new Set(),
      untracked: new Map(),
    }, decisions);
    return reportOf(plan, remote, empty, request, asked, { into: request.directory, resumed: begun !== null, dryRun: true });
  }
  makeMetaFolder(request.directory);
  const project: Project = { root: Deno.realPathSync(request.directory) };
  return await changing(world, project, "pull", async () => {
    // Only now is it ours: another clone into it may have begun, died or finished in between.
    const already = unfinishedClone(request.directory, wanted);
    const digest = already ?? asked;
    beginClone(request.directory, wanted, digest);
    if (readTextIfThere(metaPath(project, LOCAL_NAMES.state)) === null) {
      writeAtomic(metaPath(project, LOCAL_NAMES.state), formatState(stateOfClone(remote, request, probeExecutableBit(project))), {
        sync: true,
      });
      writeAtomic(metaPath(project, LOCAL_NAMES.tracked), formatTracked(new Set()), { sync: true });
    }
    const isRead = digest === bundle.digest;
    if (isRead) await rememberBundle(project, bundle); // what was read is not asked for again
    const report = await pullInto(world, remote, project, { ...decisions, tag: request.tag, digest, dryRun: false }, {
      into: request.directory,
      resumed: already !== null,
      pin: request.digest,
      bundle: isRead ? bundle : null,
    }).catch((error) => {
      throw already === null ? error : pinnedTo(request.directory, already, error);
    });
    removeIfThere(metaPath(project, CLONE_MARK));
    syncFolder(metaPath(project, "."));
    return report;
  });
}

const EMPTY_SIDE = { files: new Map(), compared: new Map() };

/** The digest that an unfinished clone of the same reference was pinned to; null for a directory to begin in. */
function unfinishedClone(directory: string, wanted: string): Digest | null {
  let names: string[];
  try {
    names = [...Deno.readDirSync(directory)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw diskFailure(error, "read", directory);
  }
  if (names.length === 0 || names.length === 1 && names[0] === META_DIRECTORY && isOnlyBegun(`${directory}/${META_DIRECTORY}`)) return null;
  const mark = readTextIfThere(`${directory}/.modelops-bundle/${CLONE_MARK}`);
  if (mark !== null) {
    try {
      const root = at(JSON.parse(mark));
      if (asString(member(root, "reference")) === wanted) return parseDigest(asString(member(root, "digest")));
    } catch (error) {
      if (!(error instanceof SyntaxError) && !isFailure(error)) throw error; // a torn mark says nothing: the folder counts as foreign
    }
  }
  throw new Failure("would-overwrite", `${directory} is not empty`, {
    hint: mark !== null
      ? `rm -r ${shellWord(directory)}   (it holds an unfinished clone of something else)`
      : names.includes(META_DIRECTORY)
      ? `mops bundle pull --project ${shellWord(directory)}   (it is a project already; or choose another --into directory)`
      : `ls -A ${shellWord(directory)}   (or choose another --into directory)`,
    facts: { directory },
  });
}

/** The tag may hold something better by now, but this folder goes on with what it was begun with. */
function pinnedTo(directory: string, begun: Digest, error: unknown): unknown {
  if (!isFailure(error, "not-found", "corrupt")) return error;
  return new Failure(error.code, `${error.message}; the unfinished clone in ${directory} goes on with ${begun}`, {
    hint: `rm -r ${shellWord(directory)}   (then pull again: it begins with what the tag holds now)`,
    facts: { ...error.facts, directory },
    cause: error,
  });
}

/** What a clone leaves that died before its mark was written: an empty folder, or one with nothing but locks and halves of a write. */
function isOnlyBegun(metaDirectory: string): boolean {
  try {
    if (!Deno.lstatSync(metaDirectory).isDirectory) return false;
    return [...Deno.readDirSync(metaDirectory)].every(({ name, isFile }) =>
      isFile && (/^lock(\.|$)/.test(name) || HALF_WRITTEN.test(name))
    );
  } catch (error) {
    throw diskFailure(error, "read", metaDirectory);
  }
}

function makeMetaFolder(directory: string): void {
  makeFolder(`${directory}/.modelops-bundle`, { sync: true });
}

/** Under the lock: what looks half written may be another clone's else. */
function beginClone(directory: string, wanted: string, digest: Digest): void {
  for (const { name, isFile } of Deno.readDirSync(`${directory}/.modelops-bundle`)) {
    if (isFile && HALF_WRITTEN.test(name)) removeIfThere(`${directory}/.modelops-bundle/${name}`);
  }
  writeAtomic(`${directory}/.modelops-bundle/${CLONE_MARK}`, JSON.stringify({ reference: wanted, digest }) + "\n", { sync: true });
}

function stateOfClone(remote: Remote, request: CloneRequest, executableBit: boolean): LocalState {
  return {
    remote: formatRepository(remote.repository),
    name: null, // the clone's first push or pull takes what the cloned config.yaml says
    tag: request.tag,
    pinned: request.digest,
    pulled: null,
    pushed: {},
    pushing: {},
    seen: [],
    executableBit,
  };
}
