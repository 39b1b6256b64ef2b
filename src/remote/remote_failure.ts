/**
 * What a registry's refusal means, as a Failure: what was tried, where, the status, and the registry's own words, shortened and
 * harmless. No URL stands in it, since a query may hold a signature, and no credential.
 */
import { Failure, type FailureCode } from "../base/failure.ts";
import { retryAfter } from "../http/retry.ts";
import { discard, type HttpRequest, type HttpResponse, readStart } from "../http/message.ts";

/** An answer that was not the one hoped for, read as far as is useful. */
export interface Refusal {
  readonly status: number;
  readonly host: string;
  /** The header Retry-After. Others are not kept: they may hold what nobody should print. */
  readonly retryAfter: string | null;
  /** The registry's error codes, upper case: MANIFEST_UNKNOWN, DENIED (OCI distribution-spec, "Error Codes"). Often empty. */
  readonly codes: readonly string[];
  /** Its message, one line, at most 200 characters; empty when it says nothing readable. */
  readonly words: string;
  /** It means "too fast", whatever the status says (rule R22). */
  readonly throttled: boolean;
}

export interface About {
  /** `read the tag v1`: what follows "cannot". */
  readonly operation: string;
  readonly method: HttpRequest["method"];
  /** `ghcr.io/me/model` */
  readonly repository: string;
  /** The registry's own host; another one is a storage host that it led to. */
  readonly host: string;
  /** Whether a credential was sent, and where it came from. */
  readonly credential: string | null;
  /** ms since the epoch: a time to try again may be past. */
  readonly now: number;
  /** It was asked at an address that the registry gave for an upload: a 404 means that it lost the upload, not that something is absent. */
  readonly isUpload?: boolean;
}

const READ = 64 * 1024;

export async function readRefusal(response: HttpResponse): Promise<Refusal> {
  const { status, headers, url } = response;
  let text = "";
  try {
    text = new TextDecoder().decode(await readStart(response, READ));
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // the status is known; the words are lost
  } finally {
    await discard(response);
  }
  const errors = errorsIn(text);
  const words = errors.length > 0 ? errors.map(({ message }) => message).filter(Boolean).join("; ") : plainWords(text, headers);
  const codes = errors.map(({ code }) => code);
  const throttled = status === 429 || codes.includes("TOOMANYREQUESTS") ||
    (status === 403 && (headers.has("retry-after") || /secondary rate limit|rate limit exceeded|too many requests/i.test(text)));
  return { status, host: url.host, retryAfter: headers.get("retry-after"), codes, words: harmless(words), throttled };
}

/** A Failure that remembers the refusal, for those on this floor who can do something about it. */
export class Refused extends Failure {
  /** It came from a storage host that the registry led to. */
  readonly elsewhere: boolean;
  /** It answered a HEAD, so that whatever it would say is missing: GET may be told more, or be allowed (rules R12, R22). */
  readonly wordless: boolean;

  constructor(code: FailureCode, message: string, hint: string, readonly refusal: Refusal, about: About) {
    const { status, host, codes } = refusal;
    super(code, message, { hint, facts: { host, status, registryCode: codes[0] ?? null, repository: about.repository } });
    this.elsewhere = host !== about.host;
    this.wordless = about.method === "HEAD";
  }
}

/** A registry that has a blob's digest may drop whatever is sent under it again, into any of its repositories (docker-registry does). */
export const DAMAGED_HINT =
  "mops bundle push --remote OTHER   (another registry, from a folder that has the content; this one may keep its " +
  "damaged copy whatever is pushed: who runs it must remove that, then push --force sends it anew)";

/** Is it worth asking by GET what a HEAD was refused? */
export function asksForGet(error: unknown): error is Refused {
  return error instanceof Refused && error.wordless && !error.refusal.throttled && [400, 403, 405, 501].includes(error.refusal.status);
}

/** Does it begin as a web page does? Portals and proxies answer anything with one, and with status 200. Types say little: some registries call `true` text/html. */
export function isWebPage(start: Uint8Array): boolean {
  return /^\uFEFF?\s*</.test(new TextDecoder().decode(start.subarray(0, 256)));
}

export function webPage(operation: string, repository: string, host: string): Failure {
  return new Failure(
    "remote-error",
    `cannot ${operation} in ${repository}: ${host} answered with a web page, as a proxy or a login page does`,
    {
      hint: "mops bundle env show   (says which remote is asked, and why)",
      facts: { host, repository },
    },
  );
}

