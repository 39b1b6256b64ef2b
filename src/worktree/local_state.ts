/**
 * `.modelops-bundle/state.json`: what this folder knows of where it came from (D6, D7; docs/formats.md, "state.json"). Local, never in a
 * bundle. Version 3 ends with a check; version 2 had none, and the Python tool's file, which has no version, is read once.
 */
import { asCount, asObject, asString, at, type Found, items, member, members, optional } from "../base/decode.ts";
import { checkOf, withCheck } from "../base/checked_text.ts";
import { type Digest, parseDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { shellWord } from "../base/shell_word.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";

/** What a push left behind: the bundle, and the push record that tells of it. */
export interface Pushed {
  readonly bundle: Digest;
  readonly record: Digest | null;
}

export interface LocalState {
  /** The recorded remote, as `formatRepository` writes it; null when none is. */
  readonly remote: string | null;
  /**
   * What `config.yaml` named when this folder first used it: NAME, or HOST/NAME where an older tool wrote it. It counts from then on, so
   * that a pulled `config.yaml` redirects nothing (D7); null: not used yet.
   */
  readonly name: string | null;
  /** The tag that is followed; null: the default tag of `config.yaml`. */
  readonly tag: string | null;
  /** The digest that is followed instead of a tag. */
  readonly pinned: Digest | null;
  /** What the last pull brought. */
  readonly pulled: Digest | null;
  /** What was pushed since then: remote → tag → what. A pull clears it. */
  readonly pushed: Readonly<Record<string, Readonly<Record<string, Pushed>>>>;
  /**
   * What a push was about to put under its tags when it last said so. If a tag holds it, the push got that far even though it could not
   * remember it, and that is the tag's base.
   */
  readonly pushing: Readonly<Record<string, Readonly<Record<string, Pushed>>>>;
  /**
   * Bundles that the Python tool remembers, of whatever tag: a tag that holds one of them has it as base; no other tag has (its one
   * baseline for all tags is what made it revert work, B3).
   */
  readonly seen: readonly Digest[];
  /** false where the file system cannot hold the executable bit; then the base's stands (D2). */
  readonly executableBit: boolean;
}

const VERSION = 3;

export const EMPTY_STATE: LocalState = {
  remote: null,
  name: null,
  tag: null,
  pinned: null,
  pulled: null,
  pushed: {},
  pushing: {},
  seen: [],
  executableBit: true,
};

/** @throws Failure("invalid") when the file is damaged, Failure("unsupported") when a newer mops wrote it; a missing file is the empty state. */
export function loadState(project: Project): LocalState {
  const file = metaPath(project, LOCAL_NAMES.state);
  const text = readTextIfThere(file);
  if (text === null) return EMPTY_STATE;
  try {
    const root = at(JSON.parse(text));
    const check = checkOf(text);
    if (check === "wrong" || check === "none" && member(root, "version").value === VERSION) {
      throw new Failure("invalid", "it is not what was written: its check does not agree");
    }
    return decode(root);
  } catch (error) {
    if (isFailure(error, "unsupported")) {
      throw new Failure("unsupported", `${file} is newer than this mops: ${error.message}`, {
        hint: "use the newer mops that wrote it",
        facts: { file },
        cause: error,
      });
    }
    throw new Failure("invalid", `${file} cannot be used: ${isFailure(error) ? error.message : "it is not JSON"}`, {
      hint: `mv ${shellWord(file)} ${shellWord(`${file}.damaged`)}   (then pull: what differs shows up as conflicts, nothing is lost)`,
      facts: { file },
      cause: error,
    });
  }
}

export function saveState(project: Project, state: LocalState): void {
  writeAtomic(metaPath(project, LOCAL_NAMES.state), formatState(state), { sync: true });
}

export function formatState(state: LocalState): string {
  return withCheck(JSON.stringify({ version: VERSION, ...state }, null, 2));
}

/** The base of a tag that now holds `holds`: what was pushed there since the last pull, else what that pull brought (D6). */
export function baseOf(state: LocalState, remote: string, tag: string, holds: Digest | null): Digest | null {
  const pushing = state.pushing[remote]?.[tag]?.bundle;
  if (pushing !== undefined && pushing === holds) return pushing;
  const pushed = state.pushed[remote] ?? {};
  if (pushed[tag] === undefined && Object.values(pushed).some(({ bundle }) => bundle === holds)) return holds; // ours, given this tag too
  return pushed[tag]?.bundle ?? state.pulled ?? state.seen.find((digest) => digest === holds) ?? null;
}

export function withPushed(state: LocalState, remote: string, tag: string, pushed: Pushed): LocalState {
  return { ...state, pushed: { ...state.pushed, [remote]: { ...state.pushed[remote], [tag]: pushed } } };
}

/** What is about to be put under some tags, beside what is still open for others. */
export function withPushing(state: LocalState, remote: string, tags: Readonly<Record<string, Pushed>>): LocalState {
  return { ...state, pushing: { ...state.pushing, [remote]: { ...state.pushing[remote], ...tags } } };
}

/** These tags are settled: nothing is open for them any more. */
export function settledPushing(state: LocalState, remote: string, tags: readonly string[]): LocalState {
  const { [remote]: open = {}, ...others } = state.pushing;
  const left = Object.entries(open).filter(([tag]) => !tags.includes(tag));
  return { ...state, pushing: left.length === 0 ? others : { ...others, [remote]: Object.fromEntries(left) } };
}

/** Every bundle that the state can still be asked about; their base objects are kept. */
export function rememberedBundles(state: LocalState): ReadonlySet<Digest> {
  const all = new Set<Digest>(state.seen);
  if (state.pulled !== null) all.add(state.pulled);
  for (const remotes of [state.pushed, state.pushing]) {
    for (const tags of Object.values(remotes)) for (const { bundle } of Object.values(tags)) all.add(bundle);
  }
  return all;
}

function decode(root: Found): LocalState {
  const version = optional(member(root, "version"), asCount);
  if (version === undefined) return decodePythonState(root);
  if (version !== VERSION && version !== 2) {
    throw new Failure(version > VERSION ? "unsupported" : "invalid", `it has version ${version}, and this mops reads version ${VERSION}`);
  }
  const digest = (found: Found): Digest => parseDigest(asString(found));
  return {
    remote: optional(member(root, "remote"), asString) ?? null,
    name: optional(member(root, "name"), asString) ?? null,
    tag: optional(member(root, "tag"), asString) ?? null,
    pinned: optional(member(root, "pinned"), digest) ?? null,
    pulled: optional(member(root, "pulled"), digest) ?? null,
    pushed: decodePushed(member(root, "pushed")),
    pushing: optional(member(root, "pushing"), decodePushed) ?? {},
    seen: (optional(member(root, "seen"), items) ?? []).map(digest),
    executableBit: optional(member(root, "executableBit"), (found) => found.value !== false) ?? true,
  };
}

function decodePushed(found: Found): Record<string, Record<string, Pushed>> {
  const digest = (found: Found): Digest => parseDigest(asString(found));
  const all: Record<string, Record<string, Pushed>> = {};
  for (const [remote, tags] of members(found)) {
    const ofRemote: Record<string, Pushed> = {};
    for (const [tag, entry] of members(tags)) {
      ofRemote[tag] = { bundle: digest(member(entry, "bundle")), record: optional(member(entry, "record"), digest) ?? null };
    }
    all[remote] = ofRemote;
  }
  return all;
}

/** Its list of files belongs to no tag in particular and is left; the digests are enough to find a base that certainly is one. */
function decodePythonState(root: Found): LocalState {
  asObject(root);
  const seen = ["last_push_digest", "last_pull_digest"].flatMap((key) =>
    optional(member(root, key), (found) => parseDigest(asString(found))) ?? []
  );
  return { ...EMPTY_STATE, seen };
}
