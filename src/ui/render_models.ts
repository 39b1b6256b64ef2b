/** Registered models and targets as text: the tables of `status`, what requires attention, one entry whole, and why it is not Ready. */
import { chainText, chainTo } from "../plan/chains.ts";
import type { CloudState } from "../plan/cloud_state.ts";
import type { DependencyState, EntryDependency, Readiness } from "../plan/entry_readiness.ts";
import type { EntryStatus, ModelsReport } from "../plan/reports.ts";
import type { Issue, Severity } from "../models/issue.ts";
import { CLOSURE_RULE } from "../models/model_registry.ts";
import type { BundlePath } from "../base/bundle_path.ts";
import type { Via } from "../python/dependencies.ts";
import type { Console } from "./console.ts";
import { renderTable, tableWidth } from "./table.ts";
import { count, grouped, safeText, type Styles, styles } from "./text.ts";
import { displayWidth, wrap } from "./width.ts";

/** Never colour alone: a mark and a word say the same. */
const STATUS: Readonly<Record<Readiness, string>> = { ready: "✓ Ready", stale: "⚠ Stale", broken: "✗ Broken" };
const CLOUD: Readonly<Record<CloudState, string>> = {
  "synced": "Synced",
  "ahead": "Ahead",
  "behind": "Behind",
  "diverged": "Diverged",
  "not-pushed": "Not pushed",
  "unknown": "Unknown",
};
const MARK: Readonly<Record<DependencyState, string>> = {
  current: "✓",
  modified: "Δ",
  missing: "✗",
  added: "+",
  dropped: "-",
  unsealed: "?",
};
const ICON: Readonly<Record<Severity, string>> = { error: "✗", warning: "⚠", info: "·" };
const LIMIT = 8; // of each list of findings: they stand above the next step, which has to be seen

/** `Registered Models (2)`, a rule, the table; the same for targets; no lines where nothing is registered. */
export function entryTables(report: ModelsReport, console: Console): string[] {
  return [...entryTable("Models", report.models, console), ...entryTable("Targets", report.targets, console)];
}

function entryTable(title: "Models" | "Targets", entries: readonly EntryStatus[], console: Console): string[] {
  if (entries.length === 0) return [];
  const paint = styles(console.colour);
  const rowsWith = (name: (one: EntryStatus) => string): string[][] =>
    entries.map((one) => [name(one), STATUS[one.status], dependenciesCell(one), CLOUD[one.cloud]]);
  const status = (text: string, row: number): string => colourOf(entries[row]!.status, paint)(text);
  const cloud = (text: string, row: number): string => entries[row]!.cloud === "diverged" ? paint.red(text) : text;
  const columns = [
    { head: title.slice(0, -1), shrinks: title === "Models" }, // an id that lost its middle is of no use
    { head: "Status", style: status },
    { head: "Dependencies" },
    { head: "Cloud", style: cloud },
  ];
  const width = tableWidth(console);
  const heads = columns.map(({ head, shrinks }) => ({ head, shrinks }));
  const isRoom = (rows: string[][]): boolean =>
    width === undefined || renderTable(heads, rows).split("\n").every((line) => displayWidth(line) <= width);
  const long = rowsWith((one) => longName(one, entries));
  const rows = isRoom(long) ? long : rowsWith((one) => shownName(one, entries));
  const table = renderTable(columns, rows, { width, colour: console.colour });
  const plain = renderTable(heads, rows, { width });
  const rule = "─".repeat(Math.min(width ?? 80, Math.max(...plain.split("\n").map(displayWidth))));
  return ["", paint.bold(`Registered ${title} (${grouped(entries.length)})`), paint.dim(rule), table];
}

/** `4 files`, `2 modified`, `1 missing`, `1 new`. */
function dependenciesCell({ dependencies, reasons }: EntryStatus): string {
  const of = (state: DependencyState): number => dependencies.filter((one) => one.state === state).length;
  const missing = Math.max(of("missing"), reasons.filter(({ kind }) => kind === "missing" || kind === "broken-import").length);
  const parts: string[] = [];
  for (
    const [n, word] of [[missing, "missing"], [of("modified"), "modified"], [of("added"), "new"], [of("dropped"), "not needed"]] as const
  ) {
    if (n > 0) parts.push(`${grouped(n)} ${word}`);
  }
  return parts.length === 0 ? count(dependencies.length, "file") : parts.slice(0, 2).join(", ");
}

