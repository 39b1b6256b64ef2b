/**
 * How hard the suites of faults try: a modest number of cases in every run, a large one with MOPS_TORTURE=1. Chance is seeded: a suite
 * prints its seed, and MOPS_TEST_SEED gives the same cases again.
 */

export const TORTURE = Deno.env.get("MOPS_TORTURE") === "1";

export function cases(everyRun: number, torture: number): number {
  return TORTURE ? torture : everyRun;
}

/** Another one each time where there is time to look into what it finds; else one that every machine has. */
const ANY_SEED = TORTURE ? crypto.getRandomValues(new Uint32Array(1))[0]! : 20_261_128;

/** The same numbers for the same seed. */
export class Chance {
  #state: number;

  constructor(readonly seed = Number(Deno.env.get("MOPS_TEST_SEED") ?? ANY_SEED)) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1, without 1 (mulberry32, public domain). */
  next(): number {
    this.#state = (this.#state + 0x6D2B79F5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** The one line at the end of a suite: what it tried, from which seed, for how long. */
export function tellTried(suite: string, counts: Readonly<Record<string, number | string>>, begun: number, chance?: Chance): void {
  const parts = Object.entries(counts).map(([what, count]) => `${what} ${count}`).join(", ");
  const seed = chance === undefined ? "" : `, seed ${chance.seed}`;
  console.log(`${suite}: ${parts}${seed}; ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}
