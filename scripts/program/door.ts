/** The compiled program's door: does what `main.ts` does, with pieces out of archives. Those of `run.ts` and `crash_point.ts` lie first. */
import { answeredAtOnce } from "../../src/cli/at_once.ts";
import { Archives } from "./load.ts";

const crashAt = Deno.env.get("MOPS_CRASH_AT");
const styling = { NO_COLOR: Deno.env.get("NO_COLOR"), TERM: Deno.env.get("TERM") };
if (crashAt === undefined && answeredAtOnce(Deno.args)) Deno.exit(0);
const archives = new Archives(import.meta.url);
if (crashAt !== undefined) archives.crashPoint().dieAt(crashAt);
Deno.exit(await archives.run().run(Deno.args, styling, Deno.exit));
