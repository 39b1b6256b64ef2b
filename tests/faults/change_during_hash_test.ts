/**
 * Files that change while they are added and pushed. Whatever the moment, a bundle holds of each file a state that it really had, and can be
 * fetched whole; and once the writer rests, what is pushed is what lies there, whatever the caches remember of before.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFailure } from "../../src/base/failure.ts";
import { digestOf } from "../../src/base/digest.ts";
import type { Project } from "../../src/worktree/project.ts";
import { Site } from "../support/site.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import type { Log, Orders } from "./restless_writer.ts";

const FILES = { "a.txt": 40, "b/c.csv": 5_000, "b/d.csv": 5_000, "big.bin": 3_000_000, "e.txt": 1, "f/g/h.bin": 200_000 };

class RestlessWriter {
  readonly #worker = new Worker(import.meta.resolve("./restless_writer.ts"), { type: "module" });
  readonly #gate = new SharedArrayBuffer(4);
  readonly #flag = new Int32Array(this.#gate);
  #told = Promise.withResolvers<Log>();

  constructor(project: Project, seed: number) {
    this.#worker.onmessage = ({ data }) => this.#told.resolve(data as Log);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#told.reject(new Error(event.message));
    };
    this.#worker.postMessage({ root: project.root, files: FILES, seed, gate: this.#gate } satisfies Orders);
  }

  go(): void {
    this.#told = Promise.withResolvers();
    this.#open(1);
  }

  /** Nothing is written afterwards; at the beginning: every file is there. */
  async rest(): Promise<Log> {
    this.#open(0);
    return await this.#told.promise;
  }

  close(): void {
    this.#open(2);
    this.#worker.terminate();
  }

  #open(value: 0 | 1 | 2): void {
    Atomics.store(this.#flag, 0, value);
    Atomics.notify(this.#flag, 0);
  }
}

for (const layout of ["files", "packs"] as const) {
  Deno.test(`a pushed bundle of ${layout} holds states that its files really had, whoever writes meanwhile`, async () => {
    const begun = performance.now();
    const chance = new Chance();
    using site = new Site();
    const project = await site.project("ann");
    for (const folder of ["b", "f/g"]) Deno.mkdirSync(join(project.root, folder), { recursive: true });
    if (layout === "packs") {
      const config = join(project.root, ".modelops-bundle/config.yaml");
      Deno.writeTextFileSync(config, `${Deno.readTextFileSync(config)}layout: packs\n`);
    }
    const writer = new RestlessWriter(project, chance.below(2 ** 31));
    const counts = { rounds: cases(10, 100), "pushed amid writes": 0, "refused as changing": 0, writes: 0 };
    try {
      await writer.rest();
      await site.add(project, ".");
      for (let round = 0; round < counts.rounds; round++) {
        writer.go();
        const pushed = [];
        for (let attempt = 0; attempt < 3; attempt++) {
          try {
            await site.add(project, ".");
            pushed.push((await site.push(project)).digest);
          } catch (error) {
            if (!isFailure(error, "changed-underneath")) throw error;
            counts["refused as changing"]++;
          }
        }
        const log = await writer.rest();
        counts.writes = log.writes;
        counts["pushed amid writes"] += pushed.length;
        for (const digest of pushed) {
          for (const file of await site.files(digest)) {
            if (!(file.path in FILES)) continue;
            assert.ok(
              log.states[file.path]!.includes(file.digest),
              `seed ${chance.seed}, round ${round}: ${file.path} never was ${file.digest}`,
            );
          }
        }
        const { digest } = await site.push(project);
        for (const file of await site.files(digest)) {
          if (!(file.path in FILES)) continue;
          const lies = digestOf(Deno.readFileSync(join(project.root, file.path)));
          assert.equal(file.digest, lies, `seed ${chance.seed}, round ${round}: ${file.path} is not what lies there now`);
        }
        for (const one of new Set([...pushed.slice(-1), digest])) { // verifies every byte
          const { project: copy } = await site.clone("copy", { tag: "latest", digest: one });
          Deno.removeSync(copy.root, { recursive: true });
        }
      }
    } finally {
      writer.close();
    }
    tellTried(`change during hash, ${layout}`, counts, begun, chance);
    assert.ok(counts["pushed amid writes"] > 0 && counts["refused as changing"] > 0, "some pushes should be amid writes, some refused");
  });
}
