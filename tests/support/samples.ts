/** The sample projects of `dev/`, as folders of a desk that tests may change. */
import { join } from "node:path";
import type { Desk } from "./program.ts";

const DEV = new URL("../../dev/", import.meta.url).pathname;

export type Sample = "sample_project" | "starsim_sample";

/** Copies every file with its executable bit; times are set back, so that the stat cache may trust them. */
export function copySample(sample: Sample, desk: Desk, to: string): void {
  const visit = (below: string): void => {
    for (const entry of Deno.readDirSync(join(DEV, sample, below))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.name === "__pycache__") continue;
      if (entry.isDirectory) visit(path);
      else {
        const file = join(DEV, sample, path);
        desk.write(`${to}/${path}`, Deno.readFileSync(file), { executable: ((Deno.statSync(file).mode ?? 0) & 0o100) !== 0 });
      }
    }
  };
  visit("");
}
