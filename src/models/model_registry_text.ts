/**
 * `registry.yaml` as text that can be changed in one place: sections, entries, keys, each with the lines that it is written in. What
 * is not touched stays to the byte. A text in another style (flow mappings) is brought into block style first, comments and all.
 */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { asObject, at, type Found, member, members, optional, wrong } from "../base/decode.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { blockStyle, mergeKeyIn, parseYaml, parseYamlDocument } from "../base/yaml.ts";
import { inlineOf, linesOf, linesOfParts, type Part, type Parts, partsBelow, partsOf, withBelow } from "../base/yaml_parts.ts";

export type Section = "models" | "targets" | "target_sets";
export const SECTIONS: readonly Section[] = ["models", "targets", "target_sets"];
/** Keys of the file in the order in which they are written. */
export const TOP_KEYS: readonly string[] = ["version", ...SECTIONS];

export type Plain = Readonly<Record<string, unknown>>;

/** The file as plain values: what every reader begins with. */
export interface RegistryValues {
  readonly root: Plain;
  readonly sections: Readonly<Record<Section, ReadonlyMap<string, Plain>>>;
}

/** The file as lines. */
export interface RegistryLines {
  readonly bom: string;
  readonly end: "\n" | "\r\n";
  readonly root: Parts;
  readonly sections: Readonly<Record<Section, EntryLines>>;
}

export interface EntryLines {
  /** Of the ids, those that will come too. */
  readonly indent: number;
  readonly entries: readonly { readonly part: Part; readonly keys: Parts }[];
  readonly tail: readonly string[];
}

/** @throws Failure("invalid") with the place of a fault; Failure("unsupported") for a newer version. */
export function registryValues(text: string): RegistryValues {
  const known = lately.find((one) => one.text === text);
  if (known !== undefined) return known.values;
  const values = readValues(text);
  lately.splice(0, lately.length - 1);
  lately.push({ text, values });
  return values;
}

/** One command reads one text several times, and a megabyte of YAML takes 70 ms each time. */
const lately: { readonly text: string; readonly values: RegistryValues }[] = [];

function readValues(text: string): RegistryValues {
  return inFile(() => {
    const value = parseYaml(text, MODEL_REGISTRY_PATH);
    const root = at(value);
    asObject(root);
    refuseMergeKeys(text);
    refuseNewerVersion(member(root, "version"));
    refuseTooManyAliases(value);
    const seen = new Set<unknown>();
    const entries = (section: Section): ReadonlyMap<string, Plain> =>
      new Map((optional(member(root, section), members) ?? []).map(([id, entry]) => {
        if (seen.has(asObject(entry))) throw aliasOfEntry(entry.where); // an alias is the very value that it names
        seen.add(entry.value);
        return [id, asObject(entry)];
      }));
    const values: RegistryValues = {
      root: value as Plain,
      sections: { models: entries("models"), targets: entries("targets"), target_sets: entries("target_sets") },
    };
    if (SECTIONS.some((section) => [...values.sections[section].keys()].some(mayBeNoText))) refuseIdsThatAreNoText(text, values);
    return values;
  });
}

/** @throws Failure("invalid") where the text has a form that cannot be changed in place. */
export function registryLines(text: string, values: RegistryValues): RegistryLines {
  return inFile(() => {
    const found = linesAsTheyAre(text, values) ?? linesAsTheyAre(asBlocks(text), values);
    if (found !== null) return found;
    throw new Failure("invalid", "it is written in a form that cannot be changed in place", {
      hint: `edit ${MODEL_REGISTRY_PATH}   (one key a line, as mops writes it)`,
    });
  });
}

export function textOfLines({ bom, end, root, sections }: RegistryLines): string {
  const list = root.list.map((part) => {
    const section = SECTIONS.find((name) => name === part.key);
    return section === undefined ? part : withBelow(part, partsOfEntries(sections[section]));
  });
  const lines = linesOfParts({ ...root, list });
  return bom + lines.map((line) => line.endsWith("\n") ? line : line + end).join("");
}

/** The same file with every mapping that is edited written as a block. */
export function asBlocks(text: string): string {
  const sections = SECTIONS.flatMap((section) => [[section], [section, "*"], [section, "*", "closure"]]);
  return blockStyle(text, MODEL_REGISTRY_PATH, [[], ...sections]);
}

function partsOfEntries({ indent, entries, tail }: EntryLines): Parts {
  return { indent, list: entries.map(({ part, keys }) => withBelow(part, keys)), tail };
}

