/**
 * An entry of `registry.yaml` as another file has it, brought into this one key by key: its values become theirs, and comments that
 * were written here since the common base stay, where they stood or above it. An entry that is gone there leaves its new comments.
 */
import type { YamlValue } from "../base/yaml_lines.ts";
import { linesOfParts, type Part, type Parts, shifted } from "../base/yaml_parts.ts";
import { withKey } from "./model_registry_keys.ts";
import type { EntryLines } from "./model_registry_lines.ts";
import type { Plain, Section } from "./model_registry_text.ts";

export interface Brought {
  readonly section: Section;
  readonly id: string;
  readonly theirs: EntryLines;
  /** Of the bundle that both sides come from; null where there is none. */
  readonly base: EntryLines | null;
  readonly values: Plain | undefined;
  /** What lines end in here. */
  readonly end: string;
}

type EntryText = EntryLines["entries"][number];

export function withBrought(ours: EntryLines, brought: Brought): EntryLines {
  const place = ours.entries.findIndex(({ part }) => part.key === brought.id);
  const find = (side: EntryLines | null): EntryText | undefined => {
    const found = side?.entries.find(({ part }) => part.key === brought.id);
    return found === undefined ? undefined : moved(found, ours.indent - side!.indent, brought.end);
  };
  const [there, before] = [find(brought.theirs), find(brought.base)];
  if (place === -1) return there === undefined ? ours : { ...ours, entries: [...ours.entries, there] };
  const here = ours.entries[place]!;
  if (there === undefined) return withoutEntry(ours, place, newComments(linesOfEntry(here), before && linesOfEntry(before), []));
  return { ...ours, entries: ours.entries.with(place, mergedEntry(here, there, before, brought)) };
}

function mergedEntry(here: EntryText, there: EntryText, before: EntryText | undefined, brought: Brought): EntryText {
  const named = new Map(there.keys.list.map((part) => [part.key, part]));
  let keys: Parts = { ...here.keys, list: here.keys.list.filter(({ key }) => named.has(key)) };
  for (const theirs of there.keys.list) {
    const ours = here.keys.list.find(({ key }) => key === theirs.key);
    const base = before?.keys.list.find(({ key }) => key === theirs.key);
    const value = brought.values![theirs.key] as YamlValue;
    if (ours === undefined) keys = withKey(keys, brought.section, theirs.key, null, brought.end); // for its place
    const now = ours === undefined ? theirs : mergedPart(ours, theirs, base, value, keys.indent, brought);
    keys = { ...keys, list: keys.list.map((part) => part.key === theirs.key ? now : part) };
  }
  const gone = here.keys.list.filter(({ key }) => !named.has(key)).flatMap(linesOfPart);
  const tail = newComments([...gone, ...here.keys.tail], before && linesOfEntry(before), linesOfEntry(there));
  const top = headOf(here.part, there.part, before?.part, brought.end);
  return { part: top, keys: { ...keys, tail: [...at(keys.indent, tail, brought.end), ...there.keys.tail] } };
}

/** Nobody wrote a comment here: theirs, comments and all. */
function mergedPart(ours: Part, theirs: Part, base: Part | undefined, value: YamlValue, indent: number, brought: Brought): Part {
  const mine = newComments(linesOfPart(ours), base && linesOfPart(base), []);
  if (mine.length === 0) return theirs;
  const alone: Parts = { indent, list: [ours], tail: [] };
  const isFlat = typeof value !== "object" || Array.isArray(value) && value.every((one) => typeof one === "string");
  const now = isFlat && value !== undefined ? withKey(alone, brought.section, ours.key, value, brought.end).list[0]! : theirs;
  const lost = newComments(linesOfPart(ours), base && linesOfPart(base), linesOfPart(now));
  return { ...now, lead: [...now.lead, ...at(indent, lost, brought.end)] };
}

/** The line of the id, and what stands above it. */
function headOf(ours: Part, theirs: Part, base: Part | undefined, end: string): Part {
  const mine = newComments([...ours.lead, ours.head], base && [...base.lead, base.head], []);
  if (mine.length === 0) return theirs;
  const more = newComments([...theirs.lead, theirs.head], base && [...base.lead, base.head], [...ours.lead, ours.head]);
  return { ...ours, lead: [...ours.lead, ...at(/^ */.exec(ours.head)![0].length, more, end)] };
}

function withoutEntry(section: EntryLines, place: number, comments: readonly string[]): EntryLines {
  const entries = section.entries.toSpliced(place, 1);
  const end = /\r?\n$/.exec(section.entries[place]!.part.head)?.[0] ?? "\n";
  const left = at(section.indent, comments, end);
  const next = entries[place];
  if (next === undefined) return { ...section, entries, tail: [...left, ...section.tail] };
  const part = { ...next.part, lead: [...left, ...next.part.lead] };
  return { ...section, entries: entries.with(place, { ...next, part }) };
}

/** Texts of comments in `lines` that stand neither in the base's nor in those that come out. */
function newComments(lines: readonly string[], base: readonly string[] | undefined, now: readonly string[]): string[] {
  const known = new Set([...base ?? [], ...now].map(commentOf));
  return [...new Set(lines.map(commentOf))].filter((comment): comment is string => comment !== null && !known.has(comment));
}

/** Behind a quote, `#` may be part of a text: only lines without one have a comment at their end. */
function commentOf(line: string): string | null {
  return /^\s*(#.*?)\s*$/.exec(line)?.[1] ?? /^[^"'#]*\s(#[^"']*?)\s*$/.exec(line)?.[1] ?? null;
}

function at(indent: number, comments: readonly string[], end: string): string[] {
  return comments.map((comment) => `${" ".repeat(indent)}${comment}${end}`);
}

function linesOfPart(part: Part): string[] {
  return [...part.lead, part.head, ...part.body];
}

function linesOfEntry({ part, keys }: EntryText): string[] {
  return [...part.lead, part.head, ...linesOfParts(keys)];
}

function moved({ part, keys }: EntryText, by: number, end: string): EntryText {
  const lines = (some: readonly string[]): string[] => shifted(some, by).map((line) => line.replace(/\r?\n?$/, end));
  const move = (one: Part): Part => ({ ...one, lead: lines(one.lead), head: lines([one.head])[0]!, body: lines(one.body) });
  return { part: move(part), keys: { indent: keys.indent + by, list: keys.list.map(move), tail: lines(keys.tail) } };
}
