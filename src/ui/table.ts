/**
 * Rows in columns, without borders: easy to read, easy to cut with other tools. On a narrow terminal paths lose their middle, and where
 * that is not enough each row becomes a small block. In a pipe nothing is ever cut, and no line ends in spaces.
 */
import { safeText } from "./safe_text.ts";
import { styles } from "./text.ts";
import { displayWidth, padded, truncateMiddle } from "./width.ts";

export interface Column {
  readonly head?: string | undefined;
  readonly align?: "left" | "right" | undefined;
  /** May lose its middle on a narrow terminal: paths and messages, never digests or references. */
  readonly shrinks?: boolean | undefined;
  /** Dresses a finished cell; `row` is its number. Cells themselves are plain text. */
  readonly style?: ((text: string, row: number) => string) | undefined;
}

export interface TableOptions {
  /** Columns of the terminal; undefined where the text goes into a pipe. */
  readonly width?: number | undefined;
  readonly colour?: boolean | undefined;
  readonly indent?: string | undefined;
}

const GAP = "  ";
const LEAST = 12; // a path cut shorter than this says nothing

/** The lines of a table, without a newline at the end; the empty text for no rows. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  if (rows.length === 0) return "";
  const indent = options.indent ?? "";
  const cells = rows.map((row) => columns.map((_, column) => safeText(row[column] ?? "")));
  const natural = columns.map((column, index) => cells.reduce((w, row) => Math.max(w, displayWidth(row[index]!)), headWidth(column)));
  const room = options.width === undefined ? Infinity : options.width - displayWidth(indent) - GAP.length * (columns.length - 1);
  const widths = fitted(columns, natural, room);
  if (widths === null) return stacked(columns, cells, indent, options.colour ?? false);

  const { bold } = styles(options.colour ?? false);
  const lines = cells.map((row, number) => line(columns, widths, row, indent, (text, column) => column.style?.(text, number) ?? text));
  if (columns.some((column) => column.head !== undefined)) {
    lines.unshift(line(columns, widths, columns.map((column) => column.head ?? ""), indent, bold));
  }
  return lines.join("\n");
}

/** The width to give to a table whose text goes to stdout. */
export function tableWidth(console: { readonly width: number; readonly isTerminal: { readonly out: boolean } }): number | undefined {
  return console.isTerminal.out ? console.width : undefined;
}

function headWidth(column: Column): number {
  return displayWidth(column.head ?? "");
}

/** Widths that fit into `room`, taken from the widest shrinking column first; null when there are none. */
function fitted(columns: readonly Column[], natural: readonly number[], room: number): number[] | null {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    const candidates = columns.flatMap((column, index) =>
      column.shrinks && widths[index]! > Math.max(LEAST, headWidth(column)) ? [index] : []
    );
    if (candidates.length === 0) return null;
    const widest = candidates.reduce((best, index) => widths[index]! > widths[best]! ? index : best);
    widths[widest]!--;
    excess--;
  }
  return widths;
}

function line(
  columns: readonly Column[],
  widths: readonly number[],
  row: readonly string[],
  indent: string,
  style: (text: string, column: Column) => string,
): string {
  const last = row.findLastIndex((cell) => cell !== "");
  const parts = columns.slice(0, last + 1).map((column, index) => {
    const cut = truncateMiddle(row[index]!, widths[index]!);
    // Spaces stay outside of the style, so that no underline or background runs on; the last cell needs none after it.
    const fill = " ".repeat(widths[index]! - displayWidth(cut));
    const dressed = cut === "" ? "" : style(cut, column);
    return column.align === "right" ? fill + dressed : index === last ? dressed : dressed + fill;
  });
  return indent + parts.join(GAP);
}

function stacked(columns: readonly Column[], rows: readonly (readonly string[])[], indent: string, colour: boolean): string {
  const { bold } = styles(colour);
  const headed = columns.some((column) => column.head !== undefined);
  const labels = Math.max(...columns.map(headWidth));
  const blocks = rows.map((row, number) =>
    columns.flatMap((column, index) => {
      const cell = row[index]!;
      if (cell === "") return [];
      const dressed = column.style?.(cell, number) ?? cell;
      const label = headed ? bold(padded(column.head ?? "", labels)) + GAP : index === 0 ? "" : GAP;
      return [indent + label + dressed];
    }).join("\n")
  );
  return blocks.join(headed ? "\n\n" : "\n");
}