/** Whoever lists a registry page by page gives up when it names one more than any real list has. */
export function endlessPages(operation: string, repository: string, host: string): Failure {
  return new Failure("remote-error", `cannot ${operation} in ${repository}: ${host} keeps naming further pages`, {
    hint: "mops bundle env show   (says which remote is asked, and why)",
    facts: { host, repository },
  });
}

/** The status of a refusal; null for any other failure. */
export function refusedStatus(error: unknown): number | null {
  return error instanceof Refused ? error.refusal.status : null;
}

export function remoteFailure(refusal: Refusal, about: About): Refused {
  const code = codeOf(refusal, about);
  const { status, host, codes, words } = refusal;
  const label = codes[0] === undefined ? "" : ` ${codes[0]}`;
  const said = words === "" ? "" : `: ${words}`;
  const message = `cannot ${about.operation} in ${about.repository}: ${host} answered ${status}${label}${said}`;
  return new Refused(code, message, hintOf(code, about, refusal), refusal, about);
}

/** One line without control characters and without anything that looks like a credential. */
export function harmless(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").replace(/\b(bearer|basic)\s+[\w~+/.=-]{8,}/gi, "$1 …")
    .replace(/(https?:\/\/[^\s?"']+)\?[^\s"']*/g, "$1?…").replace(/(https?:\/\/)[^\s/@"']+@/g, "$1").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function codeOf({ status, codes, throttled, host }: Refusal, about: About): FailureCode {
  if (throttled) return "rate-limited";
  if (host !== about.host) return status === 404 ? "not-found" : "remote-error";
  if (status === 401) return "unauthorized";
  if (status === 403) return about.credential === null ? "unauthorized" : "forbidden";
  if (codes.includes("DENIED") && status < 500) return about.credential === null ? "unauthorized" : "forbidden";
  if (codes.some((code) => code === "BLOB_UNKNOWN" || code === "MANIFEST_BLOB_UNKNOWN")) return "not-found";
  if (status === 404 || status === 410) return about.isUpload === true ? "remote-error" : "not-found";
  if (status === 405 || status === 501 || status === 413 || codes.includes("UNSUPPORTED")) return "unsupported";
  return "remote-error";
}

function hintOf(code: FailureCode, about: About, refusal: Refusal): string {
  const login = `docker login ${about.repository.split("/")[0]}`;
  const other = "or podman login, or the variables REGISTRY_USERNAME and REGISTRY_PASSWORD";
  if (code === "unauthorized") {
    return `${login}   (${about.credential === null ? "" : `${about.credential} did not do; `}${other})`;
  }
  if (code === "forbidden") return `${login}   (with an account that may do this; ${about.credential} may not)`;
  if (code === "not-found") return "mops bundle manifest --tags-only shows what is there";
  if (code === "rate-limited") {
    return waitingHint(refusal.retryAfter, about.now);
  }
  return "mops bundle env show   (says which remote is asked, and why)";
}

/** A time that cannot be read, or that is past by this machine's clock, helps nobody. */
function waitingHint(after: string | null, now: number): string {
  const milliseconds = retryAfter(after, now);
  if (after === null || milliseconds === null || milliseconds === 0) return "wait a minute, then run the command again";
  return `run the command again after ${harmless(after)}${/^\d+$/.test(after) ? " s" : ""}, or with a --deadline that leaves time for it`;
}

function errorsIn(text: string): { code: string; message: string }[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return []; // many refusals are not JSON
    throw error;
  }
  const errors = (document as { errors?: unknown } | null)?.errors;
  const list = Array.isArray(errors) ? errors : [document];
  return list.filter((item): item is Record<string, unknown> => typeof item === "object" && item !== null).map((item) => ({
    code: typeof item.code === "string" ? item.code.toUpperCase().replace(/[^A-Z0-9_-]/g, "").slice(0, 60) : "",
    message: [item.message, item.details, item.error].find((field): field is string => typeof field === "string") ?? "",
  })).filter(({ code, message }) => code !== "" || message !== "");
}

/** A page of HTML says nothing useful, a line of text often does. */
function plainWords(text: string, headers: Headers): string {
  return /html/i.test(headers.get("content-type") ?? "") || /^\s*[<{]/.test(text) ? "" : text.split("\n", 3).join(" ");
}
