/**
 * What a push of this folder means for results: whose closure becomes another one than the bundle's, and whose stays. Pure. Closure digests
 * are those of decision 0007; a bundle without them (the Python tool wrote it) is compared by the digests of its files.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import type { Snapshot } from "../bundle/snapshot.ts";
import type { Entry, ModelRegistry, TargetSet } from "../models/model_registry.ts";
import { entriesOf, type EntryKey, entryOf, keyOf, recordedPaths } from "./cloud_state.ts";
import type { Content, FilesNow } from "./entry_readiness.ts";
import { recordedClosureDigest } from "./readiness.ts";

/**
 * stale: results of the bundle do not hold for this folder · valid: they do · unknown: the closure is the same, and data that its code names
 * and no list holds is not · broken: a file is missing here.
 */
export type Effect = "stale" | "valid" | "unknown" | "new" | "gone" | "broken";

export interface Component {
  readonly path: string;
  readonly change: "changed" | "added" | "removed";
  readonly there: Digest | null;
  readonly here: Digest | null;
  /** What changed in it, where that can be told: `starsim 2.1 → 2.2`. */
  readonly details: readonly string[];
}

export interface EntryImpact {
  readonly kind: "model" | "target";
  readonly id: string;
  readonly name: string;
  readonly effect: Effect;
  /** null: not known there, or a file is missing here. */
  readonly closure: { readonly here: Digest | null; readonly there: Digest | null };
  readonly components: readonly Component[];
  /** Data that its code names and no list of it holds: no closure tells when it changes. */
  readonly unlisted: readonly UnlistedData[];
}

export interface UnlistedData {
  readonly path: BundlePath;
  readonly change: "same" | "changed" | "added";
}

export interface SetImpact {
  readonly name: string;
  readonly effect: Effect;
  /** Members that are not valid. */
  readonly members: readonly string[];
}

export interface ImpactFacts {
  readonly here: ModelRegistry;
  readonly now: FilesNow;
  /** Paths of existing data that an entry's code names and its lists lack. */
  readonly unlisted: (entry: Entry) => readonly BundlePath[];
  /** null: nothing was pushed yet. */
  readonly there: { readonly registry: ModelRegistry; readonly files: Snapshot } | null;
}

export interface Impact {
  /** Models, then targets; in the order of the registry, those that are gone last. */
  readonly entries: readonly EntryImpact[];
  readonly sets: readonly SetImpact[];
}

export function impactOf({ here, now, unlisted, there }: ImpactFacts): Impact {
  const before = there?.registry ?? NOTHING;
  const gone = entriesOf(before).filter((entry) => entryOf(here, keyOf(entry)) === undefined);
  const entries = [
    ...entriesOf(here).map((entry) => effectOn(entry, entryOf(before, keyOf(entry)), now, unlisted(entry), there?.files ?? new Map())),
    ...gone.map((entry): EntryImpact => ({
      ...named(entry),
      effect: "gone",
      closure: { here: null, there: sealedThere(entry) },
      components: [],
      unlisted: [],
    })),
  ];
  const ordered = [...entries.filter(({ kind }) => kind === "model"), ...entries.filter(({ kind }) => kind === "target")];
  return {
    entries: ordered,
    sets: setsOf(here, before, new Map(ordered.map((one): [EntryKey, Effect] => [`${one.kind}:${one.id}`, one.effect]))),
  };
}

const NOTHING: ModelRegistry = { models: new Map(), targets: new Map(), sets: new Map() };

