/**
 * Works out an expression where it stands: literals, constants of the module and of project modules it imports, arithmetic, f-strings,
 * sequences and mappings with spreads, comprehensions over literals, attributes of classes, and functions of the project that only return
 * a value. Whatever is decided when the file runs comes to `unresolved`, with the reason and the place; nothing is guessed.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Assignment, Loop, Value } from "../python/outline.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { binary, type Outcome, unary } from "./arithmetic.ts";
import { callBuiltin, methodOf } from "./builtin_calls.ts";
import { bodySite, memberOf, type ProjectClass } from "./classes.ts";
import {
  asSpread,
  asText,
  type Evaluated,
  type EvaluatedKeyword,
  type EvaluatedKind,
  isUnknownSpread,
  itemsOf,
  keyOf,
  oneOfEachKey,
  spreadItems,
  unresolved,
  type Where,
} from "./evaluated.ts";
import { fieldOf } from "./framework_objects.ts";
import { type Found, isFilled, resolveName, type Site } from "./names.ts";

/** Names of loops and arguments, by name; they hide everything else. */
export type Environment = ReadonlyMap<string, Evaluated>;

export const NOTHING: Environment = new Map();

/** Never throws; circles and depths end as unresolved. */
export function evaluate(sources: ProjectSources, site: Site, value: Value, environment: Environment = NOTHING): Evaluated {
  return new Evaluation(sources).value(site, value, environment);
}

/** What `Cls.NAME` is, by the order of its classes; null where no class of the project binds it. */
export function classAttribute(sources: ProjectSources, of: ProjectClass, name: string): Evaluated | null {
  return new Evaluation(sources).classAttribute(of, name);
}

/** Every turn of nested `for` loops, as environments; a reason where they are not literal. */
export function turnsOf(
  sources: ProjectSources,
  site: Site,
  loops: readonly Loop[],
  environment: Environment = NOTHING,
): Environment[] | { readonly why: string } {
  return new Evaluation(sources).turns(site, loops, environment);
}

const DEEPEST = 60;
const MOST_ITEMS = 10_000; // more is no list that a person declares
const MOST_STEPS = 200_000; // of one evaluation: what takes longer is a program

class Evaluation {
  #depth = 0;
  #steps = 0;

  constructor(readonly sources: ProjectSources) {}

  value(site: Site, value: Value, environment: Environment): Evaluated {
    const here = { at: value.at, file: site.path };
    if (this.#depth >= DEEPEST || ++this.#steps > MOST_STEPS) return unresolved(here, "it is nested too deeply");
    this.#depth++;
    try {
      return this.#value(site, value, environment, here);
    } finally {
      this.#depth--;
    }
  }

  #value(site: Site, value: Value, environment: Environment, here: Where): Evaluated {
    switch (value.kind) {
      case "text":
      case "boolean":
      case "none":
        return { ...value, ...here };
      case "number":
        if (value.isInteger && !Number.isSafeInteger(value.value)) return unresolved(here, "the number is too large to be kept exactly");
        return { kind: value.isInteger ? "integer" : "float", value: value.value, ...here };
      case "sequence":
        return { kind: "sequence", of: value.of, items: this.#items(site, value.items, environment), ...here };
      case "mapping":
        return this.#mapping(site, value.entries, environment, here);
      case "spread":
        return unresolved(here, "a spread stands alone");
      case "name":
        return this.#name(site, value.name, environment, here);
      case "attribute":
        return this.#attribute(this.value(site, value.of, environment), value.name, here);
      case "call":
        return this.#call(site, value, environment, here);
      case "subscript":
        return this.#subscript(this.value(site, value.of, environment), this.value(site, value.index, environment), here);
      case "formatted":
        return this.#formatted(site, value.parts, environment, here);
      case "operation":
        return this.#operation(site, value.operator, value.operands, environment, here);
      case "comprehension":
        return this.#comprehension(site, value, environment, here);
      case "choice":
        return unresolved(here, "a condition decides when it runs");
      case "lambda":
        return { kind: "reference", name: "lambda", ...here };
      case "other":
        return unresolved(here, "it cannot be read without running it");
    }
  }

  #items(site: Site, items: readonly Value[], environment: Environment): Evaluated[] {
    const all: Evaluated[] = [];
    for (const item of items) {
      if (item.kind !== "spread") {
        all.push(this.value(site, item, environment));
        continue;
      }
      all.push(...spreadItems(this.value(site, item.value, environment)));
      if (all.length > MOST_ITEMS) return [unresolved({ at: item.at, file: site.path }, "it has too many items", true)];
    }
    return all;
  }

