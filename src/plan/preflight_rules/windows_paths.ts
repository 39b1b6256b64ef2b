/** Paths that are recorded with backslashes: read here by what they mean, while a worker looks for a file of that very name. */
import type { Issue } from "../../models/issue.ts";
import type { PreflightFacts } from "../preflight_facts.ts";

export function windowsPathIssues({ readiness }: PreflightFacts): Issue[] {
  return readiness.filter(({ entry }) => entry.windowsPaths.length > 0).map(({ entry }): Issue => {
    const [first, ...more] = entry.windowsPaths;
    const others = more.length === 0 ? "" : ` and ${more.length} more`;
    return {
      code: "windows-path",
      severity: "error",
      message: `registry.yaml writes ${first}${others} of ${entry.kind} ${entry.id} with backslashes, and workers find no such file`,
      path: null,
      line: null,
      entry: { kind: entry.kind, id: entry.id },
      hint: `mops bundle register-${entry.kind} --regen-all   (writes them with /)`,
    };
  });
}
