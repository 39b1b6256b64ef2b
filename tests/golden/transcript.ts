/**
 * A transcript is a text that reads like a terminal: `$ ` before a command, what it wrote below it, `! ` before lines of stderr,
 * `[exit N]` where N is not 0, and `## ` before remarks. What differs from run to run is replaced by a word; digests of bundles are
 * not, since the same content has the same digest everywhere. JSON documents are shown over several lines.
 */
import { hostname } from "node:os";
import type { Desk, Ran } from "../support/program.ts";

/** Remarks and commands, in their order. */
export type Step = { readonly remark: string } | { readonly command: string };

export function stepsOf(text: string): Step[] {
  return text.split("\n").flatMap((line): Step[] => {
    if (line.startsWith("## ")) return [{ remark: line.slice(3) }];
    return line.startsWith("$ ") ? [{ command: line.slice(2) }] : [];
  });
}

export function shown(command: string, ran: Ran, desk: Desk): string {
  const json = /(^|\s)--json(\s|$)/.test(command) && !command.includes("|");
  const stdout = stable(json ? laidOut(ran.stdout) : ran.stdout, desk);
  const stderr = stable(json ? laidOut(ran.stderr) : ran.stderr, desk);
  const lines = [
    `$ ${command}`,
    ...linesOf(stdout),
    ...linesOf(/--progress\b/.test(command) ? stderr : stderr.replace(SLOW, "")).map((line) => line === "" ? "!" : `! ${line}`),
    ...(ran.code === 0 ? [] : [`[exit ${ran.code}]`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Told of work that takes longer than two seconds, which on a busy machine any work may. */
const SLOW = /^(hash|pack|upload|download|plac)(ing|ed) [\d,]+ files?.*\n/gm;

function linesOf(text: string): string[] {
  if (text === "") return [];
  return text.endsWith("\n") ? text.slice(0, -1).split("\n") : [...text.split("\n"), "[no newline at the end]"];
}

/** What depends on the machine or the moment gives way to a word. */
function stable(text: string, desk: Desk): string {
  return text
    .replaceAll(desk.home, "/home/ana")
    .replaceAll(desk.path, "/desk")
    .replaceAll(`ana@${hostname()}`, "ana@laptop")
    .replace(/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, "TIME")
    .replace(/\bmops \d+\.\d+\.\d+[\w.+-]*/g, "mops VERSION")
    .replace(/\(os error \d+\)/g, "(os error N)")
    .replace(/(^ {2}because: .*\n)+/gm, "  because: (what the system says)\n")
    .replace(/^(hashing|hashed) \d+ files?, .*$/gm, "$1 N files") // those whose age is not trusted yet
    .replace(/^((?:uploaded|downloaded|placed) .* in )\d+(\.\d+)? s( \([^)]*\/s\))?$/gm, "$1N s")
    .replace(/trying again in [\d.]+ s/g, "trying again in N s");
}

/** One JSON document as a person reads it; anything else as it is. */
function laidOut(text: string): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
  return `${JSON.stringify(document, withoutChance, 2)}\n`;
}

/** Push records hold the time, and so does their digest; what is hashed anew depends on the age of files. */
function withoutChance(this: unknown, key: string, value: unknown): unknown {
  const holder = this as Readonly<Record<string, unknown>>;
  if (key === "record" && typeof value === "string" || key === "digest" && "bundle" in holder) return "sha256:RECORD";
  if (key === "hashed") return "N";
  if (["mops", "deno", "v8", "typescript", "target"].includes(key)) return key.toUpperCase();
  return value;
}
