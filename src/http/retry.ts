/**
 * When to try again, and after how long: a pure policy. What can be tried again are answers that say "not now" (429, 408, 5xx but
 * 501), a 403 that is about rate, and connections that were not made or broke.
 */
import type { NetworkReason } from "./network_failure.ts";

export type Outcome =
  | { readonly kind: "status"; readonly status: number; readonly retryAfter: string | null; readonly throttled: boolean }
  /** @property known this host has answered before, so that the fault is likely to pass. */
  | { readonly kind: "network"; readonly reason: NetworkReason; readonly known: boolean };

export interface RetryOptions {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  readonly now: number;
  /** From 0 to 1. */
  readonly jitter: number;
  /** What a server may ask for with Retry-After (ms); who asks for more is told to the user instead. */
  readonly patience: number;
}

const FIRST = 500; // ms
const LONGEST = 20_000;

/** Milliseconds to wait after try number `attempt` (from 1); null when another try makes no sense. */
export function retryDelay(attempt: number, outcome: Outcome, options: RetryOptions): number | null {
  if (attempt >= Math.min(options.attempts, mostAttempts(outcome))) return null;
  const own = Math.min(LONGEST, FIRST * 2 ** (attempt - 1)) * (0.5 + options.jitter / 2);
  if (outcome.kind === "network") return own;
  const asked = retryAfter(outcome.retryAfter, options.now);
  if (asked !== null && asked > options.patience) return null;
  return Math.max(own, asked ?? 0);
}

export function isRetryable(outcome: Outcome): boolean {
  return mostAttempts(outcome) > 1;
}

/** Retry-After in milliseconds: seconds, or a date (RFC 9110, 10.2.3). null when it is neither, never negative. */
export function retryAfter(text: string | null, now: number): number | null {
  if (text === null) return null;
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** A host that never answered is given up soon, so that a wrong name or a dead network costs seconds, not minutes. */
function mostAttempts(outcome: Outcome): number {
  if (outcome.kind === "network") {
    if (outcome.reason === "tls") return 1;
    if (outcome.known) return Infinity;
    return outcome.reason === "silent" || outcome.reason === "dns" ? 2 : 3;
  }
  const { status, throttled } = outcome;
  return throttled || status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505) ? Infinity : 1;
}
