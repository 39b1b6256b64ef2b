/**
 * What `pyproject.toml` and the lock files declare: dependencies, where sources lie, entry points; and the canonical form of pyproject,
 * which holds what decides what is installed and how it is imported, and nothing else (decision 0007).
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { canonicalJsonBytes, type Json } from "../base/canonical_json.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { parseToml, type TomlTable, type TomlValue } from "../base/toml.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import { decidingPart } from "./canonical_pyproject.ts";
import { lockedPackages } from "./locked_packages.ts";
import type { SourceLayout } from "./project_sources.ts";
import { normalisedName, parseRequirement, type Requirement } from "./requirement.ts";
import { entries, own, sourceLayout, tableAt, textAt, texts, wheelLayout } from "./source_layout.ts";

export { differencesOfLocks } from "./locked_packages.ts";
export { differencesOfDeclarations } from "./declaration_differences.ts";

const PYPROJECT = "pyproject.toml" as BundlePath;

/** What a closure's `project` part is made of, as far as a project has them. */
export const PROJECT_FILES: readonly BundlePath[] = [
  "pyproject.toml",
  "uv.lock",
  "poetry.lock",
  "pdm.lock",
  "pylock.toml",
  "requirements.txt",
] as BundlePath[];

export interface DeclaredDependency extends Requirement {
  /** As it is written. */
  readonly written: string;
  /** null: always installed; else the extra or group that it belongs to. */
  readonly group: string | null;
}

export interface TomlProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export interface PyprojectDeclarations {
  /** Not TOML: everything else is empty then, and the raw bytes count. */
  readonly problem: TomlProblem | null;
  readonly canonical: Json;
  readonly canonicalBytes: Uint8Array<ArrayBuffer>;
  /** The distribution's own name, normalised. */
  readonly name: string | null;
  readonly dependencies: readonly DeclaredDependency[];
  /** `dynamic = ["dependencies"]`: the build backend takes them from elsewhere, mostly from requirements.txt. */
  readonly hasDynamicDependencies: boolean;
  readonly requiresPython: string | null;
  /** `execute = modelops_calabaria.modelops_wire:wire_function`, of the group `modelops.wire`. */
  readonly wireEntryPoints: readonly string[];
  /** The roots that the build backend's configuration gives; null where it says nothing. */
  readonly wheel: SourceLayout | null;
}

export interface LockDeclarations {
  readonly path: BundlePath;
  /** Normalised name → version. */
  readonly packages: ReadonlyMap<string, string>;
  /** It is no lock file that can be read: `packages` is empty. */
  readonly isUnreadable: boolean;
}

export interface ProjectDeclarations {
  /** null: there is no pyproject.toml. */
  readonly pyproject: PyprojectDeclarations | null;
  readonly locks: readonly LockDeclarations[];
  readonly layout: SourceLayout;
  /** `auto_code` of config.yaml: patterns (fnmatch) of code that imports lead to and that people keep out of closures. */
  readonly leftOut: readonly string[];
  /** `--code-mode` where nobody says it; null: not said. */
  readonly codeMode: "files" | "package" | null;
}

export interface AutoCodeSettings {
  readonly codeRoots: readonly string[] | null;
  readonly ignore?: readonly string[] | undefined;
  readonly importMode?: "files" | "package" | null | undefined;
}

/** @param texts of those PROJECT_FILES that are there. */
export function readDeclarations(
  texts: ReadonlyMap<BundlePath, string>,
  files: ReadonlySet<BundlePath>,
  folders: ReadonlySet<string>,
  config: AutoCodeSettings,
): ProjectDeclarations {
  const text = texts.get(PYPROJECT);
  const table = text === undefined ? null : tableOrProblem(text);
  const locks = PROJECT_FILES.filter((path) => path !== PYPROJECT && texts.has(path)).map((path): LockDeclarations => {
    const packages = lockedPackages(path, texts.get(path)!);
    return { path, packages: packages ?? new Map(), isUnreadable: packages === null };
  });
  const readable = table === null || "problem" in table ? null : table.table;
  return {
    pyproject: table === null ? null : "problem" in table ? unreadable(text!, table.problem) : declarationsOf(table.table),
    locks,
    layout: sourceLayout({ pyproject: readable, codeRoots: config.codeRoots, files, folders }),
    leftOut: config.ignore ?? [],
    codeMode: config.importMode ?? null,
  };
}

