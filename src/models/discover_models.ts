/**
 * Which classes of a file are models, and what each of them declares, without running anything (docs/model-forms.md §2 to §5). A class
 * counts when the framework's `BaseModel` is among what it descends from, through any file of the project.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Unresolved } from "../python/dependencies.ts";
import type { ClassOutline } from "../python/outline.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { findClass, foreignBaseModel, type Lineage, lineageOf, memberOf, ownMember, type ProjectClass, projectOrder } from "./classes.ts";
import { configurationOf } from "./configuration.ts";
import type { DeclaredClass, ModelFacts } from "./entry_analysis.ts";
import { isAbstractMethod } from "./framework.ts";
import type { Issue } from "./issue.ts";
import { outlineOf, resolveName } from "./names.ts";
import { outputsOf } from "./outputs.ts";
import { parametersOf } from "./parameters.ts";
import { scenariosOf } from "./scenarios.ts";
import { distinctIssues, verdict } from "./source_verdicts.ts";

/** Every class of a file, each qualified name once, in order; nothing for a file that was not read. */
export function declaredClasses(sources: ProjectSources, path: BundlePath): DeclaredClass[] {
  const outline = outlineOf(sources, path);
  if (outline === null) return [];
  const last = new Map(outline.classes.map((declared) => [declared.qualifiedName, declared]));
  return [...last.values()].map((declared) => {
    const of = { path, declared };
    const shared = { className: declared.qualifiedName, line: declared.at.line };
    const notOne = whyNoModel(sources, of);
    if (notOne !== null) return { ...shared, what: "other", why: notOne };
    const helper = whyAbstract(sources, of);
    return helper === null ? { ...shared, what: "model", why: "" } : { ...shared, what: "abstract", why: helper };
  });
}

/** What a class declares; null where the file has no such class. Of a class that is no model, what there is to say. */
export function modelFacts(sources: ProjectSources, path: BundlePath, className: string): ModelFacts | null {
  const of = findClass(sources, path, className);
  if (of === null) return null;
  const line = lineageOf(sources, of);
  const parameters = parametersOf(sources, of);
  const configuration = configurationOf(sources, of);
  const outputs = outputsOf(sources, of);
  const scenarios = scenariosOf(sources, of, parameters, configuration);
  const isModel = line.framework !== null;
  const issues = isModel
    ? [
      ...classIssues(sources, of, line),
      ...parameters.issues,
      ...basesIssues(sources, line),
      ...configuration.issues,
      ...outputs.issues,
      ...scenarios.issues,
    ]
    : [
      verdict(
        "not-a-model",
        where(of),
        `${className} is no model: ${whyNoModel(sources, of)}`,
        "derive it from modelops_calabaria.BaseModel",
      ),
      ...duplicates(sources, of),
    ];
  return {
    className,
    line: of.declared.at.line,
    parameters: parameters.specs.map(({ name }) => name),
    parameterSpecs: parameters.specs,
    outputs: outputs.names,
    scenarios: scenarios.names,
    unresolved: distinctUnresolved([
      ...line.unresolved.map((base) => ({ ...base, what: `outputs, scenarios and parameters of ${base.what}` })),
      ...isModel ? parameters.unresolved : [],
      ...outputs.unresolved,
      ...scenarios.unresolved,
    ]),
    issues: distinctIssues(issues),
  };
}

function whyNoModel(sources: ProjectSources, of: ProjectClass): string | null {
  if (of.declared.inFunction) return "it stands in a function, where nobody can import it";
  if (of.declared.condition === "type-checking") return "it is there only while types are checked";
  const line = lineageOf(sources, of);
  if (line.framework !== null) return null;
  if (line.unresolved.length > 0) return `${line.unresolved[0]!.what}: ${line.unresolved[0]!.why}`;
  const foreign = foreignBaseModel(line.order);
  if (foreign !== null) return `its base BaseModel is that of ${foreign}`;
  const namesake = projectOrder(line).find(({ declared }, index) => index > 0 && declared.name === "BaseModel");
  if (namesake !== undefined) return `its base BaseModel is a class of ${namesake.path} that does not derive from the framework's`;
  return of.declared.bases.length === 0 ? "it has no base class" : "it does not derive from modelops_calabaria.BaseModel";
}

/** What keeps a model class from being run; null for a model. */
function whyAbstract(sources: ProjectSources, of: ProjectClass): string | null {
  if (of.declared.name === "BaseModel") return "the framework skips classes that are called BaseModel";
  const line = lineageOf(sources, of);
  const hidden = line.order.some((one) => one.kind === "outside" && one.framework === null && !one.isStandardLibrary);
  const missing = ["build_sim", "run_sim"].filter((name) => {
    const member = memberOf(sources, of, name);
    if (member === null) return !hidden && line.unresolved.length === 0;
    if (member.kind !== "method") return false;
    const site = { path: member.of.path, scope: member.of.declared.qualifiedName, before: member.declared.at };
    return member.declared.decorators.some((one) => {
      const found = one.kind === "name" ? resolveName(sources, site, one.name).found : null;
      return found?.kind === "outside" && isAbstractMethod(found.name);
    });
  });
  if (missing.length > 0) return `it has no ${missing.join(" and no ")}`;
  const behind = ownersBehindBase(sources, of);
  return behind.length === 0
    ? null
    : `its methods of ${behind.join(" and ")} stand behind BaseModel's own, which are abstract: name ${
      behind.join(" and ")
    } before BaseModel`;
}

