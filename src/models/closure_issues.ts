/** What is wrong with the files of a closure: some cannot be read, some are imported and not there, and some were given and lead nowhere. */
import type { BundlePath } from "../base/bundle_path.ts";
import { shellWord } from "../base/shell_word.ts";
import type { BrokenImport, Unresolved } from "../python/dependencies.ts";
import { type UndeclaredImport, undeclaredImports } from "../python/declared_distributions.ts";
import type { ProjectSources } from "../python/project_sources.ts";
import type { ProjectDeclarations } from "../python/pyproject.ts";
import type { AnalysedClosure, EntryRequest } from "./entry_analysis.ts";
import type { Issue } from "./issue.ts";
import { offThePath } from "./off_the_path.ts";

export function closureIssues(
  sources: ProjectSources,
  declarations: ProjectDeclarations,
  closure: AnalysedClosure,
  { dataGiven, codeGiven }: Pick<EntryRequest, "dataGiven" | "codeGiven">,
): Issue[] {
  const { followed } = closure;
  return [
    ...followed.unreadable.flatMap((path) => unreadable(sources, path)),
    ...followed.broken.map((one) => one.isBeyond === true ? beyondImport(one) : brokenImport(one)),
    ...closure.missingGiven.filter((text) => dataGiven.includes(text) || codeGiven.includes(text)).map((text) =>
      missingGiven(sources, text)
    ),
    ...followed.shadows.map(({ path, name }): Issue => ({
      code: "shadows-standard-library",
      severity: "warning",
      message: `${path} has the name of the standard library's ${name}, and is imported in its place`,
      path,
      line: null,
      entry: null,
      hint: "rename it",
    })),
    ...undeclaredImports(declarations, followed.outside).map((one) => {
      const place = one.how === "undeclared" ? offThePath(sources, one.import.name) : null;
      return place === null ? undeclared(one, declarations) : notOnThePath(one, place, sources);
    }),
    ...followed.unresolved.map(notFollowed),
  ];
}

function unreadable(sources: ProjectSources, path: BundlePath): Issue[] {
  const read = sources.read.get(path);
  const shared = { code: "unreadable-source", severity: "error", path, entry: null } as const;
  if (read === undefined) {
    if (!sources.files.has(path)) return []; // that it is gone is said elsewhere
    return [{ ...shared, message: `${path} cannot be read as Python`, line: null, hint: null }];
  }
  if (!("problem" in read)) return [];
  const { message, at } = read.problem;
  return [{ ...shared, message: `${path} line ${at.line}, column ${at.column}: ${message}`, line: at.line, hint: `correct ${path}` }];
}

function beyondImport({ what, file, at, isConditional }: BrokenImport): Issue {
  return {
    code: "missing-import",
    severity: isConditional ? "warning" : "error",
    message: `${file} line ${at.line} imports ${what}, whose dots lead out of its package: Python refuses that`,
    path: file,
    line: at.line,
    entry: null,
    hint: isConditional ? null : `write it in ${file} without dots, as other packages import it`,
  };
}

function brokenImport({ what, expected, file, at, isConditional, ignoredBy }: BrokenImport): Issue {
  if (ignoredBy !== undefined) {
    return {
      code: "ignored-file",
      severity: isConditional ? "warning" : "error",
      message: `${file} line ${at.line} imports ${what}, and ${expected} is ignored by ${ignoredBy}`,
      path: file,
      line: at.line,
      entry: null,
      hint: takenIn(expected),
    };
  }
  return {
    code: "missing-import",
    severity: isConditional ? "warning" : "error",
    message: `${file} line ${at.line} imports ${what}, and ${expected} does not exist`,
    path: file,
    line: at.line,
    entry: null,
    hint: isConditional ? null : `write ${expected}, or take the import out of ${file}`,
  };
}

/** Whatever the ignore rules say of it. */
export function takenIn(path: string): string {
  return `mops bundle add --force ${shellWord(path)}   (or take the pattern out)`;
}

function missingGiven(sources: ProjectSources, text: string): Issue {
  const ignored = sources.ignoredBy?.(text as BundlePath) ?? null;
  if (ignored !== null) {
    const message = `${text} is ignored by ${ignored}, and was given as needed`;
    return { code: "ignored-file", severity: "error", message, path: null, line: null, entry: null, hint: takenIn(text) };
  }
  const isFolder = text.endsWith("/") || /[*?[]/.test(text);
  return {
    code: "missing-given",
    severity: "error",
    message: isFolder ? `${text} leads to no file` : `${text} does not exist`,
    path: null,
    line: null,
    entry: null,
    hint: "mops bundle unregister ID --data PATH   (takes it out of what an entry needs)",
  };
}

/** In a `try`, an `if` or a function it may be optional: worth knowing, and no warning. */
function undeclared(
  { import: { name, file, at, isConditional }, distribution, how, group }: UndeclaredImport,
  declarations: ProjectDeclarations,
): Issue {
  const where = declarations.pyproject === null ? "requirements.txt" : "pyproject.toml";
  const lock = declarations.locks.find(({ isUnreadable }) => !isUnreadable)?.path ?? "the lock file";
  const brought = distribution === name ? "" : ` (${distribution})`;
  const texts: Record<UndeclaredImport["how"], string> = {
    undeclared: `${where} does not declare it`,
    transitive: `${where} does not declare it: it is in ${lock} only because something else needs it`,
    grouped: `${where} declares it for ${group} only, which workers do not install`,
    unlocked: `${lock} does not have it`,
  };
  return {
    code: how === "unlocked" ? "declared-not-locked" : "imported-not-declared",
    severity: isConditional ? "info" : "warning",
    message: `${file} line ${at.line} imports ${name}${brought}, and ${texts[how]}`,
    path: file,
    line: at.line,
    entry: null,
    hint: how === "unlocked" ? `make ${lock} anew` : `add "${distribution}" to the dependencies in ${where}`,
  };
}

/** To declare it would install a stranger's package of the same name. */
function notOnThePath({ import: { name, file, at, isConditional } }: UndeclaredImport, place: string, { layout }: ProjectSources): Issue {
  const roots = layout.roots.map(({ folder }) => folder === "" ? "the project's folder" : `${folder}/`).join(" and ");
  const folder = place.replace(/[^/]+\/?$/, "").replace(/\/$/, "");
  return {
    code: "not-on-the-path",
    severity: isConditional ? "info" : "warning",
    message: `${file} line ${at.line} imports ${name}, and ${place} is in a folder that no import starts from: imports start from ${roots}`,
    path: file,
    line: at.line,
    entry: null,
    hint:
      `have pyproject.toml install ${place} (the wheel's packages), or add ${folder} to auto_code.code_roots in .modelops-bundle/config.yaml`,
  };
}

function notFollowed({ what, file, at, why }: Unresolved): Issue {
  return {
    code: "not-followed",
    severity: "info",
    message: `${file} line ${at.line}: ${what}: ${why}`,
    path: file,
    line: at.line,
    entry: null,
    hint: null,
  };
}
