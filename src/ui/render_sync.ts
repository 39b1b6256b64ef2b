/** `push`, `pull` and their dry runs as text. */
import type { PullReport, PushReport, TagMove } from "../plan/reports.ts";
import type { EntryChange } from "../plan/merge_model_registry.ts";
import type { Console } from "./console.ts";
import { changeTable, summary } from "./render_changes.ts";
import { alike } from "./render_models.ts";
import { renderTable, tableWidth } from "./table.ts";
import { bytes, count, grouped, listed, safeText, styles } from "./text.ts";

export function renderPush(report: PushReport, console: Console): string {
  const { bold, green, yellow } = styles(console.colour);
  const names = report.tags.map(({ tag }) => tag).join(", ");
  const lines: string[] = [];
  if (report.nothingToDo) {
    lines.push(`Nothing to push: ${safeText(report.repository)}:${names} holds this content already`);
    return [...lines, ...trackedLine(report), ...preflightLine(report), `${bold("Digest:")} ${report.digest}`].join("\n");
  }
  if (report.dryRun) lines.push(bold("Plan (nothing was written, here or there):"));
  lines.push(...refreshedLines(report));
  lines.push(...trackedLine(report), ...preflightLine(report));
  const changes = summary(report.changes, ["modified", "added", "deleted"]);
  lines.push(`${bold("Changes:")} ${changes ?? "none since the last push"}`);
  if (report.changes.length > 0) lines.push(changeTable(report.changes, console));
  if (report.drops.length > 0) {
    lines.push(
      yellow(`Dropped with --force, though others had pushed it (${count(report.drops.length, "file")}):`),
      changeTable(report.drops, console, { whole: true }),
    );
  }
  const sent = `${count(report.uploaded.blobs, "blob")}, ${bytes(report.uploaded.bytes)}`;
  const there = report.skipped.blobs === 0 ? "" : `; ${count(report.skipped.blobs, "blob")}, ${bytes(report.skipped.bytes)} there already`;
  lines.push(`${bold(report.dryRun ? "To send:" : "Sent:")} ${sent}${there}`);
  if (report.dryRun && report.requests > 0) lines.push(`${bold("Requests:")} at most ${report.requests}`);
  for (const move of report.tags) lines.push(tagLine(report, move));
  lines.push(`${bold("Digest:")} ${report.digest}`);
  lines.push(`${bold("Reference:")} ${safeText(report.repository)}:${report.tags[0]!.tag}@${report.digest}`);
  if (!report.dryRun) lines.push(green("Pushed"));
  return lines.join("\n");
}

/** Every removal is told by name. */
function refreshedLines({ refreshed, sets, dryRun }: PushReport): string[] {
  const named = (some: PushReport["refreshed"]): string => safeText(listed(some.map(({ kind, id }) => `${kind} ${id}`)));
  const removed = refreshed.filter(({ change }) => change === "removed");
  const again = refreshed.filter(({ change }) => change !== "removed");
  const lines: string[] = [];
  if (again.length > 0) lines.push(`${dryRun ? "Would register" : "Registered"} again: ${named(again)}`);
  if (removed.length > 0) lines.push(`${dryRun ? "Would take" : "Took"} out, since they are gone from their files: ${named(removed)}`);
  return [...lines, ...sets.map(({ name, fact }) => `Target set ${safeText(name)}: ${safeText(fact)}`)];
}

function trackedLine({ autoTracked, dryRun }: PushReport): string[] {
  if (autoTracked.length === 0) return [];
  const some = autoTracked.length > 3 ? "" : ` (${autoTracked.map(safeText).join(", ")})`;
  return [`${dryRun ? "Would track" : "Tracked"} ${count(autoTracked.length, "file")} that models and targets need${some}`];
}

/** One line: errors have stopped the push before, and `status` shows the rest. */
function preflightLine({ issues }: PushReport): string[] {
  const warnings = alike(issues.filter(({ severity }) => severity === "warning"));
  if (warnings.length === 0) return [];
  const first = safeText(warnings[0]!.first.message);
  return [
    `Preflight: ${
      warnings.length === 1 ? first : `${count(warnings.length, "warning")} ('mops bundle status' lists them), the first: ${first}`
    }`,
  ];
}

