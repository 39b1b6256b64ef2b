/**
 * Requirements as PEP 508 writes them, read as far as closures and messages need it: name, extras, specifier, URL and marker. Names are
 * compared as PEP 503 normalises them.
 */

export interface Requirement {
  /** Normalised: `scikit-learn`. */
  readonly name: string;
  /** Normalised and sorted. */
  readonly extras: readonly string[];
  /** `>=1.26,<3`, clauses sorted, without spaces; "" for any version. */
  readonly specifier: string;
  /** `git+https://…`; null where an index brings it. */
  readonly url: string | null;
  readonly marker: string | null;
}

/** PEP 503: runs of `-`, `_` and `.` are one `-`, and case does not count. */
export function normalisedName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

/** null where the text is no requirement. */
export function parseRequirement(text: string): Requirement | null {
  const match = /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(.*)$/s.exec(text);
  if (match === null) return null;
  const [, name, extras, rest] = match;
  const base = { name: normalisedName(name!), extras: extrasOf(extras ?? "") };
  if (rest!.startsWith("@")) {
    // A marker after a URL needs a space before its semicolon, since URLs may hold one.
    const [url, marker] = cut(rest!.slice(1), /\s;/);
    return url === "" ? null : { ...base, specifier: "", url, marker };
  }
  const [written, marker] = cut(rest!, /;/);
  const clauses = written.replace(/^\((.*)\)$/s, "$1").split(",").map((clause) => clause.replace(/\s+/g, "")).filter((clause) =>
    clause !== ""
  );
  if (!clauses.every((clause) => /^(===|==|~=|!=|<=|>=|<|>)[^<>=!~]+$/.test(clause))) return null;
  return { ...base, specifier: clauses.sort().join(","), url: null, marker };
}

/** One text for each meaning, whatever its spaces and order were. */
export function requirementText({ name, extras, specifier, url, marker }: Requirement): string {
  const bring = url === null ? specifier : ` @ ${url}`;
  const when = marker === null ? "" : `${url === null ? "" : " "}; ${marker}`;
  return `${name}${extras.length === 0 ? "" : `[${extras.join(",")}]`}${bring}${when}`;
}

/** `2.1` of `==2.1`; null where the specifier leaves a choice. */
export function pinnedVersion(specifier: string): string | null {
  return /^={2,3}([^*,]+)$/.exec(specifier)?.[1] ?? null;
}

function extrasOf(text: string): string[] {
  return text.split(",").map((extra) => normalisedName(extra.trim())).filter((extra) => extra !== "").sort();
}

function cut(text: string, at: RegExp): [string, string | null] {
  const found = at.exec(text);
  if (found === null) return [text.trim(), null];
  const marker = text.slice(found.index + found[0].length).trim().replace(/\s+/g, " ");
  return [text.slice(0, found.index).trim(), marker === "" ? null : marker];
}
