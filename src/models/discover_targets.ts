/**
 * Which functions of a file are calibration targets and what they declare (docs/model-forms.md §6). The decorator takes keywords only and
 * has to be called; `model_output` and `data` may be constants of this file or of another one. A function without the decorator is a
 * legal target, too, and is read when it is named.
 */
import { type BundlePath, whyNotABundlePath } from "../base/bundle_path.ts";
import type { Unresolved } from "../python/dependencies.ts";
import type { FunctionOutline, Place } from "../python/outline.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { moduleNameOf } from "../python/resolve_import.ts";
import { evaluate } from "./constants.ts";
import type { TargetFacts } from "./entry_analysis.ts";
import { asNumber, asText, type Evaluated, itemsOf, kindText, whyUnknown } from "./evaluated.ts";
import { frameworkName, isOldTarget } from "./framework.ts";
import { frameworkObject } from "./framework_objects.ts";
import { isPlainId } from "./model_registry.ts";
import type { Issue } from "./issue.ts";
import { isBoundAtTop, outlineOf, type Site } from "./names.ts";
import { pathText } from "./path_text.ts";
import { verdict } from "./source_verdicts.ts";

/** Every decorated function of a file, in order; those that nobody can import carry the error `target-not-addressable`. */
export function declaredTargets(sources: ProjectSources, path: BundlePath): TargetFacts[] {
  const outline = outlineOf(sources, path);
  if (outline === null) return [];
  const functions = [...outline.functions, ...outline.classes.flatMap(({ methods }) => methods)].sort((a, b) => a.at.line - b.at.line);
  const all = functions.flatMap((declared) => {
    const decorator = decoratorOf(sources, path, declared);
    return decorator === null ? [] : [new Reading(sources, path, declared).facts(decorator)];
  });
  return all.map((one) => ({ ...one, issues: [...one.issues, ...clashes(path, one, all)] }));
}

/** A function by its name, decorated or not; null where the file has none. */
export function targetFacts(sources: ProjectSources, path: BundlePath, functionName: string): TargetFacts | null {
  const declared = declaredTargets(sources, path).findLast((one) => one.functionName === functionName);
  if (declared !== undefined) return declared;
  const plain = outlineOf(sources, path)?.functions.findLast((one) => one.qualifiedName === functionName && one.scope === "");
  return plain === undefined ? null : new Reading(sources, path, plain).facts(null);
}

function decoratorOf(sources: ProjectSources, path: BundlePath, declared: FunctionOutline): Evaluated | null {
  const site: Site = { path, scope: declared.scope, before: declared.inFunction ? null : declared.at };
  for (const value of declared.decorators) {
    const decorator = evaluate(sources, site, value);
    const name = decorator.kind === "made" ? decorator.of : decorator.kind === "reference" ? decorator.name : null;
    if (name !== null && frameworkName(name)?.name === "calibration_target") return decorator;
  }
  return null;
}

function clashes(path: BundlePath, one: TargetFacts, all: readonly TargetFacts[]): Issue[] {
  const same = all.filter((other) => other.id === one.id || other.functionName === one.functionName);
  if (same.length < 2) return [];
  const lines = same.map(({ line }) => line);
  return [verdict(
    "duplicate-target",
    { file: path, at: { line: one.line, column: 1 } },
    `${path} has ${same.length} targets ${one.id}, at lines ${lines.join(" and ")}: only the last one counts when it runs`,
    "rename all but one",
  )];
}

class Reading {
  readonly #unresolved: Unresolved[] = [];
  readonly #issues: Issue[] = [];
  readonly #here: { readonly file: BundlePath; readonly at: Place };

  constructor(readonly sources: ProjectSources, readonly path: BundlePath, readonly declared: FunctionOutline) {
    this.#here = { file: path, at: declared.at };
  }

