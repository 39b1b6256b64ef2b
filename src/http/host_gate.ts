/**
 * Holds back requests to a host that has asked for patience: all of them, not only the one that was told. While the gate is closed
 * nothing is sent there; once it opens, requests come back gradually. After a refusal half as many may be unanswered at once as before,
 * and a full round of answers allows one more, until there are as many as there were. One gate for the whole process, so that several
 * remotes on one host share it.
 */
import { Failure } from "../base/failure.ts";
import { interruption, stopIfAborted } from "./network_failure.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends early, with the failure that the signal means, when it is aborted. */
  sleep(milliseconds: number, signal: AbortSignal | undefined, url: URL): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

/** What a host may ask for where nobody has given a time limit (ms); who asks for more is told to the user instead. */
export const LONGEST_ASKED = 120_000;
/** How long a host is left alone that does not say for how long: the first time, and at most (ms). */
const FIRST_REST = 500;
const LONGEST_REST = 20_000;

interface Host {
  closedUntil: number;
  /** How many requests may be without an answer at once. */
  limit: number;
  /** How many there were when the host last refused, and had not refused before: from there on there is no limit again. */
  full: number;
  unanswered: number;
  /** Grows with every cut: what was sent before it neither cuts again nor counts as a success after it. */
  round: number;
  /** Answers of this round since the limit last changed. */
  successes: number;
  /** Cuts since the last success. */
  cuts: number;
  readonly waiting: Set<() => void>;
}

/** The right to have one request unanswered. Ends with `leave`, as soon as the head of the answer is there. */
export interface Place {
  readonly url: URL;
  readonly round: number;
  /** How many requests were without an answer when it was left, itself included. */
  readonly atOnce: number;
  leave(): void;
}

export class HostGate {
  readonly #hosts = new Map<string, Host>();

  constructor(readonly clock: Clock) {}

  /**
   * Waits while the host is closed.
   * @param patience milliseconds that may be waited for
   * @throws Failure("rate-limited") when it stays closed for longer, and whatever the signal means
   */
  async pass(url: URL, signal: AbortSignal | undefined, patience = LONGEST_ASKED): Promise<void> {
    for (;;) {
      const wait = this.#hostOf(url).closedUntil - this.clock.now();
      if (wait <= 0) return;
      if (wait > patience) throw closedTooLong(url, wait);
      // Spread out a little: other machines that were told the same come at the same moment.
      await this.clock.sleep(wait + this.clock.random() * Math.min(wait, 1000) / 4, signal, url);
    }
  }

  /**
   * Waits until one more request may be sent there.
   * @param most how many may be without an answer at once, whatever the host bears
   * @throws as `pass`
   */
  async enter(url: URL, signal: AbortSignal | undefined, patience = LONGEST_ASKED, most = Infinity): Promise<Place> {
    const host = this.#hostOf(url);
    for (;;) {
      stopIfAborted(signal, url);
      await this.pass(url, signal, patience);
      if (host.unanswered < Math.min(host.limit, most)) break;
      await turn(host, signal, url);
    }
    host.unanswered++;
    let atOnce = 0;
    const leave = (): void => {
      if (atOnce > 0) return;
      atOnce = host.unanswered--;
      wake(host);
    };
    return {
      url,
      round: host.round,
      get atOnce() {
        return atOnce;
      },
      leave,
    };
  }

  /** For a request that took no place. */
  outside(url: URL): Place {
    return { url, round: this.#hostOf(url).round, atOnce: 1, leave() {} };
  }

  /**
   * The host answered this request with "not now". Returns how long it is left alone from now on, in milliseconds.
   * @param asked milliseconds, where it said so
   */
  refused(place: Place, asked: number | null): number {
    const host = this.#hostOf(place.url);
    if (place.round === host.round) {
      if (host.limit === Infinity) host.full = place.atOnce;
      host.limit = Math.max(1, Math.floor(Math.min(host.limit, place.atOnce) / 2));
      host.round++;
      host.successes = 0;
      host.cuts++;
    }
    const own = Math.min(LONGEST_REST, FIRST_REST * 2 ** Math.max(0, host.cuts - 1));
    const rest = asked === null || asked === 0 ? own : asked;
    host.closedUntil = Math.max(host.closedUntil, this.clock.now() + rest);
    return host.closedUntil - this.clock.now();
  }

  /** The host answered this request, and not with "not now". */
  answered(place: Place): void {
    const host = this.#hostOf(place.url);
    if (place.round !== host.round || host.limit === Infinity) return;
    host.cuts = 0;
    if (++host.successes < host.limit) return;
    host.successes = 0;
    host.limit = host.limit + 1 > host.full ? Infinity : host.limit + 1;
    wake(host);
  }

  #hostOf(url: URL): Host {
    const known = this.#hosts.get(url.host);
    if (known !== undefined) return known;
    const host = {
      closedUntil: 0,
      limit: Infinity,
      full: 0,
      unanswered: 0,
      round: 0,
      successes: 0,
      cuts: 0,
      waiting: new Set<() => void>(),
    };
    this.#hosts.set(url.host, host);
    return host;
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

/** Waits until somebody leaves, or more are let in. */
function turn(host: Host, signal: AbortSignal | undefined, url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    };
    const onAbort = () => {
      host.waiting.delete(go);
      reject(interruption(signal!.reason, url));
    };
    host.waiting.add(go);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Lets as many go on as there are places, in the order in which they came. */
function wake(host: Host): void {
  for (let free = host.limit - host.unanswered; free > 0; free--) {
    const next = host.waiting.values().next();
    if (next.done) return;
    host.waiting.delete(next.value);
    next.value();
  }
}

function closedTooLong(url: URL, wait: number): Failure {
  const seconds = Math.ceil(wait / 1000);
  return new Failure("rate-limited", `${url.host} asked to be left alone for another ${seconds} s; it is not asked before`, {
    hint: `run the command again after ${seconds} s, or with a --deadline that leaves time for it`,
    facts: { host: url.host, seconds },
  });
}
