/**
 * A disk that is full, over quota, read-only, forbidden, out of handles or broken, at each change that push, pull, clone and add make: the
 * failure names what and why, nothing is half done, and once the disk is well the command succeeds.
 */
import assert from "node:assert/strict";
import { Failure } from "../../src/base/failure.ts";
import type { Effect, EffectKind } from "../../src/base/effect.ts";
import { exitCodeOf } from "../../src/cli/exit_code.ts";
import { cases, tellTried, TORTURE } from "../support/torture.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { nameOf, runUntil } from "./effect_run.ts";
import { assertOldOrNew, letTimePass, pictureOf } from "./invariants.ts";
import { Place } from "./place.ts";
import { again } from "./run_again.ts";

interface Fault {
  readonly code: string;
  readonly reason: RegExp;
  /** Which changes it hits. */
  readonly hits: readonly EffectKind[];
  /** It stays: every later change of these kinds fails, too. */
  readonly stays: boolean;
}

const NEW: readonly EffectKind[] = ["open", "write", "mkdir", "link", "symlink", "copy"];
const FAULTS: readonly Fault[] = [
  { code: "ENOSPC", reason: /the disk is full/, hits: NEW, stays: true },
  { code: "EDQUOT", reason: /the disk quota is used up/, hits: NEW, stays: true },
  { code: "EROFS", reason: /the file system is read-only/, hits: [...NEW, "rename", "exchange", "remove", "chmod", "utime"], stays: true },
  { code: "EACCES", reason: /permission denied/, hits: ["open", "mkdir", "rename", "exchange", "link", "symlink", "copy"], stays: false },
  { code: "EMFILE", reason: /too many files are open/, hits: ["open", "copy", "sync"], stays: false },
  { code: "EIO", reason: /input\/output error/, hits: [...NEW, "rename", "exchange", "remove", "sync"], stays: false },
];

const STEP = cases(3, 1);
const NAMES = TORTURE ? COMMANDS.map(({ name }) => name) : ["add", "remove --rm", "mv of a file", "push", "pull", "clone"];

Deno.test("a disk that fails at any change of push, pull, clone or add is named with its reason, and nothing is half done", async (t) => {
  const begun = performance.now();
  await using place = await Place.make("layout");
  const count = { faults: 0, "that ended the command": 0 };
  for (const command of COMMANDS.filter(({ name }) => NAMES.includes(name))) {
    await t.step(command.name, () => failEverywhere(place, command, count));
  }
  tellTried("disk faults", count, begun);
  assert.ok(count["that ended the command"] > 50);
});

async function failEverywhere(place: Place, command: Command, count: Record<string, number>): Promise<void> {
  const begin = () => {
    place.reset();
    command.before?.(place);
  };
  begin();
  const before = await pictureOf(place);
  const { effects } = await runUntil(Infinity, () => command.run(place));
  const after = await pictureOf(place);
  const failures: string[] = [];
  for (const [place_, fault] of FAULTS.entries()) {
    for (let n = 1 + place_ % STEP; n <= effects.length; n += STEP) {
      if (!fault.hits.includes(effects[n - 1]!.kind)) continue;
      begin();
      const hit: Effect[] = [];
      const spoiled = <T>(at: number, effect: Effect, perform: () => T): T => {
        const strikes = fault.hits.includes(effect.kind) && (at === n || (fault.stays && at > n));
        if (!strikes) return perform();
        hit.push(effect);
        throw systemError(fault.code);
      };
      let failure: unknown = null;
      await runUntil(Infinity, () => command.run(place), spoiled).catch((error) => failure = error);
      count["faults"]!++;
      try {
        if (failure !== null) {
          count["that ended the command"]!++;
          assert.ok(failure instanceof Failure, `no failure of ours: ${failure}`);
          assert.match(failure.message, fault.reason);
          assert.ok(failure.message.includes(place.root), `names no file: ${failure.message}`);
          assert.equal(exitCodeOf(failure), exitCodeOf(new Failure("not-ready", "")), failure.code);
        }
        const now = await pictureOf(place);
        assertOldOrNew(now, before, after);
        letTimePass(place);
        await again(place, command);
        assert.deepEqual(await pictureOf(place), after);
      } catch (error) {
        failures.push(`${command.name}, ${fault.code} at ${n}: ${nameOf(hit[0]!)}:\n  ${(error as Error).message}`);
      }
    }
  }
  if (failures.length > 0) assert.fail(`${failures.length} failed:\n${failures.slice(0, 12).join("\n").replaceAll(place.root, "")}`);
}

/** As Deno gives it. */
function systemError(code: string): Error {
  const make = code === "EACCES" ? Deno.errors.PermissionDenied : Error;
  return Object.assign(new make(`${code} (os error)`), { code });
}
