/** A process of the lock tests: takes the lock and ends with it, takes it again and again as fast as it can, or beside others. */
import { acquireLock } from "../../src/disk/lock.ts";

const [what, path, log] = Deno.args as [string, string, string];
if (what === "die") {
  await acquireLock(path, { what, waitMs: 0 });
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
