/**
 * Why and how a command stops before it is done. Ctrl-C stops it at once. A deadline, SIGTERM and SIGUSR1 (which SLURM sends ahead of a
 * wall-time limit) make a checkpoint: first nothing new is begun, so that what is nearly done gets done, then the rest is stopped.
 * Whatever stops a command, it ends with a Failure("interrupted") whose facts say `checkpoint: true`: what has arrived is kept.
 */
import { giveForerunner } from "../base/forerunner.ts";
import { Failure } from "../base/failure.ts";

type SignalName = "SIGINT" | "SIGTERM" | "SIGUSR1";

/** How long what was begun may take to end after a signal (ms). A container has 10 s by default before it is killed, a SLURM job 30 s. */
const GRACE: Readonly<Record<SignalName, number>> = { SIGINT: 0, SIGTERM: 3_000, SIGUSR1: 10_000 };
/** A deadline's last tenth is for ending, within these bounds (ms), at most a half: what was begun has the first half of that. */
const [SHORTEST_END, LONGEST_END] = [1_000, 15_000];
/** Longer timers end at once (ms). */
const LONGEST_TIMER = 2 ** 31 - 1;

const MESSAGES: Readonly<Record<SignalName, string>> = {
  SIGINT: "interrupted",
  SIGTERM: "stopped by SIGTERM",
  SIGUSR1: "stopped by SIGUSR1",
};

/** A time before which a command has to end. */
export interface Deadline {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** As it was given. */
  readonly text: string;
}

export class Stopping {
  readonly #now = new AbortController();
  readonly #soon = new AbortController();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #listeners: (readonly [SignalName, () => void])[] = [];
  #interrupted = false;

  /** @param end ends the process, at once: what a second Ctrl-C asks for. (Without a listener the system would, but not under Deno 2.6.) */
  constructor(readonly end: () => void) {
    giveForerunner(this.#now.signal, this.#soon.signal);
  }

  /** Aborted when everything has to end; its forerunner (base/forerunner.ts) when nothing new should be begun. */
  get signal(): AbortSignal {
    return this.#now.signal;
  }

  /** Why the command is to stop; null while it is not. */
  get reason(): Failure | null {
    return this.#soon.signal.aborted ? this.#soon.signal.reason as Failure : null;
  }

  /**
   * From now on. The first Ctrl-C stops the work, the second one the process; any second signal cuts the time to end short. (From source
   * with Deno 2.9 the runtime also opens its inspector at SIGUSR1, as node does; a program compiled with 2.6.10 does not: seen.)
   */
  listen(): void {
    const names: SignalName[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGUSR1"];
    this.#listeners = names.map((name) => {
      const listener = () => this.#signalled(name);
      Deno.addSignalListener(name, listener);
      return [name, listener] as const;
    });
  }

  before({ at, text }: Deadline): void {
    const left = at - Date.now();
    const end = Math.min(LONGEST_END, left / 2, Math.max(SHORTEST_END, left / 10));
    const reason = new Failure("interrupted", `stopped ahead of the deadline ${text}`, { facts: { deadline: text, checkpoint: true } });
    this.#after(left - end, () => this.#stopSoon(reason));
    this.#after(left - end / 2, () => this.#stopNow(reason));
  }

  /** No signal is listened to and no time is kept any more. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const [name, listener] of this.#listeners) Deno.removeSignalListener(name, listener);
    this.#listeners = [];
  }

  #signalled(name: SignalName): void {
    if (name === "SIGINT" && this.#interrupted) return this.end();
    this.#interrupted ||= name === "SIGINT";
    const isSecond = this.reason !== null;
    const reason = new Failure("interrupted", MESSAGES[name], { facts: { signal: name, checkpoint: true } });
    this.#stopSoon(reason);
    const grace = isSecond ? 0 : GRACE[name];
    this.#after(grace, () => this.#stopNow(reason));
  }

  #stopSoon(reason: Failure): void {
    if (!this.#soon.signal.aborted) this.#soon.abort(reason);
  }

  /** With the first reason there was. */
  #stopNow(reason: Failure): void {
    this.#stopSoon(reason);
    if (!this.#now.signal.aborted) this.#now.abort(this.reason);
  }

  #after(milliseconds: number, callback: () => void): void {
    if (milliseconds <= 0) return callback();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (milliseconds > LONGEST_TIMER) this.#after(milliseconds - LONGEST_TIMER, callback);
      else callback();
    }, Math.min(milliseconds, LONGEST_TIMER));
    this.#timers.add(timer);
  }
}
