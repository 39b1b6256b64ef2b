/**
 * The verdicts on a source (docs/model-forms.md §8): what fails when the file is imported (error), and what silently registers nothing or
 * fails when it runs (warning). Codes are stable; docs/formats.md lists them.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Place } from "../python/outline.ts";
import type { Issue, Severity } from "./issue.ts";

export const VERDICTS = {
  // Classes
  "abstract-model": "warning",
  "not-a-model": "warning",
  "assumed-base": "warning",
  "calabaria-alias": "warning",
  "class-named-base-model": "warning",
  "duplicate-class": "error",
  "impossible-bases": "error",
  "required-init-argument": "warning",
  "no-super-init": "warning",
  // Parameters
  "params-missing": "error",
  "params-not-a-space": "error",
  "not-a-parameter-spec": "error",
  "unknown-parameter-keyword": "error",
  "missing-parameter-argument": "error",
  "bounds-reversed": "error",
  "bad-kind": "error",
  "int-with-float-bound": "error",
  "duplicate-parameter": "error",
  "generator-space": "warning",
  "bounds-not-finite": "warning",
  "bounds-not-numbers": "warning",
  "parameter-name": "warning",
  "old-parameter-space": "warning",
  // Configuration
  "config-not-a-space": "error",
  "config-argument": "error",
  "duplicate-config": "error",
  // Outputs and scenarios
  "bare-decorator": "warning",
  "decorator-argument": "error",
  "output-signature": "error",
  "scenario-signature": "error",
  "name-not-text": "warning",
  "decorator-above-mark": "warning",
  "mixin-marks": "warning",
  "second-model-base": "warning",
  "mark-set-to-none": "warning",
  "output-named-metadata": "warning",
  "scenario-argument": "warning",
  "scenario-returns-another": "warning",
  "scenario-name-mismatch": "warning",
  "scenario-name-not-submittable": "warning",
  "patch-unknown-parameter": "warning",
  "patch-unknown-config": "warning",
  "patch-out-of-bounds": "warning",
  "default-scenario-unknown": "warning",
  // Imports of the framework
  "not-at-the-root": "warning",
  // Targets
  "target-called-wrong": "error",
  "target-not-addressable": "error",
  "target-signature": "warning",
  "duplicate-target": "error",
  "target-name-needs-quotes": "warning",
  "model-output-disagrees": "warning",
  "model-output-missing": "warning",
  "target-data-not-a-path": "warning",
  "evaluate-is-run": "warning",
  "old-target": "error",
} as const satisfies Readonly<Record<string, Severity>>;

export type VerdictCode = keyof typeof VERDICTS;

export function verdict(code: VerdictCode, where: { readonly file: BundlePath; readonly at: Place }, message: string, hint: string): Issue {
  return { code, severity: VERDICTS[code], message, path: where.file, line: where.at.line, entry: null, hint };
}

/** Each once: a base's faults come with every class that descends from it. */
export function distinctIssues(issues: readonly Issue[]): Issue[] {
  const byText = new Map(issues.map((issue) => [`${issue.code}\n${issue.path}\n${issue.line}\n${issue.message}`, issue]));
  return [...byText.values()];
}
