/**
 * `status` as text: where the bundle lives, how the folder stands to it, what changed, what to do next. With models or targets registered
 * these are shown first, and files as far as they matter; without, or with `--files`, the files.
 */
import { shellWord } from "../base/shell_word.ts";
import type { StatusReport } from "../plan/reports.ts";
import type { Relation } from "../plan/relation.ts";
import type { Console } from "./console.ts";
import { changeTable, changeWord, summary } from "./render_changes.ts";
import { attentionLines, entryTables } from "./render_models.ts";
import { renderTable, tableWidth } from "./table.ts";
import { bytes, count, safeText, styles } from "./text.ts";

export interface StatusView {
  readonly files: boolean;
  readonly untracked: boolean;
  readonly untrackedOnly: boolean;
  readonly includeIgnored: boolean;
}

const RELATIONS: Readonly<Record<Relation, string>> = {
  "in-step": "in step with the remote",
  "ahead": "ahead of the remote: local changes are not pushed",
  "behind": "behind the remote: others have pushed",
  "diverged": "diverged: changed here and in the remote",
  "not-pushed": "not pushed yet",
  "pinned": "pinned: the folder follows a digest, not a tag",
  "unreachable": "unknown: the remote cannot be reached",
  "unauthorized": "unknown: the remote wants other credentials",
  "offline": "unknown: not asked (--offline)",
};

export function renderStatus(report: StatusReport, view: StatusView, console: Console): string {
  if (view.untrackedOnly) return untrackedLines(report, view, console).join("\n") || "No untracked files";
  const hasModels = report.models.length + report.targets.length > 0;
  return hasModels && !view.files ? modelView(report, view, console) : fileView(report, view, console);
}

const SHOWN = 8; // files in the model view; the tables of models are what it is about

function modelView(report: StatusReport, view: StatusView, console: Console): string {
  const { bold } = styles(console.colour);
  const lines = [`${bold("Bundle:")} ${safeText(report.remote)}:${report.tag}`];
  if (SAID.has(report.relation)) lines.push(`${bold("Relation:")} ${RELATIONS[report.relation]}`);
  if (report.reason !== null) lines.push(`  ${safeText(report.reason)}`);
  if (report.pinned !== null) lines.push(`${bold("Pinned to:")} ${report.pinned}`);
  if (report.overtaken !== null) lines.push(`Another push overtook yours; your bundle is safe as ${report.overtaken}`);
  lines.push(...changeCounts(report, view, console));
  if (report.changes.length > 0 && report.relation !== "not-pushed") {
    const first = report.changes.filter(({ kind }) => kind === "conflict" || kind.startsWith("remote-"));
    const shown = [...first, ...report.changes.filter((change) => !first.includes(change))].slice(0, SHOWN);
    lines.push(changeTable(shown, console));
    const rest = report.changes.length - shown.length;
    if (rest > 0) lines.push(`  and ${count(rest, "more file")} ('mops bundle status --files' lists them)`);
  }
  lines.push(...entryTables(report, console), ...attentionLines(report, console));
  if (view.untracked || view.includeIgnored) lines.push(...untrackedLines(report, view, console));
  lines.push("", modelStep(report) ?? fileStep(report));
  return lines.join("\n");
}

/** What registered things need is tracked: nothing else has to be added first. */
function fileStep(report: StatusReport): string {
  return report.relation === "not-pushed" || report.relation === "ahead" ? "Run 'mops bundle push' to sync with cloud" : nextStep(report);
}

/** Where counts of changes do not say it. */
const SAID: ReadonlySet<Relation> = new Set(["diverged", "pinned", "unreachable", "unauthorized", "offline"]);

function fileView(report: StatusReport, view: StatusView, console: Console): string {
  const { bold, dim } = styles(console.colour);
  const lines = [
    `${bold("Bundle:")} ${safeText(report.remote)}:${report.tag} ${dim(`(${report.source})`)}`,
    `${bold("Relation:")} ${RELATIONS[report.relation]}`,
  ];
  if (report.reason !== null) lines.push(`  ${safeText(report.reason)}`);
  if (report.pinned !== null) lines.push(`${bold("Pinned to:")} ${report.pinned}`);
  if (report.overtaken !== null) lines.push(`Another push overtook yours; your bundle is safe as ${report.overtaken}`);
  lines.push(...changeCounts(report, view, console));
  if (view.files) lines.push(...fileLines(report, console));
  else if (report.changes.length > 0 && report.relation !== "not-pushed") lines.push("", changeTable(report.changes, console));
  if (view.untracked || view.includeIgnored) lines.push(...untrackedLines(report, view, console));
  lines.push(...attentionLines({ ...NO_ENTRIES, preflight: report.preflight.filter(({ code }) => code === "invalid-registry") }, console));
  lines.push("", nextStep(report));
  return lines.join("\n");
}

const NO_ENTRIES = { models: [], targets: [], targetSets: [] };

