/** A test's door: with MOPS_CRASH_AT=N in the environment, the process kills itself just before its N-th effect, as `kill -9` would. */
import process from "node:process";
import { Failure } from "../base/failure.ts";
import { hangEffectHook } from "../base/effect.ts";

/** Counted from 1. A process with fewer effects ends as usual. @throws Failure("usage") for anything but such a number. */
export function dieAt(text: string): void {
  const at = Number(text);
  if (!Number.isSafeInteger(at) || at < 1) throw new Failure("usage", `MOPS_CRASH_AT: ${JSON.stringify(text)} is not a number from 1`);
  let count = 0;
  hangEffectHook((_, perform) => {
    if (++count === at) process.kill(process.pid, "SIGKILL");
    return perform();
  });
}
