/** The program's door: arguments in, exit code out. Everything else is behind `src/cli/run.ts`. */
import { run } from "./src/cli/run.ts";

if (import.meta.main) Deno.exit(await run(Deno.args, { NO_COLOR: Deno.env.get("NO_COLOR"), TERM: Deno.env.get("TERM") }));
