/**
 * `registry.yaml` as plain values, which every reader begins with; what no reader may take for something else is refused here.
 */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { asObject, at, type Found, member, members, optional, wrong } from "../base/decode.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { mergeKeyIn, parseYaml, scalarsOf } from "../base/yaml.ts";

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

export function aliasOfEntry(place: string): Failure {
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
  const numbers = scalarsOf(text, MODEL_REGISTRY_PATH).filter(({ isKey, isText, path }) => isKey && !isText && path.length === 2);
  for (const section of SECTIONS) {
    for (const id of values.sections[section].keys()) {
      if (!numbers.some(({ path }) => path[0] === section && path[1] === id)) continue;
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

/** Failures that name the file. */
export function inFile<T>(work: () => T): T {
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
