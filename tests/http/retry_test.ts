/** The retry policy: what may be tried again, and how long to wait. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { LONGEST_ASKED } from "../../src/http/host_gate.ts";
import { isRetryable, type Outcome, retryAfter, retryDelay } from "../../src/http/retry.ts";

const status = (status: number, more: Partial<Extract<Outcome, { kind: "status" }>> = {}): Outcome => ({
  kind: "status",
  status,
  retryAfter: null,
  throttled: false,
  ...more,
});
const network = (reason: "dns" | "refused" | "tls" | "silent" | "broken", known: boolean): Outcome => ({ kind: "network", reason, known });
const options = { attempts: 5, now: 0, jitter: 1, patience: LONGEST_ASKED };

Deno.test("what may pass is tried again, what will not pass is not", () => {
  for (const code of [408, 429, 500, 502, 503, 504]) assert.ok(isRetryable(status(code)), String(code));
  for (const code of [400, 401, 403, 404, 405, 409, 412, 413, 416, 501, 505]) assert.ok(!isRetryable(status(code)), String(code));
  assert.ok(isRetryable(status(403, { throttled: true })), "GHCR says 403 for too fast (R22)");
  assert.ok(!isRetryable(network("tls", true)));
});

Deno.test("waits double, up to a bound", () => {
  assert.deepEqual([1, 2, 3, 4, 5].map((attempt) => retryDelay(attempt, status(503), options)), [500, 1000, 2000, 4000, null]);
});

Deno.test("Retry-After is honoured in full, and not at all when it asks for too much (R22)", () => {
  assert.equal(retryDelay(1, status(429, { retryAfter: "20" }), options), 20_000);
  assert.equal(retryDelay(1, status(429, { retryAfter: String(LONGEST_ASKED / 1000 + 1) }), options), null);
});

Deno.test("Retry-After may be seconds or a date", () => {
  const now = Date.parse("Wed, 21 Oct 2026 07:28:00 GMT");
  assert.equal(retryAfter("7", now), 7000);
  assert.equal(retryAfter("Wed, 21 Oct 2026 07:28:30 GMT", now), 30_000);
  assert.equal(retryAfter("Wed, 21 Oct 2026 07:27:00 GMT", now), 0);
  assert.equal(retryAfter("soon", now), null);
  assert.equal(retryAfter(null, now), null);
});

Deno.test("a host that never answered is given up within seconds", () => {
  const total = (outcome: Outcome) => {
    let sum = 0;
    for (let attempt = 1, delay = retryDelay(1, outcome, options); delay !== null; delay = retryDelay(++attempt, outcome, options)) {
      sum += delay;
    }
    return sum;
  };
  for (const reason of ["dns", "refused", "silent", "broken"] as const) assert.ok(total(network(reason, false)) <= 2_000, reason);
  assert.equal(total(network("broken", true)), 7500);
});

Deno.test("waits are never negative and never longer than what was asked or the bound", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 200, max: 599 }),
    fc.option(fc.string()),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (attempt, code, after, jitter) => {
      const delay = retryDelay(attempt, status(code, { retryAfter: after }), { attempts: 20, now: 0, jitter, patience: LONGEST_ASKED });
      assert.ok(delay === null || (delay >= 0 && delay <= LONGEST_ASKED));
    },
  ));
});
