/**
 * Holds back requests to a host that has asked for patience: all of them, not only the one that was told. One gate for the whole
 * process, so that several remotes on one host share it.
 */
import { interruption } from "./network_failure.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends early, with the failure that the signal means, when it is aborted. */
  sleep(milliseconds: number, signal: AbortSignal | undefined, url: URL): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export class HostGate {
  readonly #closedUntil = new Map<string, number>();

  constructor(readonly clock: Clock) {}

  /** Waits until the host may be asked. */
  async pass(url: URL, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const wait = (this.#closedUntil.get(url.host) ?? 0) - this.clock.now();
      if (wait <= 0) return;
      // Spread out a little, or all that wait here would come at once.
      await this.clock.sleep(wait + this.clock.random() * Math.min(wait, 1000) / 4, signal, url);
    }
  }

  /** Nobody asks this host for so long. */
  close(url: URL, milliseconds: number): void {
    const until = this.clock.now() + milliseconds;
    if (until > (this.#closedUntil.get(url.host) ?? 0)) this.#closedUntil.set(url.host, until);
  }
}

export const REAL_CLOCK: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal, url) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(interruption(signal.reason, url));
      const onAbort = () => {
        clearTimeout(timer);
        reject(interruption(signal!.reason, url));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};
