/**
 * Init: a folder becomes a project. What exists is kept, what is missing is made, and a failure on the way takes back all that this
 * call made. Repeating it is safe: on a project it changes only what is asked for by name.
 */
import { basename, dirname, join } from "node:path";
import { type BundlePath, CONFIG_PATH, META_DIRECTORY, MODEL_REGISTRY_PATH, parseBundlePath } from "../base/bundle_path.ts";
import { syncFolder } from "../disk/sync_folder.ts";
import { Failure } from "../base/failure.ts";
import {
  formatRepository,
  isLawfulName,
  lawfulName,
  nameOf,
  parseRepository,
  parseTag,
  type Repository,
  siblingOf,
} from "../bundle/reference.ts";
import { readBytesIfThere, readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { shellWord } from "../base/shell_word.ts";
import { diskFailure } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { removeLeftBehind } from "../disk/left_behind.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { EMPTY_MODEL_REGISTRY } from "../models/model_registry.ts";
import type { InitReport } from "../plan/reports.ts";
import { DEFAULT_TAG, DEFAULT_THRESHOLD, formatConfig, namedBy, parseConfig, parseNamed } from "../settings/config.ts";
import { editConfig } from "../settings/config_edit.ts";
import { IGNORE_TEMPLATE } from "../worktree/default_ignores.ts";
import { LOCAL_NAMES, metaPath, type Project } from "../worktree/project.ts";
import { EMPTY_STATE, formatState, loadState, saveState } from "../worktree/local_state.ts";
import { probeExecutableBit } from "../worktree/take_snapshot.ts";
import { formatTracked, loadTracked } from "../worktree/tracked.ts";
import { utf8TextIfThere } from "./gather.ts";
import { gitignoreWith } from "./gitignore.ts";
import { pyprojectTemplate } from "./pyproject_template.ts";
import { changing, type World } from "./world.ts";

export interface InitRequest {
  /** Absolute. */
  readonly directory: string;
  readonly name: string | null;
  readonly tag: string | null;
  readonly thresholdMegabytes: number | null;
  /** Pinned; known to exist. */
  readonly environment: string | null;
  /** `--remote`, or `--registry` completed by the name. */
  readonly remote: ((name: string) => Repository) | null;
  /** Which remote the project will have, for the report. */
  readonly chosen: (name: string, recorded: string | null) => Promise<{ readonly repository: Repository; readonly source: string }>;
}

/** ms: a day; there is no lock yet, and nobody's clock to go by. */
const ABANDONED = 24 * 3600_000;

export async function init(world: World, request: InitRequest): Promise<InitReport> {
  const wanted = request.name ?? lawfulName(basename(request.directory));
  if (request.name !== null && !isLawfulName(request.name)) {
    throw new Failure("usage", `"${request.name}" is not a repository name`, {
      hint: `mops bundle init --name ${lawfulName(request.name) || "my-model"}`,
    });
  }
  if (request.name !== null) refuseHostInName(request.name);
  if (request.tag !== null) parseTag(request.tag);
  const thresholdBytes = request.thresholdMegabytes === null ? null : request.thresholdMegabytes * 1024 * 1024;
  if (thresholdBytes !== null && !Number.isSafeInteger(thresholdBytes)) {
    throw new Failure("usage", `a threshold of ${request.thresholdMegabytes} MB is more than any file has`, { hint: "--threshold 50" });
  }
  const existing = isFolder(join(request.directory, META_DIRECTORY)) &&
    readTextIfThere(join(request.directory, META_DIRECTORY, "config.yaml")) !== null;
  if (existing) {
    return await changing(world, { root: Deno.realPathSync(request.directory) }, "init", () => adjust(request, thresholdBytes));
  }
  if (wanted === "") {
    throw new Failure("usage", `nothing of the directory name "${basename(request.directory)}" can be a repository name`, {
      hint: "mops bundle init --name NAME",
    });
  }
  return await create(request, wanted, thresholdBytes ?? DEFAULT_THRESHOLD);
}

/** `my.lab/seir` in config.yaml is the repository `seir` on the host `my.lab`, for us and for older tools. */
function refuseHostInName(name: string): void {
  const [first, ...rest] = name.split("/");
  if (rest.length === 0 || !(first!.includes(".") || first === "localhost")) return;
  throw new Failure("usage", `"${name}" would be read as ${rest.join("/")} on the host ${first}`, {
    hint: `mops bundle init --name ${rest.join("/")} --registry ${first}`,
  });
}

/** Makes what is missing; takes it all back when something fails. */
async function create(request: InitRequest, name: string, thresholdBytes: number): Promise<InitReport> {
  const made: string[] = [];
  const before = new Map<string, Uint8Array>();
  const changed: string[] = [];
  const file = (relative: string): string => join(request.directory, relative);
  const put = (relative: string, content: string | Uint8Array): void => {
    const path = relative === ".gitignore" ? behindLink(request.directory, file(relative)) : file(relative);
    const existing = readBytesIfThere(path);
    if (existing === null) made.push(path);
    else {
      before.set(path, existing);
      changed.push(relative);
    }
    writeAtomic(path, content, { aside: file(META_DIRECTORY), sync: true });
  };
  const putIfMissing = (relative: string, text: string): void => {
    if (readTextIfThere(file(relative)) === null) put(relative, text);
  };
  try {
    makeFolder(request.directory, made);
    makeFolder(file(META_DIRECTORY), made);
    removeLeftBehind(file(META_DIRECTORY), Date.now() - ABANDONED);
    const project: Project = { root: Deno.realPathSync(request.directory) };
    const remote = request.remote === null ? null : formatRepository(request.remote(name));
    const chosen = await request.chosen(name, remote);
    putIfMissing(MODEL_REGISTRY_PATH, EMPTY_MODEL_REGISTRY);
    putIfMissing("pyproject.toml", pyprojectTemplate(name));
    putIfMissing(".modelopsignore", IGNORE_TEMPLATE);
    // Byte by byte, in any encoding: it is somebody's file, and our lines are ASCII.
    const gitignore = readBytesIfThere(file(".gitignore"));
    const lines = gitignore === null ? null : asLatin1(gitignore);
    const next = gitignoreWith(lines);
    if (next !== lines) put(".gitignore", Uint8Array.from(next, (character) => character.charCodeAt(0)));
    if (request.environment !== null) put(`${META_DIRECTORY}/${LOCAL_NAMES.environment}`, `${request.environment}\n`);
    const tracked = new Set<BundlePath>([...loadTracked(project), parseBundlePath(".modelopsignore"), parseBundlePath("pyproject.toml")]);
    put(`${META_DIRECTORY}/${LOCAL_NAMES.tracked}`, formatTracked(tracked));
    if (readTextIfThere(metaPath(project, LOCAL_NAMES.state)) === null) {
      put(
        `${META_DIRECTORY}/${LOCAL_NAMES.state}`,
        formatState({ ...EMPTY_STATE, remote, name, executableBit: probeExecutableBit(project) }),
      );
    } else {
      const state = loadState(project);
      put(`${META_DIRECTORY}/${LOCAL_NAMES.state}`, formatState({ ...state, remote: remote ?? state.remote, name }));
    }
    // Last, because it is what makes the folder a project: an init that was cut off begins anew.
    put(CONFIG_PATH, formatConfig({ name, defaultTag: request.tag ?? DEFAULT_TAG, thresholdBytes }));
    const files = made.filter((path) => path !== request.directory).map((path) => path.slice(request.directory.length + 1));
    return {
      root: project.root,
      name,
      created: true,
      files: [...files.filter((path) => path === META_DIRECTORY), CONFIG_PATH, ...files.filter((path) => !isFirst(path))],
      changed,
      tracked: [...tracked].sort(),
      remote: formatRepository(chosen.repository),
      source: chosen.source,
    };
  } catch (error) {
    for (const [path, bytes] of before) writeAtomic(path, bytes, { sync: true });
    for (const path of made.reverse()) removeMade(path);
    throw error;
  }
}

/** Where a link leads, so that it stays one and what it leads to is written. @throws Failure when that is no file of the project. */
function behindLink(directory: string, path: string): string {
  if (!lstatIfThere(path)?.isSymlink) return path;
  let real: string;
  try {
    real = Deno.realPathSync(path);
  } catch (error) {
    throw diskFailure(error, "follow the link", path);
  }
  if (real.startsWith(`${Deno.realPathSync(directory)}/`)) return real;
  throw new Failure("would-overwrite", `${path} is a link out of the project, to ${real}; nothing was made`, {
    hint: `cp --remove-destination ${shellWord(real)} ${shellWord(path)}   (makes it a file of its own)`,
    facts: { path, target: real },
  });
}

function asLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function isFirst(path: string): boolean {
  return path === META_DIRECTORY || path === CONFIG_PATH;
}

/** On a project: only what was asked for by name. */
async function adjust(request: InitRequest, thresholdBytes: number | null): Promise<InitReport> {
  const project: Project = { root: Deno.realPathSync(request.directory) };
  const configFile = metaPath(project, "config.yaml");
  const text = utf8TextIfThere(configFile, CONFIG_PATH) ?? "";
  const edited = editConfig(text, {
    name: request.name ?? undefined,
    defaultTag: request.tag ?? undefined,
    thresholdBytes: thresholdBytes ?? undefined,
  });
  const state = loadState(project);
  const named = request.name ?? state.name ?? namedBy(parseConfig(edited)); // recorded: whatever a pull made of config.yaml
  const name = (named === null ? null : parseNamed(named).name) ?? (lawfulName(basename(project.root)) || "bundle");
  const remote = request.remote !== null ? formatRepository(request.remote(name)) : renamed(state.remote, request.name);
  const chosen = await request.chosen(name, remote);
  const changed: string[] = [];
  if (edited !== text) {
    writeAtomic(configFile, edited, { sync: true });
    changed.push(CONFIG_PATH);
  }
  if (request.environment !== null) {
    writeAtomic(metaPath(project, LOCAL_NAMES.environment), `${request.environment}\n`, { sync: true });
    changed.push(`${META_DIRECTORY}/${LOCAL_NAMES.environment}`);
  }
  if (remote !== state.remote || named !== state.name) {
    saveState(project, { ...state, remote, name: named });
    changed.push(`${META_DIRECTORY}/${LOCAL_NAMES.state}`);
  }
  return {
    root: project.root,
    name,
    created: false,
    files: [],
    changed,
    tracked: [...loadTracked(project)].sort(),
    remote: formatRepository(chosen.repository),
    source: chosen.source,
  };
}

/** A new name is another repository in the same place: a recorded remote would keep pushing under the old name. */
function renamed(recorded: string | null, name: string | null): string | null {
  if (recorded === null || name === null) return recorded;
  const repository = parseRepository(recorded);
  return nameOf(repository) === name ? recorded : formatRepository(siblingOf(repository, name));
}

function makeFolder(path: string, made: string[]): void {
  const missing: string[] = [];
  for (let folder = path; !exists(folder); folder = join(folder, "..")) missing.unshift(folder);
  for (const folder of missing) {
    try {
      disk.mkdir(folder);
    } catch (error) {
      throw diskFailure(error, "make", folder);
    }
    made.push(folder);
    syncFolder(dirname(folder));
  }
}

function removeMade(path: string): void {
  try {
    if (basename(path) === META_DIRECTORY) disk.removeTree(path);
    else disk.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw diskFailure(error, "take back", path);
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw diskFailure(error, "look at", path);
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw diskFailure(error, "look at", path);
  }
}
