/** Time that passes only when a test says so: who sleeps is seen, and wakes at the millisecond that was asked for. */
import type { Clock } from "../../src/http/host_gate.ts";
import { interruption } from "../../src/http/network_failure.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export class HandClock implements Clock {
  #sleepers: Sleeper[] = [];
  #watchers: (() => void)[] = [];

  /** @param chance what `random` gives; 0 takes away what is spread out by chance */
  constructor(public time = Date.parse("2026-01-01T00:00:00Z"), readonly chance = 0) {}

  now(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  sleep(milliseconds: number, signal: AbortSignal | undefined, url: URL): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.time + milliseconds, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(interruption(signal.reason, url));
      }, { once: true });
      for (const watch of this.#watchers) watch();
    });
  }

  /** How long each one who sleeps will go on to, milliseconds from now, the shortest first. */
  get asleep(): number[] {
    return this.#sleepers.map(({ at }) => at - this.time).sort((a, b) => a - b);
  }

  /** Resolves once so many sleep at the same time. */
  untilAsleep(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#sleepers.length < count) return;
        this.#watchers = this.#watchers.filter((other) => other !== look);
        resolve();
      };
      this.#watchers.push(look);
      look();
    });
  }

  /** Time passes; whoever is due meanwhile wakes, in order. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const due = this.#sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== due);
      this.time = Math.max(this.time, due.at);
      due.wake();
    }
    this.time = end;
  }
}
