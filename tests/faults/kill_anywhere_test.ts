/**
 * Every command killed at every one of its effects (docs/design.md, "Crash points"): after each the invariants hold, and the same command,
 * run again, ends as if nothing had happened.
 */
import assert from "node:assert/strict";
import type { Digest } from "../../src/base/digest.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { nameOf, runUntil } from "./effect_run.ts";
import { assertOldOrNew, assertStatusWorks, letTimePass, pictureOf, scratchIn } from "./invariants.ts";
import { Place, type RemoteKind } from "./place.ts";
import { again } from "./run_again.ts";

async function killEverywhere(place: Place, command: Command): Promise<number> {
  const begin = () => {
    place.reset();
    command.before?.(place);
  };
  begin();
  const before = await pictureOf(place);
  const undisturbed = await runUntil(Infinity, () => command.run(place));
  const after = await pictureOf(place);
  assert.deepEqual(scratchIn(place), [], "what an undisturbed run leaves");
  const failures: string[] = [];
  for (let n = 1; n <= undisturbed.effects.length; n++) {
    const where = `${command.name} at a ${place.kind}, killed at effect ${n} of ${undisturbed.effects.length}`;
    begin();
    const run = await runUntil(n, () => command.run(place));
    const last = run.effects.at(-1);
    try {
      assert.ok(run.died, "it lived, though an undisturbed run has more effects");
      const verified = new Set<Digest>();
      assertOldOrNew(await pictureOf(place, verified), before, after);
      await assertStatusWorks(place, command.in);
      assertOldOrNew(await pictureOf(place, verified), before, after);
      letTimePass(place);
      const ran = await again(place, command);
      assert.deepEqual(await pictureOf(place, verified), after);
      // A dead lock lies there until somebody needs it: one, always.
      assert.deepEqual(scratchIn(place).filter((path) => path !== "store/index.json.lock" && (ran || !path.endsWith("/lock"))), []);
    } catch (error) {
      const next = undisturbed.effects[n - 1]!;
      failures.push(
        `${where}, after ${last === undefined ? "none" : nameOf(last)}, before ${nameOf(next)}:\n  ${(error as Error).message}`,
      );
    }
  }
  if (failures.length > 0) assert.fail(`${failures.length} failed:\n${failures.slice(0, 5).join("\n").replaceAll(place.root, "")}`);
  return undisturbed.effects.length;
}

const TORTURE = Deno.env.get("MOPS_TORTURE") === "1";

for (const kind of ["layout", "registry"] as const satisfies RemoteKind[]) {
  Deno.test(`every command, killed at every effect, loses nothing and can be run again (${kind})`, async (t) => {
    await using place = await Place.make(kind);
    const begun = performance.now();
    const counts: [string, number][] = [];
    for (const command of COMMANDS) {
      if (kind === "registry" && (command.remote !== true || command.alike === true && !TORTURE)) continue;
      await t.step(command.name, async () => void counts.push([command.name, await killEverywhere(place, command)]));
    }
    const all = counts.reduce((sum, [, count]) => sum + count, 0);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`kill anywhere, ${kind}: ${all} kills in ${seconds} s (${counts.map((one) => one.join(" ")).join(", ")})`);
  });
}
