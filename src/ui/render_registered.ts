/** `register-model`, `register-target`, `unregister`, `list` and target sets as text; it reads well in 80 columns and without colour. */
import { shellWord } from "../base/shell_word.ts";
import type { Issue } from "../models/issue.ts";
import type { TargetSet } from "../models/model_registry.ts";
import type { RegisteredChange } from "../plan/registration.ts";
import type { ListReport, RegisterReport, TargetSetReport, UnregisterReport } from "../plan/reports.ts";
import type { Console } from "./console.ts";
import { renderTable, tableWidth } from "./table.ts";
import { count, listed, safeText, styles } from "./text.ts";

const LIMIT = 20; // of proposals and findings; --json gives all

/** Never colour alone: a mark and, where it is not plain, a word say the same. */
const MARKS: Readonly<Record<RegisteredChange["change"], string>> = {
  added: "+",
  updated: "~",
  renamed: "~",
  removed: "-",
  unchanged: "=",
  kept: "!",
};

export function renderRegistered(command: "register-model" | "register-target", report: RegisterReport, console: Console): string {
  const { bold } = styles(console.colour);
  const lines: string[] = [];
  if (report.dryRun) lines.push(bold("Plan (nothing was written):"));
  lines.push(...report.entries.flatMap((entry) => entryLines(entry, console)));
  for (const { name, fact } of report.sets) lines.push(`~ target set ${safeText(name)}: ${safeText(fact)}`);
  if (report.notRegistered.length > 0) {
    lines.push("Not registered:");
    lines.push(...some(report.notRegistered, ({ path, name, why }) => `  ${safeText(path)}: ${safeText(name)}: ${safeText(why)}`));
  }
  if (report.nothingIn.length > 0) {
    const told = report.nothingIn.slice(0, 5).map((path) => safeText(path)).join(", ");
    const more = report.nothingIn.length > 5 ? ` and ${count(report.nothingIn.length - 5, "more file")}` : "";
    lines.push(`Without a ${command === "register-model" ? "model" : "target"}: ${told}${more}`);
  }
  lines.push(...unresolvedLines(report), ...issueLines(report.issues, console), ...proposalLines(command, report));
  if (report.tracked.length > 0) {
    const tracked = count(report.tracked.length, "file");
    lines.push(`${report.dryRun ? "Would track" : "Tracked"} ${tracked} that registered ${what(command)} need`);
  }
  lines.push(...some(report.ignored, ({ path, pattern, source }) => {
    const command = `mops bundle add --force ${shellWord(path)}`;
    return `! ${safeText(path)} is needed, and ignored by ${safeText(pattern)} (${safeText(source)}): ${safeText(command)} tracks it`;
  }));
  lines.push(...nextStep(report));
  return lines.join("\n");
}

export function renderUnregistered(report: UnregisterReport, console: Console): string {
  const lines = report.dryRun ? [styles(console.colour).bold("Plan (nothing was written):")] : [];
  lines.push(...report.entries.flatMap((entry) => entryLines(entry, console)));
  for (const { name, fact } of report.sets) lines.push(`~ target set ${safeText(name)}: ${safeText(fact)}`);
  if (report.entries.some(({ change }) => change === "removed")) {
    lines.push("Its files stay tracked; 'mops bundle remove' takes files out of the bundle");
  }
  return lines.join("\n");
}

/** Ids and outputs are what other commands want: they are never cut; where there is no room, each row becomes a block. */
export function renderList(report: ListReport, console: Console): string {
  const { bold } = styles(console.colour);
  const options = { width: tableWidth(console), colour: console.colour, indent: "  " };
  const sections: string[] = [];
  if (report.models.length > 0) {
    const rows = report.models.map(({ id, entrypoint, outputs, labels }) => [id, entrypoint, outputs.join(", "), labelText(labels)]);
    const columns = [{ head: "Model" }, { head: "Entrypoint", shrinks: true }, { head: "Outputs" }, { head: "Labels", shrinks: true }];
    sections.push(`${bold("Models:")}\n${renderTable(columns, dashed(rows), options)}`);
  }
  if (report.targets.length > 0) {
    const rows = report.targets.map(({ id, entrypoint, modelOutput, labels, weight }) => [
      id,
      entrypoint,
      modelOutput,
      labelText(labels),
      weight === null ? "" : String(weight),
    ]);
    const columns = [
      { head: "Target" },
      { head: "Entrypoint", shrinks: true },
      { head: "Model output" },
      { head: "Labels", shrinks: true },
      { head: "Weight", align: "right" as const },
    ];
    sections.push(`${bold("Targets:")}\n${renderTable(columns, dashed(rows), options)}`);
  }
  if (report.targetSets.length > 0) sections.push(`${bold("Target sets:")}\n${setTable(report.targetSets, console)}`);
  if (report.hidden > 0) sections.push(`${count(report.hidden, "other")} left out by their labels`);
  if (sections.length > 0) return sections.join("\n\n");
  return "Nothing is registered\nRun 'mops bundle register-model FILE' to register the models of a file";
}

export function renderSets(report: ListReport, console: Console): string {
  if (report.targetSets.length > 0) return setTable(report.targetSets, console);
  const first = report.targets.length === 0 ? "mops bundle register-target FILE" : "mops bundle target-set set NAME -t ID";
  return `There are no target sets\nRun '${first}'${report.targets.length === 0 ? " first" : " to make one"}`;
}

