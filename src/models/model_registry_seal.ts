/**
 * The derived half of `registry.yaml` (D4): digests that every push computes anew from the files of the bundle, and nobody compares or
 * merges. Sealing touches only them; what people wrote is everything else. Law: sealing twice is sealing once.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import type { YamlValue } from "../base/yaml_lines.ts";
import { type Part, type Parts, partsBelow, withBelow } from "../base/yaml_parts.ts";
import { closureDigest } from "./closure_digest.ts";
import { withKey, withoutKey } from "./model_registry_keys.ts";
import { recordedPath } from "./model_registry_read.ts";
import { type EntryLines, registryLines, textOfLines } from "./model_registry_lines.ts";
import { type Plain, registryValues, type Section } from "./model_registry_text.ts";
import { DERIVED, DERIVED_OF_CLOSURE, isMapping } from "./model_registry_written.ts";

interface Content {
  readonly digest: Digest;
  readonly size: number;
}

export interface ClosureFiles {
  /** Bytes as the bundle has them. */
  file(path: BundlePath): Content | undefined;
  /** `pyproject.toml` by its canonical form, lock files by bytes. */
  projectFile(path: BundlePath): Content | undefined;
}

/**
 * The text with every derived digest as it should be for these files; the same text, to the byte, when all are right already. A file
 * that is not in the bundle has no digest, and its entry then no closure digest. Entries without a closure (the Python tool wrote them)
 * get only the digests that this tool gave them. `only`: `model:ID`, `target:ID`; default all. @throws as `parseModelRegistry` does.
 */
export function sealModelRegistry(text: string, files: ClosureFiles, only?: ReadonlySet<string>): string {
  const values = registryValues(text);
  const wrong = new Map<string, Derived>();
  for (const section of ["models", "targets"] as const) {
    for (const [id, entry] of values.sections[section]) {
      if (only !== undefined && !only.has(`${section === "models" ? "model" : "target"}:${id}`)) continue;
      const derived = derivedOf(section, entry, files);
      if (!isSealed(entry, derived)) wrong.set(`${section}:${id}`, derived);
    }
  }
  if (wrong.size === 0 && only !== undefined) return text;
  const lines = registryLines(text, values); // also when nothing changes: what could not be sealed is refused before it is pushed
  if (wrong.size === 0) return text;
  const sealed = (section: "models" | "targets"): EntryLines => ({
    ...lines.sections[section],
    entries: lines.sections[section].entries.map((entry) => {
      const derived = wrong.get(`${section}:${entry.part.key}`);
      return derived === undefined ? entry : { ...entry, keys: withDerived(entry.keys, section, derived, lines.end) };
    }),
  });
  return textOfLines({ ...lines, sections: { ...lines.sections, models: sealed("models"), targets: sealed("targets") } });
}

/** Equal for two texts that differ at most in derived digests, line ends, or flow mappings made blocks. @throws as `sealModelRegistry` does. */
export function digestOfWhatPeopleWrote(text: string): Digest {
  const lines = registryLines(text, registryValues(text));
  const people = (section: Section): EntryLines => ({
    ...lines.sections[section],
    entries: lines.sections[section].entries.map((entry) => ({
      ...entry,
      keys: DERIVED[section].reduce((keys, key) => withoutKey(keys, key, { keepLead: true }), closurePeopleWrote(entry.keys)),
    })),
  });
  const sections = { models: people("models"), targets: people("targets"), target_sets: lines.sections.target_sets };
  const plain = textOfLines({ ...lines, bom: "", sections }).replaceAll("\r\n", "\n");
  return digestOf(new TextEncoder().encode(plain));
}

interface Derived {
  readonly own: ReadonlyMap<string, YamlValue>;
  readonly closure: ReadonlyMap<string, YamlValue> | null;
}

function derivedOf(section: "models" | "targets", entry: Plain, files: ClosureFiles): Derived {
  const ownKey = section === "models" ? "model_digest" : "target_digest";
  const closure = isMapping(entry.closure) ? entry.closure : null;
  const own = new Map<string, YamlValue>();
  if (section === "models" || closure !== null) {
    own.set("data_digests", digestsOf(entry.data, (path) => files.file(path)));
    own.set("code_digests", digestsOf(entry.code, (path) => files.file(path)));
  }
  own.set(ownKey, typeof entry.path === "string" ? files.file(lookedUp(entry.path))?.digest ?? null : null);
  if (closure === null) return { own, closure: null };
  return {
    own,
    closure: new Map<string, YamlValue>([
      ["project_digests", digestsOf(closure.project, (path) => files.projectFile(path))],
      ["digest", digestOfClosure(entry, closure, files)],
    ]),
  };
}

/** null where a file is missing. */
function digestOfClosure(entry: Plain, closure: Plain, files: ClosureFiles): Digest | null {
  const known = (paths: unknown, find: (path: BundlePath) => Content | undefined): [BundlePath, Content][] | null => {
    const all = new Map<BundlePath, Content>();
    for (const path of textsIn(paths).map(lookedUp)) {
      const content = find(path);
      if (content === undefined) return null;
      all.set(path, content);
    }
    return [...all];
  };
  const code = known([entry.path, ...textsIn(entry.code)], (path) => files.file(path));
  const data = known(entry.data, (path) => files.file(path));
  const project = known(closure.project, (path) => files.projectFile(path));
  return code === null || data === null || project === null ? null : closureDigest({ code, data, project });
}

/** Keys are the paths as they are written in the list, in its order. */
function digestsOf(paths: unknown, find: (path: BundlePath) => Content | undefined): Record<string, Digest> {
  const found = textsIn(paths).map((path) => [path, find(lookedUp(path))?.digest] as const);
  return Object.fromEntries(found.filter((pair): pair is readonly [string, Digest] => pair[1] !== undefined));
}

/** For looking up only: a path that is none finds nothing. */
function lookedUp(path: string): BundlePath {
  return recordedPath(path) as BundlePath;
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function isSealed(entry: Plain, derived: Derived): boolean {
  const same = (holder: Plain, values: ReadonlyMap<string, YamlValue>): boolean =>
    [...values].every(([key, value]) => JSON.stringify(holder[key] ?? null) === JSON.stringify(value));
  return same(entry, derived.own) && (derived.closure === null || same(entry.closure as Plain, derived.closure));
}

function withDerived(keys: Parts, section: Section, derived: Derived, end: string): Parts {
  let sealed = keys;
  for (const [key, value] of derived.own) sealed = withKey(sealed, section, key, value, end);
  if (derived.closure === null) return sealed;
  return { ...sealed, list: sealed.list.map((part) => part.key === "closure" ? sealedClosure(part, derived.closure!, end) : part) };
}

function sealedClosure(part: Part, derived: ReadonlyMap<string, YamlValue>, end: string): Part {
  let below = partsBelow(part)!; // `registryLines` saw to it
  for (const [key, value] of derived) below = withKey(below, "closure", key, value, end);
  return withBelow(part, below);
}

function closurePeopleWrote(keys: Parts): Parts {
  return {
    ...keys,
    list: keys.list.map((part) => {
      const below = part.key === "closure" ? partsBelow(part) : null;
      if (below === null || !below.list.some(({ key }) => DERIVED_OF_CLOSURE.includes(key))) return part;
      return withBelow(part, DERIVED_OF_CLOSURE.reduce((left, key) => withoutKey(left, key, { keepLead: true }), below));
    }),
  };
}
