/**
 * Patterns over paths as Python's `glob` and shells read them: `*` and `?` stop at a slash, `**` as a whole component is any number of
 * folders, `[ab]` and `[!ab]` are sets. A component that begins with a wildcard does not match a name that begins with a dot.
 */

export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

/** @param isRecursive false: `**` is `*`, as in `glob.glob` without `recursive=True`. */
export function pathPattern(text: string, isRecursive = true): RegExp {
  const parts = text.split("/");
  let pattern = "";
  parts.forEach((part, at) => {
    const isLast = at === parts.length - 1;
    if (part === "**" && isRecursive) {
      pattern += isLast ? "(?:(?!\\.)[^/]+/)*(?!\\.)[^/]+" : "(?:(?!\\.)[^/]+/)*";
      return;
    }
    pattern += (/^[*?[]/.test(part) ? "(?!\\.)" : "") + component(part) + (isLast ? "" : "/");
  });
  return new RegExp(`^${pattern}$`, "u");
}

/** As Python's `fnmatch` reads it: `*` and `?` match slashes and leading dots, too (`auto_code.ignore` of config.yaml). */
export function loosePattern(text: string): RegExp {
  return new RegExp(`^${component(text, ".")}$`, "su");
}

function component(text: string, any = "[^/]"): string {
  let pattern = "";
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    const end = unit === "[" ? text.indexOf("]", at + (text[at + 1] === "!" ? 3 : 2)) : -1;
    if (unit === "*") pattern += `${any}*`;
    else if (unit === "?") pattern += any;
    else if (end > 0) {
      const set = text.slice(at + 1, end).replace(/^!/, "^").replace(/[\\[\]&~]/g, "\\$&");
      pattern += `(?!/)[${set}]`;
      at = end;
    } else pattern += unit.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  }
  return pattern;
}