/** Broken first, then what has to be registered again or has diverged; then what else preflight found. */
export function attentionLines(report: ModelsReport, console: Console): string[] {
  const paint = styles(console.colour);
  const all = [...report.models, ...report.targets];
  const lines: string[] = [];
  for (const one of all.filter(({ status }) => status === "broken")) {
    lines.push(`${paint.red("✗")} ${nameOf(one, all)}: ${one.reasons[0]!.text}`);
  }
  for (const one of all.filter(({ status, needsRegistration }) => status === "stale" && needsRegistration)) {
    const taken = one.reasons.filter(({ kind }) => kind !== "modified").map(({ text }) => text);
    lines.push(
      `${paint.yellow("⚠")} ${nameOf(one, all)}: ${taken[0]}${taken.length > 1 ? `, and ${count(taken.length - 1, "more", "more")}` : ""}`,
    );
  }
  for (const one of all.filter(({ cloud }) => cloud === "diverged")) {
    lines.push(`${paint.yellow("⚠")} ${nameOf(one, all)}: changed here and in the remote`);
  }
  const found = report.preflight.filter((issue) => !TOLD.has(issue.code));
  const told = alike(found.filter(({ severity }) => severity !== "info")).map(({ first, more }) => issueLine(first, more, paint));
  return [
    ...block("Issues requiring attention:", lines, console),
    ...block("Preflight:", told, console),
  ];
}

const ONE_DEED: ReadonlySet<string> = new Set(["imported-not-declared", "declared-not-locked", "unlisted-data"]);

