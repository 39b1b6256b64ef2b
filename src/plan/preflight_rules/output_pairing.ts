/** Targets compare what models give out: each target's output must be one of some registered model. */
import type { BundlePath } from "../../base/bundle_path.ts";
import type { Issue } from "../../models/issue.ts";
import type { PreflightFacts } from "../preflight_facts.ts";

export function pairingIssues({ registry, readings }: PreflightFacts): Issue[] {
  const models = [...registry.models.values()];
  const outputs = new Set(models.flatMap((model) => model.outputs));
  const isSure = !models.some(({ unresolved }) => unresolved.some(({ what }) => /output/i.test(what)));
  const wanted = new Set<string>();
  const issues: Issue[] = [];
  for (const target of registry.targets.values()) {
    wanted.add(target.modelOutput);
    if (target.modelOutput === "" || outputs.has(target.modelOutput)) continue;
    const unrecorded = models.find(({ id }) => {
      const reading = readings.get(`model:${id}`);
      return reading?.kind === "model" && reading.facts?.outputs.includes(target.modelOutput);
    });
    const there = outputs.size === 0 ? "no registered model declares an output" : `there are ${[...outputs].join(", ")}`;
    issues.push({
      code: "output-pairing",
      severity: isSure ? "error" : "warning",
      message: `target ${target.id} compares the output "${target.modelOutput}", which ${
        isSure ? "no registered model has" : "no model certainly has (some outputs could not be read)"
      }; ${unrecorded === undefined ? there : `${unrecorded.path} declares it, and model ${unrecorded.id} is registered without it`}`,
      path: target.path as BundlePath,
      line: null,
      entry: { kind: "target", id: target.id },
      hint: unrecorded !== undefined
        ? "mops bundle register-model --regen-all"
        : models.length === 0
        ? "register a model that has it, with mops bundle register-model and its file"
        : `mops bundle list   (shows every model's outputs)`,
    });
  }
  if (registry.targets.size === 0) return issues;
  for (const model of models) {
    for (const output of model.outputs.filter((name) => !wanted.has(name))) {
      issues.push({
        code: "unused-output",
        severity: "info",
        message: `no target compares the output "${output}" of model ${model.id}`,
        path: model.path as BundlePath,
        line: null,
        entry: { kind: "model", id: model.id },
        hint: null,
      });
    }
  }
  return issues;
}
