/** One run of the program: parse, run, and tell how it went. What stops it early reaches everything through one signal. */
import { argv0 } from "node:process";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { workSentence } from "../ui/tally.ts";
import { type Console, realConsole } from "../ui/console.ts";
import { exitCodeOf } from "./exit_code.ts";
import { type Call, withHint } from "./last_hint.ts";
import { PAGE_WIDTH, parse } from "./parse.ts";
import { moment } from "./amounts.ts";
import { Session } from "./session.ts";
import { Stopping } from "./stopping.ts";
import { BUNDLE_TREE, TREE } from "./command_tree.ts";
import { VERSION } from "./version.ts";

/** The exit code; never throws. `styling`: the variables that decide about colours; `end`: ends the process, whatever hangs. */
export async function run(
  argv: readonly string[],
  styling: { readonly NO_COLOR?: string | undefined; readonly TERM?: string | undefined },
  end: (code: number) => void,
): Promise<number> {
  const alone = isBundleAlone(argv0);
  const program = alone ?? "mops";
  const json = argv.includes("--json") ||
    argv.some((word, i) => word === "--progress=json" || word === "--progress" && argv[i + 1] === "json");
  const console = realConsole({
    noColour: argv.includes("--no-color"),
    env: styling,
  });
  let call: Call | undefined;
  try {
    const parsed = await parse(
      program,
      alone === null ? TREE : BUNDLE_TREE,
      argv,
      VERSION,
      console.isTerminal.out ? console.width : PAGE_WIDTH,
    );
    if (parsed.kind === "print") {
      console.out(parsed.text);
      return 0;
    }
    call = { usage: parsed.usage, given: parsed.options, again: onceMore(program, argv) };
    return await runCommand(parsed, console, end);
  } catch (error) {
    await tellFailure(withHint(error, program, call), console, json, argv.includes("--verbose") || argv.includes("-v"));
    return exitCodeOf(error);
  }
}

type Run = Extract<Awaited<ReturnType<typeof parse>>, { kind: "run" }>;

async function runCommand(parsed: Run, console: Console, end: (code: number) => void): Promise<number> {
  const stopping = new Stopping(() => end(exitCodeOf(new Failure("interrupted", ""))));
  stopping.listen();
  const session = new Session(parsed.options, console, stopping.signal, parsed.name.split(" ")[0]!);
  try {
    const deadline = session.deadline();
    if (deadline !== null) stopping.before(deadline);
    return await parsed.spec.run(session, parsed.args, parsed.options) ?? 0;
  } catch (error) {
    // What broke because it was stopped is not what a person wants to read.
    const { reason } = stopping;
    if (reason !== null && !(error instanceof Failure && error.code !== "interrupted" && error.code !== "unreachable")) {
      throw stopped(reason, session);
    }
    throw error;
  } finally {
    stopping.close();
    session.close();
  }
}

/** The reason why a command was stopped, with what it had done by then. */
function stopped(reason: Failure, session: Session): Failure {
  const work = session.tally.work();
  const sentence = work === null ? "what was safely done is kept" : workSentence(work);
  return new Failure("interrupted", `${reason.message}; ${sentence}`, { facts: { ...reason.facts, ...work } });
}

/** The call as it can be run again: without a deadline that is past by then. */
function onceMore(program: string, argv: readonly string[]): string {
  const isTime = (text: string | undefined): boolean => text !== undefined && moment(text) !== null;
  const kept = argv.filter((word, i) =>
    !(word.startsWith("--deadline=") && isTime(word.slice("--deadline=".length))) &&
    !(word === "--deadline" && isTime(argv[i + 1])) && !(argv[i - 1] === "--deadline" && isTime(word))
  );
  return [program, ...kept].map(shellWord).join(" ");
}

async function tellFailure(error: unknown, console: Console, json: boolean, verbose: boolean): Promise<void> {
  const { failureJson, renderFailure } = await import("../ui/render_failure.ts");
  console.err(
    json ? failureJson(error) : renderFailure(error, { colour: console.colourErr ?? console.colour, verbose }),
  );
}

/** `mops-bundle` and `modelops-bundle` are `mops bundle`. */
function isBundleAlone(path: string): string | null {
  const name = path.split(/[/\\]/).at(-1)?.replace(/\.exe$/, "") ?? "";
  return name === "mops-bundle" || name === "modelops-bundle" ? name : null;
}
