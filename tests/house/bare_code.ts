/**
 * Code without its comments, strings and regular expressions, line for line, so that a search finds only what runs. Rough: it reads
 * TypeScript as we write it, not every program. What stands in `${…}` of a template is code and stays.
 */
export function bareCode(text: string): string {
  let out = "";
  let place = 0;
  /** For each open template: how deep in braces its `${` is. */
  const templates: number[] = [];
  let depth = 0;

  const skip = (end: number) => {
    out += text.slice(place, end).replace(/[^\n]/g, " ");
    place = end;
  };
  const skipTemplate = () => {
    const end = endOfTemplate(text, place);
    const opens = text.startsWith("${", end - 2) && text[end - 3] !== "\\";
    skip(end);
    if (opens) templates.push(depth++);
  };

  while (place < text.length) {
    const rest = text.slice(place, place + 2);
    if (rest === "//") skip(indexOr(text.indexOf("\n", place), text.length));
    else if (rest === "/*") skip(indexOr(text.indexOf("*/", place + 2), text.length - 2) + 2);
    else if (text[place] === '"' || text[place] === "'") skip(endOfQuoted(text, place));
    else if (text[place] === "`") {
      skip(place + 1);
      skipTemplate();
    } else if (text[place] === "/" && beginsRegex(out)) skip(endOfRegex(text, place));
    else if (text[place] === "}" && templates.at(-1) === depth - 1) {
      templates.pop();
      depth--;
      skip(place + 1);
      skipTemplate();
    } else {
      if (text[place] === "{") depth++;
      if (text[place] === "}") depth--;
      out += text[place++];
    }
  }
  return out;
}

function endOfQuoted(text: string, start: number): number {
  let place = start + 1;
  while (place < text.length && text[place] !== text[start] && text[place] !== "\n") place += text[place] === "\\" ? 2 : 1;
  return Math.min(place + 1, text.length);
}

/** Behind the closing backtick, or behind the next `${`. */
function endOfTemplate(text: string, start: number): number {
  let place = start;
  while (place < text.length) {
    if (text[place] === "\\") place += 2;
    else if (text[place] === "`") return place + 1;
    else if (text.startsWith("${", place)) return place + 2;
    else place++;
  }
  return text.length;
}

function endOfRegex(text: string, start: number): number {
  let inClass = false;
  for (let place = start + 1; place < text.length; place++) {
    const character = text[place];
    if (character === "\\") place++;
    else if (character === "\n") return place;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "/" && !inClass) return place + 1;
  }
  return text.length;
}

/** A slash divides after a value, and begins a regular expression after everything else. */
function beginsRegex(before: string): boolean {
  const trimmed = before.trimEnd();
  if (/\b(return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)$/.test(trimmed)) return true;
  return !/[\w$)\]}]$/.test(trimmed);
}

function indexOr(index: number, otherwise: number): number {
  return index < 0 ? otherwise : index;
}
