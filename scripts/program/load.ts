/** Takes a piece of the program out of its archives (`archive.ts`), each of which is read when something of it is first needed. */
import type { Script } from "node:vm";

type Exports = Readonly<Record<string, unknown>>;
type Take = (archive: number, index: number) => Exports;

interface BuiltIns {
  getBuiltinModule(name: "node:vm"): typeof import("node:vm");
}

export interface Opened {
  readonly script: Script;
  readonly pieces: readonly (() => Exports)[];
  readonly taken: Map<number, Exports>;
}

export class Archives {
  readonly opened = new Map<number, Opened>();

  /** @param beside a file's URL: `0.js` lies beside it, and `0.code`, if V8's code for it was kept */
  constructor(readonly beside: string) {}

  readonly take: Take = (archive, index) => {
    const { pieces, taken } = this.open(archive);
    const known = taken.get(index);
    if (known !== undefined) return known;
    const exports = pieces[index]!();
    taken.set(index, exports);
    return exports;
  };

  run(): typeof import("../../src/cli/run.ts") {
    return this.take(0, 0) as typeof import("../../src/cli/run.ts");
  }

  crashPoint(): typeof import("../../src/cli/crash_point.ts") {
    return this.take(0, 1) as typeof import("../../src/cli/crash_point.ts");
  }

  open(number: number): Opened {
    const known = this.opened.get(number);
    if (known !== undefined) return known;
    const file = new URL(`${number}.js`, this.beside);
    const { getBuiltinModule } = (globalThis as unknown as { process: BuiltIns }).process; // importing node:vm takes 1 ms longer
    const { Script } = getBuiltinModule("node:vm");
    const script = new Script(Deno.readTextFileSync(file), { filename: file.href, cachedData: this.#code(number) });
    const later = async (archive: number, index: number) => await this.take(archive, index);
    const pieces = script.runInThisContext()(this.take, later, getBuiltinModule, setTimeout, clearTimeout, setInterval, clearInterval);
    const opened = { script, pieces, taken: new Map() };
    this.opened.set(number, opened);
    return opened;
  }

  /** Code that this V8 did not make it refuses by itself, and compiles the text. */
  #code(number: number): Uint8Array | undefined {
    try {
      return Deno.readFileSync(new URL(`${number}.code`, this.beside));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined; // built for another system: there was none to be had
      throw error;
    }
  }
}
