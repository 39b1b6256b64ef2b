/** The keys of a model's `CONFIG` (docs/model-forms.md §3), for checking what scenarios patch. They are recorded nowhere. */
import type { ProjectSources } from "../python/project_sources.ts";
import { lineageOf, memberOf, type ProjectClass } from "./classes.ts";
import { classAttribute } from "./constants.ts";
import { type Evaluated, kindText } from "./evaluated.ts";
import { frameworkObject } from "./framework_objects.ts";
import type { Issue } from "./issue.ts";
import { verdict } from "./source_verdicts.ts";

export interface DeclaredConfiguration {
  readonly keys: ReadonlySet<string>;
  /** No key is there that is not in `keys`. */
  readonly isComplete: boolean;
  readonly issues: readonly Issue[];
}

export function configurationOf(sources: ProjectSources, of: ProjectClass): DeclaredConfiguration {
  const keys = new Set<string>();
  const issues: Issue[] = [];
  const made = (isComplete: boolean): DeclaredConfiguration => ({ keys, isComplete, issues });
  const name = of.declared.qualifiedName;
  if (memberOf(sources, of, "CONFIG") === null) {
    const line = lineageOf(sources, of);
    return made(
      line.unresolved.length === 0 && line.order.every((one) => one.kind === "project" || one.framework !== null || one.isStandardLibrary),
    );
  }
  const value = classAttribute(sources, of, "CONFIG")!;
  if (value.kind === "unresolved" || value.kind === "reference") return made(false);
  const space = frameworkObject(value);
  if (space?.name !== "ConfigurationSpace") {
    if (value.kind === "made" && space === null || value.kind === "none") return made(false);
    issues.push(
      verdict(
        "config-not-a-space",
        value,
        `CONFIG of ${name} is ${kindText(value)}, and has to be a ConfigurationSpace: importing the file fails`,
        "write CONFIG = cb.ConfigurationSpace([cb.ConfigSpec(…), …])",
      ),
    );
    return made(false);
  }
  const specs = space.fields.get("specs");
  if (specs === undefined) return made(!space.isPartial);
  if (specs.kind !== "sequence") return made(false);
  if (specs.of === "generator") {
    issues.push(
      verdict(
        "generator-space",
        specs,
        `ConfigurationSpace of ${name} is given a generator, which it reads twice: the model has no configuration`,
        "put square brackets around it",
      ),
    );
    return made(true);
  }
  let isComplete = true;
  for (const item of specs.items) if (!readSpec(item, name, keys, issues)) isComplete = false;
  return made(isComplete);
}

function readSpec(item: Evaluated, of: string, keys: Set<string>, issues: Issue[]): boolean {
  const spec = frameworkObject(item);
  if (spec?.name !== "ConfigSpec") return false;
  const key = spec.fields.get("name");
  const shown = key?.kind === "text" ? key.text : "a setting";
  if (spec.strange.length > 0 || spec.missing.length > 0 || spec.isOverfull) {
    const what = spec.strange.length > 0
      ? `has no argument ${spec.strange[0]}`
      : spec.isOverfull
      ? "is given too many arguments"
      : `is not given ${spec.missing.join(", ")}`;
    issues.push(
      verdict(
        "config-argument",
        item,
        `ConfigSpec ${shown} of ${of} ${what}: importing the file fails`,
        'write cb.ConfigSpec("NAME", DEFAULT)',
      ),
    );
  }
  if (key?.kind !== "text") return false;
  if (keys.has(key.text)) {
    issues.push(verdict("duplicate-config", item, `CONFIG of ${of} has ${key.text} twice: importing the file fails`, "rename one of them"));
  }
  keys.add(key.text);
  return true;
}