/** null: the text is not TOML; then its raw bytes count. */
export function canonicalPyproject(text: string): Uint8Array<ArrayBuffer> | null {
  const read = tableOrProblem(text);
  return "problem" in read ? null : canonicalJsonBytes(decidingPart(read.table));
}

function tableOrProblem(text: string): { table: TomlTable } | { problem: TomlProblem } {
  try {
    return { table: parseToml(text, PYPROJECT) };
  } catch (error) {
    if (!isFailure(error, "invalid")) throw error;
    const { line, column, reason } = error.facts;
    if (typeof line !== "number" || typeof column !== "number") throw new Failure("bug", "a TOML error without a place", { cause: error });
    return { problem: { message: String(reason), line, column } };
  }
}

function unreadable(text: string, problem: TomlProblem): PyprojectDeclarations {
  const canonicalBytes = new TextEncoder().encode(text);
  return {
    problem,
    canonical: null,
    canonicalBytes,
    name: null,
    dependencies: [],
    hasDynamicDependencies: false,
    requiresPython: null,
    wireEntryPoints: [],
    wheel: null,
  };
}

function declarationsOf(table: TomlTable): PyprojectDeclarations {
  const canonical = decidingPart(table);
  const name = textAt(table, "project", "name") ?? textAt(table, "tool", "poetry", "name");
  const wires = [tableAt(table, "project", "entry-points", "modelops.wire"), tableAt(table, "tool", "poetry", "plugins", "modelops.wire")];
  return {
    problem: null,
    canonical,
    canonicalBytes: canonicalJsonBytes(canonical),
    name: name === null ? null : normalisedName(name),
    dependencies: dependenciesOf(table),
    hasDynamicDependencies: texts(own(tableAt(table, "project"), "dynamic")).includes("dependencies"),
    requiresPython: textAt(table, "project", "requires-python") ?? textAt(table, "tool", "poetry", "dependencies", "python"),
    wireEntryPoints: wires.flatMap((wire) => entries(wire).map(([key, value]) => `${key} = ${value}`)),
    wheel: wheelLayout(table),
  };
}

function dependenciesOf(table: TomlTable): DeclaredDependency[] {
  const found: DeclaredDependency[] = [];
  const take = (value: TomlValue | undefined, group: string | null) => {
    for (const written of texts(value)) {
      const requirement = parseRequirement(written);
      if (requirement !== null) found.push({ ...requirement, written, group });
    }
  };
  take(own(tableAt(table, "project"), "dependencies"), null);
  for (const [extra, list] of entries(own(tableAt(table, "project"), "optional-dependencies"))) take(list, extra);
  for (const [group, list] of entries(own(table, "dependency-groups"))) take(list, group);
  take(own(tableAt(table, "tool", "uv"), "dev-dependencies"), "dev");
  for (const [group, list] of entries(own(tableAt(table, "tool", "pdm"), "dev-dependencies"))) take(list, group);
  const poetry = tableAt(table, "tool", "poetry");
  found.push(...poetryDependencies(own(poetry, "dependencies"), null), ...poetryDependencies(own(poetry, "dev-dependencies"), "dev"));
  for (const [group, settings] of entries(own(poetry, "group"))) found.push(...poetryDependencies(own(settings, "dependencies"), group));
  return found;
}

/** Poetry's own table: `starsim = "^2.1"`, `numpy = {version = ">=1.26", extras = […]}`; its operators are left as they are. */
function poetryDependencies(value: TomlValue | undefined, group: string | null): DeclaredDependency[] {
  return entries(value).filter(([name]) => normalisedName(name) !== "python").map(([name, settings]): DeclaredDependency => {
    const choices = Array.isArray(settings) ? settings : [settings];
    const versions = choices.map((choice) => typeof choice === "string" ? choice : textAt(choice, "version")).filter((text) =>
      text !== null
    );
    const url = choices.map((choice) => textAt(choice, "git") ?? textAt(choice, "url") ?? textAt(choice, "path")).find((text) =>
      text !== null
    );
    const specifier = versions.filter((text) => text !== "*").join(" || ");
    const extras = choices.flatMap((choice) => texts(own(choice, "extras"))).map(normalisedName).sort(compareUtf8);
    return { name: normalisedName(name), extras, specifier, url: url ?? null, marker: null, written: `${name} ${specifier}`.trim(), group };
  });
}
