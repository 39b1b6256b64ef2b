/**
 * Texts of `registry.yaml` that the readers of the Python contract take for something else, and then refuse the whole file
 * (docs/model-forms.md §7): their YAML is version 1.1, in which `no` is a truth value and `1:30` a number. `quote_misread_texts.ts` puts them into quotes.
 */
import { MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { type Scalar, scalarsOf } from "../base/yaml.ts";
import { registryValues } from "./model_registry_text.ts";

export interface MisreadText {
  /** null: it is absent. */
  readonly line: number | null;
  /** `models.sir_sir.outputs` */
  readonly place: string;
  /** null: it is absent. */
  readonly written: string | null;
}

/** In the order of the file. @throws as `parseModelRegistry` does. */
export function misreadTexts(text: string): MisreadText[] {
  const found = misreadScalars(text).map(({ from, path, source }): MisreadText => ({
    line: text.slice(0, from).split("\n").length,
    place: path.filter((part) => typeof part === "string").join("."),
    written: source,
  }));
  const { root } = registryValues(text);
  if (typeof root.version === "string") return found;
  const written = /^version:[ \t]*([^\s#][^#\n]*?)?[ \t]*(?:#.*)?\r?$/m.exec(text);
  const line = written === null ? null : text.slice(0, written.index).split("\n").length;
  return [{ line, place: "version", written: written?.[1] ?? null }, ...found];
}

/** In the order of the file. @throws as `parseYaml` does. */
export function misreadScalars(text: string): Scalar[] {
  if (!MAY_BE.test(text)) return [];
  return scalarsOf(text, MODEL_REGISTRY_PATH).filter(({ source, path, isPlain, isText }) =>
    isPlain && isText && NO_TEXT.test(source) && isRead(path)
  );
}

/** Truth values, numbers to the base of sixty, and others that YAML 1.1 knows and 1.2 does not (yaml.org/type). */
const WORDS = "yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\\.[0-9_]*)?|[-+]?[0-9][0-9_]*_[0-9_.]*|=|<<";
const NO_TEXT = new RegExp(`^(?:${WORDS})$`);
/** Looked for first: taking the file apart costs ten times as much, and nearly none holds any. */
const MAY_BE = new RegExp(`(?:^|[-,:[{?])[ \\t]*(?:${WORDS})(?=[ \\t]*(?:$|\r|#|[,\\]}:]))`, "m");

/** What the contract reads as texts; ids and the keys of mappings among them. */
function isRead(path: readonly (string | number)[]): boolean {
  const [section, , key] = path;
  if (section === "models" || section === "targets") return key === undefined || READ.has(String(key));
  return section === "target_sets" && (key === undefined || key === "targets" || key === "weights");
}

const READ: ReadonlySet<string> = new Set([
  "entrypoint",
  "path",
  "class_name",
  "model_output",
  "scenarios",
  "parameters",
  "outputs",
  "data",
  "code",
  "data_digests",
  "code_digests",
]);
