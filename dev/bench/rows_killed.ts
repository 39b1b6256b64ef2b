/** A push and a pull of one big file, killed with -9 when half of it has passed the wire, and run again: how much passes in all. */
import { type Bench, fresh, mopsTool } from "./contenders.ts";
import { type Tool, used } from "./measure.ts";
import type { Figure, Figures, Row } from "./race.ts";
import { countingWire, type Wire } from "./registry.ts";
import { scaled } from "./rows_folder.ts";
import { checkCopy, makeWorkload } from "./workload.ts";

export const KILLED_ROWS: readonly Row[] = [
  {
    name: "killed-push",
    what: "2 GiB push killed at half and run again: bytes sent",
    asks: [{ measure: "carried", atMost: 1.1 }],
    figures: (bench) => killedFigures(bench, "push"),
  },
  {
    name: "killed-pull",
    what: "2 GiB pull killed at half and run again: bytes fetched",
    asks: [{ measure: "carried", atMost: 1.05 }],
    figures: (bench) => killedFigures(bench, "pull"),
  },
];

async function killedFigures(bench: Bench, which: "push" | "pull"): Promise<Figures> {
  const size = scaled(bench, 2 ** 31);
  const project = `${bench.folder}/killed-${which}`;
  makeWorkload(project, { files: 1, size });
  const figures = new Map<string, Figure[]>();
  for (const [index, [program, command]] of bench.programs.entries()) {
    let onHalf: (() => void) | null = null;
    const passed = (wire: Wire) => which === "push" ? wire.sent : wire.received;
    const wire = countingWire(bench.registry!.host, (wire) => {
      if (passed(wire) - before >= size / 2) onHalf?.();
    });
    let before = 0;
    const home = await fresh(`${bench.folder}/home-${which}-${index}`);
    const tool: Tool = { command, env: { ...mopsTool(bench, command, home).env, REGISTRY_URL: wire.host } };
    try {
      await Deno.remove(`${project}/.modelops-bundle`, { recursive: true }).catch(() => {}); // none yet, the first time
      const name = `killed-${which}-${index}`;
      for (const args of [["init", ".", "--name", name], ["add", "."]]) await used(tool, project, ["bundle", ...args]);
      const copy = await fresh(`${bench.folder}/killed-copy-${index}`);
      if (which === "pull") await used(tool, project, ["bundle", "push"]);
      const [cwd, args] = which === "push" ? [project, ["push"]] : [copy, ["pull", "--ref", `${wire.host}/${name}:latest`, "--into", "."]];
      before = passed(wire);
      await killedOnce(tool, cwd, ["bundle", ...args], (kill) => onHalf = kill);
      onHalf = null;
      const first = passed(wire) - before;
      const usage = await used(tool, cwd, ["bundle", ...args]);
      const carried = (passed(wire) - before) / size;
      if (which === "pull") await checkCopy(`${project}/data`, `${copy}/data`);
      await fresh(copy);
      bench.tell(`  ${program}: killed after ${(first / size).toFixed(3)} of the file; ${carried.toFixed(3)} in all`);
      figures.set(program, [{ ...usage, requests: null, carried }]);
    } catch (error) {
      bench.tell(`  ${program} stopped: ${error instanceof Error ? error.message : error}`);
    } finally {
      wire.close();
    }
  }
  return figures;
}

/** @throws Error when the command ended before it could be killed. */
async function killedOnce(tool: Tool, cwd: string, args: readonly string[], atHalf: (kill: () => void) => void): Promise<void> {
  const [program, ...before] = tool.command;
  const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
  const child = new Deno.Command(program!, { args: [...before, ...args], cwd, env: { ...tool.env }, clearEnv: true, ...quiet }).spawn();
  atHalf(() => {
    try {
      child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error; // ended already
    }
  });
  const { signal, code } = await child.status;
  if (signal !== "SIGKILL") throw new Error(`\`${args.join(" ")}\` ended with exit code ${code} before half had passed`);
}
