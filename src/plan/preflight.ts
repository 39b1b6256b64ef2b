/**
 * Preflight: what would fail on a worker, found before anything is sent. Pure; every finding has a code, a place and, where one helps, a
 * command. Errors stop a push; in a project without models and targets, what is found about the project is a warning.
 */
import { type BundlePath, MODEL_REGISTRY_PATH } from "../base/bundle_path.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import type { EntryAnalysis } from "../models/entry_analysis.ts";
import type { Issue, Severity } from "../models/issue.ts";
import type { Entry } from "../models/model_registry.ts";
import { goneHint } from "./gone_files.ts";
import type { PreflightFacts } from "./preflight_facts.ts";
import { entrypointIssues } from "./preflight_rules/entrypoints.ts";
import { fileIssues } from "./preflight_rules/needed_files.ts";
import { pairingIssues } from "./preflight_rules/output_pairing.ts";
import { projectIssues } from "./preflight_rules/project_files.ts";
import { setIssues } from "./preflight_rules/target_sets.ts";
import { windowsPathIssues } from "./preflight_rules/windows_paths.ts";
import { unlistedCode } from "./preflight_rules/unlisted_code.ts";

/** Errors first, then warnings; those of the project, then by entry. Equal findings once. */
export function preflight(facts: PreflightFacts): Issue[] {
  const hasEntries = facts.registry.models.size + facts.registry.targets.size > 0;
  const project = projectIssues(facts).map((issue) =>
    hasEntries || issue.severity !== "error" ? issue : { ...issue, severity: "warning" as const }
  );
  const all = [
    ...project,
    ...registryIssues(facts),
    ...fileIssues(facts),
    ...unlistedCode(facts),
    ...entrypointIssues(facts),
    ...sourceIssues(facts),
    ...staleIssues(facts),
    ...pairingIssues(facts),
    ...setIssues(facts.registry),
    ...windowsPathIssues(facts),
  ];
  const distinct = new Map<string, Issue>();
  for (const issue of all) {
    const key = JSON.stringify([issue.code, issue.path, issue.line, issue.message]);
    if (!distinct.has(key)) distinct.set(key, issue); // of a file that several share: told with the first that needs it
  }
  return [...distinct.values()].sort((a, b) => RANK[a.severity] - RANK[b.severity] || compareUtf8(ownerOf(a), ownerOf(b)));
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** What makes the readers of the Python contract refuse the whole model registry. */
function registryIssues({ misread = [] }: PreflightFacts): Issue[] {
  return misread.map(({ place, written, line }): Issue => ({
    code: "misread-text",
    severity: "error",
    message: `${MODEL_REGISTRY_PATH}${line === null ? "" : ` line ${line}`}: ${place} ${
      written === null ? "is absent" : `holds ${written} without quotes`
    }, and Python's readers refuse the file`,
    path: MODEL_REGISTRY_PATH,
    line,
    entry: null,
    hint: "mops bundle register-model --regen-all   (puts quotes around such texts)",
  }));
}

/** What reading the sources found: what fails at import, and what silently registers nothing. */
function sourceIssues({ readiness, readings, ignored }: PreflightFacts): Issue[] {
  const isTold = ({ code, path, message }: Issue): boolean =>
    code === "ignored-file" && path === null && ignored.some((one) => message.startsWith(`${one.path} `)); // with who needs it
  return readiness.flatMap(({ key, entry }) => issuesOfSource(entry, readings.get(key)).filter((issue) => !isTold(issue)));
}

/** Of one entry, whoever else shares the file. */
export function issuesOfSource(entry: Pick<Entry, "kind" | "id" | "path">, reading: EntryAnalysis | undefined): Issue[] {
  return (reading?.issues ?? []).map((issue) => ({
    ...issue,
    hint: issue.code === "missing-file" && issue.path === entry.path ? goneHint(entry) : issue.hint,
    entry: issue.entry ?? { kind: entry.kind, id: entry.id },
  }));
}

/** What a registration would take over: a push seals new digests and never a new analysis. */
function staleIssues({ readiness }: PreflightFacts): Issue[] {
  return readiness.filter(({ needsRegistration }) => needsRegistration).map(({ entry, reasons }): Issue => {
    const texts = reasons.filter(({ kind }) => kind === "added" || kind === "dropped" || kind === "differs").map(({ text }) => text);
    const more = texts.length > 3 ? [`${texts.length - 3} more`] : [];
    return {
      code: "stale-analysis",
      severity: "error",
      message: `${entry.kind} ${entry.id} (${entry.path}) is not what is registered: ${[...texts.slice(0, 3), ...more].join("; ")}`,
      path: entry.path as BundlePath,
      line: null,
      entry: { kind: entry.kind, id: entry.id },
      hint: `mops bundle register-${entry.kind} --regen-all   (or mops bundle push --refresh, which does it and pushes)`,
    };
  });
}

function ownerOf({ entry }: Issue): string {
  return entry === null ? "" : `${entry.kind}:${entry.id}`;
}
