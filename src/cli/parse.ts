/**
 * Command line → what to run. The one room that knows the parsing library; commands only declare. Usage errors are Failures that carry
 * the command's own usage line.
 */
import { Command, CommanderError, Help, type OptionValues } from "@commander-js/extra-typings";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { asCalled } from "./called_as.ts";
import type { CommandSpec } from "./command.ts";
import { progressMode, type SharedOptions, TRANSFER_OPTIONS } from "./options.ts";
import { type Branch, isBranch, type Leaf } from "./command_tree.ts";

export type Parsed =
  | { readonly kind: "print"; readonly text: string }
  | {
    readonly kind: "run";
    readonly name: string;
    readonly spec: CommandSpec<unknown[], OptionValues>;
    readonly args: unknown[];
    readonly options: OptionValues & SharedOptions;
    /** The hint for wrong usage that shows only when the command runs. */
    readonly usage: string;
  };

/** Shared options that take a value: they may stand before the command's name. */
const SHARED_WITH_VALUE = new Set(["--project", "--env", "--progress"]);
const SHARED_GROUP = "Options of every command:";
const TRANSFER_GROUP = "Options for transfers:";
const SHARED_FLAGS = new Set(["--json", "--quiet", "-q", "--verbose", "-v", "--no-color"]);

/** Columns of a help page where no terminal says otherwise; no page is wider. */
export const PAGE_WIDTH = 100;
const LEAST_WIDTH = 30;
const LEAST_FOR_DESCRIPTIONS = 20; // a column of text narrower than this stands below what it describes

/** `width`: columns of help pages. */
export async function parse(
  program: string,
  tree: Branch,
  argv: readonly string[],
  version: string,
  width: number = PAGE_WIDTH,
): Promise<Parsed> {
  const before: string[] = [];
  const path: string[] = [];
  let node: Branch | Leaf = tree;
  let rest = [...argv];
  while (isBranch(node)) {
    const word = takeShared(rest, before);
    const at: Branch = node;
    if (word === undefined) throw usageFailure("a command is missing", [program, ...path].join(" "));
    if (word === "--help" || word === "-h" || word === "help" && rest.length <= 1) {
      return { kind: "print", text: branchHelp(program, path, at, width) };
    }
    if (word === "--version" || word === "-V") return { kind: "print", text: `mops ${version}` };
    if (word === "help") {
      rest = [...rest.slice(1), "--help"];
      continue;
    }
    if (word.startsWith("-")) throw usageFailure(`unknown option "${word}"`, [program, ...path].join(" "));
    const next: Leaf | Branch | undefined = Object.hasOwn(at.commands, word) ? at.commands[word] : undefined;
    if (next === undefined) throw unknownCommand(word, program, path, at, [...before, ...rest]);
    path.push(word);
    rest = rest.slice(1);
    node = next;
  }
  const spec = await node.load();
  return parseLeaf([program, ...path].join(" "), spec, [...before, ...rest], width);
}

/** The help page of one command, also for docs/cli. */
export function leafHelp(name: string, spec: CommandSpec<unknown[], OptionValues>, width: number = PAGE_WIDTH): string {
  return buildCommand(name, spec, width).helpInformation() + examplesOf(name, spec);
}

export function branchHelp(program: string, path: readonly string[], branch: Branch, width: number = PAGE_WIDTH): string {
  const name = [program, ...path].join(" ");
  const longest = Math.max(...Object.keys(branch.commands).map((word) => word.length));
  const page = Object.assign(new Help(), pageOf(width));
  const lines = Object.entries(branch.commands).map(([word, { summary }]) => page.formatItem(word, longest, summary, page));
  return [
    `Usage: ${name} <command> [options]`,
    "",
    page.boxWrap(branch.summary[0]!.toUpperCase() + branch.summary.slice(1) + ".", page.helpWidth),
    "",
    "Commands:",
    ...lines,
    "",
    page.boxWrap(`Run '${name} <command> --help' for the options and examples of one.`, page.helpWidth),
  ].join("\n");
}

function parseLeaf(name: string, spec: CommandSpec<unknown[], OptionValues>, args: string[], width: number): Parsed {
  const command = buildCommand(name, spec, width);
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed" || error.code === "commander.help") {
      return { kind: "print", text: leafHelp(name, spec, width) };
    }
    throw new Failure("usage", inOurWords(error, name), { hint: betterCall(error, name, command, args) ?? usageLine(name, command) });
  }
  refuseEmpty(name, command);
  return {
    kind: "run",
    name,
    spec,
    args: command.processedArgs,
    options: command.opts() as OptionValues & SharedOptions,
    usage: usageLine(name, command),
  };
}

/**
 * An empty text is what a script passes on whose variable is not set. No path, tag or name is empty, and taken as "not given" it would
 * mean this folder, or everything. Only a message may be empty.
 */
function refuseEmpty(name: string, command: Command<unknown[], OptionValues>): void {
  const isEmpty = (value: unknown): boolean => value === "" || Array.isArray(value) && value.includes("");
  const options = command.options.filter(({ long }) => long !== "--message");
  const empty = command.registeredArguments.find((_, i) => isEmpty(command.processedArgs[i]))?.name().toUpperCase() ??
    options.find((option) => isEmpty(command.getOptionValue(option.attributeName())))?.long;
  if (empty === undefined) return;
  throw new Failure("usage", `${empty} is empty (a variable that is not set?); nothing was done`, { hint: usageLine(name, command) });
}

