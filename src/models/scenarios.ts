/**
 * Scenarios of a model: `baseline`, which always exists, marked methods by the framework's rule of inheritance, and those that the model
 * adds when it is constructed (docs/model-forms.md §5). Their patches are compared with the parameters and the configuration.
 */
import type { Unresolved } from "../python/dependencies.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { memberOf, type ProjectClass } from "./classes.ts";
import type { DeclaredConfiguration } from "./configuration.ts";
import { classAttribute, evaluate } from "./constants.ts";
import { asNumber, type Evaluated, kindText, type Where } from "./evaluated.ts";
import { frameworkObject } from "./framework_objects.ts";
import { inheritedMarks } from "./inherited_marks.ts";
import type { Issue } from "./issue.ts";
import type { Mark } from "./marks.ts";
import type { DeclaredParameters } from "./parameters.ts";
import { verdict } from "./source_verdicts.ts";
import { type StoredName, storedNames } from "./stored_names.ts";

export interface DeclaredScenarios {
  /** `baseline` first. */
  readonly names: readonly string[];
  readonly unresolved: readonly Unresolved[];
  readonly issues: readonly Issue[];
}

export const BASELINE = "baseline";

/** What a job may be submitted for (contracts, `SimTask`). */
const SUBMITTABLE = /^[a-z0-9]([a-z0-9\-_.]{0,62}[a-z0-9])?$/;

export function scenariosOf(
  sources: ProjectSources,
  of: ProjectClass,
  parameters: DeclaredParameters,
  configuration: DeclaredConfiguration,
): DeclaredScenarios {
  const declared = inheritedMarks(sources, of, "model_scenario");
  const stored = storedNames(sources, of, "_scenarios");
  const names = [...new Set([BASELINE, ...declared.marks.keys(), ...stored.names.map(({ name }) => name)])];
  const unresolved = [...declared.unresolved, ...stored.unresolved];
  const check = new Checking(of, parameters, configuration);
  for (const mark of declared.marks.values()) check.marked(sources, mark);
  for (const one of stored.names) check.stored(one);
  const issues = [...declared.issues, ...check.issues];
  if (unresolved.length === 0) issues.push(...defaultScenario(sources, of, names));
  return { names, unresolved, issues };
}

function defaultScenario(sources: ProjectSources, of: ProjectClass, names: readonly string[]): Issue[] {
  const value = classAttribute(sources, of, "DEFAULT_SCENARIO");
  if (value?.kind !== "text" || names.includes(value.text)) return [];
  const message = `DEFAULT_SCENARIO of ${of.declared.qualifiedName} is ${value.text}, and there is no such scenario`;
  return [verdict("default-scenario-unknown", value, message, `it has ${names.join(", ")}`)];
}

class Checking {
  readonly issues: Issue[] = [];

  constructor(readonly of: ProjectClass, readonly parameters: DeclaredParameters, readonly configuration: DeclaredConfiguration) {}

  marked(sources: ProjectSources, mark: Mark): void {
    const where = { file: mark.of.path, at: mark.at };
    this.#checkName(mark.name, where);
    const running = memberOf(sources, this.of, mark.attribute);
    if (running?.kind !== "method" || running.isConditional) return;
    const isOverridden = running.declared !== mark.function;
    const { returns, qualifiedName } = running.declared;
    for (const returned of returns) {
      const value = evaluate(sources, { path: running.of.path, scope: qualifiedName, before: null }, returned);
      this.#checkSpec(mark.name, value, isOverridden ? null : { file: running.of.path, at: returned.at });
    }
  }

  stored({ name, value, file, at }: StoredName): void {
    this.#checkName(name, { file, at });
    this.#checkSpec(name, value, null);
  }

