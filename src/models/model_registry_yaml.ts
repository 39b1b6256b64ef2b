/**
 * `registry.yaml` as text: what people wrote in it, and the digests that every push computes anew (D4). The two are kept apart here:
 * comparing and merging look only at the first, sealing touches only the second. Comments, order and unknown keys survive.
 */
import { type BundlePath, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { asObject, at, member, members, optional, wrong } from "../base/decode.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { formatYaml, parseYamlDocument, type YamlDocument } from "../base/yaml.ts";

/** What `init` writes; the keys are those the Python readers expect (facts on `registry.yaml` stand in docs/formats.md). */
export const EMPTY_MODEL_REGISTRY = `version: "1.0"\nmodels: {}\ntargets: {}\ntarget_sets: {}\n`;

const DERIVED: Readonly<Record<"models" | "targets", readonly string[]>> = {
  models: ["model_digest", "data_digests", "code_digests"],
  targets: ["target_digest"],
};

/** Equal for two texts that differ at most in derived digests. @throws as `sealModelRegistry` does. */
export function digestOfWhatPeopleWrote(text: string): Digest {
  const document = parse(text);
  for (const [section, id, entry] of entries(document)) {
    for (const key of DERIVED[section]) if (key in entry) document.deleteIn([section, id, key]);
  }
  return digestOf(new TextEncoder().encode(formatYaml(document)));
}

/**
 * The text with every derived digest as it should be for these files; the same text, to the byte, when all are right already. A file
 * that is not in the bundle has no digest. @throws Failure("invalid") with the place of a fault; Failure("unsupported") for a newer
 * version.
 */
export function sealModelRegistry(text: string, digestOfFile: (path: BundlePath) => Digest | undefined): string {
  const document = parse(text);
  let changed = false;
  for (const [section, id, entry] of entries(document)) {
    for (
      const [key, value] of Object.entries(section === "models" ? modelDigests(entry, digestOfFile) : targetDigests(entry, digestOfFile))
    ) {
      if (JSON.stringify(entry[key] ?? null) === JSON.stringify(value)) continue;
      document.setIn([section, id, key], document.createNode(value));
      changed = true;
    }
  }
  return changed ? formatYaml(document, text) : text;
}

type Entry = Readonly<Record<string, unknown>>;

function modelDigests(entry: Entry, digestOfFile: (path: BundlePath) => Digest | undefined): Record<string, unknown> {
  return {
    model_digest: ofFile(entry.path, digestOfFile),
    data_digests: ofFiles(entry.data, digestOfFile),
    code_digests: ofFiles(entry.code, digestOfFile),
  };
}

function targetDigests(entry: Entry, digestOfFile: (path: BundlePath) => Digest | undefined): Record<string, unknown> {
  return { target_digest: ofFile(entry.path, digestOfFile) };
}

function ofFile(path: unknown, digestOfFile: (path: BundlePath) => Digest | undefined): Digest | null {
  return typeof path === "string" ? digestOfFile(shortest(path)) ?? null : null;
}

/** Keys are the paths as they are written in the list, in its order. */
function ofFiles(paths: unknown, digestOfFile: (path: BundlePath) => Digest | undefined): Record<string, Digest> {
  const digests: Record<string, Digest> = {};
  for (const path of Array.isArray(paths) ? paths : []) {
    const digest = typeof path === "string" ? digestOfFile(shortest(path)) : undefined;
    if (digest !== undefined) digests[path] = digest;
  }
  return digests;
}

/** The Python tool records paths as typed; `./data/x.csv` is `data/x.csv`. */
function shortest(path: string): BundlePath {
  return path.replace(/^(\.\/)+/, "").replace(/\/{2,}/g, "/") as BundlePath;
}

/** A document in which every entry can be found, and changed where it stands. */
function parse(text: string): YamlDocument {
  const document = parseYamlDocument(text, MODEL_REGISTRY_PATH);
  try {
    check(document);
  } catch (error) {
    if (!isFailure(error)) throw error;
    throw new Failure(error.code, `${MODEL_REGISTRY_PATH}: ${error.message}`, {
      hint: error.hint ?? `edit ${MODEL_REGISTRY_PATH}`,
      facts: { ...error.facts, file: MODEL_REGISTRY_PATH },
      cause: error,
    });
  }
  return document;
}

function check(document: YamlDocument): void {
  const root = at(plainValue(document));
  asObject(root);
  const version = member(root, "version").value ?? "1.0";
  if (typeof version !== "string" && typeof version !== "number") throw wrong(member(root, "version"), "a version");
  if (!/^1(\.|$)/.test(String(version))) {
    throw new Failure("unsupported", `it has version ${version}, and this mops reads version 1`, { hint: "a newer mops reads it" });
  }
  for (const section of ["models", "targets"] as const) {
    for (const [id, entry] of optional(member(root, section), members) ?? []) {
      asObject(entry);
      const node: unknown = document.getIn([section, id], true);
      if (node === undefined) {
        throw new Failure("invalid", `in ${section} the id ${id} is no text; quote it`, {
          hint: `write "${id}": in ${MODEL_REGISTRY_PATH}`,
        });
      }
      if (typeof node !== "object" || node === null || !("items" in node)) {
        throw new Failure("invalid", `${entry.where} is an alias of another entry, and its digests could not be its own`, {
          hint: `write the entry out in ${MODEL_REGISTRY_PATH}`,
        });
      }
    }
  }
}

function plainValue(document: YamlDocument): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error; // what the library throws when aliases of aliases would fill the memory
    throw new Failure("invalid", "its aliases stand for more values than anybody needs", { cause: error });
  }
}

function entries(document: YamlDocument): ["models" | "targets", string, Entry][] {
  const all: ["models" | "targets", string, Entry][] = [];
  const root = plainValue(document);
  if (!isMapping(root)) return all;
  for (const section of ["models", "targets"] as const) {
    const found = root[section];
    if (!isMapping(found)) continue;
    for (const [id, entry] of Object.entries(found)) if (isMapping(entry)) all.push([section, id, entry]);
  }
  return all;
}

function isMapping(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
