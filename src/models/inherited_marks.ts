/**
 * Outputs and scenarios by the framework's own rule of inheritance (docs/model-forms.md §4): a class begins with what the first class after
 * it in the order of its bases has, if that one is a model class itself, and adds the marks of its own body. So a second model base and
 * marks of a plain mixin are lost, an override without a mark keeps the name, and one with another name keeps both.
 */
import type { Unresolved } from "../python/dependencies.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { isModelClass, lineageOf, memberOf, type ProjectClass, projectOrder } from "./classes.ts";
import type { Issue } from "./issue.ts";
import { type Mark, type MarkKind, noun, ownMarks } from "./marks.ts";
import { distinctIssues, verdict } from "./source_verdicts.ts";

export interface DeclaredMarks {
  /** By name, in the order in which the framework has them. */
  readonly marks: ReadonlyMap<string, Mark>;
  readonly unresolved: readonly Unresolved[];
  readonly issues: readonly Issue[];
}

export function inheritedMarks(sources: ProjectSources, of: ProjectClass, kind: MarkKind): DeclaredMarks {
  const chain = chainOf(sources, of);
  const marks = new Map<string, Mark>();
  const unresolved: Unresolved[] = [];
  const issues: Issue[] = [];
  for (const one of [...chain].reverse()) {
    const own = ownMarks(sources, one, kind);
    issues.push(...own.issues);
    if (one.declared.name === "BaseModel") continue; // a class of this name is skipped by the framework's discovery
    for (const mark of own.marks) marks.set(mark.name, mark);
    unresolved.push(...own.unresolved);
  }
  issues.push(...lost(sources, of, kind, chain, marks), ...setToNone(sources, of, kind, marks));
  return { marks, unresolved, issues: distinctIssues(issues) };
}

/** The class, the one it begins with, the one that begins with, … */
function chainOf(sources: ProjectSources, of: ProjectClass): ProjectClass[] {
  const chain = [of];
  for (let here = of;;) {
    const next = projectOrder(lineageOf(sources, here)).slice(1).find((one) => isModelClass(sources, one));
    if (next === undefined || chain.some(({ declared }) => declared === next.declared)) return chain;
    chain.push(here = next);
  }
}

function lost(
  sources: ProjectSources,
  of: ProjectClass,
  kind: MarkKind,
  chain: readonly ProjectClass[],
  marks: ReadonlyMap<string, Mark>,
): Issue[] {
  const where = { file: of.path, at: of.declared.at };
  return projectOrder(lineageOf(sources, of)).filter((one) => !chain.some(({ declared }) => declared === one.declared)).flatMap((one) => {
    const names = ownMarks(sources, one, kind).marks.map(({ name }) => name).filter((name) => !marks.has(name));
    if (names.length === 0) return [];
    const what = `${names.length === 1 ? noun(kind) : `${noun(kind)}s`} ${names.join(", ")} of ${one.declared.qualifiedName}`;
    if (isModelClass(sources, one)) {
      return [
        verdict(
          "second-model-base",
          where,
          `${of.declared.qualifiedName} loses ${what}: only the first model base hands them on`,
          `mark them again in ${of.declared.qualifiedName}`,
        ),
      ];
    }
    return [
      verdict(
        "mixin-marks",
        where,
        `${of.declared.qualifiedName} does not get ${what}: marks of a class that is no model are not seen`,
        `mark them in ${of.declared.qualifiedName}`,
      ),
    ];
  });
}

/** An inherited mark whose method is now something that cannot be called: the model cannot be constructed. */
function setToNone(sources: ProjectSources, of: ProjectClass, kind: MarkKind, marks: ReadonlyMap<string, Mark>): Issue[] {
  return [...marks.values()].flatMap((mark) => {
    const member = memberOf(sources, of, mark.attribute);
    if (member?.kind !== "attribute" || member.declared.value?.kind !== "none") return [];
    const where = { file: member.of.path, at: member.declared.at };
    return [
      verdict(
        "mark-set-to-none",
        where,
        `${member.of.declared.qualifiedName} sets ${mark.attribute} to None, and ${noun(kind)} ${mark.name} needs it: no run can begin`,
        `define ${mark.attribute}, or descend from another class: a ${noun(kind)} cannot be taken away`,
      ),
    ];
  });
}
