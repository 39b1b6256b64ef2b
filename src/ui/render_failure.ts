/**
 * A failure as people and programs read it. Whatever was thrown goes in; what comes out says what went wrong, what is concerned and
 * what to do next. Secrets that slipped into a text are taken out here, as the last of several doors.
 */
import { Failure, type FailureCode } from "../base/failure.ts";
import { jsonLine, safeText, withoutSecrets } from "./safe_text.ts";
import { count, styles } from "./text.ts";

/** `{"schema":"mops.failure","version":1,…}`, documented in docs/formats.md. */
export interface FailureDocument {
  readonly schema: "mops.failure";
  readonly version: 1;
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

const LINES = 20; // as many of a list as one screen takes together with the message
const REPORT = "this is a bug in mops: please report it with the command you ran, the output of `mops version`, and these lines";

/** Anything that was thrown, as a Failure: what nobody foresaw is a bug. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const thrown = error instanceof Error ? error : new Error(String(error));
  const calls = (thrown.stack ?? "").split("\n").map((line) => line.trim()).filter((line) => line.startsWith("at "));
  return new Failure("bug", unstyled(`unforeseen ${thrown.name}: ${thrown.message}`), {
    hint: REPORT,
    facts: { stack: calls.map(unstyled) },
    cause: error,
  });
}

/** Lines for stderr, without a newline at the end: `error: …`, the lists among the facts, `hint: …`. */
export function renderFailure(error: unknown, options: { readonly colour?: boolean; readonly verbose?: boolean } = {}): string {
  const failure = asFailure(error);
  const { red, cyan, dim } = styles(options.colour ?? false);
  const lines = [`${red("error:")} ${indented(clean(failure.message))}`];
  const lists = Object.entries(failure.facts).filter(([, value]) => Array.isArray(value) && !saidAlready(value, failure)) as [
    string,
    unknown[],
  ][];
  for (const [name, values] of lists) {
    if (lists.length > 1) lines.push(`  ${words(name)}:`);
    const indent = lists.length > 1 ? "    " : "  ";
    const shown = values.length > LINES + 1 ? values.slice(0, LINES) : values; // "and 1 more" takes the line that the one would take
    for (const value of shown) lines.push(indent + clean(itemText(value)));
    if (shown.length < values.length) lines.push(dim(`${indent}and ${count(values.length - shown.length, "more", "more")}`));
  }
  if (options.verbose) lines.push(...causes(failure.cause).map((text) => dim(`  because: ${indented(clean(text))}`)));
  if (failure.hint !== undefined) lines.push(`${cyan("hint:")} ${indented(clean(failure.hint))}`);
  return lines.join("\n");
}

/** One line of JSON, for stderr of a command that was given `--json`. */
export function failureJson(error: unknown): string {
  return jsonLine(failureDocument(error));
}

export function failureDocument(error: unknown): FailureDocument {
  const failure = asFailure(error);
  return {
    schema: "mops.failure",
    version: 1,
    code: failure.code,
    message: withoutSecrets(failure.message),
    hint: failure.hint === undefined ? null : withoutSecrets(failure.hint),
    facts: plainFact(failure.facts, "", 0) as Record<string, unknown>,
  };
}

function clean(text: string): string {
  return withoutSecrets(text).split("\n").map(safeText).join("\n");
}

/** Deno colours some of its own messages, whoever reads them. */
function unstyled(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}

/** Message and hint name every item of the list: it would only say them again. */
function saidAlready(list: readonly unknown[], failure: Failure): boolean {
  const said = `${failure.message}\n${failure.hint ?? ""}`;
  return list.every((item) => typeof item === "string" && said.includes(item));
}

/** Further lines stand below the first, so that a quoted answer of a server cannot pose as our hint. */
function indented(text: string): string {
  return text.replaceAll("\n", "\n  ");
}

/** One item of a list: a text, or an object that names a path and what about it. */
function itemText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  const { path, kind, entry, ...rest } = value as Record<string, unknown>;
  if (typeof entry === "string" && typeof rest.reason === "string") return rest.reason; // it names the entry, and the file is always the same
  if (typeof rest.message === "string" && typeof rest.code === "string") return placed(rest.message, path, rest.line); // a finding
  if (typeof path !== "string") return JSON.stringify(plainFact(value, "", 0));
  const notes = [kind, ...Object.values(rest)].filter((note): note is string => typeof note === "string");
  return notes.length === 0 ? path : `${path} (${notes.join(", ")})`;
}

/** Most messages name their place; where not, it follows. */
function placed(message: string, path: unknown, line: unknown): string {
  if (typeof path !== "string" || typeof line !== "number" || message.includes(`line ${line}`)) return message;
  return `${message} (${path} line ${line})`;
}

function words(name: string): string {
  return safeText(name).replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
}

function causes(cause: unknown): string[] {
  const texts: string[] = [];
  for (let link = cause; link instanceof Error && texts.length < 5; link = link.cause) texts.push(`${link.name}: ${link.message}`);
  return texts;
}

/** Facts as JSON can carry them: maps as objects, sets as lists, big numbers as texts, nothing under a name that speaks of secrets. */
function plainFact(value: unknown, name: string, depth: number): unknown {
  if (/password|secret|token|authorization|credential/i.test(name)) return "***";
  if (typeof value === "string") return withoutSecrets(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return withoutSecrets(`${value.name}: ${value.message}`);
  if (depth > 8) return String(value); // deeper than any fact, so it may be a circle
  if (Array.isArray(value) || value instanceof Set) return [...value].map((item) => plainFact(item, "", depth + 1));
  const entries = value instanceof Map ? [...value].map(([key, item]) => [String(key), item]) : Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, plainFact(item, key, depth + 1)]));
}
