/** Taking entries, or single dependencies of them, out of the model registry. Nothing else ever does. Pure. */
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import type { Entry, ModelRegistry } from "../models/model_registry.ts";
import type { RegistryEdit } from "../models/model_registry_yaml.ts";
import { describeEntry, type Given, type RegisteredChange } from "./registration.ts";
import { setEdits } from "./target_sets.ts";

export interface UnregisterPlan {
  readonly edits: readonly RegistryEdit[];
  readonly changes: readonly RegisteredChange[];
  readonly sets: readonly { readonly name: string; readonly fact: string }[];
}

/** The entries that ids mean. @throws Failure("not-found") with what there is; Failure("usage") for an id of both kinds. */
export function entriesNamed(registry: ModelRegistry, ids: readonly string[], kind: "model" | "target" | null): Entry[] {
  const found: Entry[] = [];
  const unknown: string[] = [];
  for (const id of new Set(ids)) {
    const model = kind === "target" ? undefined : registry.models.get(id);
    const target = kind === "model" ? undefined : registry.targets.get(id);
    if (model !== undefined && target !== undefined) {
      throw new Failure("usage", `${id} is a model and a target; nothing was unregistered`, {
        hint: `mops bundle unregister ${shellWord(id)} --models   (or --targets)`,
        facts: { id },
      });
    }
    const entry = model ?? target;
    if (entry === undefined) unknown.push(id);
    else found.push(entry);
  }
  if (unknown.length === 0) return found;
  const what = kind === "model" ? "model" : kind === "target" ? "target" : "model or target";
  const there = [...(kind === "target" ? [] : registry.models.keys()), ...(kind === "model" ? [] : registry.targets.keys())];
  throw new Failure("not-found", `no ${what} ${unknown.join(", ")} is registered; nothing was unregistered`, {
    hint: meantHint(registry, ids, unknown, kind) ?? "mops bundle list",
    facts: { unknown, registered: there },
  });
}

/** `status` calls models by their class: the same command with the ids of what bears these names; null where a name is nobody's. */
function meantHint(
  registry: ModelRegistry,
  ids: readonly string[],
  unknown: readonly string[],
  kind: "model" | "target" | null,
): string | null {
  const entries = [...(kind === "target" ? [] : registry.models.values()), ...(kind === "model" ? [] : registry.targets.values())];
  const named = new Map(unknown.map((name) => [name, entries.filter((entry) => symbolOf(entry) === name).map(({ id }) => id)]));
  const [first] = named;
  if (first === undefined || [...named.values()].some((found) => found.length === 0)) return null;
  const meant = [...new Set(ids.flatMap((id) => named.get(id) ?? [id]))];
  const option = kind === null ? "" : ` --${kind}s`;
  return `mops bundle unregister ${meant.map(shellWord).join(" ")}${option}   (${first[0]} is the name in the code of ${
    first[1].join(", ")
  })`;
}

function symbolOf({ entrypoint }: Entry): string {
  return entrypoint.slice(entrypoint.indexOf(":") + 1);
}

/** Files that were dependencies before, and are none any more; for a report. */
export function leavingFacts(before: Entry, after: Entry | undefined): string[] {
  const stays = new Set(after === undefined ? [] : [...after.data, ...after.code]);
  return [...before.data, ...before.code].filter((path) => !stays.has(path)).map((path) => `${path} is no dependency of it any more`);
}

export function planUnregister(registry: ModelRegistry, entries: readonly Entry[]): UnregisterPlan {
  const targets = new Set(entries.filter(({ kind }) => kind === "target").map(({ id }) => id));
  const sets = setEdits(registry, { removed: targets, renamed: new Map() });
  return {
    edits: [
      ...entries.map(({ kind, id }): RegistryEdit => ({ kind: "remove", section: kind === "model" ? "models" : "targets", id })),
      ...sets.edits,
    ],
    changes: entries.map((entry) => ({ ...describeEntry(entry), change: "removed" as const })),
    sets: sets.told,
  };
}

/**
 * What was given, without these. An entry that the Python tool wrote keeps no account of what was given: its lists are that account.
 * @throws Failure("not-found") | Failure("usage") where a path was not given, or came with a folder or pattern that was.
 */
export function planTakeAway(entries: readonly Entry[], away: Given): UnregisterPlan {
  const edits: RegistryEdit[] = [];
  for (const entry of entries) {
    const values: Record<string, readonly string[] | undefined> = {};
    for (const what of ["data", "code"] as const) {
      if (away[what].length === 0) continue;
      const given = what === "data" ? entry.dataGiven : entry.codeGiven;
      const isAccount = entry.closure === null && given.length === 0;
      const account = isAccount ? entry[what] : given;
      for (const path of away[what]) refuseUnlessGiven(entry, what, path, account);
      const left = account.filter((one) => !away[what].some((path) => bare(path) === bare(one)));
      values[isAccount ? what : `${what}_given`] = isAccount || left.length > 0 ? left : undefined;
    }
    edits.push({ kind: "set", section: entry.kind === "model" ? "models" : "targets", id: entry.id, values });
  }
  const facts = [...away.data.map((path) => `without --data ${path}`), ...away.code.map((path) => `without --code ${path}`)];
  return { edits, changes: entries.map((entry) => ({ ...describeEntry(entry), change: "updated" as const, facts })), sets: [] };
}

function refuseUnlessGiven(entry: Entry, what: "data" | "code", path: string, account: readonly string[]): void {
  if (account.some((one) => bare(one) === bare(path))) return;
  const name = `${entry.kind} ${entry.id}`;
  const facts = { path, given: account };
  if (!entry[what].includes(bare(path))) {
    throw new Failure("not-found", `${path} is no ${what} of ${name}; nothing was changed`, { hint: "mops bundle list --json", facts });
  }
  const folder = account.find((one) => bare(path).startsWith(`${bare(one)}/`) || one.includes("*"));
  throw new Failure(
    "usage",
    folder === undefined
      ? `${path} was not given: the source of ${name} names it; nothing was changed`
      : `${path} came with ${folder}, which was given for ${name}; nothing was changed`,
    {
      hint: folder === undefined
        ? `edit ${entry.path}`
        : `mops bundle unregister ${shellWord(entry.id)} --${what} ${shellWord(folder)}   (then give the files that are needed)`,
      facts,
    },
  );
}

/** A folder with or without its slash. */
function bare(path: string): string {
  return path.replace(/\/+$/, "");
}
