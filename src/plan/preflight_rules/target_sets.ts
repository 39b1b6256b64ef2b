/** Target sets: members that are registered, weights for members only. */
import { MODEL_REGISTRY_PATH } from "../../base/bundle_path.ts";
import type { Issue } from "../../models/issue.ts";
import type { ModelRegistry } from "../../models/model_registry.ts";

export function setIssues({ sets, targets }: ModelRegistry): Issue[] {
  const issues: Issue[] = [];
  for (const { name, targets: members, weights } of sets.values()) {
    const found = (code: string, message: string, hint: string): void =>
      void issues.push({ code, severity: "error", message, path: MODEL_REGISTRY_PATH, line: null, entry: { kind: "set", id: name }, hint });
    for (const id of members) {
      if (targets.has(id)) continue;
      found(
        "unknown-member",
        `target set ${name} names the target ${id}, which is not registered`,
        "mops bundle register-target FILE   (or mops bundle target-set set, which writes the set anew)",
      );
    }
    for (const id of Object.keys(weights)) {
      if (members.includes(id)) continue;
      found(
        "weight-of-non-member",
        `target set ${name} has a weight for ${id}, which is no member`,
        `mops bundle target-set set ${name} -t ID   (writes the set anew)`,
      );
    }
  }
  return issues;
}
