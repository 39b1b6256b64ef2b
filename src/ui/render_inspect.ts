/** `manifest`, `log`, `tag`, `untag` and `env` as text. Digests are whole: they are pasted. */
import type { EnvironmentReport, LogReport, ManifestReport, TagReport, TagsReport } from "../plan/reports.ts";
import type { Console } from "./console.ts";
import { renderTable, tableWidth } from "./table.ts";
import { bytes, count, safeText, styles } from "./text.ts";

export function renderManifest(report: ManifestReport, full: boolean, console: Console): string {
  const { bold } = styles(console.colour);
  const columns = [{ head: "Size", align: "right" as const }, { head: "Mode" }, ...(full ? [{ head: "Digest" }] : []), {
    head: "File",
    shrinks: !full,
  }];
  const rows = report.files.map(({ path, digest, size, executable, link }) => [
    bytes(size),
    link !== undefined ? "link" : executable ? "exec" : "",
    ...(full ? [digest] : []),
    link === undefined ? path : `${path} -> ${link}`,
  ]);
  return [
    `${bold("Reference:")} ${safeText(report.reference)}`,
    `${bold("Digest:")} ${report.digest}`,
    `${bold("Content:")} ${count(report.files.length, "file")}, ${bytes(report.size)}`,
    ...(report.packs.length === 0 ? [] : [`${bold("Packs:")} ${packed(report)}`]),
    "",
    renderTable(columns, rows, { width: tableWidth(console), colour: console.colour }),
  ].join("\n");
}

/** `3 packs, 12 MiB, with 10,003 files`; with `--json` each of them. */
function packed({ packs }: ManifestReport): string {
  const sum = (of: "size" | "files") => packs.reduce((sum, pack) => sum + pack[of], 0);
  return `${count(packs.length, "pack")}, ${bytes(sum("size"))}, with ${count(sum("files"), "file")}`;
}

export function renderTags(report: TagsReport, namesOnly: boolean, console: Console): string {
  if (namesOnly) return report.tags.map(({ tag }) => tag).join("\n");
  if (report.tags.length === 0) return `No tags in ${safeText(report.repository)}`;
  const rows = report.tags.map((
    { tag, digest, files, bytes: size },
  ) => [tag, files === null ? "no bundle" : String(files), size === null ? "" : bytes(size), digest ?? ""]);
  const columns = [{ head: "Tag" }, { head: "Files", align: "right" as const }, { head: "Size", align: "right" as const }, {
    head: "Digest",
  }];
  return `${safeText(report.repository)}\n\n${renderTable(columns, rows, { width: tableWidth(console), colour: console.colour })}`;
}

export function renderLog(report: LogReport, console: Console): string {
  if (report.records.length === 0) {
    return `No push records lead to ${safeText(report.reference)} (pushed by another tool, or reached by a digest)`;
  }
  const { yellow, dim } = styles(console.colour);
  return report.records.map((record) => {
    const lines = [
      `${yellow(`push ${record.bundle}`)} (${safeText(record.tag)})`,
      `Author: ${safeText(record.author)}`,
      `Date:   ${safeText(record.time)}`,
    ];
    if (record.git !== null) lines.push(`Git:    ${safeText(record.git.commit)}${record.git.dirty ? " with uncommitted changes" : ""}`);
    lines.push(dim(`Tool:   ${safeText(record.tool)}`));
    if (record.preflight === "skipped") lines.push("Preflight was skipped (--no-preflight)");
    if (record.message !== null) lines.push("", ...record.message.split("\n").map((line) => `    ${safeText(line)}`));
    return lines.join("\n");
  }).join("\n\n");
}

export function renderTag(report: TagReport, verb: "tagged" | "untagged"): string {
  const name = `${safeText(report.repository)}:${report.tag}`;
  if (verb === "untagged") return `Untagged ${name}; the bundle stays as ${report.digest}`;
  if (!report.changed) return `${name} is ${report.digest} already`;
  return report.previous === null ? `${name} is ${report.digest}` : `${name} is ${report.digest} (it was ${report.previous})`;
}

export function renderEnvironmentList(report: EnvironmentReport, folder: string, console: Console): string {
  if (report.environments.length === 0) return `No environments in ${safeText(folder)}`;
  const rows = report.environments.map((
    { name, registry, problem },
  ) => [name === report.pinned ? "→" : " ", name, registry ?? "", problem ?? ""]);
  const problems = report.environments.some(({ problem }) => problem !== null);
  return renderTable([{}, { head: "Environment" }, { head: "Registry" }, { head: problems ? "Problem" : "", shrinks: true }], rows, {
    width: tableWidth(console),
    colour: console.colour,
  });
}

export function renderEnvironment(report: EnvironmentReport, console: Console): string {
  const { bold } = styles(console.colour);
  const winner = report.candidates.findIndex(({ wins }) => wins);
  const rows = report.candidates.map(({ source, repository, wins }, i) => [
    wins ? "→" : " ",
    source,
    repository ?? (winner >= 0 && i > winner ? "not looked at" : "says nothing"),
  ]);
  return [
    `${bold("Remote:")} ${safeText(report.remote ?? "none")}`,
    `${bold("Because of:")} ${report.source ?? "nothing"}`,
    "",
    renderTable([{}, { head: "Looked at, in this order" }, { head: "Says" }], rows, { // whole: it is pasted
      width: tableWidth(console),
      colour: console.colour,
    }),
  ].join("\n");
}