/** What Python asks for after the framework's base does not count: the abstract methods of that one are found first. */
function ownersBehindBase(sources: ProjectSources, of: ProjectClass): string[] {
  const { order } = lineageOf(sources, of);
  const base = order.findIndex((one) => one.kind === "outside" && one.framework !== null);
  const behind = ["build_sim", "run_sim"].flatMap((name) => {
    const owner = memberOf(sources, of, name)?.of.declared;
    const place = order.findIndex((one) => one.kind === "project" && one.of.declared === owner);
    return place > base ? [owner!.qualifiedName] : [];
  });
  return base === -1 ? [] : [...new Set(behind)];
}

function classIssues(sources: ProjectSources, of: ProjectClass, line: Lineage): Issue[] {
  const name = of.declared.qualifiedName;
  const issues = duplicates(sources, of);
  if (line.problem !== null) {
    issues.push(verdict("impossible-bases", where(of), `${line.problem}: importing the file fails`, "put the more special base first"));
  }
  const base = line.order.find((one) => one.kind === "outside" && one.framework !== null);
  if (line.framework?.manner === "alias" && base?.kind === "outside") {
    issues.push(
      verdict(
        "calabaria-alias",
        where(of),
        `${name} derives from ${base.name}, and the package is called modelops_calabaria`,
        "import it from modelops_calabaria",
      ),
    );
  }
  if (line.framework?.manner === "assumed" && base?.kind === "outside") {
    issues.push(
      verdict(
        "assumed-base",
        where(of),
        `${name} derives from ${base.name}, which is taken for the framework's BaseModel: nobody here knows that package`,
        "import it from modelops_calabaria",
      ),
    );
  }
  const helper = whyAbstract(sources, of);
  if (of.declared.name === "BaseModel") {
    issues.push(
      verdict(
        "class-named-base-model",
        where(of),
        `${name} is called BaseModel: the framework skips it, and registers neither its outputs nor its scenarios`,
        "name it otherwise",
      ),
    );
  } else if (helper !== null) {
    issues.push(verdict("abstract-model", where(of), `${name} cannot be run: ${helper}`, "register the classes that derive from it"));
  }
  return [...issues, ...initIssues(of, line)];
}

/** Workers construct a model with `Cls()` (docs/model-forms.md §2). */
function initIssues(of: ProjectClass, line: Lineage): Issue[] {
  const issues: Issue[] = [];
  let isFirst = true;
  for (const owner of projectOrder(line)) {
    const init = ownMember(owner, "__init__");
    if (init?.kind !== "method" || init.isConditional) continue;
    const { positional, defaults, keywordOnly } = init.declared.parameters;
    const place = { file: owner.path, at: init.declared.at };
    const required = [
      ...positional.slice(1, positional.length - defaults),
      ...keywordOnly.filter(({ hasDefault }) => !hasDefault).map(({ name }) => name),
    ];
    if (isFirst && required.length > 0) {
      issues.push(
        verdict(
          "required-init-argument",
          place,
          `__init__ of ${owner.declared.qualifiedName} requires ${
            required.join(", ")
          }, and workers construct ${of.declared.qualifiedName} without arguments: no run can begin`,
          `give ${required.length === 1 ? "it a default" : "them defaults"}`,
        ),
      );
    }
    isFirst = false;
    if (init.declared.callsSuperInit) continue;
    issues.push(
      verdict(
        "no-super-init",
        place,
        `__init__ of ${owner.declared.qualifiedName} does not call super().__init__(): no run can begin`,
        "call super().__init__() first",
      ),
    );
    break;
  }
  return issues;
}

/** What fails in the bodies of its model bases fails for this class, too: they are made when the file is imported. */
function basesIssues(sources: ProjectSources, line: Lineage): Issue[] {
  return projectOrder(line).slice(1).filter((one) => lineageOf(sources, one).framework !== null)
    .flatMap((one) => [...parametersOf(sources, one).issues, ...configurationOf(sources, one).issues])
    .filter(({ severity }) => severity === "error");
}

function duplicates(sources: ProjectSources, of: ProjectClass): Issue[] {
  const name = of.declared.qualifiedName;
  const same = outlineOf(sources, of.path)!.classes.filter((one: ClassOutline) => one.qualifiedName === name && !one.inFunction);
  if (same.length < 2) return [];
  const lines = same.map(({ at }) => at.line);
  return [
    verdict(
      "duplicate-class",
      where(of),
      `${of.path} has ${same.length} classes ${name}, at lines ${lines.join(" and ")}: which one counts is decided when the file runs`,
      "rename all but one",
    ),
  ];
}

function where(of: ProjectClass) {
  return { file: of.path, at: of.declared.at };
}

function distinctUnresolved(all: readonly Unresolved[]): Unresolved[] {
  return [...new Map(all.map((one) => [`${one.what}\n${one.file}\n${one.at.line}\n${one.at.column}\n${one.why}`, one])).values()];
}
