/**
 * `deno run -A dev/bench/models.ts [--files N] [--models N] [--runs N]`: a project of Python files and models; reading alone, then
 * registering and status as a user waits for them, cold (no cache), with nothing changed, and after one edit. The program is
 * $MOPS_PROGRAM, else the source.
 */
import { parsePython } from "../../src/python/parse.ts";
import { readOutline } from "../../src/python/read_outline.ts";
import { realConsole } from "../../src/ui/console.ts";
import { renderTable } from "../../src/ui/table.ts";
import { machine, median, timed, type Tool } from "./measure.ts";
import { helperPath, makeModelsWorkload } from "./models_workload.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const CACHES = ["outlines.json", "analysis.json", "stat-cache"];
const out = realConsole({ env: { NO_COLOR: Deno.env.get("NO_COLOR"), TERM: Deno.env.get("TERM") } });

const workload = { files: option("files", 2000), models: option("models", 200) };
const runs = option("runs", 3);
const program = Deno.env.get("MOPS_PROGRAM");
const folder = await Deno.makeTempDir({ prefix: "mops-bench-models-" });
try {
  const project = `${folder}/project`;
  const models = makeModelsWorkload(project, workload);
  const command = program ? [program] : [Deno.execPath(), "run", "-A", "--no-check", `${ROOT}/main.ts`];
  const env = { HOME: folder, PATH: Deno.env.get("PATH") ?? "", NO_COLOR: "1", ...(program ? {} : { DENO_DIR: denoDirectory() }) };
  const mops: Tool = { command, env };
  out.err(`${workload.files} Python files, ${workload.models} models, median of ${runs} runs`);

  const rows = readingRows(project);
  await timed(mops, project, ["bundle", "init", "."]);
  const first = await timed(mops, project, ["bundle", "register-model", ...models]);
  rows.push(["register-model, all models, first", seconds(first)]);
  const jobs: [string, string[], () => void][] = [
    ["register-model --regen-all, cold", ["register-model", "--regen-all"], () => forget(project)],
    ["register-model --regen-all, nothing changed", ["register-model", "--regen-all"], () => {}],
    ["status, cold", ["status"], () => forget(project)],
    ["status, nothing changed", ["status"], () => {}],
    ["status, one helper edited", ["status"], () => edit(project)],
  ];
  for (const [name, args, prepare] of jobs) {
    const times: number[] = [];
    await settle(project);
    for (let run = 0; run < runs; run++) {
      prepare();
      times.push(await timed(mops, project, ["bundle", ...args]));
    }
    rows.push([name, seconds(median(times))]);
  }
  rows.push(["outlines.json", `${(Deno.statSync(`${project}/.modelops-bundle/outlines.json`).size / 1e6).toFixed(1)} MB`]);
  out.out(renderTable([{ head: "job" }, { head: "figure", align: "right" }], rows));
  out.out(`\nmachine: ${await machine()}\nprogram: ${program ?? "from source"}`);
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** In this process: the tree alone, then all of the outline. */
function readingRows(project: string): string[][] {
  const files = [...Deno.readDirSync(`${project}/lib`)].map(({ name }) => Deno.readFileSync(`${project}/lib/${name}`));
  const texts = files.map((bytes) => new TextDecoder().decode(bytes));
  const megabytes = files.reduce((sum, bytes) => sum + bytes.byteLength, 0) / 1e6;
  const speed = (work: () => void) => {
    const times = Array.from({ length: runs }, () => {
      const start = performance.now();
      work();
      return performance.now() - start;
    });
    return `${(megabytes / (median(times) / 1000)).toFixed(1)} MB/s`;
  };
  return [
    ["Python read", `${megabytes.toFixed(1)} MB`],
    ["to a checked tree", speed(() => texts.forEach((text) => parsePython(text)))],
    ["to an outline", speed(() => files.forEach((bytes) => readOutline(bytes)))],
  ];
}

function forget(project: string): void {
  for (const name of CACHES) {
    try {
      Deno.removeSync(`${project}/.modelops-bundle/${name}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function edit(project: string): void {
  Deno.writeTextFileSync(`${project}/${helperPath(3)}`, `\nEDITED = ${performance.now()}\n`, { append: true });
}

/** Lets every file become old enough for the stat cache to trust its stamp. */
async function settle(project: string): Promise<void> {
  const old = new Date(Date.now() - 60_000);
  for (const path of [helperPath(3)]) Deno.utimeSync(`${project}/${path}`, old, old);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

function denoDirectory(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}

function seconds(time: number): string {
  return `${(time / 1000).toFixed(2)} s`;
}

function option(name: string, otherwise: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  const value = at < 0 ? otherwise : Number(Deno.args[at + 1]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} takes a whole number, 1 or more`);
  return value;
}