  #mapping(
    site: Site,
    entries: Extract<Value, { kind: "mapping" }>["entries"],
    environment: Environment,
    here: Where,
  ): Evaluated {
    const pairs: (readonly [Evaluated, Evaluated])[] = [];
    for (const { key, value } of entries) {
      const evaluated = this.value(site, value, environment);
      if (key !== null) pairs.push([this.value(site, key, environment), evaluated]);
      else if (evaluated.kind === "mapping") pairs.push(...evaluated.entries);
      else {
        const rest = asSpread(evaluated);
        pairs.push([rest, rest]);
      }
    }
    return { kind: "mapping", entries: oneOfEachKey(pairs), ...here };
  }

  #name(site: Site, dotted: string, environment: Environment, here: Where): Evaluated {
    const parts = dotted.split(".");
    const local = environment.get(parts[0]!);
    if (local !== undefined) return parts.slice(1).reduce((value, name) => this.#attribute(value, name, here), local);
    const { found, rest } = resolveName(this.sources, site, dotted);
    const [base, names] = this.#found(found, rest, dotted, here);
    return names.reduce((value, name) => this.#attribute(value, name, here), base);
  }

  /** What a name stands for, and the attributes of it that are left. */
  #found(found: Found, rest: readonly string[], dotted: string, here: Where): [Evaluated, readonly string[]] {
    switch (found.kind) {
      case "class": {
        if (rest.length === 0) return [{ kind: "reference", name: found.declared.qualifiedName, ...here }, []];
        const value = this.classAttribute(found, rest[0]!);
        return [value ?? unresolved(here, `${found.declared.qualifiedName} has no ${rest[0]} that can be read`), rest.slice(1)];
      }
      case "assignment":
        return [this.#assigned(found.path, found.scope, found.assignment, found.isOnly, here), rest];
      case "outside":
        return [outsideConstant(found.name, here), rest];
      case "builtin":
        return [{ kind: "reference", name: found.name, ...here }, rest];
      case "function":
        return [{ kind: "reference", name: found.declared.qualifiedName, ...here }, rest];
      case "module":
        return [unresolved(here, `${dotted} is a module`), []];
      case "unknown":
        return [unresolved(here, found.why), []];
    }
  }

  #assigned(path: BundlePath, scope: string, assignment: Assignment, isOnly: boolean, here: Where): Evaluated {
    const { name, value, at } = assignment;
    if (value === null) return unresolved(here, `${name} is only annotated`);
    if (!isOnly) return unresolved({ at, file: path }, `${name} is assigned more than once, or under a condition`);
    if (isFilled(this.sources, path, scope, name)) {
      return unresolved({ at, file: path }, `${name} is filled while the file runs`);
    }
    const inFunction = scope !== "" && resolveIsFunction(this.sources, path, scope);
    const evaluated = this.value({ path, scope, before: inFunction ? null : at }, value, NOTHING);
    const isEmpty = evaluated.kind === "sequence" && evaluated.of !== "tuple" && evaluated.items.length === 0 ||
      evaluated.kind === "mapping" && evaluated.entries.length === 0;
    // Nobody names an empty list or dict but to fill it later; another file may do it.
    return isEmpty ? unresolved({ at, file: path }, `${name} is filled while the file runs`) : evaluated;
  }

  classAttribute(of: ProjectClass, name: string): Evaluated | null {
    const member = memberOf(this.sources, of, name);
    if (member === null) return null;
    const here = { at: member.declared.at, file: member.of.path };
    if (member.kind === "method") return { kind: "reference", name: member.declared.qualifiedName, ...here };
    const { value, operator, loops } = member.declared;
    if (member.isConditional) return unresolved(here, "a condition decides when it runs");
    if (value === null || operator !== "=" || loops.length > 0) return unresolved(here, `${name} is put together while the class is made`);
    return this.value(bodySite(member.of, member.declared.at), value, NOTHING);
  }

  #attribute(of: Evaluated, name: string, here: Where): Evaluated {
    if (of.kind === "unresolved") return { ...of, isSpread: false };
    if (of.kind === "reference") return { kind: "reference", name: `${of.name}.${name}`, ...here };
    return fieldOf(of, name) ?? unresolved(here, `its attribute ${name} cannot be read without running it`);
  }

  #call(site: Site, call: Extract<Value, { kind: "call" }>, environment: Environment, here: Where): Evaluated {
    const args = this.#items(site, call.args, environment);
    const keywords = this.#keywords(site, call.keywords, environment);
    const { callee } = call;
    if (callee.kind === "attribute" || callee.kind === "name" && callee.name.includes(".")) {
      const method = this.#methodCall(site, callee, args, environment, here);
      if (method !== null) return method;
    }
    if (callee.kind !== "name") return unresolved(here, "what is called is decided when it runs");
    if (environment.has(callee.name.split(".")[0]!)) return unresolved(here, `${callee.name}(…) cannot be read without running it`);
    const { found, rest } = resolveName(this.sources, site, callee.name);
    if (rest.length > 0) return unresolved(here, `${callee.name}(…) cannot be read without running it`);
    switch (found.kind) {
      case "outside":
        return { kind: "made", of: found.name, args, keywords, ...here };
      case "builtin":
        return settled(callBuiltin(found.name, args, keywords), here);
      case "function":
        return this.#returned(found, args, keywords, here);
      case "class":
        return unresolved(here, `${callee.name}(…) is a class of the project`);
      case "unknown":
        return unresolved(here, found.why);
      default:
        return unresolved(here, `${callee.name}(…) cannot be read without running it`);
    }
  }

  /** `BOUNDS.items()`, `"x".upper()`: null where what it is called on is no constant. */
  #methodCall(site: Site, callee: Value, args: readonly Evaluated[], environment: Environment, here: Where): Evaluated | null {
    let of: Evaluated;
    let name: string;
    if (callee.kind === "attribute") {
      of = this.value(site, callee.of, environment);
      name = callee.name;
    } else if (callee.kind === "name") {
      const cut = callee.name.lastIndexOf(".");
      name = callee.name.slice(cut + 1);
      of = this.#name(site, callee.name.slice(0, cut), environment, here);
    } else return null;
    if (of.kind === "reference" || of.kind === "made") return null;
    if (of.kind === "unresolved") return callee.kind === "attribute" ? { ...of, isSpread: false } : null;
    return settled(methodOf(of, name, args), here);
  }

  #keywords(site: Site, keywords: readonly { name: string | null; value: Value }[], environment: Environment): EvaluatedKeyword[] {
    return keywords.flatMap(({ name, value }): EvaluatedKeyword[] => {
      const evaluated = this.value(site, value, environment);
      if (name !== null) return [{ name, value: evaluated }];
      if (evaluated.kind !== "mapping") return [{ name: null, value: asSpread(evaluated) }];
      return evaluated.entries.map(([key, of]) => ({ name: key.kind === "text" ? key.text : null, value: of }));
    });
  }

  /** A function of the project that has one `return`, of a value of its arguments, its own names and its module. */
  #returned(
    found: Extract<Found, { kind: "function" }>,
    args: readonly Evaluated[],
    keywords: readonly EvaluatedKeyword[],
    here: Where,
  ): Evaluated {
    const { declared, path } = found;
    const says = (why: string) => unresolved(here, `${declared.name}(…) ${why}`);
    if (declared.isAsync) return says("is a coroutine");
    if (declared.decorators.some((one) => !isCaching(one))) return says("is decorated");
    if (declared.returns.length !== 1) return says(declared.returns.length === 0 ? "returns nothing" : "returns one of several values");
    const { positional, keywordOnly, hasStar, hasDoubleStar } = declared.parameters;
    if (hasStar || hasDoubleStar) return says("takes any arguments");
    if (args.some((one) => one.kind === "unresolved" && one.isSpread)) return says("is given arguments that are not known");
    if (args.length > positional.length) return says("is given too many arguments");
    const environment = new Map<string, Evaluated>();
    args.forEach((value, index) => environment.set(positional[index]!, value));
    for (const { name, value } of keywords) {
      if (name === null) return says("is given arguments that are not known");
      environment.set(name, value);
    }
    for (const name of [...positional, ...keywordOnly.map(({ name }) => name)]) {
      if (!environment.has(name)) environment.set(name, unresolved(here, `the default of ${name} is not read`));
    }
    return this.value({ path, scope: declared.qualifiedName, before: null }, declared.returns[0]!, environment);
  }

  #subscript(of: Evaluated, index: Evaluated, here: Where): Evaluated {
    if (of.kind === "unresolved") return { ...of, isSpread: false };
    if (index.kind === "unresolved") return { ...index, isSpread: false };
    if (of.kind === "sequence" && index.kind === "integer" && !of.items.some(isUnknownSpread)) {
      const item = of.items.at(index.value);
      if (item !== undefined && index.value >= -of.items.length) return item;
    }
    if (of.kind === "text" && index.kind === "integer") {
      const letter = [...of.text].at(index.value);
      if (letter !== undefined) return { kind: "text", text: letter, ...here };
    }
    if (of.kind === "mapping" && of.entries.every(([key]) => keyOf(key) !== null)) {
      const wanted = keyOf(index);
      const entry = of.entries.find(([key]) => wanted !== null && keyOf(key) === wanted);
      if (entry !== undefined) return entry[1];
    }
    return unresolved(here, "there is no item that can be read");
  }

  #formatted(site: Site, parts: readonly (string | Value)[], environment: Environment, here: Where): Evaluated {
    let text = "";
    for (const part of parts) {
      if (typeof part === "string") {
        text += part;
        continue;
      }
      const value = this.value(site, part, environment);
      const written = asText(value);
      if (written === null) {
        return value.kind === "unresolved" ? { ...value, isSpread: false } : unresolved(here, "how it is written is not certain");
      }
      text += written;
    }
    return text.length > MOST_ITEMS ? unresolved(here, "it is too long") : { kind: "text", text, ...here };
  }

  #operation(site: Site, operator: string, operands: readonly Value[], environment: Environment, here: Where): Evaluated {
    const values = operands.map((one) => this.value(site, one, environment));
    const unknown = values.find((one) => one.kind === "unresolved");
    if (unknown !== undefined) return { ...unknown, kind: "unresolved", isSpread: false } as Evaluated;
    if (values.length === 1) return settled(unary(operator, values[0]!), here);
    return values.slice(1).reduce(
      (left, right) => left.kind === "unresolved" ? left : settled(binary(operator, left, right), here),
      values[0]!,
    );
  }

  #comprehension(site: Site, value: Extract<Value, { kind: "comprehension" }>, environment: Environment, here: Where): Evaluated {
    if (value.isFiltered) return unresolved(here, "a condition picks its items when it runs");
    const turns = this.turns(site, value.loops, environment);
    if ("why" in turns) return unresolved(here, turns.why);
    const items = turns.map((turn) => this.value(site, value.element, turn));
    if (value.of !== "mapping") return { kind: "sequence", of: value.of, items, ...here };
    // `{KEY: VALUE for …}`: an outline holds the element as a pair.
    const pairs = items.map((item): readonly [Evaluated, Evaluated] | null => {
      if (item.kind === "mapping" && item.entries.length === 1) return item.entries[0]!;
      return item.kind === "sequence" && item.items.length === 2 ? [item.items[0]!, item.items[1]!] : null;
    });
    if (pairs.some((pair) => pair === null)) return unresolved(here, "its entries cannot be read");
    return { kind: "mapping", entries: oneOfEachKey(pairs.filter((pair) => pair !== null)), ...here };
  }

  turns(site: Site, loops: readonly Loop[], environment: Environment): Environment[] | { readonly why: string } {
    let all: Environment[] = [environment];
    for (const { targets, iterable } of loops) {
      const next: Environment[] = [];
      for (const turn of all) {
        const over = this.value(site, iterable, turn);
        const items = itemsOf(over);
        if (items === null) return { why: over.kind === "unresolved" ? over.why : "what it loops over is not literal" };
        for (const item of items) {
          if (next.length >= MOST_ITEMS) return { why: "it has too many items" };
          next.push(bound(turn, targets, item));
        }
      }
      all = next;
    }
    return all;
  }
}