/** What the parsing library says, as the rest of this program would say it. */
function inOurWords(error: CommanderError, name: string): string {
  const text = error.message.replace(/^error: /, "");
  const quoted = /'([^']*)'/.exec(text)?.[1] ?? "";
  const option = quoted.split(/[ ,]+/).find((word) => word.startsWith("--")) ?? quoted;
  switch (error.code) {
    case "commander.missingArgument":
      return `${quoted.toUpperCase()} is missing`;
    case "commander.optionMissingArgument":
      return `${option} needs a value`;
    case "commander.excessArguments": {
      const [, most, given] = /Expected (\d+) arguments? but got (\d+)/.exec(text) ?? [];
      return `"${name}" takes ${most === "0" ? "no arguments" : most === "1" ? "one argument" : `${most} arguments`}, and got ${given}`;
    }
    case "commander.unknownOption":
      return `unknown option "${quoted}"${/Did you mean (\S+)\?/.exec(text)?.[1]?.replace(/^.*$/, " (did you mean $&?)") ?? ""}`;
    case "commander.invalidArgument":
      return `${option}: ${text.replace(/^.*?argument '(.*)' is invalid\. It should be(.*?)\.?$/, '"$1" is not$2')}`;
    default:
      return text.split("\n")[0]!;
  }
}

/** A tag given as an argument, where it is an option. */
function betterCall(
  error: CommanderError,
  name: string,
  command: Command<unknown[], OptionValues>,
  args: readonly string[],
): string | null {
  const takesTag = command.options.some(({ long }) => long === "--tag") && command.registeredArguments.length === 0;
  const [tag] = args;
  return error.code === "commander.excessArguments" && takesTag && args.length === 1 ? `${name} --tag ${tag}` : null;
}

function buildCommand(name: string, spec: CommandSpec<unknown[], OptionValues>, width: number): Command<unknown[], OptionValues> {
  const command = spec.define(new Command(name)) as Command<unknown[], OptionValues>;
  command.description(
    [spec.summary[0]!.toUpperCase() + spec.summary.slice(1) + ".", ...(spec.details === undefined ? [] : ["", spec.details])].join("\n"),
  );
  // What asks a remote may be told to trust it.
  if (command.options.some(({ long }) => long === "--insecure")) {
    command.optionsGroup(TRANSFER_GROUP);
    for (const { flags, description, parse } of TRANSFER_OPTIONS) command.option(flags, description, parse as (text: string) => unknown);
  }
  return command
    .optionsGroup(SHARED_GROUP)
    .option("--json", "print one JSON document on stdout")
    .option("-q, --quiet", "no progress on stderr")
    .option("-v, --verbose", "say more on stderr")
    .option("--progress <how>", "progress on stderr: auto, plain, json (a line of JSON each) or none", progressMode)
    .option("--project <dir>", "work in this project instead of the one around the current directory")
    .option("--env <name>", "use this environment's registry")
    .option("--no-color", "no colours")
    .helpOption("-h, --help", "show this page")
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .configureHelp({ ...pageOf(width), optionDescription: ({ description }) => description })
    .showSuggestionAfterError(true) as Command<unknown[], OptionValues>;
}

/** Lines of so many columns; words are never broken, and on a narrow terminal descriptions stand below their terms. */
function pageOf(width: number) {
  const helpWidth = Math.max(LEAST_WIDTH, Math.min(PAGE_WIDTH, width));
  return {
    helpWidth,
    minWidthToWrap: LEAST_FOR_DESCRIPTIONS,
    formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
      if (helpWidth - termWidth - 4 >= LEAST_FOR_DESCRIPTIONS) {
        return Help.prototype.formatItem.call(this, term, termWidth, description, helper);
      }
      return [`  ${term}`, ...helper.boxWrap(description, helpWidth - 6).split("\n").map((line) => `      ${line}`)].join("\n");
    },
  };
}

function usageLine(name: string, command: Command<unknown[], OptionValues>): string {
  return `usage: ${name} ${command.usage()}   (${name} --help)`;
}

function examplesOf(name: string, spec: CommandSpec<unknown[], OptionValues>): string {
  if (spec.examples === undefined || spec.examples.length === 0) return "";
  const examples = spec.examples.map((example) => `  ${asCalled(example, name.split(" ")[0]!)}\n`);
  return `\nExamples:\n${examples.join("")}`;
}

/** Moves shared options from the front of `rest` to `before`; the next word stays in `rest` and is returned. */
function takeShared(rest: string[], before: string[]): string | undefined {
  while (rest.length > 0) {
    const word = rest[0]!;
    const name = word.split("=", 1)[0]!;
    if (SHARED_WITH_VALUE.has(name)) before.push(...rest.splice(0, word.includes("=") ? 1 : 2));
    else if (SHARED_FLAGS.has(word)) before.push(...rest.splice(0, 1));
    else return word;
  }
  return undefined;
}

function unknownCommand(word: string, program: string, path: readonly string[], branch: Branch, call: readonly string[]): Failure {
  const name = [program, ...path].join(" ");
  const bundle = branch.commands["bundle"];
  if (bundle !== undefined && isBranch(bundle) && Object.hasOwn(bundle.commands, word)) {
    return new Failure("usage", `"${word}" is a command of bundles`, { hint: `${program} bundle ${call.map(shellWord).join(" ")}` });
  }
  const close = closest(word, Object.keys(branch.commands));
  return usageFailure(`unknown command "${word}"${close === null ? "" : ` (did you mean ${close}?)`}`, name);
}

function usageFailure(message: string, name: string): Failure {
  return new Failure("usage", message, { hint: `usage: ${name} <command> [options]   (${name} --help lists the commands)` });
}

/** The candidate within two edits, or null. */
function closest(word: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let least = 3;
  for (const candidate of candidates) {
    const far = distance(word, candidate);
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
