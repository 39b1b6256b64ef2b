/** Contenders of one row, one after the other, run by run: whatever the machine does meanwhile hits all of them. */
import type { Bench, Contender } from "./contenders.ts";
import { timed, type Usage, used } from "./measure.ts";

export interface Figure extends Usage {
  /** Lines in the registry's access log; null where nobody counted. */
  readonly requests: number | null;
  /** Bytes on the wire as a multiple of the file's size; null where nobody counted. */
  readonly carried: number | null;
}

/** Name of the contender to one figure for each run. */
export type Figures = ReadonlyMap<string, readonly Figure[]>;

/** What a row asks of mops, each of its programs alone. */
export interface Ask {
  readonly measure: "wall" | "memory" | "requests" | "carried";
  /** The contender that it is a ratio to; absent: `atMost` is absolute (bytes, requests, multiples of the file). */
  readonly against?: string | ((program: string) => string);
  readonly atMost: number;
}

export interface Row {
  /** As it is chosen on the command line. */
  readonly name: string;
  readonly what: string;
  readonly asks: readonly Ask[];
  figures(bench: Bench): Promise<Figures>;
}

export interface RaceOptions {
  readonly runs: number;
  /** Without GNU time around the process: for what takes milliseconds. */
  readonly bare?: boolean;
}

export async function race(bench: Bench, contenders: readonly Contender[], options: RaceOptions): Promise<Figures> {
  const figures = new Map<string, Figure[]>();
  const out = new Set<string>();
  for (let run = 1; run <= Math.min(options.runs, bench.runs); run++) {
    for (const contender of contenders) {
      if (out.has(contender.name)) continue;
      try {
        const figure = await once(bench, contender, run, options.bare === true);
        figures.set(contender.name, [...figures.get(contender.name) ?? [], figure]);
        if (!options.bare) bench.tell(`  run ${run}: ${contender.name} ${(figure.wall / 1000).toFixed(3)} s`);
      } catch (error) {
        out.add(contender.name); // and no figure: a tool that fails has no time
        figures.delete(contender.name);
        bench.tell(`  run ${run}: ${contender.name} stopped: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  return figures;
}

async function once(bench: Bench, contender: Contender, run: number, bare: boolean): Promise<Figure> {
  await contender.prepare?.(run);
  const { tool, cwd } = contender;
  const before = contender.countsRequests ? await bench.registry!.requests() : null;
  const usage = bare
    ? { wall: await timed(tool, cwd, contender.args(run)), processor: null, memory: null }
    : await used(tool, cwd, contender.args(run));
  const requests = before === null ? null : await bench.registry!.requests() - before;
  await contender.check?.(run);
  return { ...usage, requests, carried: null };
}