function settled(outcome: Outcome, here: Where): Evaluated {
  return outcome.kind === "failed" ? unresolved(here, outcome.why) : { ...(outcome as EvaluatedKind), at: here.at, file: here.file };
}

function bound(environment: Environment, targets: readonly string[], item: Evaluated): Environment {
  const next = new Map(environment);
  const set = (name: string, value: Evaluated) => name !== "" && next.set(name, value);
  if (targets.length === 1) set(targets[0]!, item);
  else {
    const parts = itemsOf(item);
    targets.forEach((name, index) =>
      set(name, parts?.length === targets.length ? parts[index]! : unresolved(item, "it is not unpacked here"))
    );
  }
  return next;
}

function outsideConstant(name: string, here: Where): Evaluated {
  if (/^(math|numpy)\.(inf|infty|Inf)$/.test(name)) return { kind: "float", value: Infinity, ...here };
  if (/^(math|numpy)\.(nan|NaN)$/.test(name)) return { kind: "float", value: NaN, ...here };
  if (/^(math|numpy)\.pi$/.test(name)) return { kind: "float", value: Math.PI, ...here };
  if (/^(math|numpy)\.e$/.test(name)) return { kind: "float", value: Math.E, ...here };
  return { kind: "reference", name, ...here };
}

function isCaching(decorator: Value): boolean {
  const name = decorator.kind === "call" ? decorator.callee : decorator;
  return name.kind === "name" && /(^|\.)(lru_cache|cache)$/.test(name.name);
}

function resolveIsFunction(sources: ProjectSources, path: BundlePath, scope: string): boolean {
  const read = sources.read.get(path);
  return read !== undefined && "outline" in read && !read.outline.classes.some(({ qualifiedName }) => qualifiedName === scope);
}
