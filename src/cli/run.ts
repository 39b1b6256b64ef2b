/** One run of the program: parse, run, and tell how it went. Interrupts arrive here and reach everything through one signal. */
import { argv0 } from "node:process";
import { Failure } from "../base/failure.ts";
import { type Console, realConsole } from "../ui/console.ts";
import { exitCodeOf } from "./exit_code.ts";
import { type Call, withHint } from "./last_hint.ts";
import { PAGE_WIDTH, parse } from "./parse.ts";
import { Session } from "./session.ts";
import { BUNDLE_TREE, TREE } from "./command_tree.ts";
import { VERSION } from "./version.ts";

/** The exit code; never throws. `styling`: the variables that decide about colours. */
export async function run(
  argv: readonly string[],
  styling: { readonly NO_COLOR?: string | undefined; readonly TERM?: string | undefined },
): Promise<number> {
  const alone = isBundleAlone(argv0);
  const program = alone ?? "mops";
  const json = argv.includes("--json");
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
    call = { usage: parsed.usage, given: parsed.options };
    return await runCommand(parsed, console);
  } catch (error) {
    await tellFailure(withHint(error, program, call), console, json, argv.includes("--verbose") || argv.includes("-v"));
    return exitCodeOf(error);
  }
}

async function runCommand(parsed: Extract<Awaited<ReturnType<typeof parse>>, { kind: "run" }>, console: Console): Promise<number> {
  const interrupt = new AbortController();
  const stop = listenForSignals(interrupt);
  const session = new Session(parsed.options, console, interrupt.signal, parsed.name.split(" ")[0]!);
  try {
    return await parsed.spec.run(session, parsed.args, parsed.options) ?? 0;
  } catch (error) {
    if (interrupt.signal.aborted && !(error instanceof Failure && error.code !== "interrupted" && error.code !== "unreachable")) {
      throw interrupt.signal.reason;
    }
    throw error;
  } finally {
    stop();
    session.close();
  }
}

/** First signal: end tidily. The second one ends the process at once, as people expect who press Ctrl-C twice. */
function listenForSignals(interrupt: AbortController): () => void {
  const handlers = (["SIGINT", "SIGTERM"] as const).filter((signal) => signal !== "SIGTERM" || Deno.build.os !== "windows").map(
    (signal) => {
      const handler = (): void => {
        if (interrupt.signal.aborted) stop();
        interrupt.abort(new Failure("interrupted", "interrupted; what was safely done is kept", { facts: { signal } }));
      };
      Deno.addSignalListener(signal, handler);
      return [signal, handler] as const;
    },
  );
  const stop = (): void => handlers.forEach(([signal, handler]) => Deno.removeSignalListener(signal, handler));
  return stop;
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
