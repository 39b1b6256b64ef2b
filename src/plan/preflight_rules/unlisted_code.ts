/**
 * Code that an entry needs and does not list: entries that the Python tool or hands wrote are not analysed again, and still their sources
 * import what they import. What the bundle would lack fails on a worker; what travels anyway makes nothing stale.
 */
import type { BundlePath } from "../../base/bundle_path.ts";
import type { Issue } from "../../models/issue.ts";
import { CLOSURE_RULE, type Entry } from "../../models/model_registry.ts";
import type { Dependency } from "../../python/dependencies.ts";
import { recordedPaths } from "../cloud_state.ts";
import { neededPaths } from "../needed_paths.ts";
import type { PreflightFacts } from "../preflight_facts.ts";

export function unlistedCode({ registry, readiness, readings, files, tracked }: PreflightFacts): Issue[] {
  const travels = neededPaths(registry, files); // a push tracks them, whoever lists them
  return readiness.flatMap(({ key, entry }) => {
    if (entry.closure?.rule === CLOSURE_RULE) return []; // analysed again: what differs is told as such
    const listed = new Set(recordedPaths(entry));
    const isOwnPackage = (path: string) => path.endsWith("__init__.py") && entry.path.startsWith(path.slice(0, -"__init__.py".length));
    const unlisted = (readings.get(key)?.closure.code ?? []).filter(({ path }) =>
      !listed.has(path) && !(isOwnPackage(path) && travels.has(path))
    );
    const [there, lacking] = [unlisted.filter(({ path }) => isHeld(path)), unlisted.filter(({ path }) => !isHeld(path))];
    return [
      ...found(entry, lacking, "error", ", and the bundle does not hold it"),
      ...found(entry, there, "warning", ": editing it makes nothing stale"),
    ];
  });

  function isHeld(path: BundlePath): boolean {
    return tracked.has(path) || travels.has(path);
  }
}

function found(entry: Entry, unlisted: readonly Dependency[], severity: "error" | "warning", so: string): Issue[] {
  const [first, ...more] = unlisted;
  if (first === undefined) return [];
  const { from, at } = first.via;
  const place = from === null || at === null ? `${entry.path} needs` : `${from} line ${at.line} imports`;
  const others = more.length === 0 ? "" : `; the same of ${more.map(({ path }) => path).join(", ")}`;
  return [{
    code: "unlisted-code",
    severity,
    message: `${place} ${first.path}, which ${entry.kind} ${entry.id} does not list${so}${others}`,
    path: from ?? entry.path as BundlePath,
    line: at?.line ?? null,
    entry: { kind: entry.kind, id: entry.id },
    hint: `mops bundle register-${entry.kind} --regen-all   (lists what the sources import)`,
  }];
}
