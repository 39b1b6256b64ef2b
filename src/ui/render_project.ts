/** `init`, `add`, `remove` and `mv` as text. */
import type { AddReport, InitReport, MoveReport, RemoveReport } from "../plan/reports.ts";
import type { Console } from "./console.ts";
import { count, safeText, styles } from "./text.ts";

const LIMIT = 30;

export function renderInit(report: InitReport, console: Console): string {
  const { bold, green } = styles(console.colour);
  const lines = report.created
    ? [green(`Initialized ${safeText(report.name)} in ${safeText(report.root)}`)]
    : [`${safeText(report.root)} is a project already: ${safeText(report.name)}`];
  if (report.files.length > 0) {
    lines.push(...report.files.filter((file) => file.includes(".") && file !== ".modelops-bundle").map((file) => `  + ${safeText(file)}`));
  }
  if (report.changed.length > 0) lines.push(...report.changed.map((file) => `  M ${safeText(file)}`));
  lines.push(`${bold("Remote:")} ${safeText(report.remote)} (${report.source})`, "");
  lines.push(
    report.created
      ? "Run 'mops bundle add .' to say what belongs to the bundle, then 'mops bundle push'"
      : "Run 'mops bundle status' to see how it stands",
  );
  return lines.join("\n");
}

export function renderAdd(report: AddReport, console: Console): string {
  const { green, dim } = styles(console.colour);
  const lines: string[] = [];
  if (report.added.length > 0) {
    lines.push(`Tracking ${count(report.added.length, "more file")}:`, ...some(report.added, (path) => green(`  + ${safeText(path)}`)));
  } else {lines.push(
      report.already > 0 ? `No files added: ${count(report.already, "file")} tracked already` : "No files added: no files found",
    );}
  if (report.ignored.length > 0) {
    lines.push("Ignored:");
    lines.push(
      ...some(report.ignored, ({ path, pattern, source }) => dim(`  ${safeText(path)}  (${safeText(pattern)}, ${safeText(source)})`)),
    );
    lines.push("Use --force to add ignored files");
  }
  return lines.join("\n");
}

export function renderRemove(report: RemoveReport): string {
  const verb = report.deleted ? "Untracked and deleted" : "Untracked";
  return [`${verb} ${count(report.removed.length, "file")}:`, ...some(report.removed, (path) => `  - ${safeText(path)}`)].join("\n");
}

export function renderMove(report: MoveReport): string {
  return some(report.moved, ({ from, to }) => `${safeText(from)} -> ${safeText(to)}`).join("\n");
}

function some<T>(items: readonly T[], line: (item: T) => string): string[] {
  if (items.length <= LIMIT) return items.map(line);
  return [...items.slice(0, LIMIT).map(line), `  and ${count(items.length - LIMIT, "more", "more")}`];
}
