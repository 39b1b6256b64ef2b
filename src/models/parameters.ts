/**
 * Parameters of a model as its `PARAMS` declares them (docs/model-forms.md §3), names and literal bounds in declared order; and what the
 * framework refuses or silently takes. A space replaces its parent's; nothing is merged.
 */
import type { Unresolved } from "../python/dependencies.ts";
import type { Value } from "../python/outline.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { bodySite, lineageOf, type Member, memberOf, type ProjectClass, projectOrder } from "./classes.ts";
import { classAttribute, evaluate } from "./constants.ts";
import { asNumber, type Evaluated, isKnown, kindText, unresolved as notKnown, type Where, whyUnknown } from "./evaluated.ts";
import { type FrameworkObject, frameworkObject } from "./framework_objects.ts";
import type { Issue } from "./issue.ts";
import type { ParameterSpec } from "./model_registry.ts";
import { verdict, type VerdictCode } from "./source_verdicts.ts";

export interface DeclaredParameters {
  readonly specs: readonly ParameterSpec[];
  /** No parameter is there that is not in `specs`. */
  readonly isComplete: boolean;
  readonly unresolved: readonly Unresolved[];
  readonly issues: readonly Issue[];
}

export function parametersOf(sources: ProjectSources, of: ProjectClass): DeclaredParameters {
  const reading = new Reading(of);
  const member = memberOf(sources, of, "PARAMS");
  if (member === null) return absent(sources, of, reading);
  const here = { at: member.declared.at, file: member.of.path };
  if (member.kind === "method") {
    return reading.refuse(
      "params-not-a-space",
      here,
      `PARAMS of ${reading.name} is a method, and has to be a ParameterSpace when the class is made`,
    );
  }
  const addition = addedSpaces(sources, member);
  if (addition !== null) {
    return reading.refuse(
      "params-not-a-space",
      addition,
      `PARAMS of ${reading.name} adds two spaces, which have no +`,
      "write cb.ParameterSpace((*Base.PARAMS.specs, …))",
    );
  }
  reading.space(classAttribute(sources, of, "PARAMS") ?? notKnown(here, "it cannot be read"));
  return reading;
}

/** No class of the project binds PARAMS. */
function absent(sources: ProjectSources, of: ProjectClass, reading: Reading): DeclaredParameters {
  const here = { at: of.declared.at, file: of.path };
  const line = lineageOf(sources, of);
  const old = memberOf(sources, of, "parameter_space");
  if (old?.kind === "method") {
    reading.issues.push(verdict(
      "old-parameter-space",
      { at: old.declared.at, file: old.of.path },
      `${reading.name} declares its parameters in parameter_space(), which the framework took until 2025-12: with a newer one importing the file fails`,
      "write PARAMS = cb.ParameterSpace((…)) in the class",
    ));
    const { returns, qualifiedName } = old.declared;
    if (returns.length !== 1) reading.unknown("PARAMS", here, "parameter_space() returns one of several values");
    else reading.space(evaluate(sources, { path: old.of.path, scope: qualifiedName, before: null }, returns[0]!));
    return reading;
  }
  const unknownBase = line.order.find((one) => one.kind === "outside" && one.framework === null && !one.isStandardLibrary);
  if (line.unresolved.length > 0 || unknownBase !== undefined) {
    const base = unknownBase?.kind === "outside" ? unknownBase.name : line.unresolved[0]!.what;
    reading.unknown("PARAMS", here, `it may come from ${base}`);
    return reading;
  }
  if (of.declared.name === "BaseModel") return reading;
  const stored = projectOrder(line).flatMap(({ path, declared }) => declared.stores.map((store) => ({ path, store })))
    .find(({ store: { into, key } }) => /^(locals\(\))?$/.test(into) && mayBeParams(key));
  if (stored !== undefined) {
    reading.unknown("PARAMS", { at: stored.store.at, file: stored.path }, "it is put into the class under a key");
    return reading;
  }
  const annotated = projectOrder(line).some(({ declared }) =>
    declared.attributes.some(({ name, value }) => name === "PARAMS" && value === null)
  );
  const message = annotated ? `PARAMS of ${reading.name} is only annotated and has no value` : `${reading.name} has no PARAMS`;
  return reading.refuse("params-missing", here, message);
}

/** A key of `locals()`, as far as it is written: `f"{name}_out"` never is PARAMS. */
function mayBeParams(key: Value): boolean {
  if (key.kind === "text") return key.text === "PARAMS";
  if (key.kind === "formatted") return key.parts.every((part) => typeof part !== "string" || "PARAMS".includes(part));
  if (key.kind === "operation") return key.operands.every((part) => part.kind !== "text" || "PARAMS".includes(part.text));
  return true;
}

/** Where a class body adds two spaces. */
function addedSpaces(sources: ProjectSources, member: Extract<Member, { kind: "attribute" }>) {
  const { value, at } = member.declared;
  if (value?.kind !== "operation" || value.operator !== "+") return null;
  const isSpace = value.operands.some((one) => frameworkObject(evaluate(sources, bodySite(member.of, at), one))?.name === "ParameterSpace");
  return isSpace ? { at: value.at, file: member.of.path } : null;
}