export function renderSet({ set, change }: TargetSetReport): string {
  const name = safeText(set.name);
  if (change === "removed") return `- target set ${name} (its targets stay registered)`;
  const mark = change === "added" ? "+" : change === "updated" ? "~" : "=";
  return `${mark} target set ${name}: ${safeText(membersText(set))}${change === "unchanged" ? " (unchanged)" : ""}`;
}

function entryLines(entry: RegisteredChange, console: Console): string[] {
  const { green, yellow, red, dim } = styles(console.colour);
  const style = { added: green, updated: yellow, renamed: yellow, removed: red, unchanged: dim, kept: red }[entry.change];
  const outputs = entry.outputs.length === 0 ? "" : `  ${entry.kind === "model" ? "outputs" : "of"}: ${entry.outputs.join(", ")}`;
  const head = `${MARKS[entry.change]} ${safeText(entry.id)}  ${safeText(entry.entrypoint)}`;
  switch (entry.change) {
    case "removed":
      return [style(head), ...(entry.why === null ? [] : [`    removed: ${safeText(entry.why)}`])];
    case "kept":
      return [style(head), `    kept as it was: ${safeText(entry.why ?? "")}`];
    case "unchanged":
      return [style(`${head}  (unchanged)`)];
    default: {
      const files = [count(entry.files.code, "code file"), ...(entry.files.data === 0 ? [] : [count(entry.files.data, "data file")])];
      const isTold = entry.facts.some((fact) => fact.startsWith(`name ${entry.from} → `));
      const renamed = entry.from === null || isTold ? [] : [`was called ${entry.from}`];
      const facts = entry.change === "added" ? [listed(files)] : [...renamed, ...entry.facts];
      return [style(head) + safeText(outputs), ...facts.map((fact) => `    ${safeText(fact)}`)];
    }
  }
}

function issueLines(issues: readonly Issue[], console: Console): string[] {
  const { yellow, red } = styles(console.colour);
  // Models of one file have some in common.
  const distinct = new Map(issues.map((one) => [JSON.stringify([one.code, one.path, one.line, one.message]), one]));
  const told = [...distinct.values()].filter(({ severity }) => severity !== "info");
  const lines = some(told, ({ severity, message, path, line, hint }) => {
    const place = path === null || message.startsWith(path) ? "" : `${path}${line === null ? "" : `:${line}`}: `;
    const mark = severity === "error" ? red("✗ error") : yellow("⚠ warning");
    return `${mark} ${safeText(place + message)}${hint === null ? "" : `\n    ${safeText(hint)}`}`;
  });
  return told.some(({ severity }) => severity === "error") ? [...lines, "A push is refused as long as there are errors"] : lines;
}

/** Several models of one file meet the same places. */
function unresolvedLines({ unresolved }: RegisterReport): string[] {
  if (unresolved.length === 0) return [];
  const lines = unresolved.map(({ what, file, line, why }) => `  ${safeText(file)}:${line}: ${safeText(what)}: ${safeText(why)}`);
  return ["Recorded as unresolved, since only a run could tell:", ...some([...new Set(lines)], (line) => line)];
}

function proposalLines(command: string, { proposals, entries, dryRun }: RegisterReport): string[] {
  if (proposals.length === 0) return [];
  const paths = new Map(proposals.map((one) => [one.path, one]));
  const naming = new Set(proposals.map(({ id }) => id));
  const files = [...new Set(entries.filter(({ id }) => naming.has(id)).map(({ path }) => path))];
  const what = files.length > 5 ? "--regen-all" : files.map((path) => safeText(shellWord(path))).join(" ");
  return [
    "Named in the code, and not listed as data:",
    ...some([...paths.values()], ({ path, file, line }) => `  ${safeText(path)}  (${safeText(file)}:${line})`),
    ...(dryRun ? [] : [`Run 'mops bundle ${command} ${what} --auto-data' to take them over`]),
  ];
}

function nextStep(report: RegisterReport): string[] {
  if (report.dryRun) return [];
  if (report.entries.length === 0) return ["Nothing is registered, so there was nothing to analyse"];
  if (report.entries.some(({ change }) => change === "kept")) {
    return ["A push is refused as long as entries are kept as they were ('mops bundle status' shows how all stand)"];
  }
  return ["Run 'mops bundle status' to see how they stand, 'mops bundle push' to publish them"];
}

function what(command: string): string {
  return command === "register-model" ? "models" : "targets";
}

function setTable(sets: readonly TargetSet[], console: Console): string {
  const rows = sets.map((
    { name, targets, weights },
  ) => [name, targets.join(", "), Object.entries(weights).map(([id, w]) => `${id}=${w}`).join(", ")]);
  const columns = [{ head: "Set" }, { head: "Targets" }, { head: "Weights" }];
  return renderTable(columns, dashed(rows), { width: tableWidth(console), colour: console.colour, indent: "  " });
}

function membersText({ targets, weights }: TargetSet): string {
  if (targets.length === 0) return "no targets";
  return targets.map((id) => Object.hasOwn(weights, id) ? `${id} (${weights[id]})` : id).join(", ");
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(", ");
}

function dashed(rows: readonly (readonly string[])[]): string[][] {
  return rows.map((row) => row.map((cell) => cell === "" ? "-" : cell));
}

function some<T>(items: readonly T[], line: (item: T) => string): string[] {
  if (items.length <= LIMIT) return items.map(line);
  return [...items.slice(0, LIMIT).map(line), `  and ${count(items.length - LIMIT, "more", "more")}`];
}
