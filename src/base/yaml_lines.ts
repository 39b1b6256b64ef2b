/**
 * Values as lines of YAML, in block style, read alike by readers of YAML 1.1 (PyYAML) and 1.2: whatever either could take for a number,
 * a date or a truth value is quoted. The text depends on the value alone, so that it never changes with a library.
 */
import { quotedYaml } from "./yaml.ts";

export type YamlValue = null | boolean | number | string | readonly YamlValue[] | { readonly [key: string]: YamlValue | undefined };

/** `key:` with its value, indented. Members that are undefined are left out. */
export function yamlLines(key: string, value: YamlValue, indent: number, end = "\n"): string[] {
  const head = `${" ".repeat(indent)}${yamlText(key)}:`;
  if (isScalar(value)) return [`${head} ${yamlScalar(value)}${end}`];
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${head} []${end}`];
    return [head + end, ...value.flatMap((item) => itemLines(item as YamlValue, indent + 2, end))];
  }
  const members = membersOf(value);
  if (members.length === 0) return [`${head} {}${end}`];
  return [head + end, ...members.flatMap(([name, member]) => yamlLines(name, member, indent + 2, end))];
}

/** `- item`, indented; a mapping's first key stands beside the dash. */
export function itemLines(value: YamlValue, indent: number, end = "\n"): string[] {
  const dash = `${" ".repeat(indent)}- `;
  if (isScalar(value)) return [`${dash}${yamlScalar(value)}${end}`];
  const below = Array.isArray(value)
    ? value.flatMap((item) => itemLines(item as YamlValue, indent + 2, end))
    : membersOf(value).flatMap(([name, member]) => yamlLines(name, member, indent + 2, end));
  if (below.length === 0) return [`${dash}${Array.isArray(value) ? "[]" : "{}"}${end}`];
  return [dash + below[0]!.slice(indent + 2), ...below.slice(1)];
}

export function yamlScalar(value: null | boolean | number | string): string {
  if (typeof value === "string") return yamlText(value);
  if (typeof value !== "number") return String(value);
  // 1e-7 is a text to PyYAML: its numbers with an exponent have a point.
  return String(value).replace(/^(-?\d+)e/, "$1.0e");
}

/** A text as it stands where nobody takes it for something else, and quoted everywhere else. */
export function yamlText(text: string): string {
  const isPlain = /^[A-Za-z_][\w./:@+-]*(?: [\w./@+][\w./:@+-]*)*$/.test(text) && !text.includes(": ") && !text.endsWith(":");
  return isPlain && !/^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i.test(text) ? text : quotedYaml(text);
}

function isScalar(value: YamlValue): value is null | boolean | number | string {
  return value === null || typeof value !== "object";
}

function membersOf(value: YamlValue): [string, YamlValue][] {
  return Object.entries(value as Record<string, YamlValue | undefined>).filter((entry): entry is [string, YamlValue] =>
    entry[1] !== undefined
  );
}
