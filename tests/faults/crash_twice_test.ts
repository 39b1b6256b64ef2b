/**
 * Push, pull and clone that die, and die again when they are run again, at any two effects: the invariants hold after each death, and the
 * third run ends as if nothing had happened.
 */
import assert from "node:assert/strict";
import type { Digest } from "../../src/base/digest.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { runUntil } from "./effect_run.ts";
import { assertOldOrNew, assertStatusWorks, letTimePass, pictureOf, scratchIn } from "./invariants.ts";
import { Place } from "./place.ts";
import { again } from "./run_again.ts";

const PAIRS = cases(25, 800);
const NAMES = ["mv of a folder", "push", "pull", "clone"];

Deno.test("a command that dies twice, at any two effects, loses nothing and can be run a third time", async (t) => {
  const begun = performance.now();
  const chance = new Chance();
  await using place = await Place.make("layout");
  const count = { pairs: 0, "died twice": 0 };
  for (const command of COMMANDS.filter(({ name }) => NAMES.includes(name))) {
    await t.step(command.name, () => dieTwice(place, command, chance, count));
  }
  tellTried("crash twice", count, begun, chance);
  assert.ok(count["died twice"] > count.pairs / 3, "most of the second runs have effects enough to die at");
});

async function dieTwice(place: Place, command: Command, chance: Chance, count: Record<string, number>): Promise<void> {
  place.reset();
  const before = await pictureOf(place);
  const { effects: { length: all } } = await runUntil(Infinity, () => command.run(place));
  const after = await pictureOf(place);
  const failures: string[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const [first, second] = [1 + chance.below(all), 1 + chance.below(all)];
    count["pairs"]!++;
    place.reset();
    try {
      const verified = new Set<Digest>();
      assert.ok((await runUntil(first, () => command.run(place))).died);
      if (chance.below(2) === 0) letTimePass(place);
      const run = await runUntil(second, () => again(place, command));
      if (run.died) count["died twice"]!++;
      assertOldOrNew(await pictureOf(place, verified), before, after);
      await assertStatusWorks(place, command.in);
      letTimePass(place);
      const ran = await again(place, command);
      assert.deepEqual(await pictureOf(place, verified), after);
      assert.deepEqual(scratchIn(place).filter((path) => path !== "store/index.json.lock" && (ran || !path.endsWith("/lock"))), []);
    } catch (error) {
      failures.push(`${command.name}, killed at effects ${first} and then ${second} of ${all}:\n  ${(error as Error).message}`);
    }
  }
  if (failures.length > 0) assert.fail(`${failures.length} failed:\n${failures.slice(0, 5).join("\n").replaceAll(place.root, "")}`);
}
