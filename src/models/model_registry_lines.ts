/**
 * `registry.yaml` as text that can be changed in one place: sections, entries, keys, each with the lines that it is written in. What
 * is not touched stays to the byte. A text in another style (flow mappings) is brought into block style first, comments and all.
 */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { blockStyle } from "../base/yaml_edit.ts";
import { inlineOf, linesOf, linesOfParts, type Part, type Parts, partsBelow, partsOf, withBelow } from "../base/yaml_parts.ts";
import { aliasOfEntry, inFile, type RegistryValues, type Section, SECTIONS } from "./model_registry_text.ts";

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
