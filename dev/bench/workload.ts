/** The folder that every tool gets: many small files, a hundred to a directory, the same bytes in every run. */

export interface Workload {
  readonly files: number;
  readonly size: number;
}

export function makeWorkload(folder: string, { files, size }: Workload): void {
  const bytes = new Uint8Array(size);
  const random = generator(20261123);
  for (let number = 0; number < files; number++) {
    if (number % 100 === 0) Deno.mkdirSync(`${folder}/${directoryOf(number)}`, { recursive: true });
    for (let at = 0; at < size; at++) bytes[at] = random();
    Deno.writeFileSync(`${folder}/${pathOf(number)}`, bytes);
  }
}

export function workloadPaths({ files }: Workload): string[] {
  return Array.from({ length: files }, (_, number) => pathOf(number));
}

/** @throws Error when `folder` does not hold every byte of the workload: a fast tool that loses files wins nothing. */
export function checkWorkload(folder: string, workload: Workload): void {
  const expected = new Uint8Array(workload.size);
  const random = generator(20261123);
  for (let number = 0; number < workload.files; number++) {
    for (let at = 0; at < workload.size; at++) expected[at] = random();
    const found = Deno.readFileSync(`${folder}/${pathOf(number)}`);
    if (found.length !== expected.length || found.some((byte, at) => byte !== expected[at])) {
      throw new Error(`${folder}/${pathOf(number)} is not what was put in`);
    }
  }
}

function directoryOf(number: number): string {
  return `data/d${String(Math.floor(number / 100)).padStart(4, "0")}`;
}

function pathOf(number: number): string {
  return `${directoryOf(number)}/f${String(number).padStart(6, "0")}.bin`;
}

/** Bytes that no compression makes smaller, from a seed (a linear congruential generator, its high byte). */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
}
