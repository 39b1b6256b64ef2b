/** Files that models and targets need: there, lawful, files and no folders, and part of the bundle. */
import { type BundlePath, whyNotABundlePath } from "../../base/bundle_path.ts";
import type { Issue } from "../../models/issue.ts";
import type { EntryDependency, EntryReadiness } from "../entry_readiness.ts";
import { goneHint } from "../gone_files.ts";
import type { PreflightFacts } from "../preflight_facts.ts";
import { unlistedData } from "./unlisted_data.ts";

const PYPROJECT = "pyproject.toml";

export function fileIssues(facts: PreflightFacts): Issue[] {
  const issues = facts.readiness.flatMap((entry) => [...missingFiles(entry, facts), ...untrackedFiles(entry, facts)]);
  const told = [...facts.readings.values()].flatMap((reading) => reading.issues).filter(({ code, path }) =>
    code === "ignored-file" && path !== null
  );
  for (const { path, pattern, source } of facts.ignored) {
    if (!told.some(({ message }) => names(message, path))) issues.push(ignoredFile(path, pattern, source, facts)); // else with who asks for it
  }
  const needed = new Set(facts.readiness.flatMap(({ dependencies }) => dependencies.map(({ path }) => path)));
  for (const path of facts.missing) {
    if (needed.has(path) || path === PYPROJECT) continue; // told already, with who needs it
    issues.push({
      code: "tracked-missing",
      severity: "warning",
      message: `${path} is tracked and not on disk: it leaves the bundle with the next push`,
      path,
      line: null,
      entry: null,
      hint: `mops bundle remove ${path}   (or mops bundle pull --restore-deleted, which brings it back)`,
    });
  }
  return [...issues, ...unlistedData(facts)];
}

function missingFiles({ key, entry, dependencies, reasons }: EntryReadiness, { folders, readings }: PreflightFacts): Issue[] {
  const told = (readings.get(key)?.issues ?? []).filter(({ severity }) => severity === "error").map(({ message }) => message);
  const owner = { kind: entry.kind, id: entry.id } as const;
  const registered = entry.kind === "model" ? `mops bundle register-model ${entry.path}` : `mops bundle register-target ${entry.path}`;
  const missing = dependencies.filter(({ path, state }) =>
    state === "missing" && !told.some((message) => names(message, path)) && path !== PYPROJECT
  ); // that one is the project's
  return missing.map(({ path }): Issue => {
    const why = whyNotABundlePath(path);
    const place = { path: why === null ? path as BundlePath : null, line: null, entry: owner };
    if (why !== null) {
      return {
        code: "unlawful-path",
        severity: "error",
        message: `${entry.kind} ${entry.id} names the path ${JSON.stringify(path)}, which ${why}`,
        ...place,
        hint: `mops bundle unregister ${entry.id}   (then register its file again; paths are written from the project root with /)`,
      };
    }
    if (folders.has(path)) {
      return {
        code: "not-a-file",
        severity: "error",
        message: `${path} is a directory, and ${entry.kind} ${entry.id} names it as a file`,
        ...place,
        hint: path === entry.path ? `mops bundle unregister ${entry.id}` : `${registered} --data ${path}/   (takes every file in it)`,
      };
    }
    const reason = reasons.find((one) => one.kind === "missing" && one.path === path);
    return {
      code: "missing-file",
      severity: "error",
      message: `${entry.kind} ${entry.id}: ${reason?.text ?? `${path} is missing`}`,
      ...place,
      hint: path === entry.path
        ? goneHint(entry)
        : `mops bundle pull --restore-deleted   (brings back what was deleted here; or mops bundle register-${entry.kind} --regen-all where it is not needed any more)`,
    };
  });
}

/** The source's own finding says more: where the file is asked for. */
function names(message: string, path: string): boolean {
  return message.split(/[\s,:;]+/).includes(path);
}

function untrackedFiles({ entry, dependencies }: EntryReadiness, { tracked, ignored }: PreflightFacts): Issue[] {
  const told = new Set(ignored.map(({ path }) => path));
  const untracked = dependencies.filter((one: EntryDependency) =>
    one.state !== "missing" && one.state !== "dropped" && !tracked.has(one.path as BundlePath) && !told.has(one.path)
  );
  return untracked.map(({ path }): Issue => ({
    code: "untracked-file",
    severity: "warning",
    message: `${path} is needed by ${entry.kind} ${entry.id} and not tracked; a push tracks it`,
    path: path as BundlePath,
    line: null,
    entry: { kind: entry.kind, id: entry.id },
    hint: `mops bundle add ${path}`,
  }));
}

function ignoredFile(path: string, pattern: string, source: string, { readiness }: PreflightFacts): Issue {
  const needing = readiness.filter(({ dependencies }) => dependencies.some((one) => one.path === path)).map(({ entry }) => entry);
  const [first] = needing;
  const who = first === undefined
    ? "the project"
    : `${first.kind} ${first.id}${needing.length > 1 ? ` and ${needing.length - 1} more` : ""}`;
  return {
    code: "ignored-file",
    severity: "error",
    message: `${path} is needed by ${who}, and ignored by ${pattern} (${source})`,
    path: path as BundlePath,
    line: null,
    entry: first === undefined ? null : { kind: first.kind, id: first.id },
    hint: `mops bundle add --force ${path}   (or take the pattern out)`,
  };
}
