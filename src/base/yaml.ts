/**
 * YAML in, values out; and edits that keep a person's comments, order and unknown keys. The one room that knows the YAML library.
 * Two readers of one grammar: YAML 1.2 core, duplicate keys and tabs refused. What we write is also safe for YAML 1.1 readers
 * (the Python tool's PyYAML): texts such as `no` or `2026-01-01` are quoted.
 */
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type ScalarTag, type Tags, visit } from "yaml";
import { load, YAMLException } from "js-yaml";
import { Failure } from "./failure.ts";

/**
 * Plain values: mappings as objects, lists as arrays; an empty document is `null`.
 * @throws Failure("invalid") with file, line and column.
 */
export function parseYaml(text: string, file: string): unknown {
  const body = text.replace(/^\uFEFF/, "");
  if (/^\s*(#[^\n]*(\n\s*|$))*$/.test(body)) return null; // js-yaml throws on an empty document
  try {
    return load(body) ?? null;
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = (error.mark?.line ?? 0) + 1;
    const column = (error.mark?.column ?? 0) + 1;
    throw invalidYaml(file, line, column, error.reason ?? "it does not parse", error);
  }
}

/**
 * A document to edit in place: comments and unknown keys survive. Give it back to `formatYaml`.
 * @throws Failure("invalid") with file, line and column, also on what the library only warns of.
 */
export function parseYamlDocument(text: string, file: string): Document.Parsed {
  parseYaml(text, file); // what one reader refuses (a key twice, an alias of nothing), the other must not edit
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, version: "1.2", compat: "yaml-1.1", customTags });
  // That YAML 1.1 reads a value otherwise (N, no, 2026-01-28) is no fault: it stays as people wrote it.
  const fault = document.errors[0] ?? document.warnings.find(({ message }) => !message.startsWith("Value may be parsed as either"));
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw invalidYaml(file, line, col, fault.message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, ""), fault);
  }
  return document;
}

/** A parsed document that can be edited: `getIn`, `setIn`, `deleteIn`, `toJS`. */
export type YamlDocument = Document.Parsed;

/** @param like the text that it was, whose line ends and byte order mark are kept. */
export function formatYaml(document: Document.Parsed, like = ""): string {
  const text = document.toString({ lineWidth: 0 });
  const isCrlf = like.includes("\r\n") && !/(?:^|[^\r])\n/.test(like);
  return (like.startsWith("\uFEFF") ? "\uFEFF" : "") + (isCrlf ? text.replaceAll("\n", "\r\n") : text);
}

/**
 * What nobody changed is written as people wrote it. The library would write what a double holds of a number, and would quote a plain
 * text that YAML 1.1 readers take for something else, so that these read something else than before.
 */
function customTags(tags: Tags): Tags {
  return tags.map((tag) => {
    if (typeof tag === "string" || !/:(int|float|str)$/.test(tag.tag)) return tag;
    const { stringify } = tag as ScalarTag;
    return {
      ...tag,
      stringify(node, ...rest) {
        const { source, value, type } = node as { source?: string; value: unknown; type?: string };
        const isUnchanged = typeof value === "string" ? type === "PLAIN" && source === value : Object.is(Number(source), value);
        return source !== undefined && isUnchanged ? source : stringify?.(node, ...rest) ?? String(value);
      },
    } as ScalarTag;
  });
}

/** Sets values in a mapping document, given as path of keys → value; everything else stays as it was written. */
export function editYaml(
  text: string,
  file: string,
  edits: readonly { readonly path: readonly string[]; readonly value: unknown }[],
): string {
  const document = parseYamlDocument(text, file);
  if (document.contents === null) document.contents = document.createNode({}) as unknown as typeof document.contents;
  if (!isMap(document.contents)) throw new Failure("invalid", `${file} should hold a mapping`);
  for (const { path, value } of edits) document.setIn([...path], value);
  return formatYaml(document, text);
}