  facts(decorator: Evaluated | null): TargetFacts {
    const { name } = this.declared;
    const keyword = (word: string) => decorator?.kind === "made" ? decorator.keywords.find((one) => one.name === word)?.value : undefined;
    if (decorator !== null) this.#checkCall(decorator);
    this.#checkAddress();
    const id = this.#text(keyword("name"), "name") ?? name;
    this.#checkName(id);
    return {
      id,
      functionName: this.declared.qualifiedName,
      line: this.declared.at.line,
      modelOutput: this.#modelOutput(keyword("model_output"), decorator),
      data: this.#data(keyword("data")),
      labels: this.#labels(keyword("labels")),
      weight: this.#weight(keyword("weight")),
      unresolved: this.#unresolved,
      issues: this.#issues,
    };
  }

  #checkCall(decorator: Evaluated): void {
    const { name, parameters } = this.declared;
    const isWrong = decorator.kind !== "made" || decorator.args.length > 0;
    if (isWrong) {
      const what = decorator.kind !== "made" ? "is not called" : "takes keywords only";
      this.#issues.push(verdict(
        "target-called-wrong",
        this.#here,
        `@calibration_target on ${name} ${what}: importing the file fails`,
        `write @cb.calibration_target(model_output="…", data={…})`,
      ));
    }
    if (decorator.kind === "made" && decorator.keywords.some((one) => one.name === null)) {
      this.#say("arguments", decorator.at, "they are spread");
    }
    const { positional, defaults, keywordOnly, hasStar } = parameters;
    const takesOne = positional.length >= 1 && positional.length - defaults <= 1 || positional.length === 0 && hasStar;
    if (takesOne && keywordOnly.every(({ hasDefault }) => hasDefault)) return;
    this.#issues.push(verdict(
      "target-signature",
      this.#here,
      `target ${name} is called with one argument, its data, and takes (${
        [...positional, ...keywordOnly.map((one) => one.name)].join(", ")
      })`,
      `write def ${name}(data_paths)`,
    ));
  }

  /** Legal, and a nuisance: `--id` takes no such name for a model. */
  #checkName(id: string): void {
    if (isPlainId(id)) return;
    this.#issues.push(verdict(
      "target-name-needs-quotes",
      this.#here,
      `the target's name ${
        JSON.stringify(id)
      } has other characters than letters, digits, "_", "-" and ".": commands take it in quotes only`,
      `write name="${id.replace(/[^\p{L}\p{N}_.-]+/gu, "_").replace(/^[.-]+|_+$/g, "") || this.declared.name}"`,
    ));
  }

  #checkAddress(): void {
    const { name, isAsync, inFunction, scope } = this.declared;
    const why = isAsync
      ? "is async, and workers call it and take what it returns"
      : inFunction || scope !== ""
      ? `stands in ${scope}`
      : null;
    if (why !== null) {
      this.#issues.push(
        verdict(
          "target-not-addressable",
          this.#here,
          `target ${name} ${why}: no worker can run it`,
          "make it a plain function of the module",
        ),
      );
      return;
    }
    const module = moduleNameOf(this.sources.layout, this.path);
    if (name === "evaluate" || module.split(".").length !== 2 || !isBoundAtTop(this.sources, this.path, "evaluate")) return;
    this.#issues.push(verdict(
      "evaluate-is-run",
      this.#here,
      `${this.path} has something called evaluate, which workers run in place of ${name}`,
      "rename evaluate",
    ));
  }

  #modelOutput(given: Evaluated | undefined, decorator: Evaluated | null): string | null {
    const returned = this.#returnedOutput();
    const own = given === undefined ? null : this.#text(given, "model_output");
    if (own !== null && returned?.kind === "text" && returned.text !== own) {
      this.#issues.push(verdict(
        "model-output-disagrees",
        { file: this.path, at: returned.at },
        `target ${this.declared.name} says model_output ${own}, and returns a target of ${returned.text}: workers go by what it returns`,
        "write the same name in both places",
      ));
    }
    if (given !== undefined) return own;
    if (returned?.kind === "text") return returned.text;
    if (returned?.kind === "unresolved") this.#say("model_output", returned.at, returned.why, returned.file);
    else this.#say("model_output", this.declared.at, "the function does not return a LossTarget with a literal model_output");
    if (decorator !== null) {
      this.#issues.push(
        verdict(
          "model-output-missing",
          this.#here,
          `target ${this.declared.name} does not say its model_output`,
          `write @cb.calibration_target(model_output="…", data={…})`,
        ),
      );
    }
    return null;
  }

  /** `model_output` of the LossTarget that the function returns; null where that is not to be seen. */
  #returnedOutput(): Evaluated | null {
    const { returns, qualifiedName } = this.declared;
    let found: Evaluated | null = null;
    for (const value of returns) {
      const made = evaluate(this.sources, { path: this.path, scope: qualifiedName, before: null }, value);
      if (made.kind === "made" && isOldTarget(made.of)) {
        this.#issues.push(
          verdict(
            "old-target",
            made,
            `target ${this.declared.name} returns a Target, which the framework had until 2025-12: importing it fails`,
            "return a LossTarget of modelops_calabaria.core.target",
          ),
        );
      }
      const target = frameworkObject(made);
      const output = target !== null && /^L(oss|ikelihood)Target$/.test(target.name) ? target.fields.get("model_output") : undefined;
      if (output === undefined || found?.kind === "text" && !(output.kind === "text" && output.text === found.text)) return null;
      found = output;
    }
    return found;
  }

  #data(given: Evaluated | undefined): string[] {
    if (given === undefined || given.kind === "none") return [];
    const values = given.kind === "mapping"
      ? given.entries.map(([, value]) => value)
      : given.kind === "text"
      ? [given]
      : itemsOf(given) ?? [given];
    const paths: string[] = [];
    for (const value of values) {
      if (value.kind === "sequence") {
        for (const one of value.items) this.#dataPath(one, paths);
      } else this.#dataPath(value, paths);
    }
    return [...new Set(paths)];
  }

  #dataPath(value: Evaluated, paths: string[]): void {
    const text = pathText(value);
    if (text === null) {
      if (value.kind === "unresolved" || value.kind === "reference" || value.kind === "made") {
        return this.#say("data", value.at, value.kind === "unresolved" ? value.why : "it is no literal path", value.file);
      }
      this.#issues.push(
        verdict(
          "target-data-not-a-path",
          value,
          `data of target ${this.declared.name} holds ${kindText(value)}, and has to hold paths`,
          'write data={"observed": "data/FILE.csv"}',
        ),
      );
      return;
    }
    const why = whyNotABundlePath(text);
    if (why === null) paths.push(text);
    else {
      this.#issues.push(verdict(
        "target-data-not-a-path",
        value,
        `data of target ${this.declared.name}: ${JSON.stringify(text)} ${why}`,
        "write a path from the project's root",
      ));
    }
  }

  #labels(given: Evaluated | undefined): Record<string, string> {
    if (given === undefined || given.kind === "none") return {};
    if (given.kind !== "mapping") {
      this.#say("labels", given.at, given.kind === "unresolved" ? given.why : "they are no literal dict", given.file);
      return {};
    }
    const pairs = given.entries.flatMap(([key, value]) => {
      const [name, text] = [asText(key), asText(value)];
      if (name !== null && text !== null) return [[name, text] as const];
      this.#say(name === null ? "a label" : `label ${name}`, value.at, whyUnknown(name === null ? key : value), value.file);
      return [];
    });
    return Object.fromEntries(pairs);
  }

  #weight(given: Evaluated | undefined): number | null {
    if (given === undefined || given.kind === "none") return null;
    const number = asNumber(given);
    if (number !== null && Number.isFinite(number) && given.kind !== "boolean") return number;
    this.#say("weight", given.at, given.kind === "unresolved" ? given.why : "it is no literal number", given.file);
    return null;
  }

  #text(given: Evaluated | undefined, what: string): string | null {
    if (given === undefined || given.kind === "none") return null;
    if (given.kind === "text" && given.text !== "") return given.text;
    this.#say(what, given.at, given.kind === "unresolved" ? given.why : "it is no literal text", given.file);
    return null;
  }

  #say(what: string, at: Place, why: string, file = this.path): void {
    this.#unresolved.push({ what: `${what} of target ${this.declared.name}`, file, at, why });
  }
}
