/**
 * Two ways to be asked to stop. A signal that is aborted ends what goes on; its forerunner, aborted earlier, only keeps new things from
 * being begun, so that what is nearly done gets done. Whoever hands out a signal may give it one; whoever begins things one by one asks.
 */
const forerunners = new WeakMap<AbortSignal, AbortSignal>();

export function giveForerunner(signal: AbortSignal, forerunner: AbortSignal): void {
  forerunners.set(signal, forerunner);
}

/** Aborted when nothing new should be begun under this signal; its reason says why. */
export function forerunnerOf(signal: AbortSignal | undefined): AbortSignal | undefined {
  return signal === undefined ? undefined : forerunners.get(signal);
}