function changeCounts(report: StatusReport, view: StatusView, console: Console): string[] {
  const { bold } = styles(console.colour);
  const lines: string[] = [];
  lines.push(`${bold("Local changes:")} ${localSummary(report)}`);
  const there = summary(report.changes, ["remote-modified", "remote-added", "remote-deleted"]);
  if (there !== null) lines.push(`${bold("Remote changes:")} ${there}`);
  const conflicts = summary(report.changes, ["conflict"]);
  if (conflicts !== null) lines.push(`${bold("Conflicts:")} ${conflicts}`);
  for (const { reason } of report.entryConflicts) lines.push(`  ! ${safeText(reason)}`);
  if (!view.untracked && !view.includeIgnored && report.untracked.length > 0) {
    lines.push(`${bold("Untracked:")} ${count(report.untracked.length, "file")} ('mops bundle status --untracked' lists them)`);
  }
  return lines;
}

/** What models and targets ask for first; null: what the files ask for. */
function modelStep(report: StatusReport): string | null {
  if (["behind", "diverged", "pinned", "unauthorized"].includes(report.relation)) return null;
  const entries = [...report.models, ...report.targets];
  if (entries.some(({ status }) => status === "broken")) {
    return "Run 'mops bundle status --explain' to see what is broken, and where it is used";
  }
  const kinds = new Set(entries.filter(({ needsRegistration }) => needsRegistration).map(({ entry }) => entry.kind));
  if (kinds.size === 2) return "Run 'mops bundle push --refresh' to take over what the sources say now, and to sync with cloud";
  for (const kind of kinds) return `Run 'mops bundle register-${kind} --regen-all' to take over what the sources say now`;
  const [error] = report.preflight.filter(({ severity }) => severity === "error");
  if (error === undefined) return null;
  return error.hint?.startsWith("mops ")
    ? `Run '${error.hint.split("   (")[0]}': a push stops on errors`
    : "A push stops on the errors above";
}

function localSummary(report: StatusReport): string {
  if (report.relation === "not-pushed") {
    return report.tracked.length === 0 ? "nothing is tracked yet" : `${count(report.tracked.length, "file")} tracked, none pushed`;
  }
  return summary(report.changes, ["modified", "added", "deleted"]) ??
    (report.changes.some(({ kind }) => kind === "conflict") ? "none but the conflicts" : "none");
}

function fileLines(report: StatusReport, console: Console): string[] {
  const known = new Set(report.tracked.map(({ path }) => path));
  const rows = [
    ...report.tracked.map(({ path, kind, size }) => [changeWord(kind), bytes(size), path] as [string, string, string]),
    ...report.changes.filter(({ path }) => !known.has(path)).map(({ path, kind }) =>
      [changeWord(kind), "", path] as [string, string, string]
    ),
  ].sort((a, b) => a[2] < b[2] ? -1 : 1);
  if (rows.length === 0) return ["", "No tracked files"];
  const columns = [{ head: "Status" }, { head: "Size", align: "right" as const }, { head: "File", shrinks: true }];
  return ["", renderTable(columns, rows, { width: tableWidth(console), colour: console.colour })];
}

function untrackedLines(report: StatusReport, view: StatusView, console: Console): string[] {
  const { bold } = styles(console.colour);
  const lines: string[] = [];
  const block = (title: string, rows: string[]): void => {
    if (rows.length === 0) return;
    if (!view.untrackedOnly) lines.push("", bold(title));
    lines.push(...rows);
  };
  const indent = view.untrackedOnly ? "" : "  ";
  block("Untracked files:", report.untracked.map((path) => `${indent}${safeText(path)}`));
  if (view.includeIgnored) {
    block(
      "Ignored files:",
      report.ignored.map(({ path, pattern }) => `${indent}${safeText(path)}  (${safeText(pattern)})`),
    );
  }
  if (!view.untrackedOnly && report.untracked.length === 0 && view.untracked) lines.push("", "No untracked files");
  return lines;
}

function nextStep(report: StatusReport): string {
  switch (report.relation) {
    case "not-pushed":
      return report.tracked.length === 0
        ? "Run 'mops bundle add PATH' to say what belongs to the bundle"
        : report.untracked.length > 0
        ? "Run 'mops bundle add PATH' for what belongs to the bundle, then 'mops bundle push' to publish"
        : "Run 'mops bundle push' to publish";
    case "ahead":
      return "Run 'mops bundle push' to publish";
    case "behind":
      return "Run 'mops bundle pull' to take in what others pushed";
    case "diverged":
      return divergedStep(report);
    case "pinned":
      return "Run 'mops bundle pull' to follow the tag again, or 'mops bundle push --tag NEW' to publish from here";
    case "unreachable":
    case "unauthorized":
      return "Run 'mops bundle env show' to see why this is the remote";
    case "offline":
      return "Run 'mops bundle status' to ask the remote";
    case "in-step":
      return "Nothing to do";
  }
}

/** The whole of a registry is never what to decide about while its entries can be named. */
function divergedStep({ changes, entryConflicts }: StatusReport): string {
  const conflicts = changes.filter(({ kind }) => kind === "conflict");
  if (conflicts.length === 0) return "Run 'mops bundle pull', then 'mops bundle push'";
  const [entry] = entryConflicts;
  if (entry === undefined) return "Run 'mops bundle diff -p' to see both sides, then 'mops bundle pull' with --keep PATH or --take PATH";
  const name = shellWord(entry.entry);
  const rest = entryConflicts.length + conflicts.length > 2 ? ", and so for the rest" : "";
  return `Run 'mops bundle diff' to see both sides, then 'mops bundle pull' with --keep ${name} or --take ${name}${rest}`;
}
