/**
 * One line of an ignore file, as something that can be asked. A pattern that matches a directory matches everything below it, also when
 * it is a negation (as pathspec's gitwildmatch does, which the Python tool uses). The plain forms (`name`, `name/`, `*.suffix`,
 * `prefix*`, `prefix*suffix`, `a/b`), which are nearly all, are answered here; the rest by `glob.ts`.
 */
import { globMatcher } from "./glob.ts";

export interface IgnorePattern {
  /** As it stands in the file. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly negative: boolean;
  readonly form: Form;
  /** Of a path below the pattern's own directory: does the pattern match it, or a directory above it? */
  matches(path: string, isDirectory: boolean): boolean;
  /** May it match something below this directory? Errs on the side of yes. */
  reachesInto(directory: string): boolean;
  /** Does it name this directory, or something below it, with no wildcard up to there? */
  names(directory: string): boolean;
}

interface Form {
  /** The pattern without its "!". */
  readonly positive: string;
  /** Matches at any depth. */
  readonly floating: boolean;
  readonly directoryOnly: boolean;
  /** Components up to the first one that is not plain text. */
  readonly plain: readonly string[];
  /** What kind of question answers it; `glob` is the library's. */
  readonly kind: "name" | "suffix" | "prefix" | "ends" | "path" | "glob";
  /** The name, suffix, prefix, both with a star between them, path or pattern of its kind. */
  readonly value: string;
}

/** null for a line that says nothing: blank, or a comment. */
export function parseIgnorePattern(line: string, number: number): IgnorePattern | null {
  const text = trimmed(line);
  if (text === "" || text.startsWith("#")) return null;
  const negative = text.startsWith("!");
  const positive = negative ? text.slice(1) : text;
  if (/^\/*$/.test(positive)) return null;
  const form = formOf(positive);
  return { text, line: number, negative, form, matches: matcherOf(form), ...reachOf(form) };
}

/** Path below the patterns' directory, and its last component. */
export type QuickTest = (path: string, name: string, isDirectory: boolean) => boolean;

/**
 * One question for many patterns, much faster than asking each: may one of them match this path itself? Whether one matches a directory
 * above it is not asked. false is certain, true is not.
 */
export function anyMayMatch(patterns: readonly IgnorePattern[]): QuickTest {
  const of = (kind: Form["kind"]) => patterns.filter(({ form }) => form.kind === kind).map(({ form }) => form.value);
  const names = new Set(of("name"));
  const suffixes = of("suffix");
  const prefixes = of("prefix");
  const ends = of("ends").map(hasEnds);
  const paths = new Set(of("path"));
  const globs = of("glob");
  const matchesGlob = globs.length === 0 ? null : globMatcher(globs);
  return (path, name, isDirectory) =>
    names.has(name) || suffixes.some((suffix) => name.endsWith(suffix)) || prefixes.some((prefix) => name.startsWith(prefix)) ||
    ends.some((matches) => matches(name)) || (paths.size > 0 && paths.has(path)) ||
    (matchesGlob !== null && matchesGlob(isDirectory ? `${path}/` : path));
}

/** Nearly all patterns; each of the questions below is a regular expression to compile, at every start. */
const SIMPLE = /^(\*?)([\w.~-]+)(\/?)$/;

function formOf(positive: string): Form {
  const [, star, name, slash] = SIMPLE.exec(positive) ?? [];
  if (name !== undefined) {
    const kind = star === "" ? { kind: "name" as const, plain: [name] } : { kind: "suffix" as const, plain: [] };
    return { positive, floating: true, directoryOnly: slash === "/", ...kind, value: name };
  }
  const directoryOnly = positive.endsWith("/");
  const whole = directoryOnly ? positive.slice(0, -1) : positive;
  const deep = whole.startsWith("**/");
  const body = whole.slice(deep ? 3 : whole.startsWith("/") ? 1 : 0);
  const components = body.split("/");
  const floating = deep || !whole.includes("/");
  const wild = components.findIndex((component) => component === "" || /[*?[\]\\!]/.test(component));
  const plain = wild < 0 ? components : components.slice(0, wild);
  const base = { positive, floating, directoryOnly, plain };
  if (wild < 0 && floating && components.length === 1) return { ...base, kind: "name", value: body };
  if (wild < 0 && !floating) return { ...base, kind: "path", value: body };
  if (floating && /^\*[^*?[\]\\/!]+$/.test(body)) return { ...base, kind: "suffix", value: body.slice(1) };
  if (floating && /^[^*?[\]\\/!]+\*$/.test(body)) return { ...base, kind: "prefix", value: body.slice(0, -1) };
  if (floating && /^[^*?[\]\\/!]+\*[^*?[\]\\/!]+$/.test(body)) return { ...base, kind: "ends", value: body };
  return { ...base, kind: "glob", value: /^[!#]/.test(positive) ? `\\${positive}` : positive };
}

function matcherOf({ kind, value, directoryOnly }: Form): IgnorePattern["matches"] {
  switch (kind) {
    case "name":
      return someComponent((name) => name === value, directoryOnly);
    case "suffix":
      return someComponent((name) => name.endsWith(value), directoryOnly);
    case "prefix":
      return someComponent((name) => name.startsWith(value), directoryOnly);
    case "ends":
      return someComponent(hasEnds(value), directoryOnly);
    case "path":
      return (path, isDirectory) =>
        path.startsWith(value) && (path.length === value.length ? isDirectory || !directoryOnly : path[value.length] === "/");
    case "glob": {
      let matchesGlob: ReturnType<typeof globMatcher> | undefined;
      return (path, isDirectory) => (matchesGlob ??= globMatcher([value]))(isDirectory ? `${path}/` : path);
    }
  }
}

/** @param value `prefix*suffix` */
function hasEnds(value: string): (name: string) => boolean {
  const [prefix, suffix] = value.split("*") as [string, string];
  return (name) => name.length >= value.length - 1 && name.startsWith(prefix) && name.endsWith(suffix);
}

function someComponent(matches: (name: string) => boolean, directoryOnly: boolean): IgnorePattern["matches"] {
  return (path, isDirectory) => {
    let start = 0;
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", start)) {
      if (matches(path.slice(start, slash))) return true;
      start = slash + 1;
    }
    return (isDirectory || !directoryOnly) && matches(path.slice(start));
  };
}

function reachOf({ floating, plain, kind, value }: Form): Pick<IgnorePattern, "reachesInto" | "names"> {
  const sharesPlainPart = (components: readonly string[]) =>
    plain.every((name, index) => index >= components.length || name === components[index]);
  return {
    reachesInto: (directory) => floating || sharesPlainPart(directory.split("/")),
    names: (directory) => {
      const components = directory.split("/");
      if (floating) return kind === "name" && components.at(-1) === value;
      return components.length <= plain.length && sharesPlainPart(components);
    },
  };
}

/** As git and the Python tool read lines: blanks at both ends are not meant, unless the last one is escaped. */
function trimmed(line: string): string {
  const text = line.trimStart();
  const bare = text.trimEnd();
  const escaped = /(^|[^\\])(\\\\)*\\$/.test(bare) && bare.length < text.length;
  return escaped ? `${bare} ` : bare;
}