function effectOn(
  entry: Entry,
  before: Entry | undefined,
  now: FilesNow,
  paths: readonly BundlePath[],
  files: Snapshot,
): EntryImpact {
  const digest = recordedClosureDigest(entry, now);
  const unlisted = [...new Set(paths)].sort(compareUtf8).map((path): UnlistedData => {
    const there = files.get(path);
    return { path, change: there === undefined ? "added" : there.digest === now.file(path)?.digest ? "same" : "changed" };
  });
  if (before === undefined) {
    const effect = digest === null ? "broken" : "new";
    return { ...named(entry), effect, closure: { here: digest, there: null }, components: [], unlisted };
  }
  const sealed = sealedThere(before);
  const components = componentsOf(entry, before, now, files);
  const isKnown = sealed !== null && entry.closure?.rule === before.closure?.rule;
  const isSame = isKnown ? sealed === digest : components.length === 0;
  const isSure = unlisted.every(({ change }) => change === "same");
  const effect = digest === null ? "broken" : !isSame ? "stale" : isSure ? "valid" : "unknown";
  return { ...named(entry), effect, closure: { here: digest, there: sealed }, components: isSame ? [] : components, unlisted };
}

function componentsOf(entry: Entry, before: Entry, now: FilesNow, files: Snapshot): Component[] {
  const hasProject = before.closure !== null && entry.closure !== null; // else there is nothing to compare the declarations with
  const projectHere = new Set(entry.closure?.project ?? []);
  const projectThere = new Set(before.closure?.project ?? []);
  const paths = (one: Entry, project: ReadonlySet<string>) => recordedPaths(one).filter((path) => hasProject || !project.has(path));
  const hereOf = (path: string): Content | undefined => (projectHere.has(path) ? now.projectFile : now.file)(path);
  const thereOf = (path: string): Digest | null => {
    if (projectThere.has(path)) return own(before.closure!.projectDigests, path);
    return files.get(path as BundlePath)?.digest ?? null;
  };
  const mine = new Set(paths(entry, projectHere));
  const theirs = new Set(paths(before, projectThere));
  const found: Component[] = [];
  for (const path of new Set([...mine, ...theirs])) {
    const here = mine.has(path) ? hereOf(path)?.digest ?? null : null;
    const there = theirs.has(path) ? thereOf(path) : null;
    if (here === there && mine.has(path) === theirs.has(path)) continue;
    const change = !theirs.has(path) ? "added" : here === null ? "removed" : "changed";
    const details = change === "changed" && there !== null && here !== null && projectHere.has(path)
      ? now.projectChanges(path, there, here)
      : [];
    found.push({ path, change, there, here, details });
  }
  return found.sort((a, b) => compareUtf8(a.path, b.path));
}

/** A set is touched when a member is, or when it has other members or weights; unknown where nothing worse is known of a member. */
function setsOf(here: ModelRegistry, there: ModelRegistry, effects: ReadonlyMap<EntryKey, Effect>): SetImpact[] {
  const sets = [...here.sets.values()].map((set): SetImpact => {
    const before = there.sets.get(set.name);
    const members = set.targets.filter((id) => (effects.get(`target:${id}`) ?? "broken") !== "valid");
    const isTouched = before !== undefined && !sameSet(set, before) || members.some((id) => effects.get(`target:${id}`) !== "unknown");
    const effect = before === undefined ? "new" : isTouched ? "stale" : members.length > 0 ? "unknown" : "valid";
    return { name: set.name, effect, members };
  });
  const gone = [...there.sets.keys()].filter((name) => !here.sets.has(name));
  return [...sets, ...gone.map((name): SetImpact => ({ name, effect: "gone", members: [] }))];
}

function sameSet(a: TargetSet, b: TargetSet): boolean {
  const key = ({ targets, weights }: TargetSet) =>
    JSON.stringify([[...targets].sort(compareUtf8), Object.entries(weights).sort(([x], [y]) => compareUtf8(x, y))]);
  return key(a) === key(b);
}

function sealedThere(entry: Entry): Digest | null {
  return entry.closure?.digest ?? null;
}

function own(digests: Readonly<Record<string, Digest>>, path: string): Digest | null {
  return Object.hasOwn(digests, path) ? digests[path]! : null;
}

function named(entry: Entry): Pick<EntryImpact, "kind" | "id" | "name"> {
  const name = entry.kind === "model" ? entry.className : entry.entrypoint.slice(entry.entrypoint.indexOf(":") + 1);
  return { kind: entry.kind, id: entry.id, name };
}
