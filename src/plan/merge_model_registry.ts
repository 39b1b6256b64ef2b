/**
 * Merging `registry.yaml` entry by entry (decision 0007, "Merging"): models, targets and sets by id, other keys as a whole. The local
 * text is what is changed, so that comments and unknown keys survive. Laws: where one side did not change, the other side's values come
 * out · up to order and comments it does not matter which side is called local · two sides that each added another entry never conflict.
 */
import { Failure } from "../base/failure.ts";
import { registryValues } from "../models/model_registry_text.ts";
import { recordedDigests, writtenEntries, writtenValues } from "../models/model_registry_written.ts";
import { editModelRegistry, type RegistryEdit } from "../models/model_registry_yaml.ts";
import { valueDifferences, type Values } from "./value_differences.ts";

/** `model:seir_sir`, `target:…`, `set:…`, `key:…`: how `--take` and `--keep` name an entry. */
export type EntryName = `${"model" | "target" | "set" | "key"}:${string}`;

export interface EntryConflict {
  readonly entry: EntryName;
  /** `model seir_sir: changed here and there; theirs beside ours: label who ann → bob`. */
  readonly reason: string;
}

export interface MergedRegistry {
  readonly text: string;
  /** With any of these the text must not be used. */
  readonly conflicts: readonly EntryConflict[];
}

export interface EntryDecisions {
  readonly take: readonly EntryName[];
  readonly keep: readonly EntryName[];
  /** Every other entry that differs is taken from the remote; one that was never synced stays, as a file does (D6). */
  readonly overwrite?: boolean | undefined;
}

export interface EntryChange {
  readonly kind: "model" | "target" | "set" | "key";
  readonly id: string;
  readonly change: "added" | "modified" | "deleted" | "remote-added" | "remote-modified" | "remote-deleted" | "conflict";
}

const SECTION = { model: "models", target: "targets", set: "target_sets" } as const;

/** What `--take` and `--keep` mean by a word; null for a path. */
export function parseEntryName(text: string): EntryName | null {
  return /^(model|target|set|key):./s.test(text) ? text as EntryName : null;
}

