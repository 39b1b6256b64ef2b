/**
 * `deno task bench [ROW…] [--runs N] [--scale X] [--program compiled|source|both] [--registry PROGRAM] [--write]`: each row of
 * docs/benchmarks.md with its peers, in one folder and on one registry, as ratios. `--list` names the rows. `--write` puts the result into
 * the page. The compiled program is $MOPS_PROGRAM, else the one in dist/ (`deno task compile`).
 *
 * It all happens in a folder in memory where there is one with room (/dev/shm), else in TMPDIR; the result says which: a disk would hide the
 * differences between tools.
 */
import { statfsSync } from "node:fs";
import { realConsole } from "../../src/ui/console.ts";
import { bytes } from "../../src/ui/text.ts";
import type { Bench } from "./contenders.ts";
import { machine, versionOf } from "./measure.ts";
import type { Row } from "./race.ts";
import { startRegistry } from "./registry.ts";
import { type Measured, resultPage, resultText, writeIntoPage } from "./result.ts";
import { EXCHANGE_ROWS } from "./rows_exchange.ts";
import { FOLDER_ROWS } from "./rows_folder.ts";
import { KILLED_ROWS } from "./rows_killed.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const ROWS: readonly Row[] = [...FOLDER_ROWS, ...EXCHANGE_ROWS, ...KILLED_ROWS];
const ROOM = 12 * 2 ** 30; // a million files of a page each, or a few copies of 2 GiB
const out = realConsole({ env: { NO_COLOR: Deno.env.get("NO_COLOR"), TERM: Deno.env.get("TERM") } });

// Where dev/install_servers.sh puts what the machine lacks.
Deno.env.set("PATH", `${Deno.env.get("MOPS_DEV_HOME") || `${Deno.env.get("HOME")}/.cache/mops-dev`}/bin:${Deno.env.get("PATH") ?? ""}`);
Deno.exitCode = await bench(Deno.args);

