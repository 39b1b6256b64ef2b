/**
 * `deno task bench [--files N] [--size BYTES] [--runs N]`: start-up, add, status, push and pull of many small files, beside git and oras
 * where they are installed. Prints one table; writes only to a temporary folder (TMPDIR decides where; a folder in memory shows the
 * tools, a disk shows the disk). The program is $MOPS_PROGRAM, else the compiled one in dist/, else the source.
 */
import { realConsole } from "../../src/ui/console.ts";
import { renderTable } from "../../src/ui/table.ts";
import { bytes, count, duration } from "../../src/ui/text.ts";
import { machine, median, timed, versionOf } from "./measure.ts";
import { startRemote } from "./registry.ts";
import { type Contender, git, type Job, JOBS, mops, oras } from "./tools.ts";
import { checkWorkload, makeWorkload } from "./workload.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const out = realConsole({ env: { NO_COLOR: Deno.env.get("NO_COLOR"), TERM: Deno.env.get("TERM") } });

// Where dev/install_servers.sh puts what the machine lacks.
Deno.env.set("PATH", `${Deno.env.get("MOPS_DEV_HOME") || `${Deno.env.get("HOME")}/.cache/mops-dev`}/bin:${Deno.env.get("PATH") ?? ""}`);
Deno.exitCode = await bench();

async function bench(): Promise<number> {
  const workload = { files: option("files", 10_000), size: option("size", 1024) };
  const runs = option("runs", 3);
  const program = await programToMeasure();
  const versions = {
    mops: await versionOf([...program, "version"]),
    git: await versionOf(["git", "version"]),
    oras: await versionOf(["oras", "version"]),
  };
  const folder = await Deno.makeTempDir({ prefix: "mops-bench-" });
  const remote = await startRemote(folder);
  const contenders: [string, Contender][] = [["mops", mops(program)]];
  if (versions.git !== null) contenders.push(["git", git]);
  if (versions.oras !== null && !remote.base.startsWith("oci:")) contenders.push(["oras", oras]);

  out.err(`${count(workload.files, "file")} of ${bytes(workload.size)}, median of ${count(runs, "run")}`);
  const times = new Map<string, Map<Job, number[]>>(contenders.map(([name]) => [name, new Map()]));
  let failed = false;
  try {
    for (let run = 1; run <= runs; run++) {
      for (const [name, contender] of contenders) {
        const place = {
          project: `${folder}/${name}-${run}`,
          aside: `${folder}/${name}-${run}-aside`,
          base: remote.base,
          name: `bench-${run}`,
          workload,
        };
        for (const path of [place.project, place.aside]) await Deno.mkdir(path);
        makeWorkload(place.project, workload);
        const record = async (job: Job, ...call: Parameters<typeof timed>) => {
          const time = await timed(...call);
          const list = times.get(name)!.get(job) ?? [];
          times.get(name)!.set(job, [...list, time]);
          out.err(`run ${run}: ${name} ${job} ${duration(time)}`);
        };
        try {
          checkWorkload(await contender(place, record, timed), workload);
        } catch (error) {
          failed ||= name === "mops";
          out.err(`run ${run}: ${name} stopped: ${error instanceof Error ? error.message : error}`);
        }
        for (const path of [place.project, place.aside]) await Deno.remove(path, { recursive: true });
      }
    }
  } finally {
    await remote.stop();
    await Deno.remove(folder, { recursive: true });
  }
  out.out(tableOf(contenders.map(([name]) => name), times));
  out.out(`\nmachine: ${await machine()}\nremote: ${remote.label}; git pushes to a bare repository over file://`);
  for (const [name, version] of Object.entries(versions)) out.out(`${name}: ${version ?? "not installed"}`);
  return failed ? 1 : 0;
}

/** Seconds of each tool, and how many times as long mops takes. */
function tableOf(names: readonly string[], times: ReadonlyMap<string, ReadonlyMap<Job, readonly number[]>>): string {
  const peers = names.slice(1);
  const figure = (name: string, job: Job) => {
    const list = times.get(name)?.get(job);
    return list === undefined ? undefined : median(list);
  };
  const columns = [
    { head: "job" },
    { head: "mops", align: "right" as const },
    ...peers.flatMap((peer) => [
      { head: peer, align: "right" as const },
      { head: `mops/${peer}`, align: "right" as const },
    ]),
  ];
  const seconds = (time: number | undefined) => time === undefined ? "–" : `${(time / 1000).toFixed(3)} s`;
  const rows = JOBS.map((job) => {
    const own = figure("mops", job);
    return [
      job,
      seconds(own),
      ...peers.flatMap((peer) => {
        const other = figure(peer, job);
        return [seconds(other), own === undefined || other === undefined ? "" : ratio(own / other)];
      }),
    ];
  });
  return renderTable(columns, rows);
}

/** `0.13×`, `2.8×`, `280×`: two figures that mean something. */
function ratio(value: number): string {
  return `${value < 10 ? value.toPrecision(2) : Number(value.toPrecision(2))}×`;
}

async function programToMeasure(): Promise<string[]> {
  const given = Deno.env.get("MOPS_PROGRAM");
  if (given) return [given];
  const compiled = `${ROOT}/dist/mops-${Deno.build.os === "darwin" ? "macos" : Deno.build.os}-${Deno.build.arch}`;
  try {
    await Deno.stat(compiled);
    return [compiled];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return [Deno.execPath(), "run", "-A", `${ROOT}/main.ts`];
  }
}

function option(name: string, otherwise: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  const value = at < 0 ? otherwise : Number(Deno.args[at + 1]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} takes a whole number, 1 or more`);
  return value;
}
