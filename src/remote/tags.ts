/**
 * The list of tags (OCI distribution-spec, "Listing Tags"), page by page, whatever a registry makes of paging: pages followed by Link,
 * full pages without one, no paging at all, wrong links (rule R26).
 */
import { compareUtf8 } from "../base/utf8_order.ts";
import { Failure } from "../base/failure.ts";
import { isFallbackTag } from "../bundle/reference.ts";
import { discard, type HttpResponse, readStart } from "../http/message.ts";
import type { Exchange } from "./exchange.ts";
import { withParameter } from "./location.ts";
import { endlessPages, refusedStatus } from "./remote_failure.ts";

const PAGE = 1000; // what the strictest take at most
const MOST_PAGES = 2000; // 100,000 tags where pages are small
const PAGE_BYTES = 16 * 1024 * 1024;
const MOST_CHARACTERS = 64 * 1024 * 1024; // of all names together

/** Sorted, without those that hold lists of referrers; empty when the repository does not exist. @throws Failure("remote-error") for a list without end */
export async function listTags(exchange: Exchange, signal?: AbortSignal): Promise<readonly string[]> {
  const first = exchange.urlOf("tags/list");
  const seen = new Set<string>();
  const asked = new Set<string>();
  let characters = 0;
  let next: URL | null = withParameter(first, "n", String(PAGE));
  for (let page = 0; next !== null && !asked.has(next.href); page++) {
    if (page === MOST_PAGES || characters > MOST_CHARACTERS) throw endlessPages("list the tags", exchange.repository, next.host);
    asked.add(next.href);
    const response = await askPage(exchange, next, page === 0 ? first : afterLast(first, seen), signal);
    if (response === null) break;
    const names = await namesIn(response, exchange);
    const before = seen.size;
    for (const name of names) {
      seen.add(name);
      characters += name.length;
    }
    if (seen.size === before) break; // nothing new: whatever the links say, this is the end
    next = nextPage(response) ?? (names.length === PAGE ? afterLast(first, seen) : null);
    if (next !== null && next.origin !== exchange.options.origin.origin) next = null;
  }
  return [...seen].filter((tag) => !isFallbackTag(tag)).sort(compareUtf8);
}

/** null: there is nothing. A page that the registry named itself, yet refuses, is asked for by our own words. */
async function askPage(exchange: Exchange, url: URL, otherwise: URL, signal?: AbortSignal): Promise<HttpResponse | null> {
  const ask = (at: URL) => exchange.ask({ operation: "list the tags", access: "pull", method: "GET", at, accept: [404], signal });
  let response: HttpResponse;
  try {
    response = await ask(url);
    if (response.status !== 404) return response;
    await discard(response);
    if (url.pathname === otherwise.pathname) return null;
  } catch (error) {
    if (refusedStatus(error) !== 400) throw error; // a page size or a token that it does not take
  }
  response = await ask(otherwise);
  if (response.status !== 404) return response;
  await discard(response);
  return null;
}

async function namesIn(response: HttpResponse, exchange: Exchange): Promise<readonly string[]> {
  const text = new TextDecoder().decode(await readStart(response, PAGE_BYTES));
  try {
    const tags = (JSON.parse(text) as { tags?: unknown } | null)?.tags ?? [];
    if (Array.isArray(tags)) return tags.filter((tag): tag is string => typeof tag === "string");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Failure("remote-error", `cannot list the tags of ${exchange.repository}: ${response.url.host} answered something else`, {
    hint: "mops bundle env show   (says which remote is asked, and why)",
  });
}

/** RFC 8288: `</v2/…>; rel="next"`, relative to the page. */
export function nextPage(response: Pick<HttpResponse, "headers" | "url">): URL | null {
  for (const link of (response.headers.get("link") ?? "").split(/,(?=\s*<)/)) {
    const match = /^\s*<([^>]*)>(.*)$/.exec(link);
    if (match !== null && /;\s*rel\s*=\s*"?next"?/i.test(match[2]!)) return URL.parse(match[1]!, response.url);
  }
  return null;
}

function afterLast(first: URL, seen: ReadonlySet<string>): URL {
  const last = [...seen].at(-1);
  const page = withParameter(first, "n", String(PAGE));
  return last === undefined ? page : withParameter(page, "last", last);
}