/** Findings that are put right by one deed, as one: a distribution that fifty files import is declared once. */
export function alike(issues: readonly Issue[]): { readonly first: Issue; readonly more: number }[] {
  const groups = new Map<string, { first: Issue; more: number }>();
  for (const issue of issues) {
    const key = ONE_DEED.has(issue.code) ? `${issue.code} ${issue.hint}` : `${issue.code} ${issue.path} ${issue.line} ${issue.message}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: issue, more: 0 });
    else group.more++;
  }
  return [...groups.values()];
}

/** Codes that say again what an entry's own line says. */
const TOLD: ReadonlySet<string> = new Set(["missing-file", "stale-analysis", "missing-entrypoint-symbol"]);

function block(title: string, lines: readonly string[], console: Console): string[] {
  if (lines.length === 0) return [];
  const { bold } = styles(console.colour);
  const shown = lines.length > LIMIT + 1 ? lines.slice(0, LIMIT) : lines;
  const rest = lines.length - shown.length;
  const more = rest > 0 ? [`  and ${grouped(rest)} more ('mops bundle status --json' lists them)`] : [];
  return ["", bold(title), ...shown.map((line) => wrapped(line, console)), ...more];
}

function issueLine(issue: Issue, more: number, paint: Styles): string {
  const colour = issue.severity === "error" ? paint.red : paint.yellow;
  const place = issue.path !== null && issue.line !== null && !issue.message.includes(`line ${issue.line}`)
    ? ` (${issue.path} line ${issue.line})`
    : "";
  return `${colour(ICON[issue.severity])} ${safeText(issue.message)}${place}${more === 0 ? "" : `, and ${count(more, "more place")}`}`;
}

/** A long line goes on below its first word; in a pipe it stays one line. */
function wrapped(line: string, console: Console): string {
  const width = tableWidth(console);
  return width === undefined ? `  ${line}` : wrap(line, width - 2, "  ").replaceAll("\n  ", "\n    ");
}

/** Everything about one model or target. */
export function renderEntry(one: EntryStatus, console: Console): string {
  const paint = styles(console.colour);
  const { entry, closure } = one;
  const lines = [
    `${paint.bold(entry.kind === "model" ? "Model:" : "Target:")} ${safeText(one.name)} (${safeText(entry.id)})`,
    `${paint.bold("Path:")} ${safeText(entry.path)}`,
    `${paint.bold("Entry point:")} ${safeText(entry.entrypoint)}`,
    `${paint.bold("Status:")} ${colourOf(one.status, paint)(STATUS[one.status])}: ${sentence(one)}`,
    `${paint.bold("Cloud:")} ${CLOUD[one.cloud]}`,
    `${paint.bold("Closure:")} ${closure.digest ?? "none, since a file is missing"}`,
  ];
  if (closure.sealed !== closure.digest) lines.push(`  sealed: ${closure.sealed ?? "never"}`);
  if (closure.rule !== CLOSURE_RULE) {
    const by = closure.rule === null ? "a tool that follows no imports" : `rule ${closure.rule}, and this mops has rule ${CLOSURE_RULE}`;
    lines.push(`  recorded by ${by}: its lists count until 'mops bundle register-${entry.kind} --regen-all' finds them anew`);
  }
  lines.push("", paint.bold(`Dependencies (${grouped(one.dependencies.length)}):`));
  const vias = new Map(one.dependencies.flatMap(({ path, via }): [BundlePath, Via][] => via === null ? [] : [[path as BundlePath, via]]));
  for (const dependency of one.dependencies) lines.push(...dependencyLines(dependency, vias, paint));
  lines.push("");
  if (entry.kind === "model") {
    lines.push(
      ...named("Parameters", entry.parameters, paint),
      ...named("Outputs", entry.outputs, paint),
      ...named("Scenarios", entry.scenarios, paint),
    );
  } else {
    lines.push(`${paint.bold("Model output:")} ${entry.modelOutput === "" ? "not known" : safeText(entry.modelOutput)}`);
    if (entry.weight !== null) lines.push(`${paint.bold("Weight:")} ${entry.weight}`);
  }
  lines.push(...named("Labels", Object.entries(entry.labels).map(([key, value]) => `${key}=${value}`), paint));
  if (entry.unresolved.length > 0) {
    lines.push("", paint.bold("Not known without running it:"));
    for (const { what, file, line, why } of entry.unresolved) {
      lines.push(`  ${safeText(what)} (${safeText(file)} line ${line}): ${safeText(why)}`);
    }
  }
  if (one.reasons.length > 0) lines.push("", paint.bold("Why:"), ...one.reasons.map(({ text }) => `  ${safeText(text)}`));
  if (one.issues.length > 0) {
    lines.push("", paint.bold("Issues:"));
    for (const issue of one.issues) {
      lines.push(`  ${issueLine(issue, 0, paint)}`);
      if (issue.hint !== null) lines.push(`    ${paint.dim(safeText(issue.hint))}`);
    }
  }
  return lines.join("\n");
}

function dependencyLines(
  { path, kind, state, sealed, now, formOnly }: EntryDependency,
  vias: ReadonlyMap<BundlePath, Via>,
  paint: Styles,
): string[] {
  const mark = state === "missing" ? paint.red(MARK[state]) : state === "current" ? paint.green(MARK[state]) : paint.yellow(MARK[state]);
  const word = state === "current" ? kind : `${kind}, ${state}${formOnly ? ", only comments or formatting" : ""}`;
  const lines = [`  ${mark} ${safeText(path)}  ${paint.dim(`(${word})`)}`];
  const chain = chainTo(vias, path as BundlePath);
  if (chain !== null && chain.length > 1) lines.push(`      ${safeText(chainText(chain))}`);
  if (sealed !== null && sealed !== now) lines.push(`      sealed ${sealed}`);
  if (now !== null) lines.push(`      ${sealed !== null && sealed !== now ? "now    " : ""}${now}`);
  return lines;
}

function named(title: string, names: readonly string[], { bold }: Styles): string[] {
  return names.length === 0 ? [] : [`${bold(`${title}:`)} ${names.map(safeText).join(", ")}`];
}

function sentence(one: EntryStatus): string {
  switch (one.status) {
    case "ready":
      return "everything it depends on is as it was sealed";
    case "stale":
      return one.needsRegistration
        ? "its source says more or less than what is registered; registering it again takes that over"
        : "something it depends on changed since it was sealed; a push seals it as it is";
    case "broken":
      return "something it depends on is gone or cannot be read";
  }
}

/** Why each of them is Stale or Broken; a Ready one is named only when it was asked for. */
export function renderReasons(entries: readonly EntryStatus[], console: Console): string {
  if (entries.length === 0) return "Every registered model and target is Ready";
  const paint = styles(console.colour);
  return entries.map((one) => {
    const head = `${colourOf(one.status, paint)(STATUS[one.status])}  ${paint.bold(safeText(one.name))} (${one.entry.kind} ${
      safeText(one.entry.id)
    })`;
    if (one.reasons.length === 0) return `${head}\n  everything it depends on is as it was sealed`;
    const lines = one.reasons.map(({ text }) => wrapped(safeText(text), console));
    const next = nextFor(one);
    return [head, ...lines, ...next === null ? [] : [`  ${paint.dim(next)}`]].join("\n");
  }).join("\n\n");
}

function nextFor({ status, needsRegistration, entry }: EntryStatus): string | null {
  if (status === "broken") return null;
  return needsRegistration ? `'mops bundle register-${entry.kind} --regen-all' takes it over` : "'mops bundle push' seals it as it is now";
}

/** With the function's own name beside a target's id, where it is another one. */
function longName(one: EntryStatus, all: readonly EntryStatus[]): string {
  return one.entry.kind === "target" && one.name !== one.entry.id ? `${one.entry.id} (${one.name})` : shownName(one, all);
}

/** A target goes by its id, which its decorator may set and commands want; a model by its class, as people call it. */
function shownName(one: EntryStatus, all: readonly EntryStatus[]): string {
  if (one.entry.kind === "target") return one.entry.id;
  return all.some((other) => other !== one && other.name === one.name) ? `${one.name} (${one.entry.id})` : one.name;
}

function nameOf(one: EntryStatus, all: readonly EntryStatus[]): string {
  return safeText(shownName(one, all));
}

function colourOf(status: Readiness, paint: Styles): (text: string) => string {
  return status === "ready" ? paint.green : status === "stale" ? paint.yellow : paint.red;
}
