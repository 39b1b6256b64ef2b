/** Which versions a lock file holds, of every kind that decision 0007 counts. Read for messages and warnings: in closures locks enter by bytes. */
import type { BundlePath } from "../base/bundle_path.ts";
import { isFailure } from "../base/failure.ts";
import { parseToml, type TomlValue } from "../base/toml.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import { normalisedName, parseRequirement, pinnedVersion } from "./requirement.ts";
import { own, textAt } from "./source_layout.ts";

/**
 * Normalised name → version, `1.2, 1.3` where a lock holds several for different machines, `>=1.2` where requirements.txt pins nothing,
 * "" where there is none. null: the text is not what such a file holds.
 */
export function lockedPackages(path: BundlePath, text: string): ReadonlyMap<string, string> | null {
  const found = new Map<string, Set<string>>();
  const add = (name: string, version: string) => found.set(name, (found.get(name) ?? new Set()).add(version));
  if (path.endsWith(".txt")) {
    for (const line of text.replace(/^\uFEFF/, "").replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
      const written = line.replace(/(^|\s)#.*$/, "").replace(/\s--?[a-z][a-z-]*(=|\s).*$/, "").trim();
      const requirement = written.startsWith("-") ? null : parseRequirement(written);
      if (requirement === null) continue;
      add(requirement.name, requirement.url ?? pinnedVersion(requirement.specifier) ?? requirement.specifier);
    }
  } else {
    let packages: TomlValue | undefined;
    try {
      const lock = parseToml(text, path);
      packages = own(lock, "package") ?? own(lock, "packages");
    } catch (error) {
      if (!isFailure(error, "invalid")) throw error;
      return null;
    }
    for (const one of Array.isArray(packages) ? packages : []) {
      const name = textAt(one, "name");
      if (name !== null) add(normalisedName(name), textAt(one, "version") ?? "");
    }
  }
  return new Map(
    [...found].sort(([a], [b]) => compareUtf8(a, b)).map(([name, versions]) => [name, [...versions].sort(compareUtf8).join(", ")]),
  );
}

/** `starsim 2.1 → 2.2`, `numpy added 2.0`, `scipy removed`; empty where the same versions are locked, or a text is no lock. */
export function differencesOfLocks(path: BundlePath, before: string, after: string): string[] {
  const old = lockedPackages(path, before);
  const now = lockedPackages(path, after);
  if (now === null) return old === null ? [] : ["it can no longer be read"];
  if (old === null) return ["it can be read again"];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareUtf8);
  return names.flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    if (was === is) return [];
    if (is === undefined) return [`${name} removed`];
    return [was === undefined ? `${name} added ${is}`.trim() : `${name} ${was || "any version"} → ${is || "any version"}`];
  });
}
