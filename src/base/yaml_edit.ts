/**
 * Edits of YAML that keep a person's comments, order and unknown keys. The one room that knows the library that edits. What it refuses
 * is at least what `yaml.ts` refuses.
 */
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, type ScalarTag, type Tags, visit } from "yaml";
import { Failure } from "./failure.ts";
import { invalidYaml, parseYaml } from "./yaml.ts";

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