/** Every entry that is not the same on all sides, models first. null: that side has no registry. */
export function compareEntries(local: string | null, remote: string | null, base: string | null): EntryChange[] {
  const sides = [local, remote, base].map((text) => text === null ? new Map<EntryName, string>() : digestsByName(text));
  const [here, there, before] = sides as [Map<EntryName, string>, Map<EntryName, string>, Map<EntryName, string>];
  const names = [...new Set(sides.flatMap((side) => [...side.keys()]))];
  const order = ["model", "target", "set", "key"];
  return names.flatMap((name) => {
    const change = changeOf(here.get(name), there.get(name), before.get(name));
    return change === null ? [] : [{ ...partsOf(name), change }];
  }).sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** @throws Failure("usage") when a decision names no entry of either side; Failure("invalid") when a text cannot be read or changed. */
export function mergeModelRegistry(local: string, remote: string, base: string | null, decisions: EntryDecisions): MergedRegistry {
  refuseIdleDecisions(base === null ? [local, remote] : [local, remote, base], decisions);
  const edits: RegistryEdit[] = [];
  const conflicts: EntryConflict[] = [];
  for (const { kind, id, change } of compareEntries(local, remote, base)) {
    const name: EntryName = `${kind}:${id}`;
    if (decisions.keep.includes(name)) continue;
    const isTheirs = change === "remote-added" || change === "remote-modified" || change === "remote-deleted" ||
      decisions.overwrite === true && change !== "added";
    if (isTheirs || decisions.take.includes(name)) {
      edits.push(
        kind === "key"
          ? { kind: "bring-key", key: id, from: remote }
          : { kind: "bring", section: SECTION[kind], id, from: remote, since: base },
      );
    } else if (change === "conflict") {
      conflicts.push({ entry: name, reason: `${kind} ${id}: ${conflictReason(name, local, remote, base)}` });
    }
  }
  if (conflicts.length > 0) return { text: local, conflicts };
  return { text: withTheirDigests(editModelRegistry(local, edits), remote, base), conflicts };
}

/**
 * An entry that is the same on both sides was sealed with the files of whoever sealed it last: digests that are theirs alone come along,
 * so that files which this pull brings are not Stale.
 */
function withTheirDigests(merged: string, remote: string, base: string | null): string {
  const [here, there] = [digestsByName(merged), digestsByName(remote)];
  const [ours, theirs, before] = [recordedDigests(merged), recordedDigests(remote), base === null ? null : recordedDigests(base)];
  const edits: RegistryEdit[] = [];
  for (const [key, values] of theirs) {
    const name = key as EntryName;
    if (here.get(name) !== there.get(name)) continue;
    const same = (other: typeof values | undefined): boolean => JSON.stringify(other) === JSON.stringify(values);
    if (same(ours.get(key)) || before !== null && same(before.get(key))) continue;
    const { kind, id } = partsOf(name);
    if (kind !== "key") edits.push({ kind: "set", section: SECTION[kind], id, values });
  }
  return editModelRegistry(merged, edits);
}

function changeOf(here: string | undefined, there: string | undefined, before: string | undefined): EntryChange["change"] | null {
  if (here === there) return null;
  if (there === before) return here === undefined ? "deleted" : before === undefined ? "added" : "modified";
  if (here === before) return there === undefined ? "remote-deleted" : before === undefined ? "remote-added" : "remote-modified";
  return "conflict";
}

function conflictReason(name: EntryName, local: string, remote: string, base: string | null): string {
  if (!digestsByName(local).has(name)) return "deleted here, changed there";
  if (!digestsByName(remote).has(name)) return "changed here, deleted there";
  const what = base !== null && digestsByName(base).has(name) ? "changed here and there" : "added here and there, with different content";
  const facts = differencesOf(name, local, remote, base);
  const told = [...facts.slice(0, 3), ...facts.length > 3 ? [`${facts.length - 3} more`] : []];
  return told.length === 0 ? what : `${what}; theirs beside ours: ${told.join(", ")}`;
}

/** From ours to theirs, in what both changed; where that is nothing, in everything. */
function differencesOf(name: EntryName, local: string, remote: string, base: string | null): string[] {
  const { kind, id } = partsOf(name);
  if (kind === "key") return [];
  const [ours, theirs, before] = [local, remote, base].map((text) => {
    const entry = text === null ? undefined : registryValues(text).sections[SECTION[kind]].get(id);
    return entry === undefined ? null : writtenValues(SECTION[kind], entry);
  });
  const both = Object.keys({ ...ours, ...theirs }).filter((key) =>
    [ours, theirs].every((side) => JSON.stringify(side![key]) !== JSON.stringify(before?.[key]))
  );
  const of = (side: typeof ours): Values =>
    Object.fromEntries(Object.entries(side!).filter(([key]) => both.length === 0 || both.includes(key)));
  return valueDifferences(of(ours), of(theirs));
}

function digestsByName(text: string): Map<EntryName, string> {
  return new Map(writtenEntries(text).map(({ kind, id, digest }) => [`${kind}:${id}` as EntryName, digest]));
}

function partsOf(name: EntryName): Pick<EntryChange, "kind" | "id"> {
  const colon = name.indexOf(":");
  return { kind: name.slice(0, colon) as EntryChange["kind"], id: name.slice(colon + 1) };
}

function refuseIdleDecisions(texts: readonly string[], { take, keep }: EntryDecisions): void {
  const known = new Set(texts.flatMap((text) => [...digestsByName(text).keys()]));
  const idle = [...take, ...keep].find((name) => !known.has(name));
  if (idle !== undefined) {
    throw new Failure("usage", `"${idle}" names no entry of registry.yaml, here or there; nothing was written`, {
      hint: "mops bundle diff   (lists the entries that differ)",
      facts: { entries: [...known].filter((name) => name.split(":")[0] === idle.split(":")[0]) },
    });
  }
  const both = take.find((name) => keep.includes(name));
  if (both !== undefined) throw new Failure("usage", `"${both}" is named by --take and by --keep`, { hint: "name each entry once" });
}