class Reading implements DeclaredParameters {
  readonly specs: ParameterSpec[] = [];
  readonly unresolved: Unresolved[] = [];
  readonly issues: Issue[] = [];
  readonly name: string;
  isComplete = true;
  readonly #names = new Set<string>();

  constructor(of: ProjectClass) {
    this.name = of.declared.qualifiedName;
  }

  space(value: Evaluated): void {
    if (value.kind === "unresolved") return this.unknown("PARAMS", value, value.why);
    const space = frameworkObject(value);
    if (space?.name !== "ParameterSpace") {
      if (value.kind === "made" && space === null) return this.unknown("PARAMS", value, `${value.of}(…) makes it when the file runs`);
      if (value.kind === "reference") return this.unknown("PARAMS", value, `it is ${value.name}, which cannot be read without running it`);
      this.refuse("params-not-a-space", value, `PARAMS of ${this.name} is ${kindText(value)}, and has to be a ParameterSpace`);
      return;
    }
    if (space.strange.length > 0 || space.isOverfull) {
      const what = space.strange.length > 0 ? `has no argument ${space.strange[0]}` : "takes one argument, specs";
      this.#wrong(
        "unknown-parameter-keyword",
        value,
        `ParameterSpace of ${this.name} ${what}`,
        "write cb.ParameterSpace((cb.ParameterSpec(…), …))",
      );
    }
    this.#specs(space);
  }

  #specs(space: FrameworkObject): void {
    const specs = space.fields.get("specs");
    if (specs === undefined) {
      if (space.isPartial) this.unknown("PARAMS", space.value, "its arguments are spread");
      return;
    }
    if (specs.kind === "unresolved") return this.unknown("PARAMS", specs, specs.why);
    if (specs.kind !== "sequence") {
      this.refuse(
        "params-not-a-space",
        specs,
        `ParameterSpace of ${this.name} is given ${kindText(specs)}, and takes a list or a tuple of ParameterSpec`,
      );
      return;
    }
    if (specs.of === "generator") {
      this.issues.push(verdict(
        "generator-space",
        specs,
        `ParameterSpace of ${this.name} is given a generator, which it reads twice: the model has no parameters`,
        "put square brackets around it: cb.ParameterSpace([cb.ParameterSpec(…) for …])",
      ));
      return;
    }
    for (const spec of specs.items) this.#spec(spec);
  }

  #spec(value: Evaluated): void {
    if (value.kind === "unresolved") return this.unknown(value.isSpread ? "some parameters" : "a parameter", value, value.why);
    const spec = frameworkObject(value);
    if (spec?.name !== "ParameterSpec") {
      if (value.kind === "made" && spec === null) return this.unknown("a parameter", value, `${value.of}(…) makes it when the file runs`);
      if (value.kind === "reference") {
        return this.unknown("a parameter", value, `it is ${value.name}, which cannot be read without running it`);
      }
      return this.#wrong(
        "not-a-parameter-spec",
        value,
        `in PARAMS of ${this.name} stands ${kindText(value)}, and has to stand a ParameterSpec`,
        'write cb.ParameterSpec("NAME", LOWER, UPPER)',
      );
    }
    const name = this.#nameOf(spec);
    const title = name === null ? `a parameter of ${this.name}` : `parameter ${name} of ${this.name}`;
    this.#checkArguments(spec, title);
    const [lower, upper] = [this.#bound(spec, "lower", "min", title), this.#bound(spec, "upper", "max", title)];
    const kind = this.#kindOf(spec, title);
    this.#checkBounds(spec, title, lower, upper, kind);
    if (name === null) return;
    if (this.#names.has(name)) {
      return this.#wrong("duplicate-parameter", value, `${this.name} has two parameters ${name}`, `rename one of them`);
    }
    this.#names.add(name);
    const doc = spec.fields.get("doc");
    this.specs.push({
      name,
      ...(finite(lower) ? { lower: asNumber(lower!)! } : {}),
      ...(finite(upper) ? { upper: asNumber(upper!)! } : {}),
      ...(kind === null ? {} : { kind }),
      ...(doc?.kind === "text" && doc.text !== "" ? { doc: doc.text } : {}),
    });
  }

  #nameOf(spec: FrameworkObject): string | null {
    const name = spec.fields.get("name");
    if (name === undefined || name.kind === "unresolved") {
      if (name !== undefined || spec.isPartial) {
        this.unknown("the name of a parameter", name ?? spec.value, name === undefined ? "its arguments are spread" : whyUnknown(name));
      }
      return null;
    }
    if (name.kind !== "text" || !/^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(name.text)) {
      const shown = name.kind === "text" ? JSON.stringify(name.text) : kindText(name);
      this.issues.push(
        verdict(
          "parameter-name",
          name,
          `a parameter of ${this.name} is called ${shown}, which is no identifier: the framework takes it, and others cannot name it`,
          "rename it",
        ),
      );
    }
    return name.kind === "text" && name.text !== "" ? name.text : null;
  }

  #checkArguments(spec: FrameworkObject, title: string): void {
    if (spec.strange.length > 0) {
      const meant: Record<string, string> = { min: "lower", max: "upper" };
      const [word] = spec.strange;
      const hint = meant[word!] !== undefined
        ? `write ${meant[word!]}= for ${word}=`
        : word === "default"
        ? "a parameter has no default: leave it out"
        : `ParameterSpec takes name, lower, upper, kind, doc`;
      this.#wrong("unknown-parameter-keyword", spec.value, `${title}: ParameterSpec has no argument ${spec.strange.join(", ")}`, hint);
    } else if (spec.isOverfull) {
      this.#wrong(
        "unknown-parameter-keyword",
        spec.value,
        `${title}: ParameterSpec is given too many arguments`,
        "ParameterSpec takes name, lower, upper, kind, doc",
      );
    } else if (spec.missing.length > 0) {
      this.#wrong(
        "missing-parameter-argument",
        spec.value,
        `${title}: ParameterSpec is not given ${spec.missing.join(", ")}`,
        'write cb.ParameterSpec("NAME", LOWER, UPPER)',
      );
    }
  }

  /** A bound by its name, or by the one that it had until 2025-12. */
  #bound(spec: FrameworkObject, field: "lower" | "upper", old: string, title: string): Evaluated | null {
    const given = spec.fields.get(field) ??
      (spec.value.kind === "made" ? spec.value.keywords.find(({ name }) => name === old)?.value : undefined);
    if (given === undefined) return null;
    if (!isKnown(given) || given.kind === "made" || given.kind === "reference") {
      const why = given.kind === "unresolved"
        ? given.why
        : given.kind === "made"
        ? `${given.of}(…) gives it when the file runs`
        : `it is ${kindText(given)}`;
      this.unresolved.push({ what: `${field} bound of ${title}`, file: given.file, at: given.at, why });
      return null;
    }
    if (asNumber(given) !== null) return given;
    this.issues.push(verdict("bounds-not-numbers", given, `${title} has ${kindText(given)} as its ${field} bound`, `write a number`));
    return null;
  }

  #kindOf(spec: FrameworkObject, title: string): string | null {
    const kind = spec.fields.get("kind");
    if (kind === undefined) return spec.isPartial ? null : "float";
    if (kind.kind === "unresolved" || kind.kind === "reference" || kind.kind === "made") {
      this.unresolved.push({
        what: `kind of ${title}`,
        file: kind.file,
        at: kind.at,
        why: kind.kind === "unresolved" ? kind.why : "it is not literal",
      });
      return null;
    }
    if (kind.kind === "text" && (kind.text === "float" || kind.text === "int")) return kind.text;
    this.#wrong(
      "bad-kind",
      kind,
      `${title} has the kind ${kind.kind === "text" ? JSON.stringify(kind.text) : kindText(kind)}, and there are "float" and "int"`,
      `write kind="float" or kind="int"`,
    );
    return null;
  }

  #checkBounds(spec: FrameworkObject, title: string, lower: Evaluated | null, upper: Evaluated | null, kind: string | null): void {
    const [low, high] = [lower === null ? null : asNumber(lower), upper === null ? null : asNumber(upper)];
    for (const [bound, number] of [[lower, low], [upper, high]] as const) {
      if (bound !== null && number !== null && !Number.isFinite(number)) {
        this.issues.push(
          verdict(
            "bounds-not-finite",
            bound,
            `${title} has a bound that is not finite: nothing can be drawn from it`,
            "write a finite number",
          ),
        );
      }
    }
    if (kind === "int") {
      const wrong = [lower, upper].find((bound) => bound?.kind === "float");
      if (wrong) {
        this.#wrong(
          "int-with-float-bound",
          wrong,
          `${title} has the kind "int" and a bound that is a float`,
          "write the bound without a point and an exponent",
        );
      }
    }
    if (low !== null && high !== null && low > high) {
      this.#wrong("bounds-reversed", spec.value, `${title} has bounds the wrong way round: ${low} is above ${high}`, "exchange them");
    }
  }

  #wrong(code: VerdictCode, where: Where, message: string, hint: string): void {
    this.issues.push(verdict(code, where, `${message}: importing the file fails`, hint));
  }

  refuse(
    code: VerdictCode,
    where: Where,
    message: string,
    hint = "write PARAMS = cb.ParameterSpace((cb.ParameterSpec(…), …)) in the class",
  ): this {
    this.#wrong(code, where, message, hint);
    this.isComplete = false;
    return this;
  }

  unknown(what: string, where: Where, why: string): void {
    this.isComplete = false;
    this.unresolved.push({
      what: what === "PARAMS" ? `PARAMS of ${this.name}` : `${what} of ${this.name}`,
      file: where.file,
      at: where.at,
      why,
    });
  }
}

function finite(bound: Evaluated | null): boolean {
  return bound !== null && Number.isFinite(asNumber(bound));
}
