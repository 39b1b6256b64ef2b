/** What a worker needs of the project as a whole: a `pyproject.toml` to install from, and one wire function to call. */
import type { BundlePath } from "../../base/bundle_path.ts";
import type { Issue, Severity } from "../../models/issue.ts";
import type { PreflightFacts } from "../preflight_facts.ts";

const PYPROJECT = "pyproject.toml" as BundlePath;
const CALABARIA = "modelops-calabaria"; // it brings the entry point modelops.wire

export function projectIssues(facts: PreflightFacts): Issue[] {
  return [...ofPyproject(facts), ...ofWire(facts), ...facts.wire?.issues ?? [], ...untrackedWire(facts)];
}

/** What names the wire function is told where that is looked at. */
function untrackedWire({ wire, tracked, ignored, project }: PreflightFacts): Issue[] {
  const told = new Set<string>([...ignored, ...project.wires].map(({ path }) => path));
  return (wire?.files ?? []).filter((path) => !tracked.has(path) && !told.has(path)).map((path): Issue => ({
    ...found(
      "untracked-file",
      "warning",
      `${path} is needed by the wire function and not tracked; a push tracks it`,
      `mops bundle add ${path}`,
    ),
    path,
  }));
}

function ofPyproject({ project, tracked, registry, ignored }: PreflightFacts): Issue[] {
  if (project.pyproject === null) {
    const hint = tracked.has(PYPROJECT)
      ? "mops bundle pull --restore-deleted   (brings it back, if it was pushed)"
      : "write one with the dependencies of the models, as mops bundle init does in a new folder";
    return [found("missing-dependency-file", "error", "there is no pyproject.toml: a worker would not know what to install", hint)];
  }
  const issues: Issue[] = [];
  const isNeeded = registry.models.size + registry.targets.size > 0; // then a push tracks it, unless it is ignored
  if (!tracked.has(PYPROJECT) && !isNeeded) {
    issues.push(
      found(
        "missing-dependency-file",
        "error",
        "pyproject.toml is not tracked, so the bundle does not say what to install",
        `mops bundle add ${PYPROJECT}`,
      ),
    );
  } else if (!tracked.has(PYPROJECT) && !ignored.some(({ path }) => path === PYPROJECT)) {
    issues.push(
      found("missing-dependency-file", "warning", "pyproject.toml is not tracked; a push tracks it", `mops bundle add ${PYPROJECT}`),
    );
  }
  const { problem } = project.pyproject;
  if (problem !== null) {
    const place = problem.line === null ? "" : ` line ${problem.line}:`;
    issues.push({
      ...found("invalid-pyproject", "error", `pyproject.toml is not TOML:${place} ${problem.message}`, `edit ${PYPROJECT}`),
      line: problem.line,
    });
  }
  return issues;
}

function ofWire({ project, files, folders, tracked }: PreflightFacts): Issue[] {
  if (project.pyproject?.problem != null) return []; // one thing at a time: nothing is known of its entry points
  const issues: Issue[] = [];
  const own = project.pyproject?.wireEntryPoints ?? [];
  const brings = (project.pyproject?.dependencies ?? []).includes(CALABARIA);
  if (own.length + (brings ? 1 : 0) > 1) {
    const message = brings
      ? `pyproject.toml declares the wire function ${own.join(", ")}, and ${CALABARIA} brings one too: a worker refuses two`
      : `pyproject.toml declares ${own.length} wire functions (${own.join(", ")}): a worker refuses more than one`;
    issues.push(found("two-wires", "warning", message, "keep one entry point of the group modelops.wire"));
  }
  if (own.length > 0 || brings) return issues;
  let hasWire = files.has("wire.py" as BundlePath);
  for (const { path, wire, problem } of project.wires) {
    const why = problem ?? (wire === null ? "names no wire function" : whyNoWire(wire, files, folders));
    if (why !== null) {
      issues.push({
        ...found("invalid-wire", "error", `${path} ${why}`, `edit ${path}   ("package.module:function" or "path/to/file.py:function")`),
        path,
      });
    } else if (!tracked.has(path)) {
      issues.push({
        ...found("untracked-file", "warning", `${path} names the wire function, and is not tracked`, `mops bundle add ${path}`),
        path,
      });
    }
    hasWire = true;
  }
  if (!hasWire) {
    const message =
      `nothing says how a worker runs these models: no dependency on ${CALABARIA}, no entry point modelops.wire, no .modelops/manifest.json or .modelops/modelops.toml, no wire.py`;
    issues.push(found("missing-wire", "error", message, `add "${CALABARIA}" to the dependencies in pyproject.toml`));
  }
  return issues;
}

/** The end of a sentence about the file that names it; null when it leads to a file. */
function whyNoWire(wire: string, files: ReadonlySet<BundlePath>, folders: ReadonlySet<string>): string | null {
  const [where, symbol, ...rest] = wire.split(":");
  if (where === undefined || where === "" || symbol === undefined || symbol === "" || rest.length > 0) {
    return `names the wire function "${wire}", which is not MODULE:FUNCTION`;
  }
  const path = where.endsWith(".py") ? where : `${where.replaceAll(".", "/")}.py`;
  const candidates = [path, path.replace(/\.py$/, "/__init__.py"), `src/${path}`, `src/${path.replace(/\.py$/, "/__init__.py")}`];
  if (candidates.some((one) => files.has(one as BundlePath))) return null;
  const top = where.split(/[./]/)[0]!;
  const isOurs = where.endsWith(".py") || folders.has(top) || folders.has(`src/${top}`);
  return isOurs ? `names the wire function "${wire}", and there is no ${path}` : null; // else a distribution brings it
}

function found(code: string, severity: Severity, message: string, hint: string): Issue {
  return { code, severity, message, path: PYPROJECT, line: null, entry: null, hint };
}
