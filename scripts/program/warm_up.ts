/**
 * Runs everyday commands inside the program that is being built, so that the code V8 makes of them can be put into it:
 *
 *     warm_up plan PROJECTS TO   writes into TO which pieces each errand is the first to need: [[0, 7, 3, …], …]
 *     warm_up keep PROJECTS TO   writes TO/N.code: V8's code for archive N, as it is after errand N
 *
 * PROJECTS holds the folders that `compile.ts` has prepared. An errand has an archive of its own, for what earlier ones did not need.
 */
import { Archives } from "./load.ts";

interface Errand {
  /** Below PROJECTS. */
  readonly folder: string;
  readonly commands: readonly string[][];
}

const bundle = (...commands: readonly string[]) => commands.map((line) => ["bundle", ...line.split(" ")]);

/** What is asked most stands first and alone: its archive is all that such a call reads. */
const ERRANDS: readonly Errand[] = [
  { folder: "plain", commands: bundle("status --offline") },
  {
    folder: "plain",
    commands: bundle("status", "status --offline --json", "add .", "push", "pull", "diff", "log", "manifest", "push --dry-run"),
  },
  {
    folder: "models",
    commands: bundle(
      "register-model models/network_model.py --data data/",
      "register-target targets/incidence.py",
      "register-model --regen-all",
      "status",
      "list",
      "push",
    ),
  },
];

const [mode, projects, to] = Deno.args;
const archives = new Archives(import.meta.url);
const first: number[][] = [];
for (const [number, errand] of ERRANDS.entries()) {
  Deno.chdir(`${projects}/${errand.folder}`);
  for (const command of errand.commands) {
    const code = await archives.run().run(command, {}, Deno.exit);
    if (code !== 0) throw new Error(`mops ${command.join(" ")}: exit code ${code}`);
  }
  const known = new Set(first.flat());
  if (mode === "plan") first.push([...archives.opened.get(0)!.taken.keys()].filter((index) => !known.has(index)));
  else {
    const code = archives.opened.get(number)?.script.createCachedData();
    if (code !== undefined) Deno.writeFileSync(`${to}/${number}.code`, code);
  }
}
if (mode === "plan") Deno.writeTextFileSync(to!, JSON.stringify(first));
Deno.exit(0);
