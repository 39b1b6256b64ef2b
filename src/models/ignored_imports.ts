/**
 * Imports that lead to files which are there, and which the ignore rules leave alone: the list of files does not have them, so that they look
 * absent, or like a package from elsewhere. Both are made broken imports that say what leaves the file alone.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { BrokenImport, Followed } from "../python/dependencies.ts";
import type { ProjectSources } from "../python/project_sources.ts";

export function withIgnoredSaid(sources: ProjectSources, followed: Followed): Followed {
  const { ignoredBy, layout } = sources;
  if (ignoredBy === undefined || followed.broken.length + followed.outside.length === 0) return followed;
  const said = (path: string): { readonly path: BundlePath; readonly by: string } | null => {
    for (const one of [path, path.replace(/\.py$/, "/__init__.py")] as BundlePath[]) {
      const by = ignoredBy(one);
      if (by !== null) return { path: one, by };
    }
    return null;
  };
  const broken = followed.broken.map((one): BrokenImport => {
    const found = said(one.expected);
    return found === null ? one : { ...one, expected: found.path, ignoredBy: found.by };
  });
  const known = new Map<string, ReturnType<typeof said>>();
  const ofModule = (module: string): ReturnType<typeof said> => {
    if (!known.has(module)) {
      const parts = module.split(".");
      const places = layout.roots.filter(({ prefix }) => prefix === "").flatMap(({ folder }) =>
        [parts, parts.slice(0, 1)].map((names) => said(`${[folder, ...names].filter((part) => part !== "").join("/")}.py`))
      );
      known.set(module, places.find((place) => place !== null) ?? null);
    }
    return known.get(module)!;
  };
  const outside = followed.outside.filter(({ module, file, at, isConditional }) => {
    const found = ofModule(module);
    if (found === null) return true;
    broken.push({ what: module, expected: found.path, file, at, isConditional, ignoredBy: found.by });
    return false;
  });
  return { ...followed, broken, outside };
}