  #checkName(name: string, where: Where): void {
    if (SUBMITTABLE.test(name)) return;
    this.issues.push(verdict(
      "scenario-name-not-submittable",
      where,
      `scenario ${JSON.stringify(name)} of ${this.of.declared.qualifiedName} has a name that no job takes`,
      "name it with small letters, digits, dots, dashes and underscores, 64 at most",
    ));
  }

  /** @param mustAgree where the framework compares the names, when the model is constructed; null where it does not. */
  #checkSpec(name: string, value: Evaluated, mustAgree: Where | null): void {
    const spec = frameworkObject(value);
    if (spec?.name !== "ScenarioSpec") {
      if (mustAgree === null || value.kind === "unresolved" || value.kind === "reference" || value.kind === "made" && spec === null) return;
      this.issues.push(
        verdict(
          "scenario-returns-another",
          mustAgree,
          `scenario ${name} of ${this.of.declared.qualifiedName} returns ${
            kindText(value)
          }, and has to return a ScenarioSpec: no run can begin`,
          `return cb.ScenarioSpec("${name}", …)`,
        ),
      );
      return;
    }
    if (spec.strange.length > 0 || spec.missing.length > 0 || spec.isOverfull) {
      const what = spec.strange.length > 0
        ? `has no argument ${spec.strange[0]}`
        : spec.isOverfull
        ? "is given too many arguments"
        : "is given no name";
      this.issues.push(
        verdict(
          "scenario-argument",
          value,
          `ScenarioSpec of scenario ${name} ${what}: no run can begin`,
          `write cb.ScenarioSpec("${name}", param_patches={…})`,
        ),
      );
    }
    const own = spec.fields.get("name");
    if (mustAgree !== null && own?.kind === "text" && own.text !== name) {
      this.issues.push(
        verdict(
          "scenario-name-mismatch",
          mustAgree,
          `scenario ${name} of ${this.of.declared.qualifiedName} returns a ScenarioSpec called ${own.text}: no run can begin`,
          `return cb.ScenarioSpec("${name}", …)`,
        ),
      );
    }
    this.#checkPatches(name, spec.fields.get("param_patches"), "param");
    this.#checkPatches(name, spec.fields.get("config_patches"), "config");
  }

  #checkPatches(scenario: string, patches: Evaluated | undefined, kind: "param" | "config"): void {
    if (patches?.kind !== "mapping") return;
    for (const [key, value] of patches.entries) {
      if (key.kind !== "text") continue;
      if (kind === "config") this.#checkConfigPatch(scenario, key.text, key);
      else this.#checkParameterPatch(scenario, key.text, key, value);
    }
  }

  #checkConfigPatch(scenario: string, name: string, where: Where): void {
    if (!this.configuration.isComplete || this.configuration.keys.has(name)) return;
    this.issues.push(
      verdict(
        "patch-unknown-config",
        where,
        `scenario ${scenario} patches ${name}, and CONFIG of ${this.of.declared.qualifiedName} has no such setting: applying it fails`,
        known([...this.configuration.keys]),
      ),
    );
  }

  #checkParameterPatch(scenario: string, name: string, where: Where, value: Evaluated): void {
    const spec = this.parameters.specs.find((one) => one.name === name);
    if (spec === undefined) {
      if (!this.parameters.isComplete) return;
      this.issues.push(
        verdict(
          "patch-unknown-parameter",
          where,
          `scenario ${scenario} patches ${name}, and PARAMS of ${this.of.declared.qualifiedName} has no such parameter: applying it fails`,
          known(this.parameters.specs.map((one) => one.name)),
        ),
      );
      return;
    }
    const number = asNumber(value);
    if (number === null || !(number < (spec.lower ?? -Infinity) || number > (spec.upper ?? Infinity))) return;
    this.issues.push(
      verdict(
        "patch-out-of-bounds",
        value,
        `scenario ${scenario} sets ${name} to ${number}, outside its bounds ${spec.lower ?? "…"} to ${
          spec.upper ?? "…"
        }: applying it fails`,
        "choose a value within them",
      ),
    );
  }
}

function known(names: readonly string[]): string {
  return names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
}
