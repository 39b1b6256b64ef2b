/**
 * Two people push to one tag at the same moment, as processes of their own, round after round. In a layout exactly one wins. In a registry,
 * which has no compare-and-swap, both may believe it: how often that happens is counted, how long the window is is measured, and the
 * overtaken one is told by whatever command comes next (D6).
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Project } from "../../src/worktree/project.ts";
import { haveServers, startDockerRegistry } from "../support/servers.ts";
import { Site, textOf } from "../support/site.ts";
import { writeFile } from "../support/worlds.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import { Racer, soon } from "./racer.ts";
import type { Done } from "./race_process.ts";

interface Round {
  readonly ann: Done;
  readonly ben: Done;
  /** Who believes to have pushed. */
  readonly won: readonly ("ann" | "ben")[];
}

class Pair implements AsyncDisposable {
  readonly site = new Site();
  readonly racers = { ann: new Racer(), ben: new Racer() };
  readonly windows: number[] = [];
  projects!: Record<"ann" | "ben", Project>;
  #number = 0;

  constructor(readonly remote: string) {}

  static async of(remote: (site: Site) => string): Promise<Pair> {
    const site = new Site();
    const pair = new Pair(remote(site));
    const [ann, ben] = [await site.project("ann", { "ann.txt": "0\n", "ben.txt": "0\n", "both.txt": "0\n" }), await site.project("ben")];
    pair.projects = { ann, ben };
    await pair.does("ann", "push");
    await pair.does("ben", "pull");
    return pair;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.racers.ann[Symbol.asyncDispose]();
    await this.racers.ben[Symbol.asyncDispose]();
    for (const { root } of Object.values(this.projects)) Deno.removeSync(root, { recursive: true });
    this.site[Symbol.dispose]();
  }

  /** Must succeed. */
  async does(who: "ann" | "ben", command: "push" | "pull" | "status"): Promise<Done> {
    const done = await this.racers[who].do({ command, root: this.projects[who].root, remote: this.remote });
    assert.equal(done.failed, null, `${who} ${command}: ${done.message}`);
    return done;
  }

  async round(delay: { readonly ann: number; readonly ben: number }): Promise<Round> {
    const number = ++this.#number;
    for (const who of ["ann", "ben"] as const) writeFile(this.projects[who], `${who}.txt`, `${number}\n`);
    const begin = soon();
    const push = (who: "ann" | "ben") =>
      this.racers[who].do({ command: "push", root: this.projects[who].root, remote: this.remote, when: begin + delay[who] });
    const [ann, ben] = await Promise.all([push("ann"), push("ben")]);
    for (const { window } of [ann, ben]) if (window !== null) this.windows.push(window);
    for (const done of [ann, ben]) assert.ok(done.failed === null || done.failed === "tag-moved", `${done.failed}: ${done.message}`);
    return { ann, ben, won: ([["ann", ann], ["ben", ben]] as const).filter(([, { failed }]) => failed === null).map(([who]) => who) };
  }

  /** The one who did not come through takes in the other's work, publishes both, and the other takes that in: nothing is lost. */
  async join(behind: "ann" | "ben"): Promise<void> {
    const ahead = behind === "ann" ? "ben" : "ann";
    await this.does(behind, "pull");
    await this.does(behind, "push");
    await this.does(ahead, "pull");
    for (const who of ["ann", "ben"] as const) {
      for (const path of ["ann.txt", "ben.txt"]) assert.equal(textOf(this.projects[who], path), `${this.#number}\n`, `${path} of ${who}`);
      assert.equal((await this.does(who, "status")).relation, "in-step");
    }
  }
}

Deno.test("two pushes to one tag of a layout: exactly one wins, round after round, and the other one loses nothing", async () => {
  const begun = performance.now();
  const chance = new Chance();
  await using pair = await Pair.of((site) => `oci:${join(site.place, "store")}`);
  const rounds = cases(20, 200);
  const wins = { ann: 0, ben: 0 };
  for (let round = 0; round < rounds; round++) {
    const { won } = await pair.round({ ann: chance.below(8), ben: chance.below(8) });
    assert.equal(won.length, 1, `round ${round}, seed ${chance.seed}: ${won.join(" and ")} believe to have pushed`);
    wins[won[0]!]++;
    await pair.join(won[0] === "ann" ? "ben" : "ann");
  }
  tellTried("one tag of a layout", { rounds, "won by Ann": wins.ann, "won by Ben": wins.ben, "won by both": 0 }, begun, chance);
});

if (haveServers("two pushes to one tag of a registry", "docker-registry")) {
  Deno.test("two pushes to one tag of a registry: at least one wins, and whoever is overtaken is told at the next command, whichever it is", async () => {
    const begun = performance.now();
    const chance = new Chance();
    await using registry = await startDockerRegistry();
    await using pair = await Pair.of(() => `${registry.host}/lab/race`);
    const rounds = cases(20, 200);
    let both = 0;
    const told = { ann: 0, ben: 0 };
    for (let round = 0; round < rounds; round++) {
      const { won, ann, ben } = await pair.round({ ann: chance.below(8), ben: chance.below(8) });
      const what = `round ${round}, seed ${chance.seed}`;
      assert.ok(won.length >= 1, `${what}: nobody has pushed`);
      if (won.length === 1) {
        await pair.join(won[0] === "ann" ? "ben" : "ann");
        continue;
      }
      both++;
      const holds = await heldBy(registry.host);
      assert.ok([ann.digest, ben.digest].includes(holds), `${what}: the tag holds ${holds}, which nobody pushed`);
      const overtaken = ann.digest === holds ? "ben" : "ann";
      await toldNext(pair, overtaken, both, what);
      told[overtaken]++;
      await pair.join(overtaken);
    }
    const windows = pair.windows.toSorted((a, b) => a - b);
    const at = (part: number) => `${windows[Math.floor((windows.length - 1) * part)]!.toFixed(1)} ms`;
    tellTried(
      "one tag of a registry",
      {
        rounds,
        "won by both": both,
        "overtaken and told": told.ann + told.ben,
        "window, median": at(0.5),
        "nine of ten": at(0.9),
        "longest": at(1),
      },
      begun,
      chance,
    );
  });
}

/** Each kind of command in turn. */
async function toldNext(pair: Pair, who: "ann" | "ben", turn: number, what: string): Promise<void> {
  const task = { root: pair.projects[who].root, remote: pair.remote };
  if (turn % 3 === 0) {
    const seen = await pair.racers[who].do({ ...task, command: "status" });
    assert.deepEqual([seen.overtaken, seen.relation], [true, "diverged"], what);
  } else if (turn % 3 === 1) {
    const refused = await pair.racers[who].do({ ...task, command: "push" });
    assert.deepEqual([refused.failed, refused.warnings.includes("overtaken")], ["tag-moved", true], what);
  } else {
    const pulled = await pair.racers[who].do({ ...task, command: "pull" });
    assert.deepEqual([pulled.failed, pulled.warnings.includes("overtaken")], [null, true], what);
  }
}

async function heldBy(host: string): Promise<string | null> {
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const answer = await fetch(`http://${host}/v2/lab/race/manifests/latest`, { method: "HEAD", headers: { accept } });
  return answer.headers.get("docker-content-digest");
}