async function bench(args: readonly string[]): Promise<number> {
  const asked = parse(args);
  if (typeof asked === "string") {
    out.err(`bench: ${asked}`);
    return 2;
  }
  if (asked.list) {
    for (const { name, what } of ROWS) out.out(`${name.padEnd(16)}${what}`);
    return 0;
  }
  const programs = await programsToMeasure(asked.program);
  const memory = inMemory(ROOM * Math.min(1, asked.scale));
  const folder = await Deno.makeTempDir({ ...(memory === null ? {} : { dir: memory }), prefix: "mops-bench-" });
  const versions = await versionsOf(programs[0]![1]);
  const measured: Measured[] = [];
  const conditions = [
    `date: ${new Date().toISOString().slice(0, 10)}, commit: ${await commit()}`,
    `machine: ${await machine()}`,
    `folder: ${memory === null ? `${folder}, not in memory` : `${memory} (in memory)`}, page cache warm`,
    `programs: ${programs.map(([name, command]) => `${name} = ${nameOf(command)}`).join("; ")}`,
    `peers: ${Object.entries(versions).map(([name, version]) => `${name} ${version ?? "not installed"}`).join("; ")}`,
  ];
  try {
    for (const row of asked.rows) {
      const place = `${folder}/${row.name}`;
      await Deno.mkdir(place);
      const registry = await startRegistry(asked.registry, place);
      if (measured.length === 0) conditions.push(`registry: ${registry?.label ?? "none is installed"}, storage in the same folder`);
      out.err(`${row.name}: ${row.what}`);
      const has = (tool: string) => versions[tool] !== null;
      const tell = (line: string) => out.err(line);
      try {
        const context: Bench = { folder: place, registry, programs, runs: asked.runs, scale: asked.scale, has, tell };
        measured.push({ row, figures: await row.figures(context), load: Deno.loadavg()[0]! });
      } catch (error) {
        out.err(`  no figures: ${error instanceof Error ? error.message : error}`);
        measured.push({ row, figures: new Map(), load: Deno.loadavg()[0]! });
      } finally {
        await registry?.stop();
        await Deno.remove(place, { recursive: true });
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const names = programs.map(([name]) => name);
  out.out(resultText(measured, names));
  out.out(`\n${conditions.join("\n")}\nsizes: ${asked.scale === 1 ? "whole" : `× ${asked.scale}, not what the table asks`}`);
  if (asked.write) {
    if (asked.scale !== 1) out.err("bench: --scale was given: the page is left as it is");
    else await writeIntoPage(`${ROOT}/docs/benchmarks.md`, resultPage(measured, names, conditions));
  }
  return measured.every(({ figures }) => names.every((name) => figures.has(name))) ? 0 : 1;
}

interface Asked {
  readonly rows: readonly Row[];
  readonly runs: number;
  readonly scale: number;
  readonly program: string;
  readonly registry: string;
  readonly write: boolean;
  readonly list: boolean;
}

function parse(args: readonly string[]): Asked | string {
  const rows: Row[] = [];
  const asked = { runs: Infinity, scale: 1, program: "both", registry: "docker-registry", write: false, list: false };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--write") asked.write = true;
    else if (arg === "--list") asked.list = true;
    else if (arg === "--runs" || arg === "--scale") {
      const value = Number(args[++at]);
      if (!(value > 0) || arg === "--runs" && !Number.isInteger(value)) return `${arg} takes a number above 0`;
      asked[arg === "--runs" ? "runs" : "scale"] = value;
    } else if (arg === "--program") {
      asked.program = args[++at] ?? "";
      if (!["compiled", "source", "both"].includes(asked.program)) return "--program takes compiled, source or both";
    } else if (arg === "--registry") {
      asked.registry = args[++at] ?? "";
    } else {
      const row = ROWS.find(({ name }) => name === arg);
      if (row === undefined) return `there is no row ${arg}; there are ${ROWS.map(({ name }) => name).join(", ")}`;
      rows.push(row);
    }
  }
  return { ...asked, rows: rows.length === 0 ? ROWS : rows };
}

async function programsToMeasure(which: string): Promise<(readonly [string, readonly string[]])[]> {
  const compiled = Deno.env.get("MOPS_PROGRAM") ||
    `${ROOT}/dist/mops-${Deno.build.os === "darwin" ? "macos" : Deno.build.os}-${Deno.build.arch}`;
  const programs: (readonly [string, readonly string[]])[] = [];
  if (which !== "source" && await versionOf([compiled, "version"]) !== null) programs.push(["mops", [compiled]]);
  if (which === "compiled" && programs.length === 0) throw new Error(`${compiled} is not there: deno task compile`);
  if (which !== "compiled") {
    programs.push(["mops from source", [Deno.execPath(), "run", "-A", "--no-check", `--config=${ROOT}/deno.json`, `${ROOT}/main.ts`]]);
  }
  return programs;
}

/** What a command is, without the paths of this machine. */
function nameOf(command: readonly string[]): string {
  return command.length === 1
    ? `the compiled program (${command[0]!.split("/").at(-1)})`
    : `deno ${Deno.version.deno} run main.ts, not bundled`;
}

async function versionsOf(mops: readonly string[]): Promise<Record<string, string | null>> {
  const short = async (...command: string[]) => (await versionOf(command))?.match(/\d+\.\d+[\w.+-]*/)?.[0] ?? null;
  return {
    mops: await short(...mops, "version"),
    git: await short("git", "version"),
    oras: await short("oras", "version"),
    restic: await short("restic", "version"),
    curl: await short("curl", "--version"),
    openssl: await short("openssl", "version"),
  };
}

async function commit(): Promise<string> {
  const { code, stdout } = await new Deno.Command("git", { args: ["describe", "--always", "--dirty"], cwd: ROOT, stdin: "null" }).output();
  return code === 0 ? new TextDecoder().decode(stdout).trim() : "unknown";
}

/** A folder in memory with so many bytes left, or null. */
function inMemory(room: number): string | null {
  const TMPFS = 0x01021994;
  const temporary = Deno.env.get("TMPDIR");
  for (const place of [...(temporary ? [temporary] : []), "/dev/shm"]) {
    try {
      const { type, bavail, bsize } = statfsSync(place);
      if (type === TMPFS && bavail * bsize >= room) return place;
      if (type === TMPFS) out.err(`bench: ${place} has ${bytes(bavail * bsize)} left; ${bytes(room)} are wanted`);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    }
  }
  return null;
}
