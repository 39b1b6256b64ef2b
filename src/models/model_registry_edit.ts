/**
 * Changes of `registry.yaml` by commands: entries are set, renamed, taken away, or brought from another file, and everything else stays
 * to the byte. Promise: the changed text holds exactly the values that were asked for, which is checked by reading it again.
 */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { withoutAliases } from "../base/yaml_edit.ts";
import { yamlText, type YamlValue } from "../base/yaml_lines.ts";
import { type Part, type Parts, partsOf } from "../base/yaml_parts.ts";
import { withBrought } from "./bring_entry.ts";
import { KEY_ORDER, withKey, withoutKey } from "./model_registry_keys.ts";
import { asBlocks, type EntryLines, type RegistryLines, registryLines, textOfLines } from "./model_registry_lines.ts";
import { type Plain, type RegistryValues, registryValues, type Section, SECTIONS, TOP_KEYS } from "./model_registry_text.ts";

export type EntryValues = Readonly<Record<string, YamlValue | undefined>>;

export type RegistryEdit =
  /** Keys that are undefined are taken away, others that the entry has stay. A new entry comes last. */
  | { readonly kind: "set"; readonly section: Section; readonly id: string; readonly values: EntryValues }
  | { readonly kind: "remove"; readonly section: Section; readonly id: string }
  /** Keeps its place. */
  | { readonly kind: "rename"; readonly section: Section; readonly id: string; readonly to: string }
  /** With the values that another file has; comments written here since `since`, the text that both come from, stay. */
  | { readonly kind: "bring"; readonly section: Section; readonly id: string; readonly from: string; readonly since: string | null }
  /** Any other key of the file. */
  | { readonly kind: "bring-key"; readonly key: string; readonly from: string };

/** @throws Failure("invalid") | Failure("unsupported") for a text that cannot be read or changed in place. */
export function editModelRegistry(text: string, edits: readonly RegistryEdit[]): string {
  if (edits.length === 0) return text;
  const before = registryValues(text);
  const expected = valuesAfter(before, edits);
  // Aliases are written out only where one names what an edit replaces.
  for (const attempt of [() => text, () => asBlocks(text), () => asBlocks(withoutAliases(text, MODEL_REGISTRY_PATH))]) {
    const changed = edited(attempt(), edits);
    if (sameValues(valuesIfAny(changed), expected)) return changed;
  }
  throw new Failure("invalid", `${MODEL_REGISTRY_PATH} is written in a form that cannot be changed in place`, {
    hint: `edit ${MODEL_REGISTRY_PATH}   (aliases written out, one key a line)`,
  });
}

/** The Python readers refuse a version that is a number, or that is not there. */
export function withTextAsVersion(text: string): string {
  return textOfLines(withVersion(registryLines(text, registryValues(text))));
}

/** null where an edit took away what an alias names. */
function valuesIfAny(text: string): Plain | null {
  try {
    return registryValues(text).root;
  } catch (error) {
    if (!isFailure(error, "invalid")) throw error;
    return null;
  }
}

function edited(text: string, edits: readonly RegistryEdit[]): string {
  const lines = registryLines(text, registryValues(text));
  const others = new Map<string, RegistryLines>();
  const other = (from: string): RegistryLines => {
    const known = others.get(from) ?? registryLines(from, registryValues(from));
    others.set(from, known);
    return known;
  };
  return textOfLines(withSections(withVersion(edits.reduce((now, edit) => withEdit(now, edit, other), lines))));
}

function withEdit(lines: RegistryLines, edit: RegistryEdit, other: (from: string) => RegistryLines): RegistryLines {
  if (edit.kind === "bring-key") return { ...lines, root: withPartOf(lines.root, other(edit.from).root, edit.key, lines.end) };
  const section = lines.sections[edit.section];
  const place = section.entries.findIndex(({ part }) => part.key === edit.id);
  return { ...lines, sections: { ...lines.sections, [edit.section]: changedSection() } };

  function changedSection(): EntryLines {
    if (edit.kind === "set") return withEntry(section, place, edit, lines.end);
    if (edit.kind === "bring") {
      return withBrought(section, {
        section: edit.section,
        id: edit.id,
        theirs: other(edit.from).sections[edit.section],
        base: edit.since === null ? null : other(edit.since).sections[edit.section],
        values: registryValues(edit.from).sections[edit.section].get(edit.id),
        end: lines.end,
      });
    }
    if (place === -1) return section;
    const entry = section.entries[place]!;
    if (edit.kind === "rename") {
      const head = entry.part.head.replace(entry.part.keyText, () => yamlText(edit.to));
      const part = { ...entry.part, key: edit.to, keyText: yamlText(edit.to), head };
      return { ...section, entries: section.entries.with(place, { ...entry, part }) };
    }
    return { ...section, entries: section.entries.toSpliced(place, 1) };
  }
}

function withEntry(section: EntryLines, place: number, edit: RegistryEdit & { kind: "set" }, end: string): EntryLines {
  const entry = section.entries[place] ?? newEntry(section, edit.id, end);
  let keys = entry.keys;
  for (const [key, value] of inOrder(edit)) {
    keys = value === undefined ? withoutKey(keys, key) : withKey(keys, edit.section, key, value, end);
  }
  const changed = { ...entry, keys };
  return { ...section, entries: place === -1 ? [...section.entries, changed] : section.entries.with(place, changed) };
}

