/** In what two values of one entry of `registry.yaml` differ, as short texts: `new output deaths`, `parameter beta upper 14 → 15`. */
import type { ParameterSpec } from "../models/model_registry.ts";

export type Values = Readonly<Record<string, unknown>>;

export function valueDifferences(before: Values, now: Values): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) => {
    const [then, after] = [before[key], now[key]];
    if (JSON.stringify(then) === JSON.stringify(after)) return [];
    if (key === "parameter_specs") return parameterDifferences(specsIn(then), specsIn(after));
    if (key === "unresolved") return unresolvedDifferences(mappingsIn(then), mappingsIn(after));
    const name = NAMES[key] ?? key;
    if (isAbsent(then) && isMapping(after) || isMapping(then) && isAbsent(after)) {
      return valueDifferences({ [key]: then ?? {} }, { [key]: after ?? {} });
    }
    if (isAbsent(then) && areTexts(after) || areTexts(then) && isAbsent(after)) {
      return valueDifferences({ [key]: then ?? [] }, { [key]: after ?? [] });
    }
    if (areTexts(then) && areTexts(after)) {
      const added = after.filter((one) => !then.includes(one)).map((one) => `new ${name} ${one}`);
      const gone = then.filter((one) => !after.includes(one)).map((one) => `${name} ${one} is gone`);
      return added.length + gone.length > 0 ? [...added, ...gone] : [`${key} in another order`];
    }
    if (isPlain(then) && isPlain(after)) return [`${name} ${textOf(then)} → ${textOf(after)}`];
    if (isMapping(then) && isMapping(after)) {
      return valueDifferences(then, after).map((fact) => key === "closure" ? fact : `${name} ${fact}`);
    }
    return [`${name} changed`];
  });
}

const NAMES: Readonly<Record<string, string>> = {
  labels: "label",
  outputs: "output",
  parameters: "parameter",
  scenarios: "scenario",
  targets: "target",
  weights: "weight",
  project: "project file",
  rule: "closure rule",
};

/** Of parameters that are declared on both sides; that one is new or gone, the list of their names says. */
export function parameterDifferences(before: readonly ParameterSpec[], now: readonly ParameterSpec[]): string[] {
  const then = new Map(before.map((spec) => [spec.name, spec]));
  return now.flatMap((spec) => {
    const old = then.get(spec.name);
    if (old === undefined) return [];
    return (["lower", "upper", "kind", "doc"] as const).filter((member) => old[member] !== spec[member])
      .map((member) => `parameter ${spec.name} ${member} ${textOf(old[member])} → ${textOf(spec[member])}`);
  });
}

/** Lines alone mean nothing: an edit above moves them. */
function unresolvedDifferences(before: readonly Values[], now: readonly Values[]): string[] {
  const texts = (all: readonly Values[]) => all.map(({ what, file, why }) => `${textOf(what)} in ${textOf(file)}: ${textOf(why)}`);
  const [then, after] = [texts(before), texts(now)];
  const added = after.filter((one) => !then.includes(one)).map((one) => `unresolved ${one}`);
  const gone = then.filter((one) => !after.includes(one)).map((one) => `no longer unresolved: ${one}`);
  return added.length + gone.length > 0 ? [...added, ...gone] : ["lines of what is unresolved moved"];
}

function mappingsIn(value: unknown): Values[] {
  return Array.isArray(value) ? value.filter(isMapping) : [];
}

function specsIn(value: unknown): ParameterSpec[] {
  return mappingsIn(value).filter((one): one is Values & ParameterSpec => typeof one.name === "string");
}

/** Beside a list or a mapping, an empty one. */
function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isMapping(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPlain(value: unknown): boolean {
  return isAbsent(value) || typeof value !== "object";
}

function textOf(value: unknown): string {
  return isAbsent(value) ? "none" : String(value);
}
