/**
 * YAML in, values and places out. The one room that knows the library that reads. YAML 1.2 core; duplicate keys and tabs are refused.
 * What we write is also safe for YAML 1.1 readers (the Python tool's PyYAML): texts such as `no` or `2026-01-01` are quoted. Editing is
 * `yaml_edit.ts`, whose library is three times as big and which few commands load.
 */
import { EVENT_ID, getScalarValue, load, parseEvents, SCALAR_STYLE, type ScalarEvent, YAMLException } from "js-yaml";
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

/** A text, number or other single value, as it stands in a document. */
export interface Scalar {
  readonly source: string;
  /** From the top: the keys of mappings, and the places in lists; of a key, its own name is the last. */
  readonly path: readonly (string | number)[];
  readonly isKey: boolean;
  readonly isText: boolean;
  /** Neither quotes nor a tag say what it is. */
  readonly isPlain: boolean;
  /** The first character, and the one behind the last; -1 of a value that is left out. */
  readonly from: number;
  readonly to: number;
}

/** Every scalar of a document, keys too, in order. @throws as `parseYaml` does. */
export function scalarsOf(text: string, file: string): Scalar[] {
  parseYaml(text, file);
  const found: Scalar[] = [];
  const anchors = new Map<string, { readonly name: string; readonly isText: boolean }>();
  const open: Collection[] = [];
  const nameOf = (event: ScalarEvent) => {
    const isText = isTextual(text, event);
    return { isText, name: isText ? getScalarValue(text, event) : String(parseYaml(text.slice(event.valueStart, event.valueEnd), file)) };
  };
  for (const event of parseEvents(text, {})) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const around = open.at(-1);
    const isKey = around?.isMapping === true && around.seen % 2 === 0;
    const anchor = event.anchorStart < 0 ? null : text.slice(event.anchorStart, event.anchorEnd);
    let self = { name: "", isText: false };
    if (event.type === EVENT_ID.SCALAR) self = nameOf(event);
    else if (event.type === EVENT_ID.ALIAS) self = anchors.get(anchor!) ?? self;
    if (anchor !== null && event.type !== EVENT_ID.ALIAS) anchors.set(anchor, self);
    if (around !== undefined) {
      if (isKey) around.key = self.name;
      else if (!around.isMapping) around.key = around.seen;
      around.seen++;
    }
    const path = open.map(({ key }) => key);
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) {
      open.push({ isMapping: event.type === EVENT_ID.MAPPING, key: "", seen: 0 });
    } else if (event.type === EVENT_ID.SCALAR || isKey) {
      const [from, to] = event.type === EVENT_ID.SCALAR ? [event.valueStart, event.valueEnd] : [event.anchorStart, event.anchorEnd];
      const isPlain = event.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0 && from >= 0;
      found.push({ source: from < 0 ? "" : text.slice(from, to), path, isKey, isText: self.isText, isPlain, from, to });
    }
  }
  return found;
}

/** A mapping or list that is being read. */
interface Collection {
  readonly isMapping: boolean;
  /** Of the value that is read now. */
  key: string | number;
  /** Keys and values, or items, that have begun. */
  seen: number;
}

/** What YAML 1.2 core takes for something else than a text (chapter 10.3.2). */
const NO_TEXT =
  /^(?:|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?\d+|0o[0-7]+|0x[\da-fA-F]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function isTextual(text: string, { style, tagStart, tagEnd, valueStart, valueEnd }: ScalarEvent): boolean {
  if (tagStart >= 0) return ["!", "!!str", "!<tag:yaml.org,2002:str>"].includes(text.slice(tagStart, tagEnd));
  return style !== SCALAR_STYLE.PLAIN || valueStart >= 0 && !NO_TEXT.test(text.slice(valueStart, valueEnd));
}

/**
 * Where a merge key (`<<: *others`) stands, which readers of YAML 1.1 replace by what it names, and those of 1.2 take for a text; null
 * where there is none. @throws as `parseYaml` does.
 */
export function mergeKeyIn(text: string, file: string): { readonly line: number; readonly column: number } | null {
  if (!/<<[ \t]*:/.test(text)) return null; // nearly all
  const key = scalarsOf(text, file).find(({ isKey, isPlain, source }) => isKey && isPlain && source === "<<");
  if (key === undefined) return null;
  const before = text.slice(0, key.from);
  return { line: before.split("\n").length, column: key.from - before.lastIndexOf("\n") };
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

/** How both rooms say where a fault is. */
export function invalidYaml(file: string, line: number, column: number, reason: string, cause: unknown): Failure {
  return new Failure("invalid", `${file} is not valid YAML: line ${line}, column ${column}: ${reason}`, {
    facts: { file, line, column },
    cause,
  });
}
