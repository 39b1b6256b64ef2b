/** The program's door: arguments in, exit code out. Everything else is behind `src/cli/run.ts`, which is loaded unless the answer is at hand. */
import { answeredAtOnce } from "./src/cli/at_once.ts";

const crashAt = Deno.env.get("MOPS_CRASH_AT"); // for tests only (docs/design.md, "Crash points")
if (import.meta.main && crashAt !== undefined) (await import("./src/cli/crash_point.ts")).dieAt(crashAt);
const styling = { NO_COLOR: Deno.env.get("NO_COLOR"), TERM: Deno.env.get("TERM") };
if (import.meta.main) {
  if (answeredAtOnce(Deno.args)) Deno.exit(0);
  const { run } = await import("./src/cli/run.ts");
  Deno.exit(await run(Deno.args, styling, Deno.exit));
}
