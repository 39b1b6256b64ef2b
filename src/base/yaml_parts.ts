/**
 * A YAML block mapping as text, key by key, so that one key can be changed and every other line stays to the byte: comments, quotes,
 * numbers, line ends. Knows lines and indentation only; whoever edits checks the result with `parseYaml`, and where the text is written
 * in another form (flow mappings, `? ` keys) `blockStyle` of base/yaml.ts brings it into this one.
 */
import { parseYaml } from "./yaml.ts";

/** One key with everything that is written for it. Lines keep their ends. */
export interface Part {
  /** Comments and blank lines above. */
  readonly lead: readonly string[];
  readonly key: string;
  /** The key as it is written: `"no"`. */
  readonly keyText: string;
  /** The line of the key. */
  readonly head: string;
  /** The lines below it that belong to its value. */
  readonly body: readonly string[];
}

export interface Parts {
  readonly indent: number;
  readonly list: readonly Part[];
  /** Comments and blank lines at the end. */
  readonly tail: readonly string[];
}

export interface TextLines {
  readonly bom: string;
  /** What new lines end in. */
  readonly end: "\n" | "\r\n";
  readonly lines: readonly string[];
}

const KEY = /^( *)("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'[\]{},#&*!|>%@`?-](?:[^:]|:(?=\S))*?)[ \t]*:(?=[ \t\r\n]|$)/;

export function linesOf(text: string): TextLines {
  const bom = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const lines = text.slice(bom.length).match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return { bom, end: lines[0]?.endsWith("\r\n") ? "\r\n" : "\n", lines };
}

/** null where the lines are no plain block mapping. An empty text has no parts. */
export function partsOf(lines: readonly string[]): Parts | null {
  const list: { lead: string[]; key: string; keyText: string; head: string; body: string[] }[] = [];
  let indent = -1;
  let waiting: string[] = []; // comments and blank lines that belong to what comes next, unless more of the value does
  for (const line of lines) {
    const depth = depthOf(line);
    const current = list.at(-1);
    if (depth === -1) waiting.push(line);
    else if (indent === -1 && list.length === 0 && /^---\s*$/.test(line) || /^\.\.\.\s*$/.test(line)) waiting.push(line);
    else if (isComment(line) && !(depth > indent && current !== undefined)) waiting.push(line);
    else if (current !== undefined && (depth > indent || depth === indent && isUnindentedItem(line, current))) {
      current.body.push(...waiting, line);
      waiting = [];
    } else {
      if (indent !== -1 && depth !== indent) return null;
      const match = KEY.exec(line);
      if (match === null) return null;
      const key = keyOf(match[2]!);
      if (key === null) return null;
      indent = depth;
      waiting = withoutKeptLines(current, waiting);
      list.push({ lead: waiting, key, keyText: match[2]!, head: line, body: [] });
      waiting = [];
    }
  }
  return { indent, list, tail: withoutKeptLines(list.at(-1), waiting) };
}

/** Blank lines below a text that is written with `|+` are part of it. */
function withoutKeptLines(part: { readonly head: string; readonly body: string[] } | undefined, waiting: readonly string[]): string[] {
  if (part === undefined || ![part.head, ...part.body].some((line) => /[|>]\d?\+\d?\s*(#.*)?$/.test(line))) return [...waiting];
  const blank = waiting.findIndex((line) => depthOf(line) !== -1);
  const kept = blank === -1 ? waiting : waiting.slice(0, blank);
  part.body.push(...kept);
  return waiting.slice(kept.length);
}

export function linesOfParts(parts: Parts): string[] {
  const lines: string[] = [];
  for (const part of parts.list) lines.push(...part.lead, part.head, ...part.body);
  lines.push(...parts.tail);
  return lines;
}

/** What stands behind the colon, without a comment: `[]`, `{}`, `&a`, or nothing. */
export function inlineOf(part: Part): string {
  const rest = part.head.slice(KEY.exec(part.head)![0].length).trim();
  return rest.startsWith("#") ? "" : rest.replace(/\s+#.*$/, "");
}

/** The parts below a key; null where its value is no block mapping. A key without a value, or with `{}`, has none. */
export function partsBelow(part: Part): Parts | null {
  const deeper = depthOf(part.head) + 2;
  const inline = inlineOf(part);
  if (!isOnlyAnchor(inline)) {
    const isEmpty = isNothing(inline) && part.body.every((line) => depthOf(line) === -1 || isComment(line));
    return isEmpty ? { indent: deeper, list: [], tail: part.body } : null;
  }
  const below = partsOf(part.body);
  return below === null || below.indent !== -1 ? below : { ...below, indent: deeper };
}

/** The part with these below it; `{}` behind the colon goes, and comes where nothing is left. Its comment stays. */
export function withBelow(part: Part, below: Parts): Part {
  const body = linesOfParts(below);
  const inline = inlineOf(part);
  if (below.list.length === 0 ? isNothing(inline) : isOnlyAnchor(inline)) return { ...part, body };
  const start = KEY.exec(part.head)![0];
  const end = /\r?\n$/.exec(part.head)?.[0] ?? "\n";
  const comment = /\s#.*$/.exec(part.head.slice(start.length).trimEnd())?.[0] ?? "";
  return { ...part, head: `${start}${below.list.length === 0 ? " {}" : ""}${comment === "" ? "" : ` ${comment}`}${end}`, body };
}

/** A list whose items stand one a line, changed to other items: lines of items that stay are kept, with their comments. null: it is none. */
export function withItems(part: Part, items: readonly string[], itemLine: (item: string, indent: number) => string): Part | null {
  if (inlineOf(part) !== "" || part.body.length === 0) return null;
  const kept = new Map<string, string[]>();
  let lead: string[] = [];
  let indent = -1;
  for (const line of part.body) {
    const depth = depthOf(line);
    if (depth === -1 || isComment(line)) {
      lead.push(line);
      continue;
    }
    const match = /^ *- (.*?)(?:\s+#.*)?$/.exec(line.trimEnd());
    const item = match === null || indent !== -1 && depth !== indent ? null : keyOf(match[1]!.trim());
    if (item === null) return null;
    indent = depth;
    kept.set(item, [...lead, line]);
    lead = [];
  }
  if (indent === -1) return null;
  const body = items.flatMap((item) => kept.get(item) ?? [itemLine(item, indent)]);
  return { ...part, body: [...body, ...lead] };
}

/** Nothing stands behind the colon, or a name for what stands below it. */
function isOnlyAnchor(inline: string): boolean {
  return inline === "" || /^&\S+$/.test(inline);
}

function isNothing(inline: string): boolean {
  return /^(\{\s*\}|null|~)$/.test(inline);
}

/** Lines shifted to another indentation. */
export function shifted(lines: readonly string[], by: number): string[] {
  if (by === 0) return [...lines];
  return lines.map((line) => {
    if (line.trim() === "") return line;
    return by > 0 ? " ".repeat(by) + line : line.slice(Math.min(-by, depthOf(line)));
  });
}

/** Spaces before the first character; -1 for a blank line. */
function depthOf(line: string): number {
  const depth = line.search(/[^ ]/);
  return depth === -1 || line.slice(depth).trim() === "" ? -1 : depth;
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith("#");
}

/** PyYAML writes the items of a list as deep as its key. */
function isUnindentedItem(line: string, above: { readonly head: string; readonly body: readonly string[] }): boolean {
  return /^ *-(\s|$)/.test(line) && (above.body.length > 0 || /:\s*(#.*)?$/.test(above.head.trimEnd()));
}

/** The text that a scalar stands for; null where it is no text (1, true) or no scalar. */
function keyOf(text: string): string | null {
  if (/^[A-Za-z_][\w./-]*$/.test(text) && !/^(true|false|null)$/i.test(text)) return text;
  if (!/^["']/.test(text) && /^[[{&*!|>]/.test(text)) return null;
  const value = parseYaml(text, "a key");
  return typeof value === "string" ? value : null;
}
