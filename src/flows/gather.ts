/** Facts about the folder, read once at the start of every flow: its books (state, tracked set, configuration) and its files. */
import { type BundlePath, CONFIG_PATH, METADATA_PATHS, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { digestOf } from "../base/digest.ts";
import { Failure } from "../base/failure.ts";
import { listOf } from "../base/path_set.ts";
import type { Emit } from "../bundle/events.ts";
import type { FileContent, Snapshot } from "../bundle/snapshot.ts";
import { readBytesIfThere } from "../disk/atomic_file.ts";
import { type Config, namedBy, NO_CONFIG, parseConfig } from "../settings/config.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { loadState, type LocalState } from "../worktree/local_state.ts";
import { openStatCache } from "../worktree/stat_cache.ts";
import { takeSnapshot } from "../worktree/take_snapshot.ts";
import { loadTracked } from "../worktree/tracked.ts";
import type { ComparedSide } from "./compared_side.ts";

export interface Books {
  readonly state: LocalState;
  /** As people chose it; the metadata files travel whether they are in it or not. */
  readonly tracked: ReadonlySet<BundlePath>;
  readonly config: Config;
  readonly configText: string | null;
  readonly modelRegistryText: string | null;
  /** false: the text is not what stands in the file, and must not be published. */
  readonly modelRegistryIsUtf8: boolean;
}

/** What decides about the remote: a part of the books that is read at once, however many files there are. */
export function readSettings(project: Project): Pick<Books, "state" | "config" | "configText"> {
  const configText = utf8TextIfThere(onDisk(project, CONFIG_PATH), CONFIG_PATH);
  const config = configText === null ? NO_CONFIG : parseConfig(configText);
  const state = loadState(project);
  return { state: { ...state, name: state.name ?? namedBy(config) }, config, configText };
}

/** Its `state.name` is the recorded name or, before there is one, what `config.yaml` says: whoever saves this state records it. */
export function readBooks(project: Project): Books {
  const modelRegistry = readText(onDisk(project, MODEL_REGISTRY_PATH));
  return {
    ...readSettings(project),
    tracked: loadTracked(project),
    modelRegistryText: modelRegistry?.text ?? null,
    modelRegistryIsUtf8: modelRegistry?.isUtf8 ?? true,
  };
}

function readText(file: string): { readonly text: string; readonly isUtf8: boolean } | null {
  const bytes = readBytesIfThere(file);
  if (bytes === null) return null;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return { text, isUtf8: !text.includes("\ufffd") || digestOf(new TextEncoder().encode(text)) === digestOf(bytes) };
}

/** null when there is no such file. @throws Failure("invalid") when its bytes are no UTF-8, and would not come back as they are. */
export function utf8TextIfThere(file: string, path: BundlePath): string | null {
  const read = readText(file);
  if (read?.isUtf8 === false) throw notUtf8(path, read.text);
  return read?.text ?? null;
}

/** @param text as far as its bytes could be read */
function notUtf8(path: BundlePath, text: string): Failure {
  const from = text.includes("\0") ? "UTF-16" : "LATIN1"; // every other byte of an English text in UTF-16
  return new Failure("invalid", `${path} is not valid UTF-8`, {
    hint: `iconv -f ${from} -t UTF-8 ${path} > ${path}.utf8 && mv ${path}.utf8 ${path}   (if ${from} is what it is written in)`,
    facts: { file: path },
  });
}

/** The tag that is followed: recorded, else the configured default. */
export function followedTag(books: Pick<Books, "state" | "config">): string {
  return books.state.tag ?? books.config.defaultTag;
}

/** @throws Failure("invalid"): its text is not what stands in the file, and must be neither published nor edited. */
export function refuseRegistryThatIsNotUtf8(books: Books): void {
  if (!books.modelRegistryIsUtf8) throw notUtf8(MODEL_REGISTRY_PATH, books.modelRegistryText ?? "");
}

export interface LocalSide extends ComparedSide {
  /** What was asked for besides, and is on disk. */
  readonly beside: Snapshot;
  /** Tracked, but not on disk; metadata files are never missing. */
  readonly missing: readonly BundlePath[];
  readonly hashed: number;
}

/** Tracked files and metadata files on disk. `remember`: whether the stat cache may be written. */
export async function gatherLocal(
  project: Project,
  books: Books,
  options: {
    readonly base?: Snapshot | undefined;
    /** Files to look at with the same cache, tracked or not; they are not part of `files` by that. */
    readonly also?: Iterable<BundlePath> | undefined;
    readonly remember: boolean;
    /** For everything but a push: what cannot travel is a warning. */
    readonly lookOnly: boolean;
    readonly emit: Emit;
    readonly signal: AbortSignal;
  },
): Promise<LocalSide> {
  const also = [...new Set(options.also)].filter((path) => !books.tracked.has(path) && !METADATA_PATHS.includes(path));
  const statCache = openStatCache(project, { write: options.remember });
  const { snapshot: files, missing, hashed } = await takeSnapshot(project, listOf(books.tracked).with([...METADATA_PATHS, ...also]), {
    statCache,
    executableBit: books.state.executableBit,
    base: options.base,
    lookOnly: options.lookOnly,
    emit: options.emit,
    signal: options.signal,
  });
  statCache.save();
  const beside = new Map<BundlePath, FileContent>();
  for (const path of also) {
    const content = files.get(path);
    if (content !== undefined) beside.set(path, content);
    files.delete(path);
  }
  for (const path of METADATA_PATHS) {
    const content = files.get(path);
    if (content === undefined) continue;
    if (content.link !== undefined) {
      throw new Failure("invalid", `${path} is a link; it must be a file`, {
        hint: `cp --remove-destination "$(readlink -f ${path})" ${path}`,
      });
    }
    files.set(path, { ...content, executable: false });
  }
  return {
    files,
    beside,
    modelRegistry: () => Promise.resolve(books.modelRegistryText),
    missing: missing.filter((path) => books.tracked.has(path)),
    hashed,
  };
}
