/** Paths that a source writes: a text, `Path("data", "x.csv")`, `os.path.join("data", "x.csv")`; in their shortest form, from where it runs. */
import type { Evaluated } from "./evaluated.ts";

const PATHS: ReadonlySet<string> = new Set(["pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"]);
const JOINING: ReadonlySet<string> = new Set([...PATHS, "os.path.join", "posixpath.join"]);

/** A class whose objects are joined by `/`. */
export function isPath(made: string): boolean {
  return PATHS.has(made);
}

/** null where a value is no path that is written out. */
export function pathText(value: Evaluated): string | null {
  if (value.kind === "text") return shortest(value.text);
  if (value.kind !== "made" || !JOINING.has(value.of) || value.keywords.length > 0) return null;
  const parts = value.args.map((part) => part.kind === "sequence" ? null : pathText(part));
  return parts.length === 0 || parts.includes(null) ? null : shortest(parts.join("/"));
}

/** Without `.` and doubled slashes; `a/../b` as it is, since what `a` leads to is not known. */
function shortest(path: string): string {
  const parts = path.split("/").filter((part, index) => part !== "." && (part !== "" || index === 0));
  return parts.join("/");
}
