/** What became different between two canonical forms of `pyproject.toml`, as short texts: `starsim 2.1 → 2.2`, `numpy added`. */
import { compareUtf8 } from "../base/utf8_order.ts";
import { canonicalJson, type Json } from "../base/canonical_json.ts";
import { normalisedName, parseRequirement, pinnedVersion, type Requirement, requirementText } from "./requirement.ts";

/** Both as `canonicalPyproject` gives them, or raw bytes of a file that was no TOML. Sorted: dependencies first, then the other keys. */
export function differencesOfDeclarations(before: Uint8Array, after: Uint8Array): string[] {
  const old = read(before);
  const now = read(after);
  if (now === null) return old === null ? [] : ["it is not valid TOML now"];
  if (old === null) return ["it is valid TOML again"];
  return [...dependencyDifferences(old, now), ...otherDifferences(old, now, "")];
}

type Table = { readonly [key: string]: Json };

function read(bytes: Uint8Array): Table | null {
  try {
    const value: Json = JSON.parse(new TextDecoder().decode(bytes));
    return isTable(value) ? value : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function dependencyDifferences(old: Table, now: Table): string[] {
  const lists = new Set([...requirementLists(old).keys(), ...requirementLists(now).keys()]);
  return [...lists].sort(compareUtf8).flatMap((list) => {
    const was = requirementLists(old).get(list) ?? new Map<string, Requirement[]>();
    const is = requirementLists(now).get(list) ?? new Map<string, Requirement[]>();
    const names = [...new Set([...was.keys(), ...is.keys()])].sort(compareUtf8);
    const where = list === "" ? "" : `${list}: `;
    return names.flatMap((name) => differenceOf(name, was.get(name), is.get(name)).map((text) => where + text));
  });
}

function differenceOf(name: string, was: readonly Requirement[] | undefined, is: readonly Requirement[] | undefined): string[] {
  if (was === undefined) return [`${name} added`];
  if (is === undefined) return [`${name} removed`];
  const [old, now] = [was.map(requirementText).join(" | "), is.map(requirementText).join(" | ")];
  if (old === now) return [];
  const [one, other] = [was[0]!, is[0]!];
  const isVersionOnly = was.length === 1 && is.length === 1 && one.marker === other.marker && one.extras.join() === other.extras.join();
  if (!isVersionOnly) return [`${old} → ${now}`];
  const pins = [pinnedVersion(one.specifier), pinnedVersion(other.specifier)];
  if (pins[0] !== null && pins[1] !== null) return [`${name} ${pins[0]} → ${pins[1]}`];
  return [`${name} ${bringing(one)} → ${bringing(other)}`];
}

function bringing({ specifier, url }: Requirement): string {
  return url ?? (specifier === "" ? "any version" : specifier);
}

/** By the list's name ("" for what is always installed), then by the distribution's. */
function requirementLists(table: Table): Map<string, Map<string, Requirement[]>> {
  const lists = new Map<string, Map<string, Requirement[]>>();
  const take = (list: string, value: Json | undefined) => {
    for (const text of isList(value) ? value : []) {
      const requirement = typeof text === "string" ? parseRequirement(text) : null;
      if (requirement === null) continue;
      const byName = lists.get(list) ?? new Map<string, Requirement[]>();
      lists.set(list, byName.set(requirement.name, [...(byName.get(requirement.name) ?? []), requirement]));
    }
  };
  take("", at(table, "project", "dependencies"));
  for (const [extra, value] of entries(at(table, "project", "optional-dependencies"))) take(`extra ${extra}`, value);
  for (const [group, value] of entries(at(table, "dependency-groups"))) take(`group ${group}`, value);
  for (const [name, value] of entries(at(table, "tool", "poetry", "dependencies"))) {
    if (typeof value !== "string" || normalisedName(name) === "python") continue;
    const requirement: Requirement = { name: normalisedName(name), extras: [], specifier: value, url: null, marker: null };
    lists.set("", (lists.get("") ?? new Map()).set(requirement.name, [requirement]));
  }
  return lists;
}

/** Everything that `requirementLists` does not tell, leaf by leaf. */
function otherDifferences(old: Table, now: Table, where: string): string[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort(compareUtf8);
  return keys.flatMap((key) => {
    const [was, is] = [own(old, key), own(now, key)];
    if (was !== undefined && is !== undefined && canonicalJson(was) === canonicalJson(is)) return [];
    const path = where === "" ? key : `${where}.${key}`;
    if (isTable(was ?? {}) && isTable(is ?? {})) return otherDifferences((was ?? {}) as Table, (is ?? {}) as Table, path);
    if (isToldBefore(path, was, is)) return [];
    const name = path === "project.requires-python" || path === "tool.poetry.dependencies.python" ? "requires-python" : path;
    const told = is === undefined ? `${name} removed` : was === undefined ? `${name} added` : null;
    if (told !== null) return [told];
    return [isShort(was) && isShort(is) ? `${name} ${was} → ${is}` : `${name} changed`];
  });
}

/** Lists of requirements are told by `dependencyDifferences`, if nothing else in them is different. */
function isToldBefore(path: string, was: Json | undefined, is: Json | undefined): boolean {
  if (/^tool\.poetry\.dependencies\.(?!python$)/.test(path)) {
    return [was, is].every((value) => value === undefined || typeof value === "string");
  }
  if (!/^(project\.dependencies|(project\.optional-dependencies|dependency-groups)\..*)$/.test(path)) return false;
  return canonicalJson(otherItems(was)) === canonicalJson(otherItems(is)) && (isList(was) || isList(is));
}

function otherItems(value: Json | undefined): readonly Json[] {
  if (!isList(value)) return value === undefined ? [] : [value];
  return value.filter((item) => typeof item !== "string" || parseRequirement(item) === null);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isShort(value: Json | undefined): boolean {
  return typeof value === "boolean" || typeof value === "number" || (typeof value === "string" && value.length <= 60);
}

function at(value: Json | undefined, ...keys: string[]): Json | undefined {
  return keys.reduce<Json | undefined>((found, key) => isTable(found) ? own(found, key) : undefined, value);
}

function own(table: Table, key: string): Json | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function entries(value: Json | undefined): [string, Json][] {
  return isTable(value) ? Object.entries(value) : [];
}

function isTable(value: Json | undefined): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
