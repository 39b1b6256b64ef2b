/**
 * Marks that a class body sets on its methods with `@model_output(…)` and `@model_scenario(…)`, in all forms (docs/model-forms.md §4, §5): as
 * decorators, called on a lambda or another function, or written into `locals()`. A class has of each name what its body binds last.
 */
import type { Unresolved } from "../python/dependencies.ts";
import type { FunctionOutline, Parameters, Place, Value } from "../python/outline.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { bodyOf, bodySite, type Member, type ProjectClass } from "./classes.ts";
import { evaluate, turnsOf } from "./constants.ts";
import { type Evaluated, whyUnknown } from "./evaluated.ts";
import { frameworkName, markBelow } from "./framework.ts";
import type { Issue } from "./issue.ts";
import { outlineOf, resolveName, type Site } from "./names.ts";
import { comparePlaces } from "./scopes.ts";
import { verdict } from "./source_verdicts.ts";

export type MarkKind = "model_output" | "model_scenario";

export interface Mark {
  /** What the decorator was given. */
  readonly name: string;
  /** What the class calls the method. */
  readonly attribute: string;
  readonly of: ProjectClass;
  readonly at: Place;
  /** The marked function where it is one that can be read; null for a lambda. */
  readonly function: FunctionOutline | null;
}

export interface OwnMarks {
  readonly marks: readonly Mark[];
  readonly unresolved: readonly Unresolved[];
  readonly issues: readonly Issue[];
}

const found = new WeakMap<ProjectSources, Map<string, OwnMarks>>();

export function ownMarks(sources: ProjectSources, of: ProjectClass, kind: MarkKind): OwnMarks {
  let known = found.get(sources);
  if (known === undefined) found.set(sources, known = new Map());
  const key = `${kind}\n${of.path}\n${of.declared.qualifiedName}\n${of.declared.at.line}`;
  let own = known.get(key);
  if (own === undefined) {
    const reading = new Reading(sources, of, kind);
    known.set(key, own = reading); // before it is read: classes may take each other's methods in a circle
    reading.read();
  }
  return own;
}

class Reading implements OwnMarks {
  readonly marks: Mark[] = [];
  readonly unresolved: Unresolved[] = [];
  readonly issues: Issue[] = [];

  constructor(readonly sources: ProjectSources, readonly of: ProjectClass, readonly kind: MarkKind) {}

  read(): void {
    const bound = new Map<string, { member: Member | Stored; isConditional: boolean }>();
    const stored = this.#storedInLocals();
    const members: (Member | Stored)[] = [...bodyOf(this.of), ...stored].sort((a, b) => comparePlaces(a.declared.at, b.declared.at));
    for (const member of members) {
      const name = member.kind === "stored" ? member.name : member.declared.name;
      bound.set(name, { member, isConditional: member.isConditional });
    }
    for (const [name, { member, isConditional }] of bound) {
      const before = this.marks.length;
      if (member.kind === "method") this.#decorated(name, member.declared, bodySite(this.of, member.declared.at), member.declared.at);
      else if (member.kind === "stored") this.#assigned(name, member.value, member.declared.at, member.environment);
      else if (member.declared.value !== null && member.declared.loops.length === 0) {
        this.#assigned(name, member.declared.value, member.declared.at);
      }
      if (!isConditional || this.marks.length === before) continue;
      for (const mark of this.marks.splice(before)) {
        this.#uncertain(`${noun(this.kind)} ${mark.name}`, mark.at, "a condition decides when the class is made");
      }
    }
  }

