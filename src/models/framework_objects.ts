/**
 * The framework's small objects as a source writes them: which argument is which field (docs/model-forms.md §3, §5, §6), positional or by
 * keyword. What a constructor would refuse is told apart from what is only unknown.
 */
import { frameworkName } from "./framework.ts";
import type { Evaluated } from "./evaluated.ts";

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  ParameterSpec: ["name", "lower", "upper", "kind", "doc"],
  ParameterSpace: ["specs"],
  ConfigSpec: ["name", "default", "doc"],
  ConfigurationSpace: ["specs"],
  ScenarioSpec: ["name", "doc", "param_patches", "config_patches", "conflict_policy", "allow_overlap"],
  LossTarget: ["name", "model_output", "data", "alignment", "evaluator"],
  LikelihoodTarget: ["name", "model_output", "data", "alignment", "evaluator"],
};

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  ParameterSpec: ["name", "lower", "upper"],
  ConfigSpec: ["name", "default"],
  ScenarioSpec: ["name"],
};

export interface FrameworkObject {
  /** `ParameterSpec`. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, Evaluated>;
  /** Keywords that it does not have: a TypeError when the file runs. */
  readonly strange: readonly string[];
  readonly missing: readonly string[];
  /** Too many positional arguments, or one field twice. */
  readonly isOverfull: boolean;
  /** Some arguments are not known: fields may be there that are not in `fields`. */
  readonly isPartial: boolean;
  readonly value: Evaluated;
}

/** null where a value is none of the framework's objects. */
export function frameworkObject(value: Evaluated): FrameworkObject | null {
  if (value.kind !== "made") return null;
  const name = frameworkName(value.of)?.name;
  const order = name === undefined ? undefined : FIELDS[name];
  if (name === undefined || order === undefined) return null;
  const fields = new Map<string, Evaluated>();
  const strange: string[] = [];
  let isOverfull = false;
  let isPartial = false;
  value.args.forEach((argument, index) => {
    if (argument.kind === "unresolved" && argument.isSpread) isPartial = true;
    const field = order[index];
    if (field === undefined) isOverfull = true;
    else if (!isPartial) fields.set(field, argument);
  });
  for (const keyword of value.keywords) {
    if (keyword.name === null) isPartial = true;
    else if (!order.includes(keyword.name)) strange.push(keyword.name);
    else if (fields.has(keyword.name)) isOverfull = true;
    else fields.set(keyword.name, keyword.value);
  }
  const missing = isPartial ? [] : (REQUIRED[name] ?? []).filter((field) => !fields.has(field));
  return { name, fields, strange, missing, isOverfull, isPartial, value };
}

/** `SPACE.specs`, `spec.name`: a field that was given; null where it is none, or was not. */
export function fieldOf(value: Evaluated, name: string): Evaluated | null {
  const object = frameworkObject(value);
  if (object === null) return null;
  const given = object.fields.get(name);
  const { at, file } = value;
  if (given?.kind === "sequence" && name === "specs") {
    // A space reads its argument once, and looks at it again: of a generator nothing is left (docs/model-forms.md §3).
    return { kind: "sequence", of: "tuple", items: given.of === "generator" ? [] : given.items, at: given.at, file: given.file };
  }
  if (given !== undefined) return given;
  if (object.isPartial) return null;
  if (name === "specs") return { kind: "sequence", of: "tuple", items: [], at, file };
  if (name === "doc") return { kind: "text", text: "", at, file };
  return name === "kind" && object.name === "ParameterSpec" ? { kind: "text", text: "float", at, file } : null;
}
