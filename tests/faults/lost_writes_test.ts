/**
 * The power goes at an effect of a command, and what was not synced by then is lost: all of it, or its bytes but not its names, or any part
 * of it. State, journals and layouts survive; a command that said that it is done is done.
 */
import assert from "node:assert/strict";
import type { Digest } from "../../src/base/digest.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { nameOf, runUntil } from "./effect_run.ts";
import { assertOldOrNew, assertStatusWorks, letTimePass, type Picture, pictureOf } from "./invariants.ts";
import { again } from "./run_again.ts";
import { Place, type RemoteKind } from "./place.ts";
import { Chance, tellTried, TORTURE } from "../support/torture.ts";
import { ALL_LOST, anyOf, type Cut, NAMES_WITHOUT_DATA, PowerCut } from "./power_cut.ts";

/** Of each command every how-manieth effect, with which cuts. */
const STEPS: Readonly<Record<RemoteKind, number>> = TORTURE ? { layout: 1, registry: 1 } : { layout: 5, registry: 20 };
const RANDOM_CUTS = TORTURE ? 5 : 1;

for (const kind of ["layout", "registry"] as const) {
  Deno.test(`the power goes at any effect of any command: state, journals and layouts survive, and the command can be run again (${kind})`, async (t) => {
    await using place = await Place.make(kind);
    const begun = performance.now();
    const chance = new Chance();
    let count = 0;
    for (const command of COMMANDS) {
      if ((kind === "registry" && command.remote !== true) || (command.alike === true && !TORTURE)) continue;
      await t.step(command.name, async () => void (count += await cutEverywhere(place, command, () => chance.next())));
    }
    tellTried(`lost writes, ${kind}`, { "power cuts": count }, begun, chance);
  });
}

async function cutEverywhere(place: Place, command: Command, random: () => number): Promise<number> {
  const begin = () => {
    place.reset();
    command.before?.(place);
  };
  begin();
  const before = await pictureOf(place);
  const { effects } = await runUntil(Infinity, () => command.run(place));
  const after = await pictureOf(place);
  const failures: string[] = [];
  let count = 0;
  // Beginning somewhere else each time, and always with the end: what is done stays done.
  const step = STEPS[place.kind];
  const first = 1 + Math.floor(random() * step);
  const moments = [effects.length + 1, ...Array.from({ length: Math.ceil(effects.length / step) }, (_, i) => first + i * step)];
  for (const n of moments.filter((n) => n <= effects.length + 1)) {
    const cuts: Cut[] = [ALL_LOST, NAMES_WITHOUT_DATA, ...Array.from({ length: RANDOM_CUTS }, () => anyOf(random))];
    for (const how of cuts) {
      begin();
      const disk = new PowerCut(place.root);
      await runUntil(n, () => command.run(place), disk.watch);
      disk.cut(how);
      count++;
      try {
        await survives(place, command, n > effects.length ? after : before, after);
      } catch (error) {
        const next = effects[n - 1];
        failures.push(
          `${command.name}, ${how.name}, cut at ${n} of ${effects.length} (${next === undefined ? "done" : `before ${nameOf(next)}`}):\n  ${
            (error as Error).message
          }`,
        );
      }
    }
  }
  if (failures.length > 0) {
    assert.fail(`${failures.length} of ${count} failed:\n${failures.slice(0, 8).join("\n").replaceAll(place.root, "")}`);
  }
  return count;
}

async function survives(place: Place, command: Command, before: Picture, after: Picture): Promise<void> {
  const verified = new Set<Digest>();
  letTimePass(place);
  assertOldOrNew(await pictureOf(place, verified), before, after);
  await assertStatusWorks(place, command.in);
  await again(place, command);
  assert.deepEqual(await pictureOf(place, verified), after);
}