function linesAsTheyAre(text: string, values: RegistryValues): RegistryLines | null {
  const { bom, end, lines } = linesOf(text);
  const root = partsOf(lines);
  if (root === null || root.list.some(({ key }, i) => root.list.findIndex((one) => one.key === key) !== i)) return null;
  const entriesOf = (section: Section): EntryLines | null => {
    const part = root.list.find(({ key }) => key === section);
    if (part === undefined) return { indent: 2, entries: [], tail: [] };
    const below = partsBelow(part);
    if (below === null || below.list.length !== values.sections[section].size) return null;
    const entries = [];
    for (const entry of below.list) {
      if (inlineOf(entry).startsWith("*")) throw aliasOfEntry(`${section}.${entry.key}`);
      const keys = partsBelow(entry);
      const plain = values.sections[section].get(entry.key);
      if (keys === null || plain === undefined || keys.list.length !== Object.keys(plain).length) return null;
      if (keys.list.some(({ key }) => !Object.hasOwn(plain, key))) return null;
      if (keys.list.some((one) => one.key === "closure" && typeof plain.closure === "object" && partsBelow(one) === null)) return null;
      entries.push({ part: entry, keys });
    }
    return { indent: below.indent, entries, tail: below.tail };
  };
  const [models, targets, sets] = SECTIONS.map(entriesOf);
  if (models == null || targets == null || sets == null) return null;
  return { bom, end, root, sections: { models, targets, target_sets: sets } };
}

function aliasOfEntry(place: string): Failure {
  return new Failure("invalid", `${place} is an alias of another entry, and its digests could not be its own`, {
    hint: `write the entry out in ${MODEL_REGISTRY_PATH}`,
  });
}

/** The Python tool reads what they stand for; lines that are not there could be neither sealed nor merged. */
function refuseMergeKeys(text: string): void {
  const place = mergeKeyIn(text, MODEL_REGISTRY_PATH);
  if (place === null) return;
  throw new Failure("invalid", `line ${place.line}, column ${place.column}: the merge key << stands for keys of another entry`, {
    hint: `edit ${MODEL_REGISTRY_PATH}   (write out the keys that << brings)`,
    facts: place,
  });
}

function mayBeNoText(id: string): boolean {
  return /^([-+.]?\d.*|true|false|null|~|[-+]?\.(inf|nan))$/i.test(id);
}

/** A reader of YAML 1.1 or 1.2 takes `1:` for a number, and the Python tool then refuses the file. */
function refuseIdsThatAreNoText(text: string, values: RegistryValues): void {
  const document = parseYamlDocument(text, MODEL_REGISTRY_PATH);
  for (const section of SECTIONS) {
    for (const id of values.sections[section].keys()) {
      if (document.getIn([section, id], true) !== undefined) continue;
      throw new Failure("invalid", `in ${section} the id ${id} is no text; quote it`, {
        hint: `write "${id}": in ${MODEL_REGISTRY_PATH}`,
      });
    }
  }
}

/** 0.x, none, and a number were written by early tools, or by hand: read as 1.0. */
function refuseNewerVersion(version: Found): void {
  const value = version.value ?? "1.0";
  if (typeof value !== "string" && typeof value !== "number") throw wrong(version, "a version");
  const major = /^(\d+)(\.|$)/.exec(String(value).trim())?.[1];
  if (major === undefined) throw wrong(version, 'a version like "1.0"');
  if (Number(major) > 1) {
    throw new Failure("unsupported", `it has version ${value}, and this mops reads version 1`, {
      hint: `mops version   (shows which one this is; a newer one reads version ${value})`,
    });
  }
}

const MOST_VALUES = 5_000_000; // a hundred times what 200 entries with 60 files each have

function refuseTooManyAliases(value: unknown): void {
  let count = 0;
  const visit = (one: unknown): void => {
    if (++count > MOST_VALUES) throw new Failure("invalid", "its aliases stand for more values than anybody needs");
    if (typeof one === "object" && one !== null) { for (const below of Object.values(one)) visit(below); }
  };
  visit(value);
}

function inFile<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isFailure(error) || error.message.startsWith(MODEL_REGISTRY_PATH)) throw error;
    throw new Failure(error.code, `${MODEL_REGISTRY_PATH}: ${error.message}`, {
      hint: error.hint ?? `edit ${MODEL_REGISTRY_PATH}`,
      facts: { ...error.facts, file: MODEL_REGISTRY_PATH },
      cause: error,
    });
  }
}
