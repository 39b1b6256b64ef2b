/** Lists of changes, as every command that has some shows them: a mark, a word, a path. */
import type { Change, ChangeKind } from "../plan/compare.ts";
import type { EntryDifference } from "../plan/entry_differences.ts";
import type { Console } from "./console.ts";
import { renderTable, tableWidth } from "./table.ts";
import { count, safeText, styles } from "./text.ts";

/** Never colour alone: a mark and a word say the same. */
const WORDS: Readonly<Record<ChangeKind, readonly [mark: string, word: string]>> = {
  "unchanged": [" ", "unchanged"],
  "added": ["+", "added"],
  "modified": ["M", "modified"],
  "deleted": ["-", "deleted"],
  "remote-added": ["↓", "added there"],
  "remote-modified": ["↓", "modified there"],
  "remote-deleted": ["×", "deleted there"],
  "conflict": ["!", "changed on both sides"],
};

const LIMIT = 50; // longer lists end in a count, in text; --json gives them whole

export function changeTable(
  changes: readonly Change[],
  console: Console,
  options: { readonly whole?: boolean; readonly indent?: string } = {},
): string {
  const { green, yellow, red, cyan } = styles(console.colour);
  const shown = options.whole === true || changes.length <= LIMIT ? changes : changes.slice(0, LIMIT);
  const style = (text: string, row: number): string => {
    const kind = shown[row]?.kind;
    if (kind === "added") return green(text);
    if (kind === "deleted" || kind === "conflict") return red(text);
    return kind === "modified" ? yellow(text) : cyan(text);
  };
  const indent = options.indent ?? "  ";
  const table = renderTable(
    [{ style }, { style }, { shrinks: true }],
    shown.map(({ path, kind }) => [...WORDS[kind], path]),
    { width: tableWidth(console), colour: console.colour, indent },
  );
  const rest = changes.length - shown.length;
  return rest > 0 ? `${table}\n${indent}and ${count(rest, "more file")}` : table;
}

/** The same for entries of the model registry, each with what differs in it. */
export function entryTable(entries: readonly EntryDifference[], console: Console, indent = "  "): string {
  const { green, yellow, red, cyan } = styles(console.colour);
  const lines = entries.flatMap(({ kind, id, change, facts, files }) => {
    const [mark, word] = change === "files" ? ["M", "other files"] : WORDS[change];
    const style = change === "added"
      ? green
      : change === "modified" || change === "files"
      ? yellow
      : change === "deleted" || change === "conflict"
      ? red
      : cyan;
    const head = `${indent}${style(`${mark}  ${word}`)}  ${kind === "set" ? "target set" : kind} ${safeText(id)}`;
    const shown = /added|deleted/.test(change) ? [] : files.slice(0, 5); // of a new entry all of them are
    const more = shown.length > 0 && files.length > 5 ? [`and ${count(files.length - 5, "more file")}`] : [];
    return [head, ...[...facts, ...shown, ...more].map((text) => `${indent}     ${safeText(text)}`)];
  });
  return lines.join("\n");
}

export function changeWord(kind: ChangeKind): string {
  return WORDS[kind][1];
}

/** `3 files modified, 1 added`; null when there is nothing to say. */
export function summary(changes: readonly Change[], kinds: readonly ChangeKind[]): string | null {
  const parts = kinds.map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const).filter(([, n]) => n > 0);
  if (parts.length === 0) return null;
  return parts.map(([kind, n], i) => i === 0 ? `${count(n, "file")} ${WORDS[kind][1]}` : `${n} ${WORDS[kind][1]}`).join(", ");
}
