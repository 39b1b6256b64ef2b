/**
 * What of `pyproject.toml` enters a closure: the keys that decide what is installed and how it is imported, and nothing else (decision 0007).
 * One meaning has one form: the order of requirements, their spaces, and how a name is spelled do not count.
 */
import { canonicalJson, type Json } from "../base/canonical_json.ts";
import type { TomlTable, TomlValue } from "../base/toml.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import { parseRequirement, requirementText } from "./requirement.ts";
import { isTable } from "./source_layout.ts";

export function decidingPart(pyproject: TomlTable): Json {
  return chosen(pyproject, DECIDING, "");
}

/**
 * The deciding keys, as a tree: `true` takes everything below. Not in it, so making nothing stale: version, description, readme, authors,
 * maintainers, keywords, classifiers, urls, license, and every tool that is not named here (ruff, mypy, pytest, coverage, hatch.envs …).
 */
interface Deciding {
  readonly [key: string]: true | Deciding;
}
const DECIDING: Deciding = {
  "build-system": true,
  project: {
    name: true, // flit, hatch and uv find the package by it
    "requires-python": true,
    dependencies: true,
    "optional-dependencies": true,
    dynamic: true,
    scripts: true,
    "gui-scripts": true,
    "entry-points": true,
    "import-names": true,
    "import-namespaces": true,
  },
  "dependency-groups": true,
  tool: {
    uv: {
      sources: true,
      index: true,
      "index-url": true,
      "extra-index-url": true,
      "find-links": true,
      "no-index": true,
      "index-strategy": true,
      "dev-dependencies": true,
      "default-groups": true,
      "constraint-dependencies": true,
      "override-dependencies": true,
      "exclude-dependencies": true,
      "build-constraint-dependencies": true,
      "extra-build-dependencies": true,
      "dependency-metadata": true,
      environments: true,
      "required-environments": true,
      conflicts: true,
      resolution: true,
      prerelease: true,
      "fork-strategy": true,
      "exclude-newer": true,
      "exclude-newer-package": true,
      "no-sources": true,
      "no-binary": true,
      "no-binary-package": true,
      "no-build": true,
      "no-build-package": true,
      "torch-backend": true,
      "build-backend": true,
      package: true,
      workspace: true,
    },
    poetry: {
      name: true,
      dependencies: true,
      "dev-dependencies": true,
      group: true,
      extras: true,
      source: true,
      packages: true,
      include: true,
      exclude: true,
      scripts: true,
      plugins: true,
      build: true,
      "package-mode": true,
    },
    pdm: { source: true, resolution: true, "dev-dependencies": true, build: true, distribution: true },
    hatch: { build: true },
    setuptools: {
      packages: true,
      "package-dir": true,
      "py-modules": true,
      "package-data": true,
      "exclude-package-data": true,
      "include-package-data": true,
      "namespace-packages": true,
      "ext-modules": true,
      "data-files": true,
      "script-files": true,
      cmdclass: true,
      dynamic: true,
    },
    flit: true,
    maturin: true,
    "scikit-build": true,
    "meson-python": true,
  },
};

/** The tree for those who write it down: `project: name, requires-python, …`; a table that stands alone is taken as it is. */
export function decidingKeys(): readonly string[] {
  const lines: string[] = [];
  const list = (tree: Deciding, where: string): void => {
    const taken = Object.entries(tree).flatMap(([key, choice]) => choice === true ? [key] : []);
    if (where !== "" && taken.length > 0) lines.push(`${where}: ${taken.join(", ")}`);
    for (const [key, choice] of Object.entries(tree)) {
      const path = where === "" ? key : `${where}.${key}`;
      if (choice !== true) list(choice, path);
      else if (where === "") lines.push(path);
    }
  };
  list(DECIDING, "");
  return lines;
}

/** Lists whose order means nothing. */
const REQUIREMENT_LISTS = /^(project\/dependencies|(project\/optional-dependencies|dependency-groups)\/[^/]*)$/;

function chosen(table: TomlTable, deciding: Deciding, where: string): Json {
  const kept = new Map<string, Json>();
  for (const [key, value] of Object.entries(table)) {
    const choice = Object.hasOwn(deciding, key) ? deciding[key] : undefined;
    const path = where === "" ? key : `${where}/${key}`;
    if (choice === true) kept.set(key, json(value, path));
    else if (choice !== undefined && isTable(value)) {
      const below = chosen(value, choice, path);
      if (below instanceof Map && below.size > 0) kept.set(key, below);
    }
  }
  return kept;
}

function json(value: TomlValue, path: string): Json {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) {
    if (!REQUIREMENT_LISTS.test(path)) return value.map((item) => json(item, `${path}/`));
    return value.map((item) => typeof item === "string" ? sameRequirement(item) : json(item, `${path}/`))
      .sort((a, b) => compareUtf8(canonicalJson(a), canonicalJson(b)));
  }
  if (!isTable(value)) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, json(item, `${path}/${key}`)]));
}

function sameRequirement(text: string): string {
  const requirement = parseRequirement(text);
  return requirement === null ? text.trim() : requirementText(requirement);
}
