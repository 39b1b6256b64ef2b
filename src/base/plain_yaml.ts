/**
 * Reads the YAML that this program writes itself: mappings of one line a key, indented by two blanks a level, with texts, whole numbers and
 * words as values. Says nothing of any other document; what it says is what the library in `yaml.ts` says, which takes 4 ms to be loaded
 * and asked.
 */

export interface PlainMapping {
  [key: string]: string | number | PlainMapping;
}

/** A blank line, or a comment of printable letters. */
const NOTHING = /^ *(#[ -~]*)?$/;
const LINE = /^( *)([A-Za-z_][A-Za-z0-9_]*):(?: ("[ !#-[\]-~]*"|0|[1-9][0-9]{0,14}|[a-z][a-z0-9_-]*))?$/;
/** What is no text without quotes, in one version of YAML or another. */
const NO_TEXT = /^(null|true|false|yes|no|on|off|y|n)$/;

/** undefined where it takes the library to say what the document is, or that it is none. */
export function parsePlainYaml(text: string): PlainMapping | undefined {
  const root: PlainMapping = {};
  const open = [root]; // the mapping of each level that a line may belong to
  let begun: PlainMapping | null = null; // a key without a value: its mapping has to follow
  for (const line of text.split("\n")) {
    if (NOTHING.test(line)) continue;
    const [, indent, key, value] = LINE.exec(line) ?? [];
    if (indent === undefined || key === undefined || indent.length % 2 !== 0 || NO_TEXT.test(key.toLowerCase())) return undefined;
    const level = indent.length / 2;
    if (begun === null ? level >= open.length : level !== open.length) return undefined;
    if (begun === null) open.length = level + 1;
    else open.push(begun);
    begun = null;
    const mapping = open[level]!;
    if (Object.hasOwn(mapping, key) || key === "__proto__") return undefined;
    if (value === undefined) begun = mapping[key] = {};
    else if (value.startsWith('"')) mapping[key] = value.slice(1, -1);
    else if (/^[0-9]/.test(value)) mapping[key] = Number(value);
    else if (NO_TEXT.test(value)) return undefined;
    else mapping[key] = value;
  }
  return begun === null && Object.keys(root).length > 0 ? root : undefined;
}
