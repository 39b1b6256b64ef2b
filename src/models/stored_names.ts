/**
 * Outputs and scenarios that a model adds to itself when it is constructed: `self._scenarios["k"] = …` in `setup_scenarios` or `__init__`.
 * The key is the name, whatever the value says (docs/model-forms.md §5).
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Unresolved } from "../python/dependencies.ts";
import type { FunctionOutline, KeyedStore, Place } from "../python/outline.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { lineageOf, ownMember, type ProjectClass, projectOrder } from "./classes.ts";
import { type Environment, evaluate, turnsOf } from "./constants.ts";
import { type Evaluated, whyUnknown } from "./evaluated.ts";
import type { Site } from "./names.ts";

export interface StoredName {
  readonly name: string;
  readonly value: Evaluated;
  readonly file: BundlePath;
  readonly at: Place;
}

export interface StoredNames {
  readonly names: readonly StoredName[];
  readonly unresolved: readonly Unresolved[];
}

export function storedNames(sources: ProjectSources, of: ProjectClass, into: "_scenarios" | "_outputs"): StoredNames {
  const names: StoredName[] = [];
  const unresolved: Unresolved[] = [];
  for (const { owner, method, isCalled } of constructing(sources, of)) {
    const self = method.parameters.positional[0];
    const site: Site = { path: owner.path, scope: method.qualifiedName, before: null };
    for (const store of method.stores.filter((one) => one.into === `${self}.${into}`)) {
      const what = `${into === "_scenarios" ? "scenario" : "output"} of ${method.qualifiedName}`;
      const say = (why: string, at = store.at) => unresolved.push({ what, file: owner.path, at, why });
      const turns = turnsOf(sources, site, store.loops);
      if ("why" in turns) {
        say(turns.why);
        continue;
      }
      for (const turn of turns) {
        const entries = storedEntries(sources, site, store, turn);
        if ("why" in entries) {
          say(entries.why);
          continue;
        }
        for (const [key, value] of entries) {
          if (key.kind !== "text") say(whyUnknown(key));
          else if (store.condition !== method.condition) say(`a condition decides whether ${key.text} is added`);
          else if (!isCalled) say(`${key.text} is added in a method that is overridden, and may not run`);
          else names.push({ name: key.text, value, file: owner.path, at: store.at });
        }
      }
    }
  }
  return { names, unresolved };
}

/** `into[KEY] = VALUE`, `into.update({KEY: VALUE})`, `into.setdefault(KEY, VALUE)`. */
function storedEntries(
  sources: ProjectSources,
  site: Site,
  { key, value }: KeyedStore,
  turn: Environment,
): readonly (readonly [Evaluated, Evaluated])[] | { readonly why: string } {
  if (key.kind !== "other") return [[evaluate(sources, site, key, turn), evaluate(sources, site, value, turn)]];
  if (value.kind !== "call" || value.callee.kind !== "name") return { why: "its key cannot be read without running it" };
  const method = value.callee.name.split(".").at(-1)!;
  const [first, second] = value.args.map((argument) => evaluate(sources, site, argument, turn));
  if (method === "update" && first?.kind === "mapping" && value.keywords.length === 0) return first.entries;
  if (method === "setdefault" && first !== undefined && second !== undefined) return [[first, second]];
  return { why: `.${method}(…) changes what there is when it runs` };
}

interface Constructing {
  readonly owner: ProjectClass;
  readonly method: FunctionOutline;
  readonly isCalled: boolean;
}

/** The methods that run when a model is constructed, bases first; those that an override may keep from running are not certain. */
function constructing(sources: ProjectSources, of: ProjectClass): Constructing[] {
  const order = projectOrder(lineageOf(sources, of));
  const all: Constructing[] = [];
  let reached = true;
  for (const owner of order) {
    const init = ownMember(owner, "__init__");
    if (init?.kind !== "method") continue;
    all.push({ owner, method: init.declared, isCalled: reached && !init.isConditional });
    reached &&= init.declared.callsSuperInit;
  }
  let first = true;
  for (const owner of order) {
    const setup = ownMember(owner, "setup_scenarios");
    if (setup?.kind !== "method") continue;
    all.push({ owner, method: setup.declared, isCalled: first && !setup.isConditional });
    first = false;
  }
  return all.reverse();
}
