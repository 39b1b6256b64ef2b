/** Patterns of ignore files that are more than a name, a beginning or an end. The one room that knows the pattern library. */
import ignore from "ignore";

/** Does one of the patterns match a path? Paths are relative to them; that of a directory ends with "/". As git reads them. */
export function globMatcher(patterns: readonly string[]): (path: string) => boolean {
  const library = ignore({ ignorecase: false }).add(patterns);
  return (path) => library.ignores(path);
}