  /** Decorators from the outermost inwards; the outermost mark names it. */
  #decorated(attribute: string, declared: FunctionOutline, site: Site, at: Place): void {
    const decorators = declared.decorators.map((value) => ({ value, evaluated: evaluate(this.sources, site, value) }));
    const bare = decorators.find(({ evaluated }) => evaluated.kind === "reference" && frameworkName(evaluated.name)?.name === this.kind);
    if (bare !== undefined) return this.#bare(declared.name, bare.value.at);
    const index = decorators.findIndex(({ evaluated }) => isMark(evaluated, this.kind));
    if (index < 0) return;
    for (const { value } of decorators.slice(0, index).filter(({ evaluated }) => !isMark(evaluated, otherKind(this.kind)))) {
      const name = this.#decoratorName(site, value);
      const fate = this.#fateBelow(site, value, name);
      if (fate === "kept") continue;
      const what = `${noun(this.kind)} of ${declared.qualifiedName}`;
      if (fate === "unknown") return this.#uncertain(what, value.at, `whether @${name} above the mark keeps it is decided when it runs`);
      this.issues.push(verdict(
        "decorator-above-mark",
        { file: this.of.path, at: value.at },
        `@${name} above @${this.kind} on ${declared.qualifiedName} drops the mark: no ${noun(this.kind)} is registered`,
        `move @${this.kind}(…) above @${name}`,
      ));
      return;
    }
    const isSeen = decorators.slice(index + 1).every(({ value, evaluated }) =>
      isMark(evaluated, this.kind) || this.#fateBelow(site, value, this.#decoratorName(site, value)) === "kept"
    );
    this.#mark(attribute, decorators[index]!.evaluated, at, isSeen ? declared.parameters : null, declared);
  }

  #bare(method: string, at: Place): void {
    this.issues.push(verdict(
      "bare-decorator",
      { file: this.of.path, at },
      `@${this.kind} on ${method} of ${this.of.declared.qualifiedName} is not called: it registers nothing, and the method is gone`,
      `write @${this.kind}("${method}")`,
    ));
  }

  /** `attr = model_output("x")(lambda …)`, and `attr = Other.method` with the mark that the method has. */
  #assigned(attribute: string, value: Value, at: Place, environment: ReadonlyMap<string, Evaluated> = new Map()): void {
    const site = bodySite(this.of, at);
    if (value.kind === "call" && value.args.length === 1 && value.keywords.length === 0) {
      const decorator = evaluate(this.sources, site, value.callee, environment);
      if (!isMark(decorator, this.kind)) {
        if (decorator.kind === "reference" && frameworkName(decorator.name)?.name === this.kind && value.args[0]!.kind === "name") {
          this.#bare(attribute, at);
        }
        return;
      }
      const of = value.args[0]!;
      if (of.kind === "lambda") return this.#mark(attribute, decorator, at, of.parameters, null);
      const marked = of.kind === "name" ? resolveName(this.sources, site, of.name) : null;
      const declared = marked?.found.kind === "function" && marked.rest.length === 0 ? marked.found.declared : null;
      return this.#mark(attribute, decorator, at, declared?.parameters ?? null, declared);
    }
    if (value.kind !== "name") return;
    const { found, rest } = resolveName(this.sources, site, value.name);
    if (found.kind === "function" && rest.length === 0 && found.declared.scope !== this.of.declared.qualifiedName) {
      const outer: Site = { path: found.path, scope: found.declared.scope, before: found.declared.at };
      this.#decorated(attribute, found.declared, outer, at);
    } else if (found.kind === "class" && rest.length === 1 && found.declared !== this.of.declared) {
      const there = ownMarks(this.sources, found, this.kind).marks.find((mark) => mark.attribute === rest[0]);
      if (there !== undefined) this.marks.push({ ...there, attribute, of: this.of, at });
    }
  }

  #mark(attribute: string, made: Evaluated, at: Place, parameters: Parameters | null, declared: FunctionOutline | null): void {
    if (made.kind !== "made") return;
    const where = { file: this.of.path, at };
    const what = `@${this.kind} on ${attribute} of ${this.of.declared.qualifiedName}`;
    const known = this.kind === "model_output" ? ["name", "metadata"] : ["name"];
    const strange = made.keywords.find(({ name }) => name !== null && !known.includes(name));
    if (strange !== undefined || made.args.length > known.length) {
      const wrong = strange === undefined ? `takes ${made.args.length} arguments` : `has no argument ${strange.name}`;
      this.issues.push(
        verdict("decorator-argument", where, `${what} ${wrong}: importing the file fails`, `write @${this.kind}("${attribute}")`),
      );
      return;
    }
    const name = made.args[0] ?? made.keywords.find((keyword) => keyword.name === "name")?.value;
    if (name === undefined) {
      if (made.keywords.some((keyword) => keyword.name === null)) {
        return this.#uncertain(`${noun(this.kind)} of ${attribute}`, at, "its arguments are spread");
      }
      this.issues.push(
        verdict("decorator-argument", where, `${what} has no name: importing the file fails`, `write @${this.kind}("${attribute}")`),
      );
      return;
    }
    if (parameters !== null) this.#checkSignature(attribute, parameters, at);
    if (name.kind === "text") this.marks.push({ name: name.text, attribute, of: this.of, at, function: declared });
    else if (name.kind === "unresolved") this.#uncertain(`${noun(this.kind)} of ${attribute}`, name.at, whyUnknown(name), name.file);
    else {this.issues.push(
        verdict(
          "name-not-text",
          where,
          `${what} is named by something that is no text: nobody can ask for it`,
          `write @${this.kind}("${attribute}")`,
        ),
      );}
  }

  #checkSignature(attribute: string, parameters: Parameters, at: Place): void {
    const count = parameters.positional.length + parameters.keywordOnly.length + Number(parameters.hasStar) +
      Number(parameters.hasDoubleStar);
    const wanted = this.kind === "model_output" ? 3 : 1;
    if (count === wanted && parameters.positional[0] === "self") return;
    const takes = this.kind === "model_output" ? "self, raw, seed" : "self";
    this.issues.push(verdict(
      this.kind === "model_output" ? "output-signature" : "scenario-signature",
      { file: this.of.path, at },
      `${attribute} of ${this.of.declared.qualifiedName} is a ${noun(this.kind)} and does not take (${takes}): importing the file fails`,
      `write def ${attribute}(${takes})`,
    ));
  }

  /** `locals()[f"out_{x}"] = model_output(x)(…)`, in loops over literals. */
  #storedInLocals(): Stored[] {
    const all: Stored[] = [];
    for (const store of this.of.declared.stores) {
      if (store.into !== "locals()" && store.into !== "vars()") continue;
      const site = bodySite(this.of, store.at);
      if (store.value.kind !== "call") continue;
      const turns = turnsOf(this.sources, site, store.loops);
      if ("why" in turns) {
        if (this.#isMarkCall(site, store.value)) this.#uncertain(`${noun(this.kind)}s written into locals()`, store.at, turns.why);
        continue;
      }
      for (const turn of turns) {
        const key = evaluate(this.sources, site, store.key, turn);
        const name = key.kind === "text" ? key.text : `locals()[${all.length}]`;
        all.push({
          kind: "stored",
          name,
          value: store.value,
          isConditional: store.condition !== this.of.declared.condition,
          declared: { at: store.at },
          environment: turn,
        });
      }
    }
    return all;
  }

  #isMarkCall(site: Site, value: Extract<Value, { kind: "call" }>): boolean {
    return isMark(evaluate(this.sources, site, value.callee), this.kind);
  }

  #decoratorName(site: Site, value: Value): string {
    const named = value.kind === "call" ? value.callee : value;
    if (named.kind !== "name") return "…";
    const { found, rest } = resolveName(this.sources, site, named.name);
    return rest.length === 0 && (found.kind === "outside" || found.kind === "builtin") ? found.name : named.name;
  }

  #fateBelow(site: Site, value: Value, name: string): "kept" | "lost" | "unknown" {
    const named = value.kind === "call" ? value.callee : value;
    const resolved = named.kind === "name" ? resolveName(this.sources, site, named.name) : null;
    if (resolved?.found.kind !== "function" || resolved.rest.length > 0) return markBelow(name);
    return value.kind === "call" ? "unknown" : fateInProject(this.sources, resolved.found.path, resolved.found.declared);
  }

  #uncertain(what: string, at: Place, why: string, file = this.of.path): void {
    this.unresolved.push({ what, file, at, why });
  }
}

