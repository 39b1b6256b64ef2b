/**
 * The wire function as far as the project has it itself: the file that an entry point, `.modelops/*` or `wire.py` leads to, and what that
 * file imports. A worker calls it for every model, so all of it belongs to the bundle. Nothing is read where a dependency brings it.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { readTextIfThere } from "../disk/atomic_file.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { closureIssues } from "../models/closure_issues.ts";
import { closureOf } from "../models/closure_of.ts";
import type { Issue } from "../models/issue.ts";
import type { WireCode } from "../plan/preflight_facts.ts";
import { distributionsOf } from "../python/declared_distributions.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import { type ProjectDeclarations, readDeclarations } from "../python/pyproject.ts";
import { resolveModule } from "../python/resolve_import.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import type { Books } from "./gather.ts";
import { gatherSources } from "./project_sources.ts";
import { readWires } from "./wire_files.ts";
import type { World } from "./world.ts";

const PYPROJECT = "pyproject.toml" as BundlePath;
const WIRE_FILE = "wire.py" as BundlePath;
const WIRE_FILES = [".modelops/manifest.json", ".modelops/modelops.toml"] as BundlePath[];
const CALABARIA = "modelops-calabaria";

const NOTHING: WireCode = { files: [], issues: [] };

/** What names the wire function, and how; `file` says it. */
interface Named {
  readonly file: BundlePath;
  readonly module: string;
  readonly written: string;
}

export async function wireCode(world: World, project: Project, books: Books, options: { readonly remember: boolean }): Promise<WireCode> {
  const pyproject = declared(project);
  const isBrought = pyproject?.dependencies.some(({ name }) => name === CALABARIA) === true;
  const named = namesOf(project, pyproject?.wireEntryPoints ?? [], isBrought);
  const isOwnFile = named.length === 0 && !isBrought && isFile(project, WIRE_FILE);
  if (named.length === 0 && !isOwnFile) return NOTHING;
  const paths = (sources: ProjectSources) => named.flatMap((one) => leadsTo(sources, one).path ?? []);
  const { sources, declarations } = await gatherSources(world, {
    project,
    books,
    roots: isOwnFile ? [WIRE_FILE] : [],
    alsoFrom: paths,
    remember: options.remember,
  });
  const files = new Set<BundlePath>(named.map(({ file }) => file).filter((file) => file !== PYPROJECT));
  const issues: Issue[] = [];
  for (const path of isOwnFile ? [WIRE_FILE] : paths(sources)) {
    const request = { path, symbol: "", dataGiven: [], codeGiven: [], autoCode: true, codeMode: "files", autoData: [] } as const;
    const closure = closureOf(sources, declarations, request);
    for (const { path } of closure.code) files.add(path);
    issues.push(...closureIssues(sources, declarations, closure, request).filter(({ severity }) => severity !== "info"));
  }
  for (const one of named) issues.push(...missing(sources, declarations, one));
  return { files: [...files], issues };
}

/** Entry points decide alone; without them the files of `.modelops` count, as workers look them up. */
function namesOf(project: Project, entryPoints: readonly string[], isBrought: boolean): Named[] {
  if (entryPoints.length > 0) {
    return entryPoints.flatMap((written) => {
      const target = written.slice(written.indexOf("=") + 1).trim();
      const module = target.split(":")[0]!.trim();
      return module === "" ? [] : [{ file: PYPROJECT, module, written: target }];
    });
  }
  if (isBrought) return [];
  return readWires(project, WIRE_FILES.filter((path) => isFile(project, path))).flatMap(({ path, wire }) =>
    wire === null || !wire.includes(":") ? [] : [{ file: path, module: wire.split(":")[0]!, written: wire }]
  );
}

function leadsTo(sources: ProjectSources, { module }: Named): { readonly path: BundlePath | null; readonly expected: string | null } {
  if (module.endsWith(".py")) {
    const path = module.replace(/^(\.\/)+/, "") as BundlePath;
    return sources.files.has(path) ? { path, expected: null } : { path: null, expected: path };
  }
  const found = resolveModule(sources, "" as BundlePath, module, 0);
  if (found.kind === "file") return { path: found.path, expected: null };
  if (found.kind === "missing") return { path: null, expected: found.expected };
  return { path: null, expected: found.kind === "namespace" ? `${found.folders[0]}/__init__.py` : null };
}

/** Only what `pyproject.toml` names: of the other files preflight says it by itself. */
function missing(sources: ProjectSources, declarations: ProjectDeclarations, named: Named): Issue[] {
  const { path, expected } = leadsTo(sources, named);
  if (path !== null || named.file !== PYPROJECT) return [];
  if (expected === null && isDependency(declarations, named.module)) return [];
  const where = expected === null ? "neither the project nor a declared dependency has that module" : `there is no ${expected}`;
  return [{
    code: "missing-wire-module",
    severity: "error",
    message: `pyproject.toml declares the wire function ${named.written}, and ${where}: no worker can run these models`,
    path: PYPROJECT,
    line: null,
    entry: null,
    hint: expected === null ? `edit ${PYPROJECT}` : `write ${expected}, or correct ${PYPROJECT}`,
  }];
}

function isDependency({ pyproject, locks }: ProjectDeclarations, module: string): boolean {
  const known = new Set([
    ...pyproject?.dependencies.map(({ name }) => name) ?? [],
    ...locks.flatMap(({ packages }) => [...packages.keys()]),
  ]);
  return distributionsOf(module).some((name) => known.has(name));
}

function declared(project: Project): ProjectDeclarations["pyproject"] {
  if (!isFile(project, PYPROJECT)) return null;
  const text = readTextIfThere(onDisk(project, PYPROJECT));
  if (text === null) return null;
  return readDeclarations(new Map([[PYPROJECT, text]]), new Set([PYPROJECT]), new Set(), { codeRoots: null }).pyproject;
}

function isFile(project: Project, path: BundlePath): boolean {
  return lstatIfThere(onDisk(project, path))?.isDirectory === false;
}
