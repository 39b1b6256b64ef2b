/**
 * The same as `kill_anywhere_test.ts` with processes that really die: SIGKILL at every tenth effect of each command (at a registry every
 * thirtieth; at every one with MOPS_TORTURE=1), by the door MOPS_CRASH_AT of the program itself.
 */
import assert from "node:assert/strict";
import { relative } from "node:path";
import { Desk } from "../support/program.ts";
import { cases, tellTried, TORTURE } from "../support/torture.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { assertOldOrNew, assertStatusWorks, letTimePass, pictureOf, scratchIn } from "./invariants.ts";
import { Place, type RemoteKind } from "./place.ts";
import { again } from "./run_again.ts";

const STEPS: Readonly<Record<RemoteKind, number>> = { layout: cases(10, 1), registry: cases(30, 1) };

/** @returns how many processes died; then one lived to its end. */
async function killReally(place: Place, command: Command): Promise<number> {
  using desk = new Desk({ XDG_DATA_HOME: place.path("data") });
  const begin = () => {
    place.reset();
    command.before?.(place);
    Deno.mkdirSync(place.path(command.in), { recursive: true });
  };
  begin();
  const before = await pictureOf(place);
  await run(desk, place, command, 1_000_000);
  const after = await pictureOf(place);
  const step = STEPS[place.kind];
  for (let n = 1;; n += step) {
    begin();
    if (!await run(desk, place, command, n)) return (n - 1) / step;
    try {
      assertOldOrNew(await pictureOf(place), before, after);
      await assertStatusWorks(place, command.in);
      letTimePass(place);
      const ran = await again(place, command);
      assertOldOrNew(await pictureOf(place), after, after);
      assert.deepEqual(scratchIn(place).filter((path) => path !== "store/index.json.lock" && (ran || !path.endsWith("/lock"))), []);
    } catch (error) {
      throw new Error(`${command.name}, killed at effect ${n}: ${(error as Error).message.replaceAll(place.root, "")}`, { cause: error });
    }
  }
}

/** true when it died. */
async function run(desk: Desk, place: Place, command: Command, n: number): Promise<boolean> {
  const args = command.typed(place);
  const child = desk.start(["bundle", ...args], {
    cwd: relative(desk.path, place.path(command.in)),
    env: { HOME: place.home, MOPS_CRASH_AT: String(n) },
  });
  const { signal, code, stderr } = await child.output();
  if (signal !== null) assert.equal(signal, "SIGKILL");
  else assert.equal(code, 0, new TextDecoder().decode(stderr));
  return signal !== null;
}

for (const kind of ["layout", "registry"] as const) {
  Deno.test(`a process that is killed (SIGKILL) at an effect leaves what the invariants say, and the command can be run again (${kind})`, async (t) => {
    const begun = performance.now();
    await using place = await Place.make(kind);
    let count = 0;
    for (const command of COMMANDS) {
      if ((kind === "registry" && command.remote !== true) || (command.alike === true && !TORTURE)) continue;
      await t.step(command.name, async () => void (count += await killReally(place, command)));
    }
    tellTried(`sigkill, ${kind}`, { "processes killed": count }, begun);
  });
}
