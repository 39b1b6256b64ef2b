/** Which models and targets depend on a file, and through which chain; or why none does. Pure. */
import { type BundlePath, isMetadataPath } from "../base/bundle_path.ts";
import type { EntryAnalysis } from "../models/entry_analysis.ts";
import type { Via } from "../python/dependencies.ts";
import { chainText, chainTo, type Link, viasOf } from "./chains.ts";
import { type EntryKey, keyOf } from "./cloud_state.ts";
import type { EntryDependency, EntryReadiness } from "./entry_readiness.ts";

export interface Dependent {
  readonly kind: "model" | "target";
  readonly id: string;
  /** Class or function. */
  readonly name: string;
  readonly state: EntryDependency["state"];
  /** From its own file to the path; null where only the recorded lists name it. */
  readonly chain: readonly Link[] | null;
  /** The chain as one line. */
  readonly text: string;
}

/** needed: somebody depends on it · the others say why nobody does. */
export type Standing = "needed" | "proposed" | "tracked" | "untracked" | "ignored";

export interface Proposer {
  readonly kind: "model" | "target";
  readonly id: string;
  /** The file that it was registered from. */
  readonly entryPath: string;
  /** Where the path is named. */
  readonly file: BundlePath;
  readonly line: number;
}

export interface WhyPath {
  readonly path: string;
  readonly standing: Standing;
  readonly dependents: readonly Dependent[];
  /** Places that name it, in sources of models and targets that do not list it: `--auto-data` would take it. */
  readonly proposedBy: readonly Proposer[];
  /** It is on disk. */
  readonly exists: boolean;
}

export interface WhyFacts {
  readonly readiness: readonly EntryReadiness[];
  readonly readings: ReadonlyMap<EntryKey, EntryAnalysis>;
  readonly tracked: ReadonlySet<BundlePath>;
  /** On disk, and not ignored or tracked. */
  readonly files: ReadonlySet<BundlePath>;
}

export function whyOf(facts: WhyFacts, path: BundlePath, exists: boolean): WhyPath {
  const dependents = facts.readiness.flatMap((one) => dependentOf(one, facts, path));
  const proposedBy = facts.readiness.flatMap(({ key, entry }) => {
    const mention = facts.readings.get(key)?.closure.proposed.find((one) => one.path === path);
    return mention === undefined
      ? []
      : [{ kind: entry.kind, id: entry.id, entryPath: entry.path, file: mention.file, line: mention.at.line }];
  });
  const standing = dependents.length > 0 ? "needed" : proposedBy.length > 0 ? "proposed" : facts.tracked.has(path) || isMetadataPath(path) // these travel always
    ? "tracked"
    : facts.files.has(path) || !exists
    ? "untracked"
    : "ignored";
  return { path, standing, dependents, proposedBy, exists };
}

function dependentOf({ entry, dependencies }: EntryReadiness, { readings }: WhyFacts, path: BundlePath): Dependent[] {
  const dependency = dependencies.find((one) => one.path === path);
  if (dependency === undefined || dependency.state === "dropped") return [];
  const reading = readings.get(keyOf(entry));
  const chain = reading === undefined ? null : chainTo(withBroken(reading), path);
  const name = entry.kind === "model" ? entry.className : entry.entrypoint.slice(entry.entrypoint.indexOf(":") + 1);
  const text = chain !== null && chain.length > 0 ? chainText(chain) : path === entry.path ? path : `${entry.path} → ${path} (recorded)`;
  return [{ kind: entry.kind, id: entry.id, name, state: dependency.state, chain, text }];
}

/** A file that is gone is in no closure, and its import still leads there. */
function withBroken(reading: EntryAnalysis): ReadonlyMap<BundlePath, Via> {
  const vias = new Map(viasOf(reading));
  for (const { expected, file, at, what } of reading.closure.followed.broken) {
    if (!vias.has(expected)) vias.set(expected, { from: file, at, how: "imports", what });
  }
  return vias;
}
