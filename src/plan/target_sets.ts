/** Target sets: named lists of targets with weights. Order is kept, duplicates go; a weight belongs to a member. Pure. */
import { Failure } from "../base/failure.ts";
import type { ModelRegistry, TargetSet } from "../models/model_registry.ts";
import type { RegistryEdit } from "../models/model_registry_yaml.ts";

export interface SetRequest {
  readonly name: string;
  /** Empty: every registered target. */
  readonly targets: readonly string[];
  readonly weights: readonly (readonly [id: string, weight: number])[];
}

export interface SetPlan {
  readonly edits: readonly RegistryEdit[];
  readonly set: TargetSet;
  readonly change: "added" | "updated" | "unchanged";
}

/** Replaces a set of that name. @throws Failure("not-found") for unknown targets, with the list; Failure("usage") for a stray weight. */
export function planTargetSet(registry: ModelRegistry, request: SetRequest): SetPlan {
  const known = [...registry.targets.keys()];
  if (known.length === 0) {
    throw new Failure("not-found", "no targets are registered, and a set is a list of them", {
      hint: "mops bundle register-target FILE",
    });
  }
  const targets = [...new Set(request.targets.length > 0 ? request.targets : known)];
  const unknown = targets.filter((id) => !registry.targets.has(id));
  if (unknown.length > 0) {
    throw new Failure("not-found", `no target ${unknown.join(", ")} is registered; the set ${request.name} was not changed`, {
      hint: "mops bundle list",
      facts: { unknown, targets: known },
    });
  }
  const weights: Record<string, number> = {};
  for (const [id, weight] of request.weights) {
    if (!targets.includes(id)) {
      throw new Failure("usage", `the weight ${id}=${weight} is for no member of ${request.name}; nothing was changed`, {
        hint: `mops bundle target-set set ${request.name} ${[...targets, id].map((one) => `-t ${one}`).join(" ")} -w ${id}=${weight}`,
        facts: { id, targets },
      });
    }
    if (Object.hasOwn(weights, id) && weights[id] !== weight) {
      throw new Failure("usage", `${id} has two weights, ${weights[id]} and ${weight}; nothing was changed`, { hint: "give one of them" });
    }
    Object.defineProperty(weights, id, { value: weight, enumerable: true, writable: true, configurable: true });
  }
  const before = registry.sets.get(request.name);
  const isSame = before !== undefined && JSON.stringify([before.targets, before.weights]) === JSON.stringify([targets, weights]);
  return {
    edits: isSame ? [] : [{ kind: "set", section: "target_sets", id: request.name, values: { targets, weights } }],
    set: { name: request.name, targets, weights },
    change: before === undefined ? "added" : isSame ? "unchanged" : "updated",
  };
}

/** @throws Failure("not-found") with the sets that there are. */
export function planSetRemoval(registry: ModelRegistry, name: string): RegistryEdit[] {
  if (!registry.sets.has(name)) {
    throw new Failure("not-found", `there is no target set ${name}`, {
      hint: "mops bundle target-set list",
      facts: { sets: [...registry.sets.keys()] },
    });
  }
  return [{ kind: "remove", section: "target_sets", id: name }];
}

/** How the sets follow targets that go or get another name; a set stays, even when it is empty then. */
export function setEdits(
  registry: ModelRegistry,
  changed: { readonly removed: ReadonlySet<string>; readonly renamed: ReadonlyMap<string, string> },
): { readonly edits: RegistryEdit[]; readonly told: { name: string; fact: string }[] } {
  const edits: RegistryEdit[] = [];
  const told: { name: string; fact: string }[] = [];
  for (const { name, targets, weights } of registry.sets.values()) {
    const gone = targets.filter((id) => changed.removed.has(id));
    const follow = targets.filter((id) => changed.renamed.has(id));
    if (gone.length + follow.length === 0) continue;
    const now = (id: string): string => changed.renamed.get(id) ?? id;
    const left = Object.entries(weights).filter(([id]) => !changed.removed.has(id)).map(([id, weight]) => [now(id), weight] as const);
    edits.push({
      kind: "set",
      section: "target_sets",
      id: name,
      values: { targets: targets.filter((id) => !changed.removed.has(id)).map(now), weights: Object.fromEntries(left) },
    });
    told.push(...gone.map((id) => ({ name, fact: `without ${id}` })), ...follow.map((id) => ({ name, fact: `${id} is ${now(id)} now` })));
  }
  return { edits, told };
}
