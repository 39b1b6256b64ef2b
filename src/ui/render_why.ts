/** `why` and `impact` as text. */
import type { EntryImpact, Impact } from "../plan/impact.ts";
import type { WhyPath } from "../plan/why.ts";
import { digestParts } from "../base/digest.ts";
import type { Console } from "./console.ts";
import { count, listed, safeText, type Styles, styles } from "./text.ts";

const SHOWN = 10; // components of one entry; --json gives all

export function renderWhy(paths: readonly WhyPath[], hasEntries: boolean, console: Console): string {
  const paint = styles(console.colour);
  return paths.map((one) => whyLines(one, hasEntries, paint).join("\n")).join("\n\n");
}

function whyLines({ path, standing, dependents, proposedBy, exists }: WhyPath, hasEntries: boolean, paint: Styles): string[] {
  const title = `${paint.bold(safeText(path))}${exists ? "" : paint.red(" (missing)")}`;
  if (dependents.length > 0) {
    const lines = dependents.map(({ kind, id, name, text }) =>
      `  ${kind} ${paint.bold(safeText(name))} (${safeText(id)})\n      ${safeText(text)}`
    );
    return [`${title} is needed by ${whoText(dependents)}`, ...lines];
  }
  switch (standing) {
    case "proposed": {
      const [first] = proposedBy;
      return [
        `${title}: named by ${safeText(first!.file)} line ${first!.line}, and in no list of dependencies`,
        `  'mops bundle register-${first!.kind} ${safeText(first!.entryPath)} --auto-data' takes it in`,
      ];
    }
    case "tracked":
      return [`${title}: tracked, but no model and no target needs it${hasEntries ? "" : " (none is registered)"}`];
    case "untracked":
      return [`${title}: not tracked, and no model and no target needs it`];
    default:
      return [`${title}: ignored, and no model and no target needs it`];
  }
}

function whoText(dependents: WhyPath["dependents"]): string {
  const of = (kind: string): number => dependents.filter((one) => one.kind === kind).length;
  return listed(
    [["model", of("model")], ["target", of("target")]].flatMap(([kind, n]) => n === 0 ? [] : [count(n as number, kind as string)]),
  );
}

export function renderImpact(
  report: Impact & { readonly reference: string; readonly digest: string | null; readonly needsRegistration: readonly string[] },
  console: Console,
): string {
  const paint = styles(console.colour);
  const against = `${safeText(report.reference)}${
    report.digest === null || report.reference.endsWith(report.digest) ? "" : ` (${report.digest})`
  }`;
  const lines = [
    report.digest === null ? `Nothing was pushed to ${against} yet: everything is new` : `${paint.bold("Against:")} ${against}`,
  ];
  const of = (effect: EntryImpact["effect"]) => report.entries.filter((one) => one.effect === effect);
  const block = (title: string, entries: readonly EntryImpact[], paintTitle: (text: string) => string): void => {
    if (entries.length === 0) return;
    lines.push("", paintTitle(title));
    for (const one of entries) lines.push(...entryLines(one));
  };
  block("Results become stale:", of("stale"), paint.yellow);
  block("Cannot be told, since data changed that the code names and no list holds:", of("unknown"), paint.yellow);
  block("Cannot be pushed, since a file is missing:", of("broken"), paint.red);
  block("New:", of("new"), paint.green);
  block("Gone from here:", of("gone"), paint.bold);
  block("Results stay valid:", of("valid"), paint.bold);
  if (report.entries.length === 0) lines.push("", "No model and no target is registered, here or there");
  const sets = report.sets.filter(({ effect }) => effect !== "valid");
  if (sets.length > 0) {
    lines.push("", paint.bold("Target sets touched:"));
    for (const { name, effect, members } of sets) {
      lines.push(
        `  ${safeText(name)}${effect === "stale" ? "" : ` (${effect})`}${
          members.length === 0 ? "" : `: ${members.map(safeText).join(", ")}`
        }`,
      );
    }
  }
  if (report.needsRegistration.length > 0) {
    lines.push(
      "",
      `Not registered as the sources are now: ${report.needsRegistration.map(safeText).join(", ")} ('mops bundle push --refresh' does it)`,
    );
  }
  return lines.join("\n");
}

function entryLines({ kind, id, name, components, unlisted }: EntryImpact): string[] {
  const lines = [`  ${kind} ${safeText(name)} (${safeText(id)})`];
  for (const { path, change, there, here, details } of components.slice(0, SHOWN)) {
    const what = details.length > 0
      ? `: ${details.join(", ")}`
      : change === "changed" && there !== null && here !== null
      ? ` changed (${short(there)} → ${short(here)})`
      : ` ${change}`;
    lines.push(`      ${safeText(path)}${safeText(what)}`);
  }
  for (const { path, change } of unlisted.slice(0, SHOWN)) {
    const how = change === "same"
      ? "in no list, and as it was pushed"
      : change === "changed"
      ? "in no list, and changed"
      : "in no list, and not in the bundle";
    lines.push(`      ${safeText(path)} is ${how}`);
  }
  if (unlisted.length > SHOWN) lines.push(`      and ${count(unlisted.length - SHOWN, "more file")} in no list`);
  if (components.length > SHOWN) lines.push(`      and ${count(components.length - SHOWN, "more file")}`);
  return lines;
}

function short(digest: NonNullable<EntryImpact["closure"]["here"]>): string {
  return `${digestParts(digest).encoded.slice(0, 8)}…`;
}
