/** Entry points: `package.module:Symbol`, a module that workers can import from the bundle, and a package that is one. */
import type { BundlePath } from "../../base/bundle_path.ts";
import type { Issue, Severity } from "../../models/issue.ts";
import { CLOSURE_RULE, type Entry } from "../../models/model_registry.ts";
import type { SourceLayout } from "../../python/project_sources.ts";
import type { EntryReadiness } from "../entry_readiness.ts";
import type { PreflightFacts } from "../preflight_facts.ts";

export function entrypointIssues(facts: PreflightFacts): Issue[] {
  return facts.readiness.flatMap((one) => {
    const { entry, dependencies } = one;
    const issues = [...ofEntrypoint(entry, facts), ...ofNames(one)];
    if (issues.length > 0 || !facts.files.has(entry.path as BundlePath)) return issues; // of a file that is gone enough is said
    const needed = new Set(dependencies.map(({ path }) => path));
    return [...issues, ...ofPackages(entry, facts, needed), ...ofOutputs(entry)];
  });
}

/** That the symbol is in the file, and the file where workers can import it, is what reading it says (`models/analyse_entry.ts`). */
function ofEntrypoint(entry: Entry, { files, layout, readings }: PreflightFacts): Issue[] {
  const again = `mops bundle register-${entry.kind} ${entry.path}`;
  const { entrypoint } = entry;
  const [module, symbol, ...rest] = entrypoint.split(":");
  if (module === undefined || symbol === undefined || module === "" || symbol === "" || rest.length > 0) {
    return [
      found(
        entry,
        "invalid-entrypoint",
        "error",
        `the entry point "${entrypoint}" of ${entry.kind} ${entry.id} is not MODULE:SYMBOL`,
        again,
      ),
    ];
  }
  if (!module.includes(".")) {
    if (readings.get(`${entry.kind}:${entry.id}`)?.issues.some(({ code }) => code === "invalid-module-path")) return [];
    const message = `${entry.kind} ${entry.id} is the module "${module}" without a package, which workers cannot load`;
    return [
      found(
        entry,
        "invalid-module-path",
        "error",
        message,
        `mops bundle mv ${entry.path} ${entry.kind}s/   (then ${again.replace(entry.path, `${entry.kind}s/${baseName(entry.path)}`)})`,
      ),
    ];
  }
  const issues: Issue[] = [];
  const candidates = filesOfModule(layout, module);
  if (files.has(entry.path as BundlePath) && !candidates.some((path) => files.has(path as BundlePath))) {
    const message = `the entry point ${entrypoint} of ${entry.kind} ${entry.id} leads to no file: there is no ${
      candidates.join(" and no ")
    }`;
    issues.push(found(entry, "missing-entrypoint-file", "error", message, again));
  } else if (files.has(entry.path as BundlePath) && !candidates.includes(entry.path)) {
    const message = `the entry point ${entrypoint} of ${entry.kind} ${entry.id} leads to ${
      candidates.find((path) => files.has(path as BundlePath))
    }, and not to ${entry.path}`;
    issues.push(found(entry, "missing-entrypoint-file", "error", message, again));
  }
  return issues;
}

/**
 * Workers go by the entry point, and the class that was read is `class_name`'s. In an entry of our own rule a difference is stale, and told as
 * such.
 */
function ofNames({ entry, closure }: EntryReadiness): Issue[] {
  const symbol = entry.entrypoint.split(":")[1];
  if (entry.kind !== "model" || closure.rule === CLOSURE_RULE || symbol === undefined || symbol === entry.className) return [];
  const message =
    `the entry point ${entry.entrypoint} of model ${entry.id} names ${symbol}, and its class_name ${entry.className}: workers run ${symbol}`;
  const hint = `mops bundle register-model --regen-all   (writes the entry point of ${entry.className}; or correct class_name)`;
  return [found(entry, "entrypoint-disagrees", "error", message, hint)];
}

/** Every folder between the source root and the file is a package only with an `__init__.py`; without one it is a namespace. */
function ofPackages(entry: Entry, { files, layout, tracked }: PreflightFacts, needed: ReadonlySet<string>): Issue[] {
  const root = rootOf(layout, entry);
  const folders = entry.path.split("/").slice(0, -1);
  const from = root === "" ? 0 : root.split("/").length;
  return folders.slice(from).flatMap((_, i): Issue[] => {
    const path = `${folders.slice(0, from + i + 1).join("/")}/__init__.py` as BundlePath;
    if (!files.has(path)) {
      const message = `${path} is absent: ${entry.entrypoint.split(":")[0]} works as a namespace package only`;
      return [{ ...found(entry, "missing-init-file", "warning", message, `touch ${path}`), path, entry: null }];
    }
    if (needed.has(path) || tracked.has(path)) return [];
    const message = `${path} is not tracked, and the package of ${entry.entrypoint} needs it; a push tracks it`;
    return [{ ...found(entry, "untracked-init-file", "warning", message, `mops bundle add ${path}`), path, entry: null }];
  });
}

function ofOutputs(entry: Entry): Issue[] {
  if (entry.kind !== "model" || entry.outputs.length > 0) return [];
  const unknown = entry.unresolved.some(({ what }) => /output/i.test(what));
  if (unknown) return [];
  return [
    found(
      entry,
      "empty-outputs",
      "warning",
      `model ${entry.id} declares no output`,
      `decorate a method of ${entry.className} with @model_output("NAME")`,
    ),
  ];
}

/** The files that `package.module` may be, over all source roots. */
function filesOfModule(layout: SourceLayout, module: string): string[] {
  const roots = layout.roots.some(({ folder }) => folder === "") ? layout.roots : [...layout.roots, { folder: "", prefix: "" }];
  return roots.flatMap(({ folder, prefix }) => {
    if (prefix !== "" && module !== prefix && !module.startsWith(`${prefix}.`)) return [];
    const inside = (prefix === "" ? module : module.slice(prefix.length + 1)).replaceAll(".", "/");
    const path = [folder, inside].filter((part) => part !== "").join("/");
    return [`${path}.py`, `${path}/__init__.py`];
  });
}

function rootOf(layout: SourceLayout, entry: Entry): string {
  const module = entry.entrypoint.split(":")[0]!;
  const root = layout.roots.find((one) => filesOfModule({ ...layout, roots: [one] }, module).slice(0, 2).includes(entry.path));
  return root?.folder ?? "";
}

function baseName(path: string): string {
  return path.split("/").at(-1)!;
}

function found(entry: Entry, code: string, severity: Severity, message: string, hint: string): Issue {
  return { code, severity, message, path: entry.path as BundlePath, line: null, entry: { kind: entry.kind, id: entry.id }, hint };
}
