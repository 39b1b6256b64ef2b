/**
 * Lines that break, stand still, drip or lie, at random bytes of a push, a pull and a clone: each ends with the right bytes or with a
 * failure that says why, nothing is half done, and the same command over an honest line succeeds with nothing lost.
 */
import assert from "node:assert/strict";
import { type Fault, type FaultKind, FaultProxy, type Way } from "../support/fault_proxy.ts";
import type { FailureCode } from "../../src/base/failure.ts";
import { haveServers, startDockerRegistry } from "../support/servers.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import { type Outcome, shared, WireCase } from "./wire_case.ts";

type Job = "push" | "pull" | "clone";

const KINDS: readonly FaultKind[] = ["cut", "reset", "stall", "truncate", "drip", "flip"];
/** What a person is told when the line, and not the registry, is at fault. A flipped bit of a head can make any answer of it. */
const OF_LINES: readonly FailureCode[] = ["unreachable", "corrupt", "remote-error"];

class Lines implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  #number = 0;

  private constructor(readonly proxy: FaultProxy) {}

  static async open(): Promise<Lines> {
    const stack = new AsyncDisposableStack();
    const registry = stack.use(await startDockerRegistry());
    const lines = new Lines(stack.use(await FaultProxy.before(registry.host)));
    lines.#stack.use(stack);
    return lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async case(): Promise<WireCase> {
    this.proxy.set(null);
    return await WireCase.prepare(this.proxy.host, `lab/case-${this.#number++}`);
  }

  /** How many bytes go either way when nothing is wrong. */
  async measure(job: Job): Promise<Record<Way, number>> {
    using one = await this.case();
    if (job !== "push") {
      const pushed = await one.annPushes();
      assert.equal(pushed.kind, "done", JSON.stringify(pushed));
    }
    this.proxy.set(null);
    const outcome = await run(one, job);
    assert.equal(outcome.kind, "done", JSON.stringify(outcome));
    return { ...this.proxy.moved };
  }

  /** @returns whether it succeeded in spite of the fault */
  async try(job: Job, fault: Fault): Promise<boolean> {
    using one = await this.case();
    const old = (await one.remote().resolve("latest"))!;
    let pushed: Outcome = { kind: "failed", failure: undefined! };
    if (job !== "push") pushed = await one.annPushes({});
    this.proxy.set(fault);
    const outcome = await run(one, job);
    const { struck } = this.proxy;
    this.proxy.set(null);
    if (job === "push") pushed = outcome;
    else if (outcome.kind === "done") {
      assert.equal(outcome.digest, (pushed as Outcome & { kind: "done" }).digest);
      if (job === "clone") assert.deepEqual(shared({ root: `${one.site.place}/new-one` }), shared(one.ann));
    }
    if (outcome.kind === "failed" && fault.kind !== "flip") {
      assert.ok(OF_LINES.includes(outcome.failure.code), `${outcome.failure.code}: ${outcome.failure.message}`);
    }
    if (struck === 0) assert.equal(outcome.kind, "done", "nothing went wrong on the line");
    if (job === "clone") assert.equal((await one.someoneClones("new-one-2", {})).kind, "done");
    if (job === "clone" && outcome.kind === "failed") {
      assert.equal((await one.someoneClones("new-one", {})).kind, "done", "an unfinished clone goes on");
      assert.deepEqual(shared({ root: `${one.site.place}/new-one` }), shared(one.ann));
    }
    await one.ends({ tag: old }, pushed);
    return outcome.kind === "done";
  }
}

async function run(one: WireCase, job: Job): Promise<Outcome> {
  return job === "push" ? await one.annPushes() : job === "pull" ? await one.benPulls() : await one.someoneClones("new-one");
}

if (haveServers("pushes and pulls over lines that fail", "docker-registry")) {
  const jobs = [["push", "up"], ["push", "down"], ["pull", "down"], ["pull", "up"], ["clone", "down"]] as const;
  for (const [job, way] of jobs) {
    Deno.test(`a ${job} over a line that fails on its way ${way} ends well or says why, and the next one ends well`, async () => {
      const begun = performance.now();
      const chance = new Chance();
      await using lines = await Lines.open();
      const length = (await lines.measure(job))[way];
      const done: Record<string, number> = {};
      const tried = cases(job === "clone" ? 12 : 20, 200);
      for (let number = 0; number < tried; number++) {
        const kind = KINDS[number % KINDS.length]!;
        // Heads, where the conversation is decided, are few bytes of all: half of the faults are among the first.
        const at = chance.below(chance.next() < 0.5 ? length : Math.min(length, 20_000));
        const again = chance.next() < 0.4 ? chance.below(Math.max(1, length >> 2)) : null;
        const fault: Fault = { kind, way, at, again };
        try {
          const name = `${kind}${again === null ? "" : " again and again"}`;
          done[name] = (done[name] ?? 0) + (await lines.try(job, fault) ? 1 : 0);
        } catch (error) {
          throw new Error(`seed ${chance.seed}, case ${number}: ${JSON.stringify(fault)}`, { cause: error });
        }
      }
      const succeeded = Object.values(done).reduce((sum, count) => sum + count, 0);
      tellTried(
        `wire, ${job} ${way}`,
        { cases: tried, "bytes of the line": length, "succeeded in spite of the fault": succeeded },
        begun,
        chance,
      );
    });
  }
}
