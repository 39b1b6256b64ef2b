/** Figures as text and as the tables of docs/benchmarks.md: what was asked, what was measured, reached or not. */
import { renderTable } from "../../src/ui/table.ts";
import { bytes } from "../../src/ui/text.ts";
import { median } from "./measure.ts";
import type { Ask, Figure, Figures, Row } from "./race.ts";

export interface Measured {
  readonly row: Row;
  readonly figures: Figures;
  /** The machine's load when the row ended. */
  readonly load: number;
}

const BEGIN = "<!-- figures: begin -->";
const END = "<!-- figures: end -->";

export function resultText(measured: readonly Measured[], programs: readonly string[]): string {
  const verdicts = renderTable(VERDICT_HEADS.map((head) => ({ head })), verdictRows(measured, programs));
  const figures = renderTable(FIGURE_HEADS.map((head, at) => ({ head, align: at < 2 ? "left" : "right" })), figureRows(measured));
  return `${verdicts}\n\n${figures}`;
}

export function resultPage(measured: readonly Measured[], programs: readonly string[], conditions: readonly string[]): string {
  const tables = [[VERDICT_HEADS, verdictRows(measured, programs)], [FIGURE_HEADS, figureRows(measured)]] as const;
  return [conditions.map((one) => `- ${one}`).join("\n"), ...tables.map(([heads, rows]) => markdown(heads, rows))].join("\n\n");
}

export async function writeIntoPage(page: string, text: string): Promise<void> {
  const before = await Deno.readTextFile(page);
  const [start, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`${page} has no "${BEGIN}" and "${END}"`);
  await Deno.writeTextFile(page, `${before.slice(0, start + BEGIN.length)}\n\n${text}\n\n${before.slice(end)}`);
}

const VERDICT_HEADS = ["row", "asked", "program", "found", "reached"];
const FIGURE_HEADS = ["row", "tool", "least", "median", "processor", "memory", "requests", "runs", "load"];

function verdictRows(measured: readonly Measured[], programs: readonly string[]): string[][] {
  return measured.flatMap(({ row, figures }) =>
    row.asks.flatMap((ask) =>
      programs.map((program) => {
        const found = foundOf(ask, figures, program);
        return [row.name, askText(ask, program), program, found === null ? "–" : valueText(ask, found), verdictText(ask, found)];
      })
    )
  );
}

function verdictText(ask: Ask, found: number | null): string {
  return found === null ? "not measured" : found <= ask.atMost ? "yes" : "no";
}

function figureRows(measured: readonly Measured[]): string[][] {
  return measured.flatMap(({ row, figures, load }) =>
    [...figures].map(([tool, list]) => {
      const all = (of: (figure: Figure) => number | null) => list.map(of).filter((value) => value !== null);
      const walls = all(({ wall }) => wall);
      const [processor, memory, requests] = [all((one) => one.processor), all((one) => one.memory), all((one) => one.requests)];
      return [
        row.name,
        tool,
        seconds(Math.min(...walls)),
        seconds(median(walls)),
        processor.length === 0 ? "" : seconds(median(processor)),
        memory.length === 0 ? "" : bytes(Math.max(...memory)),
        requests.length === 0 ? "" : String(Math.max(...requests)),
        String(list.length),
        load.toFixed(1),
      ];
    })
  );
}

/** Best against best for times, the worst run for everything else; null where it, or its peer, has no figure. */
function foundOf(ask: Ask, figures: Figures, program: string): number | null {
  const own = valueOf(ask, figures.get(program));
  if (ask.against === undefined || own === null) return own;
  const peer = valueOf(ask, figures.get(peerOf(ask, program)));
  return peer === null ? null : own / peer;
}

function valueOf(ask: Ask, list: readonly Figure[] | undefined): number | null {
  const values = (list ?? []).map((figure) => figure[ask.measure]).filter((value) => value !== null);
  if (values.length === 0) return null;
  return ask.measure === "wall" ? Math.min(...values) : Math.max(...values);
}

function peerOf(ask: Ask, program: string): string {
  return typeof ask.against === "function" ? ask.against(program) : ask.against!;
}

function askText(ask: Ask, program: string): string {
  return `≤ ${valueText(ask, ask.atMost)}${ask.against === undefined ? "" : ` ${peerOf(ask, program)}`}`;
}

function valueText({ measure, against }: Ask, value: number): string {
  if (measure === "requests") return `${value} requests`;
  if (measure === "memory") return `${Math.round(value / 1e6)} MB`;
  return `${Number(value.toPrecision(value < 1 ? 2 : 3))} ×${measure === "carried" && against === undefined ? " the file" : ""}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 3 : 1)} s`;
}

function markdown(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, at) => Math.max(head.length, 3, ...rows.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [line(heads), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
