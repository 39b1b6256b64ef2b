/** Outputs of a model: marked methods by the framework's rule of inheritance, then those that it adds when it is constructed. */
import type { Unresolved } from "../python/dependencies.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import type { ProjectClass } from "./classes.ts";
import { inheritedMarks } from "./inherited_marks.ts";
import type { Issue } from "./issue.ts";
import { verdict } from "./source_verdicts.ts";
import { storedNames } from "./stored_names.ts";

export interface DeclaredOutputs {
  readonly names: readonly string[];
  readonly unresolved: readonly Unresolved[];
  readonly issues: readonly Issue[];
}

/** Tables of these names are taken by what the worker adds to them, or are skipped when runs are put together (docs/model-forms.md §4). */
const TAKEN: readonly string[] = ["metadata", "error"];

export function outputsOf(sources: ProjectSources, of: ProjectClass): DeclaredOutputs {
  const declared = inheritedMarks(sources, of, "model_output");
  const stored = storedNames(sources, of, "_outputs");
  const names = [...new Set([...declared.marks.keys(), ...stored.names.map(({ name }) => name)])];
  const taken = [...declared.marks.values()].filter(({ name }) => TAKEN.includes(name)).map((mark) =>
    verdict(
      "output-named-metadata",
      { file: mark.of.path, at: mark.at },
      `output ${mark.name} of ${mark.of.declared.qualifiedName} has a name that workers keep for themselves: its table is lost`,
      `name it otherwise`,
    )
  );
  return { names, unresolved: [...declared.unresolved, ...stored.unresolved], issues: [...declared.issues, ...taken] };
}
