/**
 * Data that an entry's own code names by a literal path, and its closure lacks: editing it makes nothing stale, whoever else lists the file
 * and whether or not the bundle holds it; untracked it does not even travel. A warning, and a reason to doubt that results stay valid.
 */
import type { BundlePath } from "../../base/bundle_path.ts";
import { shellWord } from "../../base/shell_word.ts";
import type { EntryAnalysis } from "../../models/entry_analysis.ts";
import type { Issue } from "../../models/issue.ts";
import type { Entry } from "../../models/model_registry.ts";
import type { DataMention } from "../../python/dependencies.ts";
import { recordedPaths } from "../cloud_state.ts";
import type { PreflightFacts } from "../preflight_facts.ts";

/** What is there, is named, and stands in none of the entry's lists. */
export function unlistedMentions(entry: Entry, reading: EntryAnalysis | undefined): DataMention[] {
  const proposed = reading?.closure.proposed.filter(({ exists }) => exists) ?? [];
  if (proposed.length === 0) return [];
  const listed = new Set(recordedPaths(entry)); // by a rule that is not ours, too
  return proposed.filter(({ path }) => !listed.has(path));
}

/** Told once for all models, and once for all targets, that reach the place. */
export function unlistedData({ readiness, readings, tracked }: Pick<PreflightFacts, "readiness" | "readings" | "tracked">): Issue[] {
  const needed = new Set(readiness.flatMap(({ dependencies }) => dependencies.map(({ path }) => path)));
  const places = new Map<string, { mention: DataMention; entries: [Entry, ...Entry[]] }>();
  for (const { key, entry } of readiness) {
    for (const mention of unlistedMentions(entry, readings.get(key))) {
      const place = JSON.stringify([entry.kind, mention.file, mention.at.line, mention.path]);
      const known = places.get(place);
      if (known === undefined) places.set(place, { mention, entries: [entry] });
      else known.entries.push(entry);
    }
  }
  return [...places.values()].map(({ mention, entries }) => issueOf(mention, entries, (path) => tracked.has(path) || needed.has(path)));
}

function issueOf({ path, file, at }: DataMention, entries: readonly [Entry, ...Entry[]], travels: (path: BundlePath) => boolean): Issue {
  const [first, ...more] = entries;
  const who = more.length === 0 ? `${first.kind} ${first.id} does` : `${first.kind} ${first.id} and ${more.length} more do`;
  return {
    code: "unlisted-data",
    severity: "warning",
    message: `${file} line ${at.line} names ${path}, which ${who} not list${
      travels(path) ? ": editing it makes nothing stale" : ", and the bundle does not hold it"
    }`,
    path: file,
    line: at.line,
    entry: { kind: first.kind, id: first.id },
    hint: `${commandFor(entries)}   (lists what the code names)`,
  };
}

/** Nothing else of these files is registered by it. */
function commandFor(entries: readonly [Entry, ...Entry[]]): string {
  const [{ kind }] = entries;
  const files = [...new Set(entries.map((entry) => entry.path))];
  if (files.length > 5) return `mops bundle register-${kind} --regen-all --auto-data`;
  const names = [...new Set(entries.map((entry) => entry.entrypoint.slice(entry.entrypoint.indexOf(":") + 1)))];
  const option = kind === "model" ? "--class" : "--target";
  return `mops bundle register-${kind} ${files.map(shellWord).join(" ")} ${
    names.map((name) => `${option} ${shellWord(name)}`).join(" ")
  } --auto-data`;
}
