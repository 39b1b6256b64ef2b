/** Why nothing was answered, as a Failure that names the host and never more of the URL: a query may hold a signature. */
import { Failure, type FailureDetails, isFailure } from "../base/failure.ts";

/**
 * "dns": no such name. "refused": nobody listens. "tls": no trust, or no TLS at all. "silent": nothing moved for too long.
 * "broken": the connection ended in the middle. It stands in `facts.reason`.
 */
export type NetworkReason = "dns" | "refused" | "tls" | "silent" | "broken";

/** What a thrown fetch, socket or stream error means. A Failure passes through; an aborted signal decides first. */
export function networkFailure(error: unknown, url: URL, signal?: AbortSignal): Failure {
  if (signal?.aborted) return interruption(signal.reason, url);
  if (isFailure(error)) return error;
  const { reason, words, hint } = explain(textOf(error), url);
  return unreachable(url.host, reason, words, { hint, cause: error });
}

/** What an aborted signal means: a person's interruption, a caller's time limit, or the failure that it carries. */
export function interruption(reason: unknown, url: URL): Failure {
  if (isFailure(reason)) return reason;
  if (reason instanceof DOMException && reason.name === "TimeoutError") {
    return unreachable(url.host, "silent", "it did not answer in time", { cause: reason });
  }
  return new Failure("interrupted", "interrupted", { cause: reason });
}

/** @throws what `interruption` gives, when the signal was aborted. */
export function stopIfAborted(signal: AbortSignal | undefined, url: URL): void {
  if (signal?.aborted) throw interruption(signal.reason, url);
}

export function unreachable(host: string, reason: NetworkReason, words: string, details: FailureDetails = {}): Failure {
  return new Failure("unreachable", `cannot reach ${host}: ${words}`, {
    hint: details.hint ?? "mops bundle env show   (says which remote is asked, and why)",
    cause: details.cause,
    facts: { host, reason },
  });
}

export function reasonOf(error: unknown): NetworkReason | null {
  return isFailure(error, "unreachable") ? error.facts.reason as NetworkReason ?? null : null;
}

/** Deno's fetch has no error codes, only texts; node's errors have both (measured on 2.6 and 2.9). */
function explain(text: string, url: URL): { reason: NetworkReason; words: string; hint?: string } {
  if (/dns error|failed to lookup|ENOTFOUND|EAI_AGAIN/i.test(text)) return { reason: "dns", words: "there is no host of that name" };
  if (/certificate|UnknownIssuer|UNABLE_TO_VERIFY|SELF_SIGNED|CERT_/i.test(text)) {
    return {
      reason: "tls",
      words: "its certificate is not trusted",
      hint: "SSL_CERT_FILE=CA.pem mops bundle … trusts the certificates of a file",
    };
  }
  if (/InvalidContentType|corrupt message|wrong version number|InvalidMessage/i.test(text)) {
    return {
      reason: "tls",
      words: "it does not speak TLS",
      hint: "mops bundle … --insecure speaks plain HTTP to a registry that you trust",
    };
  }
  if (/tunnel|proxy/i.test(text)) return { reason: "refused", words: "the proxy does not let it through" };
  if (/refused|ECONNREFUSED/i.test(text)) {
    return { reason: "refused", words: `nobody listens there${url.port === "" ? "" : ` on port ${url.port}`}` };
  }
  if (/unreachable|no route|EHOSTUNREACH|ENETUNREACH/i.test(text)) return { reason: "refused", words: "there is no route to it" };
  if (/timed out|ETIMEDOUT/i.test(text)) return { reason: "silent", words: "it does not answer" };
  return { reason: "broken", words: "the connection broke" };
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  return `${error.message} ${typeof code === "string" ? code : ""} ${error.cause === undefined ? "" : textOf(error.cause)}`;
}
