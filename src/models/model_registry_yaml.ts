/**
 * `registry.yaml` as text: what people wrote in it, and the digests that every push computes anew (D4). The two are kept apart here:
 * comparing and merging look only at the first, sealing touches only the second. Comments, order and unknown keys survive.
 */
import { type BundlePath, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import { formatYaml, parseYamlDocument, type YamlDocument } from "../base/yaml.ts";

/** What `init` writes; the keys are those the Python readers expect (facts on `registry.yaml` stand in docs/formats.md). */
export const EMPTY_MODEL_REGISTRY = `version: "1.0"\nmodels: {}\ntargets: {}\ntarget_sets: {}\n`;

const DERIVED: Readonly<Record<"models" | "targets", readonly string[]>> = {
  models: ["model_digest", "data_digests", "code_digests"],
  targets: ["target_digest"],
};

/** Equal for two texts that differ at most in derived digests. @throws Failure("invalid") when the text is not YAML. */
export function digestOfWhatPeopleWrote(text: string): Digest {
  const document = parseYamlDocument(text, MODEL_REGISTRY_PATH);
  for (const [section, id, entry] of entries(document)) {
    for (const key of DERIVED[section]) if (key in entry) document.deleteIn([section, id, key]);
  }
  return digestOf(new TextEncoder().encode(formatYaml(document)));
}

/**
 * The text with every derived digest as it should be for these files; the same text, to the byte, when all are right already. A file
 * that is not in the bundle has no digest. @throws Failure("invalid") when the text is not YAML.
 */
export function sealModelRegistry(text: string, digestOfFile: (path: BundlePath) => Digest | undefined): string {
  const document = parseYamlDocument(text, MODEL_REGISTRY_PATH);
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
  return changed ? formatYaml(document) : text;
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

function entries(document: YamlDocument): ["models" | "targets", string, Entry][] {
  const all: ["models" | "targets", string, Entry][] = [];
  const root: unknown = document.toJS();
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
