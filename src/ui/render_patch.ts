/** `diff` as text: a list of paths, or a patch that `patch -p1` and `git apply` take. The one room that knows the diff library. */
import { createTwoFilesPatch } from "diff";
import type { DiffReport } from "../plan/reports.ts";
import type { Console } from "./console.ts";
import { changeTable, entryTable } from "./render_changes.ts";
import { safeText, styles } from "./text.ts";

export function renderDiff(report: DiffReport, console: Console): string {
  if (report.changes.length === 0) return `No differences from ${safeText(report.reference)}`;
  const lines = [`Compared with ${safeText(report.reference)}:`];
  // What differs in registry.yaml is told entry by entry, and not twice.
  const isTold = report.models.some(({ change }) => change !== "files");
  const files = !isTold ? report.changes : report.changes.filter(({ path }) => !path.endsWith("/registry.yaml"));
  if (files.length > 0) lines.push(changeTable(files, console, { whole: true }));
  if (report.models.length > 0) lines.push("Models and targets:", entryTable(report.models, console));
  return lines.join("\n");
}

/** From the bundle (`a/`) to the folder (`b/`). */
export function renderPatch(report: DiffReport, console: Console): string {
  return report.patches.map((patch) => onePatch(patch, report, console)).filter((text) => text !== "").join("");
}

function onePatch({ path, here, there }: DiffReport["patches"][number], report: DiffReport, console: Console): string {
  const change = report.changes.find((one) => one.path === path);
  const head = `diff --mops a/${path} b/${path}\n${modeLines(change?.there?.executable, change?.here?.executable)}`;
  if (here === "binary" || there === "binary") {
    return `${head}Binary files differ: ${change?.there?.digest ?? "absent"} → ${change?.here?.digest ?? "absent"}\n`;
  }
  if (here === there) return head;
  const from = there === null ? "/dev/null" : `a/${path}`;
  const to = here === null ? "/dev/null" : `b/${path}`;
  const text = createTwoFilesPatch(from, to, there ?? "", here ?? "", undefined, undefined, { context: 3 });
  const body = text.replace(/^=+\n/, "");
  return head + (console.colour ? coloured(body, console) : body);
}

function modeLines(there: boolean | undefined, here: boolean | undefined): string {
  if (there === undefined || here === undefined || there === here) return "";
  const mode = (executable: boolean): string => executable ? "100755" : "100644";
  return `old mode ${mode(there)}\nnew mode ${mode(here)}\n`;
}

function coloured(body: string, console: Console): string {
  const { red, green, cyan, bold } = styles(console.colour);
  return body.split("\n").map((line) => {
    if (line.startsWith("---") || line.startsWith("+++")) return bold(line);
    if (line.startsWith("@@")) return cyan(line);
    return line.startsWith("+") ? green(line) : line.startsWith("-") ? red(line) : line;
  }).join("\n");
}