interface Stored {
  readonly kind: "stored";
  readonly name: string;
  readonly value: Value;
  readonly isConditional: boolean;
  readonly declared: { readonly at: Place };
  readonly environment: ReadonlyMap<string, Evaluated>;
}

/** A decorator of the project: it gives back its argument, a function made with `functools.wraps`, or a plain closure. */
function fateInProject(sources: ProjectSources, path: ProjectClass["path"], declared: FunctionOutline): "kept" | "lost" | "unknown" {
  const returned = declared.returns.length === 1 ? declared.returns[0]! : null;
  if (returned?.kind !== "name") return "unknown";
  if (returned.name === declared.parameters.positional[0]) return "kept";
  const inner = outlineOf(sources, path)?.functions.find(({ scope, name }) => scope === declared.qualifiedName && name === returned.name);
  if (inner === undefined) return "unknown";
  if (inner.decorators.length === 0) return "lost";
  const wraps = inner.decorators.some((one) => one.kind === "call" && one.callee.kind === "name" && /(^|\.)wraps$/.test(one.callee.name));
  return wraps ? "kept" : "unknown";
}

function isMark(value: Evaluated, kind: MarkKind): boolean {
  return value.kind === "made" && frameworkName(value.of)?.name === kind;
}

function otherKind(kind: MarkKind): MarkKind {
  return kind === "model_output" ? "model_scenario" : "model_output";
}

export function noun(kind: MarkKind): string {
  return kind === "model_output" ? "output" : "scenario";
}