/**
 * The same document with these mappings written as blocks, one key a line; "*" stands for every key. Aliases stay, comments too.
 * @throws as `parseYamlDocument` does.
 */
export function blockStyle(text: string, file: string, mappings: readonly (readonly string[])[]): string {
  const document = parseYamlDocument(text, file);
  const open = (node: unknown, path: readonly string[]): void => {
    if (!isMap(node)) return;
    const [first, ...rest] = path;
    if (first === undefined) {
      if (node.items.length > 0) node.flow = false;
      return;
    }
    for (const { key, value } of node.items) if (first === "*" || (isScalar(key) ? key.value : key) === first) open(value, rest);
  };
  for (const path of mappings) open(document.contents, path);
  return formatYaml(document, text);
}

/** A text that stands without quotes. */
export interface PlainText {
  readonly source: string;
  /** From the top: the keys of mappings, and the places in lists; of a key, its own name is the last. */
  readonly path: readonly (string | number)[];
  /** The first character, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  readonly line: number;
}

/** Every text of a document that stands without quotes, keys too, in order. @throws as `parseYamlDocument` does. */
export function plainTexts(text: string, file: string): PlainText[] {
  const found: PlainText[] = [];
  const take = (node: unknown, path: PlainText["path"]): void => {
    if (!isScalar(node) || node.type !== "PLAIN" || typeof node.value !== "string" || node.range == null) return;
    const [from, to] = node.range;
    found.push({ source: text.slice(from, to), path, from, to, line: text.slice(0, from).split("\n").length });
  };
  const walk = (node: unknown, path: PlainText["path"]): void => {
    take(node, path);
    if (isSeq(node)) node.items.forEach((item, place) => walk(item, [...path, place]));
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const below = [...path, isScalar(key) ? String(key.value) : ""];
      take(key, below);
      walk(value, below);
    }
  };
  walk(parseYamlDocument(text, file).contents, []);
  return found;
}

/**
 * Where a merge key (`<<: *others`) stands, which readers of YAML 1.1 replace by what it names, and those of 1.2 take for a text; null
 * where there is none. @throws as `parseYamlDocument` does.
 */
export function mergeKeyIn(text: string, file: string): { readonly line: number; readonly column: number } | null {
  if (!/<<[ \t]*:/.test(text)) return null; // nearly all
  const places: number[] = [];
  visit(parseYamlDocument(text, file), {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === "<<" && key.type === "PLAIN" && key.range != null) places.push(key.range[0]);
    },
  });
  const [place] = places;
  if (place === undefined) return null;
  const before = text.slice(0, place);
  return { line: before.split("\n").length, column: place - before.lastIndexOf("\n") };
}

/** The same values with every alias written out, and no anchors. @throws as `parseYamlDocument` does. */
export function withoutAliases(text: string, file: string): string {
  const document = parseYamlDocument(text, file);
  visit(document, {
    Alias(_, alias) {
      const copy = alias.resolve(document)?.clone() as Node | undefined; // what it holds is visited, too
      if (copy !== undefined && alias.comment != null) copy.comment = alias.comment;
      return copy;
    },
  });
  visit(document, {
    Value(_, node) {
      delete node.anchor;
    },
  });
  return formatYaml(document, text);
}

/** A text as a double-quoted YAML scalar that every YAML version reads as that text, and that never changes with a library. */
export function quotedYaml(text: string): string {
  return JSON.stringify(text).replace(
    /[^\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/gu, // U+2028 and U+2029 end a line in YAML 1.1
    (character) => {
      const point = character.codePointAt(0)!;
      return point > 0xffff ? `\\U${point.toString(16).padStart(8, "0")}` : `\\u${point.toString(16).padStart(4, "0")}`;
    },
  );
}

function invalidYaml(file: string, line: number, column: number, reason: string, cause: unknown): Failure {
  return new Failure("invalid", `${file} is not valid YAML: line ${line}, column ${column}: ${reason}`, {
    facts: { file, line, column },
    cause,
  });
}
