/** `push`, `pull` and their dry runs as text. */
import type { PullReport, PushReport, TagMove } from "../plan/reports.ts";
import type { Console } from "./console.ts";
import { changeTable, summary } from "./render_changes.ts";
import { bytes, count, safeText, styles } from "./text.ts";

export function renderPush(report: PushReport, console: Console): string {
  const { bold, green, yellow } = styles(console.colour);
  const names = report.tags.map(({ tag }) => tag).join(", ");
  if (report.nothingToDo) {
    return `Nothing to push: ${safeText(report.repository)}:${names} holds this content already\n${bold("Digest:")} ${report.digest}`;
  }
  const lines: string[] = [];
  if (report.dryRun) lines.push(bold("Plan (nothing was written, here or there):"));
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
  if (report.dryRun) lines.push(`${bold("Requests:")} at most ${report.requests}`);
  for (const move of report.tags) lines.push(tagLine(report, move));
  lines.push(`${bold("Digest:")} ${report.digest}`);
  lines.push(`${bold("Reference:")} ${safeText(report.repository)}:${report.tags[0]!.tag}@${report.digest}`);
  if (!report.dryRun) lines.push(green("Pushed"));
  return lines.join("\n");
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
  const changes = [
    ...report.written.map((path) => ({ path, kind: "remote-modified" as const })),
    ...report.removed.map((path) => ({ path, kind: "remote-deleted" as const })),
  ];
  if (changes.length === 0 && report.conflicts.length === 0) lines.push("Up to date");
  else {lines.push(
      `${bold(report.dryRun ? "To write:" : "Written:")} ${count(report.written.length, "file")}, ${bytes(report.bytes)}${
        report.removed.length === 0 ? "" : `; deleted: ${count(report.removed.length, "file")}`
      }`,
    );}
  if (report.directory === null && changes.length > 0) lines.push(changeTable(changes, console));
  if (report.kept.length > 0) {
    lines.push(`${bold("Local changes kept:")} ${count(report.kept.length, "file")}`, changeTable(report.kept, console));
  }
  if (report.conflicts.length > 0) {
    lines.push(red(`Conflicts: ${count(report.conflicts.length, "file")}`));
    for (const { path, reason } of report.conflicts) lines.push(`  ! ${safeText(path)}: ${reason}`);
    lines.push("Decide with --keep PATH (yours) or --take PATH (theirs)");
  }
  lines.push(`${bold("Digest:")} ${report.digest}`);
  if (report.pinned) lines.push("This folder is pinned to that digest; 'mops bundle pull' follows the tag again");
  if (report.directory !== null) {
    lines.push(report.dryRun ? `Would clone into ${safeText(report.directory)}` : green(`Cloned into ${safeText(report.directory)}`));
  }
  return lines.join("\n");
}