function tagLine(report: PushReport, move: TagMove): string {
  if (!move.moved && !report.dryRun) return `Tag ${move.tag} holds it already`;
  if (!move.moved) return `Tag ${move.tag} stays`;
  const verb = report.dryRun ? "would move" : "moved";
  return move.previous === null
    ? `Tag ${move.tag} ${report.dryRun ? "would be new" : "is new"}`
    : `Tag ${move.tag} ${verb} from ${move.previous}`;
}

export function renderPull(report: PullReport, console: Console): string {
  const { bold, green, red } = styles(console.colour);
  const lines: string[] = [];
  if (report.dryRun) lines.push(bold("Plan (nothing was written):"));
  if (report.resumed) lines.push("Resumed an unfinished clone");
  if (report.switchedTo !== null) lines.push(`This folder follows ${report.switchedTo} from now on (it followed ${report.switchedFrom})`);
  const edits = report.written.length + report.removed.length;
  if (edits === 0 && report.conflicts.length === 0) lines.push("Up to date");
  else {lines.push(
      `${bold(report.dryRun ? "To write:" : "Written:")} ${count(report.written.length, "file")}, ${bytes(report.bytes)}${
        report.removed.length === 0 ? "" : `; deleted: ${count(report.removed.length, "file")}`
      }`,
    );}
  if (report.directory === null && edits > 0) lines.push(editTable(report, console));
  if (report.kept.length > 0) {
    lines.push(`${bold("Local changes kept:")} ${count(report.kept.length, "file")}`, changeTable(report.kept, console));
  }
  if (report.conflicts.length > 0) {
    const files = new Set(report.conflicts.map(({ path }) => path)).size;
    lines.push(red(`Conflicts: ${count(files, "file")}`));
    for (const { path, reason, entry } of report.conflicts) {
      lines.push(`  ! ${entry === undefined ? `${safeText(path)}: ` : ""}${safeText(reason)}`);
    }
    lines.push("A pull would stop here: decide with --keep PATH (yours) or --take PATH (theirs)");
    if (report.conflicts.some(({ entry }) => entry !== undefined)) {
      lines.push(
        `An entry of registry.yaml is decided by its name: --keep ${report.conflicts.find(({ entry }) => entry !== undefined)!.entry}`,
      );
    }
  }
  lines.push(...givenUpLines(report, console));
  lines.push(`${bold("Digest:")} ${report.digest}`);
  if (report.pinned) lines.push("This folder is pinned to that digest; 'mops bundle pull' follows the tag again");
  if (report.directory !== null) {
    lines.push(report.dryRun ? `Would clone into ${safeText(report.directory)}` : green(`Cloned into ${safeText(report.directory)}`));
  }
  return lines.join("\n");
}

/** A decision about the whole registry is one about each of its entries. */
function givenUpLines({ givenUp, dryRun }: PullReport, console: Console): string[] {
  const { yellow } = styles(console.colour);
  const of = (whose: "ours" | "theirs"): string[] =>
    givenUp.filter((one) => one.whose === whose).map(({ entry, change }) =>
      `  ! ${safeText(entry.replace(":", " "))} (${CHANGED[change]})`
    );
  const block = (title: string, lines: readonly string[]): string[] => lines.length === 0 ? [] : [yellow(title), ...lines];
  return [
    ...block(`${dryRun ? "Would give" : "Gave"} up of registry.yaml here:`, of("ours")),
    ...block("Given up of the remote's registry.yaml, with the next push:", of("theirs")),
  ];
}

const CHANGED: Readonly<Record<EntryChange["change"], string>> = {
  "added": "added here",
  "modified": "changed here",
  "deleted": "deleted here",
  "remote-added": "added there",
  "remote-modified": "changed there",
  "remote-deleted": "deleted there",
  "conflict": "changed here and there",
};

const LIMIT = 50; // as for lists of changes

function editTable(report: PullReport, console: Console): string {
  const { cyan, red } = styles(console.colour);
  const all = [...report.written.map((path) => ["↓", "written", path]), ...report.removed.map((path) => ["×", "deleted", path])];
  const shown = all.length <= LIMIT ? all : all.slice(0, LIMIT);
  const style = (text: string, row: number): string => shown[row]?.[0] === "×" ? red(text) : cyan(text);
  const table = renderTable([{ style }, { style }, { shrinks: true }], shown, {
    width: tableWidth(console),
    colour: console.colour,
    indent: "  ",
  });
  return all.length > shown.length ? `${table}\n  and ${grouped(all.length - shown.length)} more` : table;
}
