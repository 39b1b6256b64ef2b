/** Target sets: members that are registered, weights for members only. */
import { MODEL_REGISTRY_PATH } from "../../base/bundle_path.ts";
import { shellWord } from "../../base/shell_word.ts";
import type { Issue } from "../../models/issue.ts";
import type { ModelRegistry, TargetSet } from "../../models/model_registry.ts";

export function setIssues({ sets, targets }: ModelRegistry): Issue[] {
  const issues: Issue[] = [];
  for (const set of sets.values()) {
    const { name, targets: members, weights } = set;
    const found = (code: string, message: string, hint: string): void =>
      void issues.push({ code, severity: "error", message, path: MODEL_REGISTRY_PATH, line: null, entry: { kind: "set", id: name }, hint });
    for (const id of members) {
      if (targets.has(id)) continue;
      found(
        "unknown-member",
        `target set ${name} names the target ${id}, which is not registered`,
        asItCanBe(set, targets),
      );
    }
    for (const id of Object.keys(weights)) {
      if (members.includes(id)) continue;
      found(
        "weight-of-non-member",
        `target set ${name} has a weight for ${id}, which is no member`,
        asItCanBe(set, targets),
      );
    }
  }
  return issues;
}

/** The command that writes the set with those members and weights that it can have. */
function asItCanBe({ name, targets: members, weights }: TargetSet, targets: ModelRegistry["targets"]): string {
  const kept = members.filter((id) => targets.has(id));
  if (kept.length === 0) return `mops bundle target-set delete ${shellWord(name)}   (none of its members is registered)`;
  const weighed = kept.filter((id) => Object.hasOwn(weights, id));
  const words = [...kept.flatMap((id) => ["-t", id]), ...weighed.flatMap((id) => ["-w", `${id}=${weights[id]}`])];
  return `mops bundle target-set set ${[name, ...words].map(shellWord).join(" ")}   (the set with the members that are registered)`;
}