function inOrder({ section, values }: RegistryEdit & { kind: "set" }): [string, YamlValue | undefined][] {
  const order = KEY_ORDER[section];
  const rank = (key: string): number => order.includes(key) ? order.indexOf(key) : order.length;
  return Object.entries(values).sort(([a], [b]) => rank(a) - rank(b));
}

function newEntry(section: EntryLines, id: string, end: string) {
  const [part] = partsOf([`${" ".repeat(section.indent)}${yamlText(id)}:${end}`])!.list;
  return { part: part!, keys: { indent: section.indent + 2, list: [], tail: [] } };
}

function ended(lines: readonly string[], end: string): string[] {
  return lines.map((line) => line.replace(/\r?\n?$/, end));
}

function withPartOf(root: Parts, theirs: Parts, key: string, end: string): Parts {
  const part = theirs.list.find((part) => part.key === key);
  const found = part && { ...part, lead: ended(part.lead, end), head: ended([part.head], end)[0]!, body: ended(part.body, end) };
  const place = root.list.findIndex((part) => part.key === key);
  if (found === undefined) return withoutKey(root, key, { keepLead: true });
  if (place === -1) return { ...root, list: [...root.list, found] };
  const { lead } = root.list[place]!; // comments above it, and blank lines
  return { ...root, list: root.list.with(place, lead.length === 0 ? found : { ...found, lead }) };
}

/** The Python readers want a quoted text; a later 1.x stays. */
function withVersion(lines: RegistryLines): RegistryLines {
  const place = lines.root.list.findIndex(({ key }) => key === "version");
  if (place !== -1 && /^["']1\.\d+["']$/.test(versionText(lines.root.list[place]!))) return lines;
  const [part] = partsOf([`version: "1.0"${lines.end}`])!.list;
  const list = place === -1 ? [part!, ...lines.root.list] : lines.root.list.with(place, { ...part!, lead: lines.root.list[place]!.lead });
  return { ...lines, root: { ...lines.root, list } };
}

function versionText(part: Part): string {
  return /:\s*(\S+)/.exec(part.head)?.[1] ?? "";
}

/** Every section, since the Python readers want them all. */
function withSections(lines: RegistryLines): RegistryLines {
  let { list } = lines.root;
  for (const section of SECTIONS) {
    if (list.some(({ key }) => key === section)) continue;
    const [part] = partsOf([`${section}: {}${lines.end}`])!.list;
    const before = list.findLastIndex(({ key }) => TOP_KEYS.includes(key) && TOP_KEYS.indexOf(key) < TOP_KEYS.indexOf(section));
    list = list.toSpliced(before + 1, 0, part!);
  }
  return { ...lines, root: { ...lines.root, indent: 0, list } };
}

/** The same edits on values: what the text has to say afterwards. */
function valuesAfter(before: RegistryValues, edits: readonly RegistryEdit[]): ReadonlyMap<string, unknown> {
  const root = new Map<string, unknown>(Object.entries(before.root));
  const sections = Object.fromEntries(SECTIONS.map((section) => [section, new Map<string, Plain>(before.sections[section])]));
  const others = new Map<string, RegistryValues>();
  const other = (from: string): RegistryValues => {
    const known = others.get(from) ?? registryValues(from);
    others.set(from, known);
    return known;
  };
  for (const edit of edits) {
    if (edit.kind === "bring-key") {
      const value = other(edit.from).root[edit.key];
      if (value === undefined) root.delete(edit.key);
      else root.set(edit.key, value);
      continue;
    }
    const section = sections[edit.section]!;
    const now = section.get(edit.id);
    if (edit.kind === "set") {
      const members = Object.entries({ ...now, ...edit.values }).filter(([, value]) => value !== undefined);
      section.set(edit.id, Object.fromEntries(members));
    } else if (edit.kind === "bring") {
      const theirs = other(edit.from).sections[edit.section].get(edit.id);
      if (theirs === undefined) section.delete(edit.id);
      else section.set(edit.id, theirs);
    } else if (now !== undefined) {
      section.delete(edit.id);
      if (edit.kind === "rename") section.set(edit.to, now);
    }
  }
  for (const section of SECTIONS) root.set(section, sections[section]);
  if (!/^1\.\d+$/.test(String(root.get("version"))) || typeof root.get("version") !== "string") root.set("version", "1.0");
  return root;
}

/** Order of keys does not count; a mapping is one, whether it is a Map or not; null is an empty section. */
function sameValues(found: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return Array.isArray(found) && found.length === expected.length && expected.every((one, i) => sameValues(found[i], one));
  }
  if (typeof expected === "object" && expected !== null && !(expected instanceof Date)) {
    const members = expected instanceof Map ? [...expected] : Object.entries(expected);
    if (found === null) return members.length === 0;
    if (typeof found !== "object" || Array.isArray(found)) return false;
    return Object.keys(found).length === members.length &&
      members.every(([key, value]) => Object.hasOwn(found, key) && sameValues((found as Plain)[key], value));
  }
  return found === expected || Number.isNaN(found) && Number.isNaN(expected) ||
    found instanceof Date && expected instanceof Date && found.getTime() === expected.getTime();
}
