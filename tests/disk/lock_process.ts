/**
 * A process of the lock tests: takes the lock and ends with it, holds it until its input ends, tries to take it, takes it again and again as
 * fast as it can, or beside others.
 */
import { isFailure } from "../../src/base/failure.ts";
import { acquireLock } from "../../src/disk/lock.ts";

const [what, path, log] = Deno.args as [string, string, string];
if (what === "die") {
  await acquireLock(path, { what, waitMs: 0 });
} else if (what === "hold") {
  const lock = await acquireLock(path, { what, waitMs: 0 });
  console.log("held");
  while (await Deno.stdin.read(new Uint8Array(16)) !== null);
  lock.release();
} else if (what === "try") {
  try {
    (await acquireLock(path, { what, waitMs: 0 })).release();
    console.log("taken");
  } catch (error) {
    if (!isFailure(error, "busy")) throw error;
    console.log("busy");
  }
} else if (what === "fast") {
  for (let round = 0; round < 2000; round++) (await acquireLock(path, { what, waitMs: 60_000 })).release();
} else {
  for (let round = 0; round < 10; round++) {
    const lock = await acquireLock(path, { what, waitMs: 60_000 });
    Deno.writeTextFileSync(log, "in ", { append: true });
    await new Promise((resolve) => setTimeout(resolve, 2));
    Deno.writeTextFileSync(log, "out ", { append: true });
    lock.release();
  }
}
